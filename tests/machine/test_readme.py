"""The README is true: its session runs as it stands there, and its help texts are the command's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = r"<!-- {} -->\n```console\n(.*?)```"


def blocks(mark: str) -> list[str]:
    """The console blocks that follow a mark."""
    return re.findall(_BLOCK.format(mark), README, re.DOTALL)


def commands(block: str) -> list[tuple[str, str]]:
    """Each `$ command` of a block with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def run(command: str, folder: Path) -> str:
    """Run one line as a person would type it, with our own `answerable` first on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "ANSWERABLE_HOME")}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**environment, "PATH": path, "COLUMNS": "80", "TERMINAL_WIDTH": "80"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def matches(expected: str, printed: str) -> bool:
    """Whether what is printed is what is expected, where `…` stands for anything, lines too."""
    pattern = ".*?".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


@pytest.mark.parametrize("block", blocks("session"))
def test_the_session_runs_as_it_stands(block: str, tmp_path: Path) -> None:
    for command, expected in commands(block):
        printed = run(command, tmp_path)
        assert matches(expected, printed), f"$ {command}\n{printed}"


@pytest.mark.parametrize("block", blocks("help"))
def test_every_help_text_is_the_command_s_own(block: str, tmp_path: Path) -> None:
    for command, expected in commands(block):
        assert run(command, tmp_path).strip("\n") == expected.strip("\n"), f"$ {command}"


def test_there_is_something_to_run() -> None:
    assert len(blocks("session")) >= 1
    assert len(blocks("help")) >= 2


def test_a_difference_is_noticed() -> None:
    assert matches("a  …\nPASS  b", "a  x\ny\nPASS  b")
    assert not matches("a\nPASS", "a\nFAIL")


def test_every_command_of_the_readme_exists() -> None:
    """Commands outside the session name options that the command knows."""
    for line in re.findall(r"^answerable (.+)$", README, re.MULTILINE):
        words = [word for word in line.split() if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")]
        known = run(f"answerable {' '.join(words[:2])} --help", ROOT)
        for option in re.findall(r"--[a-z-]+", line):
            assert option in known, f"answerable {line}: {option}"
