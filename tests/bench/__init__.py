"""Benchmarks, each beside its peer or its limit: `python -m tests.bench`."""
