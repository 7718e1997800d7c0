"""The command line: one file per noun, each thin; what they do lives beside this package."""
