"""The demo: the whole market on one machine, on real data."""
