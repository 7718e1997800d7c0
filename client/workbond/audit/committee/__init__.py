"""The committee's ledger, rebuilt from its events beside the market's, and compared."""
