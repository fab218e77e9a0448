"""`casework retention`: what is due to be destroyed at the desk, by which rule; with ``--destroy`` it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from answerable.cli.output import Json, emit, told

if TYPE_CHECKING:
    from answerable.casework.actions import Due

Home = Annotated[Path | None, typer.Option("--home", envvar="ANSWERABLE_HOME", help="The desk's folder.")]


def retention(
    destroy: Annotated[bool, typer.Option("--destroy", help="Destroy it, and say what went and what is left.")] = False,
    home: Home = None,
    as_json: bool = Json,
) -> None:
    """Say what is due to be destroyed, by which rule and since which day; nothing goes without --destroy.

    What a hold or something owed keeps is named with the reason, and stays. The clocks destroy the same by themselves.
    """
    with told():
        from answerable.cli.casework import desk

        desk(home)
        from answerable.casework import actions

        went, left = actions.destroy() if destroy else ([], actions.due())
        kept = actions.kept_sealed()
    lines = [("destroyed", _line(one)) for one in went]
    lines += [("held" if one.held else "due", _line(one)) for one in left]
    if not went and not left:
        lines.append(("due", "nothing"))
    if kept:
        lines.append(("kept", f"{kept:,} withdrawn and kept sealed by two people: no rule in force says until when"))
    if left and not destroy:
        lines.append(("", "nothing was destroyed; --destroy does it"))
    data = {"destroyed": [_data(one) for one in went], "due": [_data(one) for one in left], "kept_sealed": kept}
    emit(lines, data, as_json=as_json)


def _line(one: Due) -> str:
    held = f"; kept by {' and '.join(one.held)}" if one.held else ""
    return f"{one.since}  {one.what}  ({one.rule}{held})"


def _data(one: Due) -> dict[str, Any]:
    return {"what": one.what, "rule": one.rule, "since": one.since.isoformat(), "held": list(one.held)}
