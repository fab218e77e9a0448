"""`python -m answerable` is the `answerable` command."""

from __future__ import annotations

from answerable.cli.main import run

run()
