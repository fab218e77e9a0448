"""The `answerable` command. It only assembles: each group of commands lives in a module of its own."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from answerable import __version__
from answerable.errors import AnswerableError

app = typer.Typer(
    name="answerable",
    help="A public record nobody can quietly rewrite, and what stands on it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
record = typer.Typer(help="The tamper-evident record: run it, verify it, watch it.", no_args_is_help=True)
run_ = typer.Typer(help="Run one party's process until it is interrupted.", no_args_is_help=True)
correspondence = typer.Typer(help="The public record of a correspondence, as plain files.", no_args_is_help=True)
publish = typer.Typer(help="Write what is published.", no_args_is_help=True)
procedures = typer.Typer(
    help="Statements of procedure, checked, compared, asked, run and audited.", no_args_is_help=True
)
intake = typer.Typer(help="The reporter party: what a person who reports meets.", no_args_is_help=True)
casework = typer.Typer(
    help="The desk of the case officers, carry, and the policies they work by.", no_args_is_help=True
)
sealing = typer.Typer(help="The panel's recovery key, and who may read.", no_args_is_help=True)

app.add_typer(record, name="record")
app.add_typer(run_, name="run")
app.add_typer(correspondence, name="correspondence")
app.add_typer(publish, name="publish")
app.add_typer(procedures, name="procedures")
app.add_typer(intake, name="intake")
app.add_typer(casework, name="casework")
app.add_typer(sealing, name="sealing")

#: Modules of commands and the group that each adds its own to. None of them imports Django before a command runs.
MODULES = (
    ("log", record),
    ("verify", record),
    ("audit", record),
    ("witness", record),
    ("run", run_),
    ("correspondence", correspondence),
    ("publish", publish),
    ("procedures", procedures),
    ("intake", intake),
    ("casework", casework),
    ("sealing", sealing),
    ("demo", app),
)
for _name, _group in MODULES:
    import_module(f"answerable.cli.{_name}").add_to(_group)


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"answerable {__version__}\n")
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """A public record nobody can quietly rewrite, and what stands on it."""


def run() -> None:
    """Run the command line. Interruption is an ordinary end; an error of ours is a sentence, never a traceback."""
    try:
        app()
    except AnswerableError as error:
        sys.stderr.write(f"answerable: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
