"""halmos, with a SHA-256 that works: 0.3.3 declares it for as many bits as its data have bytes.

Still an unknown function of the data, as keccak256 is; what a proof needs of it, it assumes.
"""

import sys

import halmos.sevm
from halmos.__main__ import main
from z3 import BitVecSort, FuncDeclRef, Function, SortRef

NAME = "f_sha256_"  # and the length of the data, in bytes


def declared(name: str, *sorts: SortRef) -> FuncDeclRef:
    if name.startswith(NAME):
        sorts = (BitVecSort(8 * int(name.removeprefix(NAME))), *sorts[1:])
    return Function(name, *sorts)


halmos.sevm.Function = declared

if __name__ == "__main__":
    sys.exit(main())
