"""The solver behind `make proofs`: halmos calls it with an SMT-LIB file and reads its answer.

Two solvers that are good at different things: yices at bits, hashes and arrays; cvc5, told to read
bit vectors as integers, at products and quotients of unknowns. The first that knows answers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# What yices can do at all it mostly does at once, and products rarely.
YICES_SECONDS = 5
YICES_SECONDS_FOR_PRODUCTS = 2


def main(path: str) -> None:
    # halmos asks twice: with products and quotients as unknown functions, then as what they are.
    defined = "define-fun f_evm_" in Path(path).read_text()
    answer = _yices(path, YICES_SECONDS_FOR_PRODUCTS if defined else YICES_SECONDS)
    sys.stdout.write(answer or _cvc5(path))


def _yices(path: str, seconds: int) -> str | None:
    command = [str(Path(sys.executable).parent / "yices-smt2"), f"--timeout={seconds}", path]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return answer if answer.startswith(("sat", "unsat")) else None


def _cvc5(path: str) -> str:
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("produce-models", "true")
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("decision", "justification")  # leaves aside what the claim doesn't need
    symbols = cvc5.SymbolManager(solver)
    parser = cvc5.InputParser(solver, symbols)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer += command.invoke(solver, symbols)
        if answer.startswith("unsat"):  # there is no model to ask for
            break
    return answer


if __name__ == "__main__":
    main(sys.argv[1])
