"""The table of attacks names tests; each of them must exist, and each row must name one or say that there is none."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs/attacks.md"
_NAMED = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))


def rows() -> list[list[str]]:
    lines = TABLE.read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] and set(row[0]) != {"-"} and row[-1] != "test"]


def test_every_test_of_the_table_is_there() -> None:
    named = _NAMED.findall(TABLE.read_text("utf-8"))
    assert len(named) > 80
    missing = [
        f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in names_in(ROOT / path)
    ]
    assert missing == []


def test_every_row_names_a_test_or_says_that_there_is_none() -> None:
    assert len(rows()) > 50
    assert [row[0] for row in rows() if not _NAMED.search(row[-1]) and not row[-1].startswith("none:")] == []


def test_every_attack_of_the_tests_own_folder_is_in_the_table() -> None:
    named = set(_NAMED.findall(TABLE.read_text("utf-8")))
    own = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / "tests/attacks").glob("test_*.py"))
        for name in names_in(path)
    }
    assert sorted(own - named) == []
