"""Commands of `sealing`: the recovery key and its use, and the note of who may read."""

from __future__ import annotations

import typer

from answerable.cli import sealing_ceremony, sealing_partial, sealing_readers


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    for module in (sealing_ceremony, sealing_partial, sealing_readers):
        module.add_to(app)
