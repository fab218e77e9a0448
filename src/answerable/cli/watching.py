"""The command `record monitor`."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import typer

from answerable.cli import output


def add_to(app: typer.Typer) -> None:
    """Add `monitor` to `app`."""
    app.command("monitor")(monitor)


def monitor(
    log: str = typer.Argument(..., metavar="LOG", help="The log: an address or a folder.", show_default=False),
    policy: list[Path] = typer.Option(..., "--policy", help="The policy file; repeat for a register's own."),
    state: Path = typer.Option(..., "--state", metavar="DIR", help="The monitor's memory, kept from round to round."),
    register: list[str] = typer.Option([], "--register", metavar="LOG", help="A register whose heads LOG anchors."),
    as_json: bool = output.Json,
) -> None:
    """Verify what is new since the last round, print findings, and exit 1 if any is open. Run it from a timer."""
    with output.told():
        from answerable.ledger.network_errors import WatchError
        from answerable.ledger.reading import open_log
        from answerable.ledger.watching import Monitor
        from answerable.record.policy import Policy

        texts = []
        for file in policy:
            try:
                texts.append(file.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError) as error:
                raise WatchError("the policy cannot be read as text", where=str(file)) from error
        policies = [Policy.parse(text, file=str(file)) for text, file in zip(texts, policy, strict=True)]
        fetches = [open_log(place) for place in (log, *register)]
        watching = Monitor(fetches[0], policies, state, registers=fetches[1:], policy_texts=texts)
        done = watching.round(int(time.time()))
    data = {"findings": [asdict(finding) for finding in done.findings], "open": done.open}
    output.emit(done.lines, {**data, "lines": [list(line) for line in done.lines]}, as_json=as_json)
    raise typer.Exit(1 if done.open else 0)
