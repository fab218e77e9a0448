"""How every command speaks: a label and what it says, or one JSON object; errors as one sentence on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from answerable.errors import AnswerableError

LABEL_WIDTH = 10

#: What to do about a database that refuses: nothing that was refused has happened.
_RIGHTS = (
    "see that it answers, that its owner has made its tables (the party's `init`, or `intake migrate`), and that this"
    " role has its rights (`record roles`, `casework roles` and `intake roles` print them); then try again"
)

#: ``--json``, the same on every command.
Json = typer.Option(False, "--json", help="Print one JSON object instead of lines.")


def line(label: str, text: str = "") -> str:
    """One line of output: the label padded to its column, then the text."""
    return f"{label:<{LABEL_WIDTH - 1}} {text}".rstrip()


def say(label: str, text: str = "") -> None:
    """Print one labelled line to standard output."""
    sys.stdout.write(line(label, text) + "\n")
    sys.stdout.flush()


def emit(lines: Iterable[tuple[str, str]], data: Mapping[str, Any], *, as_json: bool) -> None:
    """Print ``lines`` for a person or ``data`` for a machine."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2) + "\n")
        return
    for label, text in lines:
        say(label, text)


def fail(error: AnswerableError) -> NoReturn:
    """Say what was wrong, where and what to do, on standard error, and exit with the error's own code."""
    sys.stderr.write(f"answerable: {error}\n")
    raise typer.Exit(error.exit_code)


@contextmanager
def told() -> Iterator[None]:
    """Turn any error of ours raised inside into one sentence and an exit code.

    So too what the system refuses of a file that was named and nothing foresaw: a name too long, a folder that is not
    there, a full disk. A reader of our output who went away is not an error.
    """
    try:
        yield
    except AnswerableError as error:
        fail(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        where = str(error.filename) if error.filename is not None else None
        fail(AnswerableError(f"the system says: {reason}", where=where, todo="see to it, then try again"))
    except Exception as error:
        if not _of_a_database(error):
            raise
        said = str(error).strip().splitlines() or [type(error).__name__]
        where = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "the database's file (DATABASE_URL is not set)"
        fail(AnswerableError(f"the database says: {said[0].strip()}", where=where, todo=_RIGHTS))


def _of_a_database(error: Exception) -> bool:
    """Whether Django's databases raised it; commands that never loaded them pay nothing for asking."""
    utils = sys.modules.get("django.db.utils")
    return utils is not None and isinstance(error, utils.DatabaseError | utils.InterfaceError)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, only where someone watches: call the yielded function with (done, total)."""
    # Only here, and not in every command's beginning: loading it takes longer than most of them.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    with Progress(
        TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
