"""An order book that matches: takes signed orders over HTTP, submits pairs, earns the tips.

Anyone can run one and nobody has to trust it: the contract checks everything again. What it needs
beside the client itself is the extra `workbond[matcher]`.
"""

from __future__ import annotations
