"""Commands of `run`: one party's process each, up until interrupted."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import typer

from answerable.cli import run_reporting
from answerable.cli.correspondence import desk, migrate
from answerable.cli.log import sequencer_command
from answerable.cli.output import say, told
from answerable.cli.publish import public_command
from answerable.cli.serving import address, serve
from answerable.errors import AnswerableError

HOUR = 3600
LOG = logging.getLogger("answerable.editors")


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    app.command("editors")(editors)
    app.command("sequencer")(sequencer_command)
    public_command(app)
    run_reporting.add_to(app)


def editors(
    home: Path | None = typer.Option(
        None, "--home", envvar="ANSWERABLE_HOME", help="The editors' folder, made by `correspondence init`."
    ),
    listen: str = typer.Option("127.0.0.1:8000", metavar="HOST:PORT", help="Where the desk listens."),
) -> None:
    """Serve the editors' desk, and record every hour which deadlines have passed without an answer.

    People: `answerable correspondence invite NAME --role author` prints a one-time link; each person sets a password
    and a second factor (authenticator app or passkey). One writes, another approves.
    """
    with told():
        host, port = address(listen)
        folder = desk(home)
        from answerable.ledger.actions.versions import must_be_current

        must_be_current("default", command=f"answerable correspondence migrate --home {folder}")
        migrate()
        # The first round is over before the server forks its worker: a fork in the midst of it would copy held locks.
        record_round()
        stop = threading.Event()
        clock = threading.Thread(target=watch, args=(stop,), name="overdue", daemon=True)
        clock.start()
        say("desk", f"http://{listen}/  {folder}")
        try:
            serve("answerable.parties.wsgi:application", host, port)
        finally:
            stop.set()


def watch(stop: threading.Event, every: float = HOUR) -> None:
    """Record missed deadlines every hour until ``stop``."""
    while not stop.wait(every):
        record_round()


def record_round() -> None:
    """Record missed deadlines. A failure is told, and tried again an hour later."""
    try:
        for leaf in record_overdue_now():
            say("missed", f"deadline.missed {leaf}")
    except AnswerableError as error:
        LOG.warning("missed deadlines were not recorded: %s", error)


def record_overdue_now() -> list[str]:
    """One round: the day by this machine's clock, the head by the published log."""
    from django.conf import settings
    from django.db import connection

    from answerable.correspondence import actions
    from answerable.correspondence.from_log import head_of
    from answerable.ledger.reading import open_log

    try:
        log = str(getattr(settings, "ANSWERABLE_LOG", ""))
        seen = head_of(open_log(log) if log else _no_log)
        return actions.record_overdue(datetime.now(UTC).date(), seen)
    finally:
        connection.close()


def _no_log(path: str) -> bytes:
    raise FileNotFoundError(path)
