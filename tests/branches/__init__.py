"""What scripts make of forge's reports: branch_coverage.py (and its copy), invariants.py."""
