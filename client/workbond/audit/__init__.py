"""The auditor: everything rebuilt from the market's events and compared with its storage."""
