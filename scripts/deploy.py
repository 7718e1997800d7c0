"""Deploy what `workbond deploy` deploys, from brownie's own build.

    brownie run deploy --network anvil              # brownie's local chain, by its first account
    brownie run deploy main ACCOUNT --network NAME  # elsewhere, by one of `brownie accounts`

`workbond deploy` sends the packaged bytecode instead and writes deployments/<chain-id>.json;
tests/contracts/test_deploy.py holds the two together.
"""

from brownie import Committee, Market, WorkToken, accounts, chain

from workbond.chain.connection import LOCAL_CHAIN_IDS
from workbond.chain.deploy import (
    DEFAULT_COOLDOWN_S,
    DEFAULT_SEAT_STAKE,
    DEFAULT_SUPPLY,
    LOCAL_COOLDOWN_S,
)


def main(account=None):
    """Deploys a token, a market and a committee; returns them. The deployer gets the supply."""
    deployer = accounts.load(account) if account else accounts[0]
    cooldown_s = LOCAL_COOLDOWN_S if chain.id in LOCAL_CHAIN_IDS else DEFAULT_COOLDOWN_S
    token = deployer.deploy(WorkToken, deployer, DEFAULT_SUPPLY)
    market = deployer.deploy(Market, token, cooldown_s)
    committee = deployer.deploy(Committee, market, DEFAULT_SEAT_STAKE)
    print(f"Token     {token.address}  {DEFAULT_SUPPLY} base units for {deployer.address}")
    print(f"Market    {market.address}  stake leaves after {cooldown_s} s")
    print(f"Committee {committee.address}  verifiers stake {DEFAULT_SEAT_STAKE} base units")
    return token, market, committee
