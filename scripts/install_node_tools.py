"""Install package.json's tools and link anvil, cast and forge into build/bin."""

from __future__ import annotations

from pathlib import Path

from npm import foundry_binary, install

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    install(ROOT)
    target = ROOT / "build" / "bin"
    target.mkdir(parents=True, exist_ok=True)
    for tool in ("anvil", "cast", "forge"):
        link = target / tool
        link.unlink(missing_ok=True)
        link.symlink_to(foundry_binary(ROOT, tool))


if __name__ == "__main__":
    main()
