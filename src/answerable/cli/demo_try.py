"""What a person can do with a running demo: printed, and as a page of its own beside the site."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

from answerable.cli import demo_waking
from answerable.cli.demo_places import LEDGER_NAME, WITNESSES, Places
from answerable.cli.demo_report import Walk
from answerable.cli.demo_reporting import Staff
from answerable.cli.demo_setup import Accounts
from answerable.cli.output import say

PAGE = "demo/index.html"


@dataclass(frozen=True)
class Try:
    """One thing to try: what it shows, and an address to open or commands to type.

    A `secret` address is printed to who started the demo and never put on a page. ``said`` are lines to read.
    """

    what: str
    address: str = ""
    commands: tuple[str, ...] = ()
    secret: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """Whom the demo's page tells of: who may enter letters, and who works at the desk for reports."""

    accounts: Accounts
    staff: Staff


def _command() -> str:
    """What to type for `answerable`: its whole path where the shell would not find it."""
    beside = Path(sys.executable).with_name("answerable")
    return str(beside) if shutil.which("answerable") is None and beside.is_file() else "answerable"


def things(places: Places, shown: Shown, receipt: str) -> list[Try]:
    """What to try, in the order in which it makes sense. `receipt` is the path of one receipt on the site."""
    accounts = shown.accounts
    site, ledger = places.url("public"), places.ledger
    policy, answerable = ledger / "record.policy", _command()
    newest = f"$(find {ledger}/public/record/tile/0 -type f -printf '%T@ %p\\n' | sort -n | tail -1 | cut -d' ' -f2-)"
    return [
        *_reporting(places, shown.staff),
        Try("Read the record: the timeline, a letter, a question nobody has answered.", f"{site}/"),
        *(
            Try("See who says what in which situation, and where two officials send one file to two places.", address)
            for address in _compared(places)
        ),
        Try("Check all of it without us: this page says how.", f"{site}/check.html"),
        Try(
            "Verify a receipt offline.",
            commands=(
                f"curl -so letter.tlog-proof {site}{receipt}",
                f"{answerable} record verify letter.tlog-proof --policy {policy}",
            ),
        ),
        Try("Drop the same file on the verifier; it makes no request.", f"{site}/verify/"),
        Try(
            "Verify the whole log as it is served.",
            commands=(f"{answerable} record verify {site}/record --policy {policy}",),
        ),
        Try(
            "Recompute every silence from the log alone, and compare with the page.",
            f"{site}/silence.html",
            (f"{answerable} correspondence silence --from-log {site}/record --policy {policy}",),
        ),
        Try(
            "Watch it as an outsider would. Kill a witness and watch again: one of each group may be missing.",
            commands=(
                f"{answerable} record monitor {site}/record --policy {policy} --state monitor",
                f"{answerable} record status {ledger}",
                f"pkill -f {places.witness('ms1')}",
            ),
        ),
        Try("Be the author: take the account, enter a letter, hand it to the reviewer.", accounts.author, secret=True),
        Try("Be the reviewer: publish it, and see it enter the record within seconds.", accounts.reviewer, secret=True),
        Try(
            "End the demo, change a byte of the log's newest tile, start with what was kept: read why it refuses.",
            commands=(f'printf X | dd of="{newest}" bs=1 seek=40 conv=notrunc', "DEMO_KEEP=1 make demo"),
        ),
    ]


def _reporting(places: Places, staff: Staff) -> list[Try]:
    """What to try of reporting. Everything told here is made up and is reached from this machine alone."""
    officer, panel, reports = staff.who("intake_officer"), staff.who("panel"), staff.reports
    code = f"{sys.executable} -m answerable.cli.demo_totp {officer['totp']}"
    return [
        Try("Report something, made up, with script or without; keep the words.", f"{places.url('reporter')}/"),
        Try(
            "Come back with the words of a report that the demo made up: see where it stands, and write.",
            f"{places.url('reporter')}/return/",
            said=tuple(f"{one['language']} ({one['want']})  {one['words']}" for one in reports),
        ),
        Try(
            "Read and answer as the officer: sign in, enter the code, then unlock your keys in the browser.",
            f"{places.url('desk')}/desk/",
            (code,),
            said=(
                f"name        {officer['name']}",
                f"password    {officer['password']}",
                f"passphrase  {officer['passphrase']}",
            ),
        ),
        Try(
            "See what is late. One made-up report has waited for nine days: it stands first on the officer's page. The"
            " clock has entered each limit that passed, once, and finds nothing to add; its log says when. Sign in as"
            f" {panel['name']}, of the panel: the first page says what is stuck, by which role and since when, and not"
            " whose it is.",
            f"{places.url('desk')}/desk/",
            (
                f"grep late {places.logs}/clocks.log",
                f"{_command()} run clocks --once --home {places.desk}",
                f"{sys.executable} -m answerable.cli.demo_totp {panel['totp']}",
            ),
            said=(f"name        {panel['name']}", f"password    {panel['password']}"),
        ),
        Try(
            "See that somebody would be woken. One made-up report says that someone is in danger now, and nobody has"
            " answered it: once it is at the desk, at the next minute and then each quarter of an hour, the clocks run"
            " the program that a deployment names for this. The demo's own wakes nobody and adds a line to a log; it is"
            " told nothing of the report. Answer it, and no line comes any more.",
            commands=(f"cat {demo_waking.log(places)}", f"cat {demo_waking.place(places)}"),
        ),
        Try(
            "Be another at the desk: an assessor, a reviewer, an advocate, an administrator.",
            f"{places.url('desk')}/desk/",
            (f"{sys.executable} -m answerable.cli.demo_totp AUTHENTICATOR",),
            said=tuple(
                f"{one['name']}  {one['role']}  {one['password']}  {one['totp']}  {one['passphrase']}"
                for one in staff.people
                if one is not officer
            ),
        ),
    ]


def _compared(places: Places) -> list[str]:
    """The address of the page that sets the officials' statements against each other, where it was published."""
    page = places.public / "procedures" / "allegations-against-staff.html"
    return [f"{places.url('public')}/procedures/{page.name}"] if page.is_file() else []


def tell(places: Places, tries: list[Try]) -> None:
    """Print where to look and what to try."""
    say("")
    say("site", places.url("public") + "/")
    say("try", f"{places.url('public')}/demo/")
    say("editors", places.url("editors") + "/")
    say("reporter", places.url("reporter") + "/")
    say("desk", places.url("desk") + "/desk/")
    say("log", f"{places.url('public')}/record and /register; policies in {places.ledger}")
    say("witnesses", "  ".join(places.url(name) for name in WITNESSES))
    say("logs", str(places.logs))
    say("")
    for number, one in enumerate(tries, 1):
        say(f"{number}", one.what)
        for line in (one.address, *one.said, *one.commands):
            if line:
                say("", f"    {line}")
    say("")
    say("running", "until interrupted (Ctrl-C); nothing is restarted by itself")


def tell_walked(walked: Walk) -> None:
    """Print how what `--check` wrote can be found: by its mark wherever it may not be, and with the words of each."""
    say("mark", f"{walked.mark} is in both reports and both answers, and in no file and no process of any party")
    for name, words in walked.words.items():
        say("words", f"{name}: {words}")


def write_page(site: Path, tries: list[Try]) -> None:
    """Put the page of things to try into the written site, at `demo/`."""
    rows = []
    for one in tries:
        link = f'<p><a href="{escape(one.address)}">{escape(one.address)}</a></p>' if one.address else ""
        if one.secret:
            link = "<p>The link, which works once, was printed where the demo was started.</p>"
        said = f'<pre tabindex="0" dir="auto">{escape(chr(10).join(one.said))}</pre>' if one.said else ""
        code = "\n".join(f"$ {command}" for command in one.commands)
        block = f'<pre tabindex="0" dir="ltr"><code>{escape(code)}</code></pre>' if code else ""
        rows.append(f"<li><p>{escape(one.what)}</p>{link}{said}{block}</li>")
    page = f"""<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What to try in this demo</title>
<link rel="stylesheet" href="../assets/site.css">
</head>
<body>
<main id="main" class="wide">
<h1>What to try in this demo</h1>
<p class="lead">Everything runs on this machine, each party a process of its own with data of its own: this site, the
editors' desk, the site of those who report, the desk of the case officers, carry between them, the sequencer of
{escape(LEDGER_NAME)}, and seven witnesses. Type the commands where <code>answerable</code> is installed.</p>
<ol>
{chr(10).join(rows)}
</ol>
<p><a href="../">The public record</a></p>
</main>
</body>
</html>
"""
    place = site / PAGE
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(page, encoding="utf-8")
