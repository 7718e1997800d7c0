"""Content-addressed blobs: kept in a directory, served and fetched over HTTP, always verified."""
