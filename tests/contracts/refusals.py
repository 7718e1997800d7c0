"""Which errors the chain has refused with, and of which contract, for test_errors.py.

All that brownie or a test asks of the node passes here. A refusal counts for the contract that was
called, by whomever, or was to be created; also where it only hands on what another one said.
"""

from artifacts import artifact
from chainkit import rpc
from eth_utils import keccak
from eth_utils.abi import abi_to_signature

NAMES = ("Market", "Committee", "WorkToken")


class Refusals:
    """What was seen since the chain was first asked."""

    def __init__(self, creations):
        self.seen = set()  # of (contract's name, selector in hex)
        self._creations = creations  # names by bytecode, as this project compiles it
        self._deployed = {}  # names by address

    def note(self, ask, method, params, answer):
        """Looks at an answer of the node; `ask` asks it for more."""
        if method == "eth_sendTransaction" and "result" in answer:
            self._note_receipt(ask, params[0], answer["result"])
        elif method in ("eth_call", "eth_estimateGas", "eth_sendTransaction") and "error" in answer:
            self._add(params[0].get("to"), params[0], answer["error"].get("data"))

    def look_into(self, hash_):
        """Counts what was refused within a transaction, also one that went through all the same."""
        trace = rpc("debug_traceTransaction", hash_, {"tracer": "callTracer"})
        self._note_frame(trace, {"data": trace["input"]})

    def _note_receipt(self, ask, transaction, hash_):
        receipt = ask("eth_getTransactionReceipt", [hash_])["result"]
        if int(receipt["status"], 16) == 0:
            self.look_into(hash_)
        elif not transaction.get("to"):
            self._deployed[receipt["contractAddress"].lower()] = self._created_by(transaction)

    def _note_frame(self, frame, call):
        if frame.get("error"):
            creates = frame["type"] == "CREATE"
            self._add(None if creates else frame["to"], call, frame.get("output"))
        for inner in frame.get("calls", ()):
            self._note_frame(inner, {"data": inner["input"]})

    def _add(self, to, call, data):
        if isinstance(data, str) and len(data) >= 10:
            name = self._deployed.get(str(to).lower()) if to else self._created_by(call)
            self.seen.add((name, data[2:10]))

    def _created_by(self, call):
        code = (call.get("data") or call.get("input")).removeprefix("0x")
        return next((name for made, name in self._creations.items() if code.startswith(made)), None)


def errors_of(name):
    """{selector: signature} of the errors in a contract's ABI."""
    errors = (entry for entry in artifact(name)["abi"] if entry["type"] == "error")
    signatures = map(abi_to_signature, errors)
    return {keccak(text=signature)[:4].hex(): signature for signature in signatures}
