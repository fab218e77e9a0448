"""`casework missing`: what neither side can put back after a database was restored, until somebody answers for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from answerable.cli.output import Json, emit, told
from answerable.errors import FALSE, AnswerableError

if TYPE_CHECKING:
    from answerable.casework.missing import MissingRow

Home = Annotated[Path | None, typer.Option("--home", envvar="ANSWERABLE_HOME", help="The desk's folder.")]
#: What each kind of thing is, in a sentence.
WORDS = {
    "submission": "was handed in, and cannot be given to the desk again; who sent it still opens it",
    "answer": "was sent to the person; its text is with her, and not here",
    "key": "is a key that nobody here holds; ask the person to send again what was sealed to it",
    "mailbox": "is at the desk, and not in the person's box any more",
    "erased": "was erased, is here again and was read here: have two people decide",
    "entry": "was promised to somebody, and neither side holds anything of it",
}


def missing(
    done: Annotated[str, typer.Option("--done", help="What was done about it: answers what is shown.")] = "",
    by: Annotated[str, typer.Option("--by", help="The account's name of whoever says so.")] = "",
    only: Annotated[list[str] | None, typer.Option("--only", help="Answer this one alone; repeat.")] = None,
    home: Home = None,
    as_json: bool = Json,
) -> None:
    """Name what is missing since a database was restored, leaf by leaf; carry finds it, each quarter of an hour.

    With --done and --by somebody answers for it: the record is told, by an incident with the hash of what was said.
    """
    with told():
        from answerable.cli.casework import desk

        if bool(done) != bool(by):
            raise AnswerableError("an answer needs --done and --by", todo="say what was done, and who says so")
        desk(home)
        from answerable.casework import actions
        from answerable.casework import missing as things

        rows = [row for row in things.waiting() if not only or row.handle in only]
        answered = actions.answer_missing(_person(by), [row.handle for row in rows], done) if done else 0
    if answered:
        lines = [("answered", f"{answered:,}, and entered in the record"), ("", "carry is silent by its next look")]
    else:
        lines = [("missing", _line(row)) for row in rows] or [("PASS", "nothing is missing")]
    emit(lines, {"missing": [_data(row) for row in rows], "answered": answered}, as_json=as_json)
    if rows and not answered:
        raise typer.Exit(FALSE)


def _person(name: str) -> Any:
    from answerable.casework.models import Person

    found = Person.objects.filter(user__username=name, ended=None).first()
    if found is None:
        raise AnswerableError("nobody of this name works at the desk", where=name, todo="give the name of an account")
    return found


def _line(row: MissingRow) -> str:
    where = [f"entry {row.idx} {row.leaf}" if row.leaf else "", row.name, row.thing, f"of {row.on}" if row.on else ""]
    return f"{row.handle}  {', '.join(part for part in where if part)}: it {WORDS[row.what]}"


def _data(row: MissingRow) -> dict[str, Any]:
    return {
        "handle": row.handle,
        "what": row.what,
        "leaf": row.leaf,
        "index": row.idx,
        "name": row.name,
        "thing": row.thing,
        "on": row.on.isoformat() if row.on else None,
        "found": row.found.isoformat(),
    }
