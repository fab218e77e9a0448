"""Every line knows its room: where Django may appear, where an app may write, how long modules and functions may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src" / "answerable"

#: Modules (or packages of that name) in which an app may import Django.
DJANGO_ROOMS = {
    "models", "views", "forms", "urls", "apps", "admin",
    "templatetags", "management", "migrations", "actions", "middleware",
}  # fmt: skip
#: Hooks that Django finds by the name that settings give: database routers, connection guards, account adapters.
DJANGO_ROOMS |= {"routers", "guards", "adapters"}
#: Floor 5 and 6 are wiring: settings, processes and commands start Django.
WIRING = {"parties", "cli"}
#: Methods of a manager or a row that write.
WRITES = {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def in_room(path: Path, rooms: set[str]) -> bool:
    return bool({*path.parts[1:-1], path.stem} & rooms)


def knows_tables(tree: ast.Module) -> bool:
    """Whether a module can reach a row at all: it names Django or an app's models."""
    return any(name.split(".")[0] == "django" or name.endswith(".models") for _, name in imported(tree))


def test_django_appears_only_in_its_rooms() -> None:
    astray = [
        f"{path}:{line} imports {name}"
        for path, tree in modules()
        if path.parts[0] not in WIRING and not in_room(path, DJANGO_ROOMS)
        for line, name in imported(tree)
        if name.split(".")[0] in {"django", "allauth"}
    ]
    assert astray == []


def test_only_actions_write() -> None:
    astray = [
        f"{path}:{node.lineno} calls {node.func.attr}"
        for path, tree in modules()
        if not in_room(path, {"actions", "migrations"}) and knows_tables(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert astray == []


def test_modules_and_functions_stay_short() -> None:
    long = []
    for path, tree in modules():
        if "migrations" in path.parts:
            continue
        lines = len((SRC / path).read_text(encoding="utf-8").splitlines())
        if lines > 400:
            long.append(f"{path} has {lines} lines: a second idea?")
        long += [
            f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= 60
        ]
    assert long == []
