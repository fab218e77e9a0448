"""Runs commands for a test, one after another, in a process of its own: Django is set up once in each.

Each line of standard input is a JSON list of words; each line of standard output says how the command ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any


class Commands:
    """A process that runs `answerable` commands in `folder`."""

    def __init__(self, folder: Path) -> None:
        environment = {name: said for name, said in os.environ.items() if not name.startswith(("DJANGO", "DATABASE"))}
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.properties.command_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**environment, "PYTHONPATH": str(root)},
            text=True,
        )

    def __enter__(self) -> Commands:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.communicate(timeout=20)

    def run(self, *words: str) -> dict[str, Any]:
        """Run a command: its exit `code`, what it `said`, and the `trace` of an exception that escaped, if any."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def main() -> None:
    """Serve until standard input ends."""
    import traceback

    from typer.testing import CliRunner

    from answerable.cli.main import app

    answers = sys.stdout
    for line in sys.stdin:
        result = CliRunner().invoke(app, json.loads(line))
        escaped = result.exception if not isinstance(result.exception, SystemExit) else None
        trace = "".join(traceback.format_exception(escaped)) if escaped else ""
        answers.write(json.dumps({"code": result.exit_code, "said": result.output, "trace": trace}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
