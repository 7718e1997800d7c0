"""The solver behind `make proofs`: halmos calls it with an SMT-LIB file and reads its answer.

Two solvers that are good at different things: yices at bits, hashes and arrays; cvc5, told to read
bit vectors as integers, at products and quotients of unknowns. The first that knows answers.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryFile
from typing import IO

SECONDS = 60  # as in tests/forge/proofs/halmos.toml
PAUSE_S = 0.01


def main(path: str) -> None:
    yices = [str(Path(sys.executable).parent / "yices-smt2"), f"--timeout={SECONDS}", path]
    cvc5 = [sys.executable, __file__, "cvc5", path]
    with TemporaryFile("w+") as one, TemporaryFile("w+") as other:  # as a pipe holds no long model
        asked = [(Popen(yices, stdout=one), one), (Popen(cvc5, stdout=other), other)]
        try:
            sys.stdout.write(_first_answer(asked))
        finally:
            for process, _ in asked:
                process.kill()


def _first_answer(asked: list[tuple[Popen[str], IO[str]]]) -> str:
    while asked:
        ended = [(process, file) for process, file in asked if process.poll() is not None]
        for _, file in ended:
            file.seek(0)
            if (answer := file.read()).startswith(("sat", "unsat")):
                return answer
        asked = [both for both in asked if both not in ended]
        time.sleep(PAUSE_S)
    return "unknown"


def _cvc5(path: str) -> str:
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("produce-models", "true")
    solver.setOption("tlimit-per", str(1000 * SECONDS))
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
    if sys.argv[1] == "cvc5":
        sys.stdout.write(_cvc5(sys.argv[2]))
    else:
        main(sys.argv[1])
