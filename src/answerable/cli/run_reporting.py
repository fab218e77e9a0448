"""Commands of `run` for reporting: the reporter party, the desk, carry between them, and the clocks."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from answerable.cli.output import say, told
from answerable.cli.serving import address, serve
from answerable.errors import FALSE, AnswerableError
from answerable.ledger.ending import until_told

if TYPE_CHECKING:
    from answerable.cli.waking import Waking

Once = typer.Option(False, "--once", help="One round, then end.")
#: Seconds between two looks at the clocks.
CLOCKS_EVERY = 60.0


def add_to(app: typer.Typer) -> None:
    """Add this module's commands to `app`."""
    for command in (reporter, desk, carry, clocks):
        app.command(command.__name__)(command)


def reporter(
    home: Path | None = typer.Option(
        None, "--home", envvar="ANSWERABLE_HOME", help="The reporter party's folder, made by `intake init`."
    ),
    listen: str = typer.Option("127.0.0.1:8001", metavar="HOST:PORT", help="Where the site listens."),
    children: int = typer.Option(32, help="How many plain requests are answered at a time, each by its own process."),
    workers: int = typer.Option(2, help="How many processes answer what is sealed or public."),
) -> None:
    """Serve the site on which a person reports and comes back.

    What she writes without script is read by a process that serves this one request and ends. No address, browser or
    time of a visit is kept. A restart ends the sessions of those who use it without script.
    """
    with told():
        from answerable.cli.intake import as_owner
        from answerable.cli.intake import reporter as set_up
        from answerable.intake import door

        host, port = address(listen)
        folder = set_up(home)
        from answerable.ledger.actions.preparing import must_be_there

        must_be_there("intake")
        if os.environ.get("DATABASE_URL"):  # there it is the owner's task, with an owner's role
            from answerable.ledger.actions.versions import must_be_current

            must_be_current("intake", command=f"answerable intake migrate --home {folder}")
        else:
            as_owner(folder)
        from answerable.intake.views.warming import warm
        from answerable.parties.wsgi import application

        warm(application)
        say("reporter", f"http://{listen}/  {folder}")
        if lacks := lacking():
            say(
                "warning",
                f"not every file can be cleaned here, without {lacks}; in a checkout: pip install '.[reporter]'",
            )
        door.serve(application, host, port, limits=door.Limits(children=children, workers=workers))


def lacking() -> str:
    """What cleans pictures, documents and recordings, as far as it is not installed: names of packages."""
    cleaners = {"PIL": "Pillow", "pypdfium2": "pypdfium2", "av": "av"}
    return ", ".join(package for module, package in cleaners.items() if find_spec(module) is None)


def desk(
    home: Path | None = typer.Option(
        None, "--home", envvar="ANSWERABLE_HOME", help="The desk's folder, made by `casework init`."
    ),
    listen: str = typer.Option("127.0.0.1:8002", metavar="HOST:PORT", help="Where the desk listens."),
) -> None:
    """Serve the desk of the case officers. Nothing that a reporter wrote is readable here: browsers open it.

    People: `answerable casework invite NAME --role administrator` invites the first two; they invite the others.
    """
    with told():
        from answerable.cli.casework import desk as set_up
        from answerable.cli.casework import prepare_databases

        host, port = address(listen)
        folder = set_up(home)
        _desk_is_current(folder, "default", "keys")
        prepare_databases()
        say("desk", f"http://{listen}/desk/  {folder}")
        serve("answerable.parties.wsgi:application", host, port)


def carry(
    folder: Path = typer.Argument(metavar="DIR", help="Carry's folder, made by `casework carry-init`."),
    once: bool = Once,
) -> None:
    """Take what the register holds to the desk, and answers, receipts and standings back to the reporters' mailboxes.

    A submission is taken only when the published register holds its entry: no staff member sees a report before.
    """
    with told():
        import django

        from answerable.parties.carry_file import read_carry

        home = folder.resolve()
        places = read_carry(home)
        os.umask(0o077)
        os.environ["ANSWERABLE_HOME"] = str(home)
        os.environ["DJANGO_SETTINGS_MODULE"] = "answerable.parties.carry"
        django.setup()
        from answerable.cli import carry as carrying
        from answerable.ledger.actions.versions import must_be_current

        _desk_is_current(places.desk, "default", patient=True)
        must_be_current("intake", command=f"answerable intake migrate --home {places.reporter}", patient=True)
        begun = carrying.begin(places)
        with until_told() as stopped:
            say("carry", f"{places.reporter} -> {places.desk}")
            done = carrying.run(begun, say, stopped, once=once)
    if once and done.troubles:
        raise typer.Exit(FALSE)


def clocks(
    home: Path | None = typer.Option(
        None, "--home", envvar="ANSWERABLE_HOME", help="The desk's folder, made by `casework init`."
    ),
    once: bool = Once,
    wake: Path | None = typer.Option(
        None,
        "--wake",
        metavar="PROGRAM",
        help="Run this, with nothing told to it, each quarter of an hour while a report that says that someone is in "
        "danger now has had no answer.",
    ),
) -> None:
    """Record what is late, once each, and every day's head of the reads. A breach is an entry, not a colour."""
    with told():
        from answerable.cli.casework import desk as set_up
        from answerable.cli.waking import NOBODY, Waking

        _desk_is_current(set_up(home), "default", "keys", patient=True)
        waking = Waking(wake.resolve() if wake else None)
        if not (wake or once):
            say("warning", NOBODY)
        with until_told() as stopped:
            while True:
                _wake(waking)
                _look(once=once)
                if once or stopped.wait(CLOCKS_EVERY):
                    return


def _desk_is_current(folder: Path, *aliases: str, patient: bool = False) -> None:
    """On a server the tables are their owner's, and who starts too early after an upgrade is told so."""
    from answerable.ledger.actions.versions import must_be_current

    must_be_current(*aliases, command=f"answerable casework migrate --home {folder}", patient=patient)


def _wake(waking: Waking) -> None:
    """Before anything else that a look does: whatever becomes of that, somebody is in danger."""
    from django.db import DatabaseError, connections

    try:
        wrong = waking.look()
    except DatabaseError as error:
        wrong = f"nobody was woken: {error}"
    finally:
        connections.close_all()
    if wrong:
        say("warning", wrong)


def _look(*, once: bool) -> None:
    """One look. A failure is told; the next look tries again, unless there is none."""
    from django.db import connections

    from answerable.casework import actions

    try:
        late = [f"{one.name} ({one.act}, due {one.due})" for one in actions.clocks_once()]
    except AnswerableError as error:
        if once:
            raise
        say("warning", str(error))
        return
    finally:
        connections.close_all()
    for name in late:
        say("late", name)
    if once and not late:
        say("late", "nothing")
