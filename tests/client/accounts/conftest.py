"""Remote signers for tests: servers that speak what Web3Signer and Clef document, strictly.

Neither can be installed from the registries that the tests use, so these two are written from their
documents and behaviour, not from our client: they refuse whatever the real ones refuse (wrong
method, wrong number of parameters, quantities with leading zeros, an address without its checksum,
a call whose function Clef does not know), and sign with real keys. `edit`, `answer` and `deny` make
them misbehave.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eth_abi import decode, encode
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils import is_checksum_address, keccak, to_checksum_address

KEY = "0x" + "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
OTHER_KEY = "0x" + "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
CHAIN_ID = 31337

Edit = Callable[[dict[str, Any]], dict[str, Any]]


class RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


HOLD_S = 300.0  # longer than a test waits: what should not wait for it must not pass by it


class SignerServer(ThreadingHTTPServer):
    """What both have in common.

    `edit` changes a transaction before it is signed; `answer` replaces the result of any signing
    request; `hold` is waited for before any.
    """

    daemon_threads = True
    error_status = 200
    kind = ""

    def __init__(self, *keys: str, chain_id: int = CHAIN_ID) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.keys = {Account.from_key(key).address: key for key in keys or (KEY,)}
        self.chain_id = chain_id
        self.edit: Edit = lambda fields: fields
        self.answer: Any = None
        self.body: bytes | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.asked: list[tuple[str, Any]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Whoever stops waiting, or reading, is no failure of ours."""

    def get(self, path: str) -> tuple[int, bytes]:
        raise NotImplementedError

    def refuses(self, headers: Any) -> tuple[int, bytes] | None:
        """An HTTP answer to a request that does not get as far as JSON-RPC."""
        return None

    def call(self, method: str, params: Any) -> Any:
        raise NotImplementedError

    def sign(self, sender: str, fields: dict[str, Any]) -> bytes:
        signed = Account.sign_transaction(self.edit(fields), self.keys[sender])
        return bytes(signed.raw_transaction)


class Handler(BaseHTTPRequestHandler):
    server: SignerServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._send(*self.server.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.server.refuses(self.headers)
        if refused is not None:
            self._send(*refused)
            return
        request = json.loads(body)
        assert request["jsonrpc"] == "2.0"
        method, params = request["method"], request.get("params")
        self.server.asked.append((method, params))
        self.server.hold.wait(HOLD_S)
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        status = 200
        try:
            answer["result"] = self.server.call(method, params)
            if self.server.answer is not None and "ign" in method:
                answer["result"] = self.server.answer
        except RpcError as error:
            answer["error"] = {"code": error.code, "message": str(error)}
            status = self.server.error_status
        self._send(status, self.server.body or json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked is gone
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


# ────────────────────────────────── Web3Signer ────────────────────────────────


class Web3SignerServer(SignerServer):
    """Eth1 mode. Signs for its own chain, whatever is asked; errors come with HTTP status 400."""

    error_status = 400
    kind = "web3signer"

    def get(self, path: str) -> tuple[int, bytes]:
        return (200, b"OK") if path == "/upcheck" else (404, b"Resource not found")

    def call(self, method: str, params: Any) -> Any:
        if method == "eth_accounts":
            if params:
                raise RpcError(-32602, "Invalid params")
            return sorted(address.lower() for address in self.keys)
        methods = {
            "eth_signTransaction": (1, self._transaction),
            "eth_signTypedData": (2, self._typed_data),
            "eth_sign": (2, self._message),
        }
        if method not in methods:  # the real one passes it on to its node
            raise RpcError(-32601, "Method not found")
        count, sign = methods[method]
        if not isinstance(params, list) or len(params) != count:
            raise RpcError(-32602, "Invalid params")
        return "0x" + sign(*params).hex()

    def _sender(self, address: Any) -> str:
        found = to_checksum_address(address) if re.fullmatch("0x[0-9a-f]{40}", address) else ""
        if found not in self.keys:
            raise RpcError(-32000, "No unlocked account matches the Sender")
        return found

    def _transaction(self, given: Any) -> bytes:
        if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
            raise RpcError(-32602, "Invalid params")

        def quantity(name: str, default: int | None = None) -> int:
            if name not in given and default is not None:
                return default
            if not re.fullmatch("0x[0-9a-fA-F]+", given.get(name, "")):
                raise RpcError(-32602, "Invalid params")
            return int(given[name], 16)

        fields = {
            "chainId": self.chain_id,
            "nonce": quantity("nonce"),
            "gas": quantity("gas", 90_000),
            "value": quantity("value", 0),
            "data": given.get("data") or given.get("input") or "0x",
        }
        if given.get("to"):
            fields["to"] = to_checksum_address(given["to"])
        if "maxFeePerGas" in given and "maxPriorityFeePerGas" in given:
            fields |= {n: quantity(n) for n in ("maxFeePerGas", "maxPriorityFeePerGas")}
        else:
            fields["gasPrice"] = quantity("gasPrice", 0)
        return self.sign(self._sender(given["from"]), fields)

    def _typed_data(self, address: Any, document: Any) -> bytes:
        if not isinstance(document, str):
            raise RpcError(-32602, "Invalid params")
        return signed_document(json.loads(document), self.keys[self._sender(address)])

    def _message(self, address: Any, data: Any) -> bytes:
        raw = bytes.fromhex(data[2:]) if data.lower().startswith("0x") else data.encode()
        key = self.keys[self._sender(address)]
        return bytes(Account.sign_message(encode_defunct(primitive=raw), key).signature)


# ──────────────────────────────────── Clef ────────────────────────────────────

QUANTITY, DATA = re.compile("0x(0|[1-9a-f][0-9a-f]*)"), re.compile("0x([0-9a-f]{2})*")
ARGUMENTS = {
    "from": "address",
    "to": "address",
    "gas": "quantity",
    "gasPrice": "quantity",
    "maxFeePerGas": "quantity",
    "maxPriorityFeePerGas": "quantity",
    "value": "quantity",
    "nonce": "quantity",
    "data": "data",
    "input": "data",
    "chainId": "quantity",
}
REQUIRED = {"from", "gas", "value", "nonce"}
# Of the functions that Clef knows by itself.
KNOWN_FUNCTIONS = ["transfer(address,uint256)", "approve(address,uint256)"]


class ClefServer(SignerServer):
    """External API 6, as started without --advanced: what it would warn of, it refuses.

    `deny` is its user saying no.
    """

    kind = "clef"
    deny = False

    def get(self, path: str) -> tuple[int, bytes]:
        return 200, b""  # so that load balancers find it well

    def refuses(self, headers: Any) -> tuple[int, bytes] | None:
        host = headers["Host"].rsplit(":", 1)[0]
        if host != "localhost" and not re.fullmatch(r"[\d.]+", host):
            return 403, b"invalid host specified\n"
        if headers["Content-Type"] != "application/json":
            return 415, b"invalid content type, only application/json is supported\n"
        return None

    def call(self, method: str, params: Any) -> Any:
        methods: dict[str, tuple[int, int, Callable[..., Any]]] = {
            "account_version": (0, 0, lambda: "6.1.0"),
            "account_list": (0, 0, self._list),
            "account_signTransaction": (1, 2, self._transaction),
            "account_signTypedData": (2, 2, self._typed_data),
            "account_signData": (3, 3, self._data),
        }
        if method not in methods:
            raise RpcError(-32601, f"the method {method} does not exist/is not available")
        low, high, answer = methods[method]
        if not low <= len(params) <= high:
            raise RpcError(-32602, "missing value for required argument or too many arguments")
        return answer(*params)

    def _list(self) -> list[str]:
        self._approved()
        return [address.lower() for address in self.keys]

    def _approved(self) -> None:
        if self.deny:
            raise RpcError(-32000, "Request denied")

    def _key(self, address: str) -> str:
        self._approved()
        if to_checksum_address(address) not in self.keys:
            raise RpcError(-32000, "unknown account")
        return self.keys[to_checksum_address(address)]

    def _transaction(self, given: dict[str, Any], method: str | None = None) -> Any:
        fields = {name: self._argument(name, given[name]) for name in given}
        if missing := REQUIRED - set(fields):
            raise RpcError(-32602, f"missing {missing}")
        sender = to_checksum_address(fields.pop("from"))
        data = fields.pop("input", None)
        fields["data"] = fields.get("data", b"") if data is None else data
        if "gasPrice" in fields and "maxFeePerGas" in fields:
            raise RpcError(-32000, "validation failed: Both 'gasPrice' and 'maxFeePerGas'")
        if problem := self._problem(given, fields["data"], method):
            raise RpcError(-32000, f"validation failed: {problem}")
        if fields.setdefault("chainId", self.chain_id) != self.chain_id:
            raise RpcError(
                -32000,
                f"requested chainid {fields['chainId']} does not match the configuration of the "
                "signer",
            )
        self._key(sender)
        raw = self.sign(sender, fields)
        return {"raw": "0x" + raw.hex(), "tx": {"hash": "0x" + keccak(raw).hex()}}

    def _argument(self, name: str, value: Any) -> Any:
        kind = ARGUMENTS.get(name)
        if kind == "quantity" and isinstance(value, str) and QUANTITY.fullmatch(value):
            return int(value, 16)
        if kind == "data" and isinstance(value, str) and DATA.fullmatch(value):
            return bytes.fromhex(value[2:])
        if kind == "address" and re.fullmatch("0x[0-9a-fA-F]{40}", str(value)):
            return value
        raise RpcError(-32602, f"invalid argument 0: cannot unmarshal {value!r} into {name}")

    def _problem(self, given: dict[str, Any], data: bytes, method: str | None) -> str | None:
        if "to" not in given:
            if len(data) < 40:
                return "Transaction will create a contract, but the payload is suspiciously small"
            return None if method is None else "method selector supplied to a contract creation"
        if not is_checksum_address(given["to"]):
            return "Invalid checksum on recipient address"
        if not data:
            return None
        known = {keccak(text=known)[:4]: known for known in KNOWN_FUNCTIONS}
        method = method or known.get(data[:4])
        if method is None:
            return "Transaction contains data, but the ABI signature could not be found"
        types = _types(method)
        if (
            keccak(text=method)[:4] != data[:4]
            or encode(types, decode(types, data[4:])) != data[4:]
        ):
            return "Transaction contains data, but provided ABI signature could not be matched"
        return None

    def _typed_data(self, address: str, document: Any) -> str:
        if not isinstance(document, dict) or "EIP712Domain" not in document["types"]:
            raise RpcError(-32602, "invalid argument 1")
        return "0x" + signed_document(document, self._key(address)).hex()

    def _data(self, kind: str, address: str, data: str) -> str:
        if kind != "text/plain" or not DATA.fullmatch(data):
            raise RpcError(-32000, "input for text/plain must be an hex-encoded string")
        message = encode_defunct(primitive=bytes.fromhex(data[2:]))
        return "0x" + bytes(Account.sign_message(message, self._key(address)).signature).hex()


def _types(method: str) -> list[str]:
    """`f((uint8,bytes),string)` as `['(uint8,bytes)', 'string']`."""
    found, depth = [""], 0
    for char in method[method.index("(") + 1 : -1]:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not depth:
            found.append("")
        else:
            found[-1] += char
    return [kind for kind in found if kind]


def signed_document(document: dict[str, Any], key: str) -> bytes:
    """Signs an EIP-712 document as it was sent, with integers as decimal strings."""

    def value(kind: str, given: Any) -> Any:
        if kind.endswith("]"):
            return [value(kind[: kind.rindex("[")], item) for item in given]
        if kind in document["types"]:
            return struct(kind, given)
        return int(given) if kind.startswith(("uint", "int")) else given

    def struct(kind: str, given: dict[str, Any]) -> dict[str, Any]:
        members = {member["name"]: member["type"] for member in document["types"][kind]}
        if set(members) != set(given):
            raise RpcError(-32000, "there is extra data provided in the message")
        return {name: value(members[name], given[name]) for name in given}

    full = {**document, "message": struct(document["primaryType"], document["message"])}
    message = encode_typed_data(full_message=full)
    return bytes(Account.sign_message(message, key).signature)


@pytest.fixture
def web3signer() -> Iterator[Web3SignerServer]:
    server = Web3SignerServer()
    yield server
    server.shutdown()


@pytest.fixture
def clef() -> Iterator[ClefServer]:
    server = ClefServer()
    yield server
    server.shutdown()


@pytest.fixture(params=["web3signer", "clef"])
def server(request: pytest.FixtureRequest) -> SignerServer:
    """Each of the two in turn."""
    found: SignerServer = request.getfixturevalue(request.param)
    return found


# ─────────────────────────────────── Foundry ──────────────────────────────────


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The home directory of the tests, with Foundry's and geth's directories in it."""
    home = tmp_path / "user"
    (home / ".foundry" / "keystores").mkdir(parents=True)
    (home / ".ethereum" / "keystore").mkdir(parents=True)
    return home


@pytest.fixture
def cast(user: Path) -> Callable[..., str]:
    """Foundry's own tool; its keystores go to the tests' home."""
    tool = shutil.which("cast")
    assert tool is not None, "cast is missing: run scripts/install_node_tools.py"

    def run(*args: str) -> str:
        done = subprocess.run([tool, *args], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run
