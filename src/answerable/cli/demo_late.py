"""`answerable demo --check`, what is late: one made-up report has lain there for too long, and everybody can see it.

The clock enters each limit that passed in the register, once. The panel's page says what is owed, by which role and
since when; neither what was reported nor anybody's name.
"""

from __future__ import annotations

from typing import Any

from answerable.cli.demo_browser import sign_in
from answerable.cli.demo_places import Places
from answerable.cli.demo_processes import DemoError, run_command
from answerable.cli.demo_reporting import Staff
from answerable.cli.output import line

#: What the clock says when there is nothing to enter, and what is surely late of that report.
_NOTHING, _OWED = line("late", "nothing"), "offer assistance"


def see_what_is_late(page: Any, places: Places, staff: Staff) -> None:
    """Let the clock look twice, then read the panel's page. Raises `DemoError` at the first untrue thing."""
    for _ in range(2):
        said = run_command("run", "clocks", "--once", "--home", str(places.desk)).strip()
    if said != _NOTHING:
        raise DemoError(f"the clock enters what it has entered already: {said[:400]}", where=str(places.desk))
    sign_in(page, places.url("desk"), staff.who("panel"))
    page.goto(f"{places.url('desk')}/desk/")
    late = page.locator("section[aria-labelledby=stuck]")
    shown = late.inner_text()
    if _OWED not in shown:
        raise DemoError(f"the panel is not told what is late: {shown[:400]}", where=page.url)
    named = [one["name"] for one in staff.people if one["name"] in shown]
    if named or late.locator("a:not([href^='/desk/rules/#'])").count():
        raise DemoError(f"the panel is told whose it is: {', '.join(named) or 'a link leads to it'}", where=page.url)
    page.context.close()
