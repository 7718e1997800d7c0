"""What can be set, where a value comes from, and which network it leads to.

kinds      the forms of values: amounts, sizes, URLs, ...
setting    what there is to know of one: name, form, default, help
declared   every setting, declared once; those of nodes and books stand in of_*.py
layers     flag, environment, project file, user file, default: the first that has a value wins
networks   networks by name or chain id, and the RPC endpoints that follow from them

Nothing here imports a heavy library: help texts are made from it.
"""
