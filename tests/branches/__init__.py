"""What scripts make of forge's reports: branch_coverage.py (and the copy that it has measured), invariants.py."""
