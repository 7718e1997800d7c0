"""What scripts/branch_coverage.py counts: the copy that forge measures, and the report on it."""
