"""Measurements; docs/performance.md tells what each is for."""
