"""The auditors' pages, docs/contracts/*.md, held against the contracts.

walk.py       the calls below a function, and the refusals and events among them, in their order
constants.py  named constants and their values
markdown.py   what a page says
checks.py     what is wrong with a page
"""
