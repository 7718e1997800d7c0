"""The chain as the rest of Workbond sees it: blocks, typed calls, events and typed errors."""
