"""Precision and recall of the checks on labelled rows and forms: `python -m tests.checks_labelled` prints both per rule."""
