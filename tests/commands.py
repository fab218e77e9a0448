"""`answerable` commands for tests, each a process of its own that need not load everything anew.

A parent that has loaded what commands load, and has neither settings nor a database nor threads, forks one process for
each command: with arguments, an environment, a folder, a umask and output of its own, and it ends as any process does.
What a command loads by itself, and that it loads no more than it needs, is for tests that start the interpreter.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
#: What most commands load, of others' packages and of ours, and that asks for no settings while it is loaded.
LOADED = (
    "allauth.core.internal",
    "answerable.cli.demo_running",
    "answerable.cli.main",
    "answerable.correspondence.codec",
    "answerable.correspondence.folder",
    "answerable.ledger.config",
    "answerable.ledger.reading",
    "answerable.parties.base",
    "answerable.record.clocks",
    "answerable.record.obligations",
    "answerable.record.verify",
    "django.contrib.auth.hashers",
    "django.contrib.messages",
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.forms",
    "django.template.defaulttags",
    "django.template.engine",
    "django.urls",
    "django.views.generic",
    "psycopg",
    "rich.progress",
    "typer._adapters",
    "yaml",
)
#: Environment that belongs to the tests, not to a command.
FOREIGN = ("DJANGO", "DATABASE", "ANSWERABLE_HOME")


def run(
    *words: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    umask: int = 0o022,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run `answerable` with these words, as ``subprocess.run`` would with captured output.

    ``env`` is the whole environment: `environment` gives the tests' own without what would mislead a command. Raises
    `subprocess.TimeoutExpired`, after ending the command.
    """
    return _parent().run(words, environment() if env is None else env, cwd or Path.cwd(), umask, timeout)


def environment(**more: str) -> dict[str, str]:
    """The environment for a command."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)} | more


class _Parent:
    """The process that forks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(PYTHONPATH=f"{ROOT / 'src'}{os.pathsep}{ROOT}"),
            text=True,
        )

    def run(
        self, words: tuple[str, ...], env: Mapping[str, str], cwd: Path, umask: int, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory(prefix="answerable-said-") as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            asked = {
                "words": words, "env": dict(env), "cwd": str(cwd), "umask": umask, "timeout": timeout,
                "out": str(out), "err": str(err),
            }  # fmt: skip
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            code = json.loads(self._process.stdout.readline())
            told = [path.read_text("utf-8", errors="surrogateescape") for path in (out, err)]
        if code is None:
            raise subprocess.TimeoutExpired(words, timeout, *told)
        return subprocess.CompletedProcess(words, code, *told)

    def close(self) -> None:
        self._process.communicate(timeout=20)


@functools.cache
def _parent() -> _Parent:
    made, owner = _Parent(), os.getpid()
    atexit.register(lambda: made.close() if os.getpid() == owner else None)
    return made


def _main() -> None:
    """Fork a command for each line of standard input; a line of output says how it ended, ``null`` if it did not."""
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared is not looked at, and so not copied
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _become(asked)
            return
        sys.stdout.write(json.dumps(_ended(child, asked["timeout"])) + "\n")
        sys.stdout.flush()


def _become(asked: Mapping[str, Any]) -> None:
    """Be the command, to its end."""
    for number, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), (asked["out"], os.O_WRONLY | os.O_CREAT), (asked["err"], os.O_WRONLY | os.O_CREAT))
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.chdir(asked["cwd"])
    os.umask(asked["umask"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["answerable", *asked["words"]]

    from answerable.cli.main import run as command

    command()


def _ended(child: int, seconds: float) -> int | None:
    """The exit code of a command, or minus the signal that ended it; None when it was still at work."""
    watched = os.pidfd_open(child)
    try:
        late = not select.select([watched], [], [], seconds)[0]
    finally:
        os.close(watched)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return None if late else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    _main()
