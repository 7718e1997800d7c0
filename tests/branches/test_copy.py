"""The copy has a body for each branch, on its line, and what nobody took is named."""

import pytest

import branch_coverage as coverage

NOTHING = coverage.NOTHING.decode().strip()
SAMPLE = """// A bound, §1
contract Sample {
    error Low(uint256 least, uint256 given);

    function f(uint256 a) external pure returns (uint256) {
        require(a > 1, Low(2, a)); // like (this); or that
        require(
            a > 2,
            Low(3, a)
        );
        if (a == 3) return 4;
        if (a == 4) {
            return 5;
        } else if (a == 5) return 6;
        for (uint256 i; i < a; ++i) if (i == 7) break;
        assembly {
            if a { a := 2 }
        }
        return a;
    }
}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The sample, parsed by solc."""
    coverage.compiler()
    file = tmp_path_factory.mktemp("contracts") / "Sample.sol"
    file.write_text(SAMPLE)
    return coverage.parse([file], root=file.parent)[0]


def test_every_branch_has_a_body_on_its_own_line(source):
    lines = source.copy().decode().split("\n")
    assert len(lines) == len(SAMPLE.split("\n"))
    assert lines[5].strip() == (
        f"if (a > 1) {{ {NOTHING} }} else {{ {NOTHING} revert Low(2, a); }} // like (this); or that"
    )
    assert lines[10].strip() == f"if (a == 3) {{ {NOTHING} return 4; }} else {{ {NOTHING} }}"
    assert lines[11].strip() == f"if (a == 4) {{ {NOTHING}"
    assert lines[13].strip() == (
        f"}} else {{ {NOTHING} if (a == 5) {{ {NOTHING} return 6; }} else {{ {NOTHING} }} }}"
    )
    assert lines[14].strip().endswith(f"if (i == 7) {{ {NOTHING} break; }} else {{ {NOTHING} }}")
    assert lines[15:] == SAMPLE.split("\n")[15:]  # assembly stays
    assert (source.expected, source.hidden) == (12, 1)


def test_all_contracts_keep_their_lines():
    coverage.compiler()
    for source in coverage.parse(coverage.judged()):
        before, after = (text.decode().split("\n") for text in (source.content, source.copy()))
        assert len(before) == len(after)
        added = (text for _, _, text in source.edits)
        assert b"".join(added).count(b"\n") == sum(
            source.content.count(b"\n", start, end) for start, end, _ in source.edits
        )


def test_a_branch_that_nobody_took_is_named(source):
    for line, block in ((6, 0), (7, 1), (11, 2), (12, 3), (14, 4), (15, 5)):
        for path in (0, 1):
            source.read("BRDA", f"{line},{block},{path},{0 if (line, path) == (11, 1) else 9}")
    source.read("BRDA", "17,6,0,-")  # of the assembly
    source.settle()
    assert list(source.missed()) == ["Sample.sol:11: never false: if (a == 3) return 4;"]


def test_a_branch_that_forge_does_not_count_is_no_success(source):
    source.branches = {(6, "0", "0"): 1}
    with pytest.raises(SystemExit, match=r"Sample\.sol has 12 branches, but forge counts 1"):
        source.settle()
