"""Workbond: a decentralized market for bonded compute."""

__version__ = "0.1.0"
