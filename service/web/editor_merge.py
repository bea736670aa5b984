"""Joining two changes of one section: the pure part is workflows/merge.py, which files from outside go through as well."""

from workflows.merge import Conflict, Merged, merge

__all__ = ["Conflict", "Merged", "merge"]
