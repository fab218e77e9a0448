"""`answerable demo`: every party on this machine, each a process of its own, with the correspondence that is shipped.

`--check` does the same without staying: it walks the path as a stranger would and exits 1 at the first untrue thing.
With `--stay` it stays after that, so that what was walked can be looked at.
What it takes to run it is loaded when it is run: every other command would pay for it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from answerable.cli.output import say, told

_EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "un-2017" / "correspondence"

Check = typer.Option(False, "--check", help="Walk it as a stranger would, then end; exit 1 at the first untrue thing.")
Stay = typer.Option(False, "--stay", help="With --check: when all of it was true, go on as without it.")
Data = typer.Option(
    None,
    "--data",
    metavar="DIR",
    help="Where all parties keep their data. Default: demo-data; for --check a new folder.",
)
Correspondence = typer.Option(
    _EXAMPLE, "--correspondence", metavar="DIR", help="The folder of correspondence to load.", show_default=False
)


def add_to(app: typer.Typer) -> None:
    """Add `demo` to `app`."""
    app.command("demo")(demo)


def demo(
    check: bool = Check, stay: bool = Stay, data: Path | None = Data, correspondence: Path = Correspondence
) -> None:
    """Run every party on this machine with the shipped correspondence. DEMO_KEEP=1 keeps the data of the last time."""
    from answerable.cli.demo_processes import DemoError, Interrupted
    from answerable.cli.demo_running import run

    stay = stay or not check
    with told():
        if not (correspondence / "correspondence.yaml").is_file():
            raise DemoError(
                "there is no correspondence here",
                where=str(correspondence),
                todo="run the demo from a checkout, or name a folder with --correspondence",
            )
        try:
            if check and data is None:
                with tempfile.TemporaryDirectory(prefix="answerable-demo-") as folder:
                    run(Path(folder) / "data", correspondence, check=True, stay=stay)
            else:
                run(data or Path("demo-data"), correspondence, check=check, stay=stay)
        except (KeyboardInterrupt, Interrupted):
            say("ended", "every process of the demo has ended")
            raise typer.Exit(0 if stay else 130) from None
