"""Why a call does nothing."""


class Refused(Exception):
    """A call that reverts: nothing changed, no event was emitted.

    `name` and `values` are those of the Solidity error, in its order: both sides of the comparison
    that failed, so that a model's refusal and a contract's can be compared whole.
    """

    def __init__(self, name: str, *values: object) -> None:
        super().__init__(name, *values)
        self.name = name
        self.values = values


def require(condition: bool, name: str, *values: object) -> None:
    """Refuse the call with error `name` unless `condition` holds."""
    if not condition:
        raise Refused(name, *values)


def require_range(field: str, value: int, low: int, high: int) -> None:
    """Refuse the call unless `low <= value <= high`; the error names the field in ASCII."""
    require(low <= value <= high, "FieldOutOfRange", ascii32(field), value, low, high)


def ascii32(text: str) -> bytes:
    """A short name as a Solidity `bytes32` literal: ASCII, padded with zeros on the right."""
    return text.encode("ascii").ljust(32, b"\0")
