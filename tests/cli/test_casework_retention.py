"""`casework retention` on a desk of its own: it lists and changes nothing; told to, it destroys what is due."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.cli.desk_folder import Desk


def invitations(desk: Desk) -> int:
    with sqlite3.connect(desk.home / "desk.db") as database:
        return int(database.execute("SELECT count(*) FROM casework_invitation").fetchone()[0])


def test_it_lists_first_and_destroys_when_told_to(tmp_path: Path) -> None:
    # Given two links of the command's own, of which one has run out
    desk = Desk(tmp_path)
    for name in ("olga", "otto"):
        done = desk.run("invite", name, "--role", "administrator")
        assert done.returncode == 0, done.stderr
    assert desk.run("retention").stdout == "due       nothing\n"
    with sqlite3.connect(desk.home / "desk.db") as database:
        database.execute("UPDATE casework_invitation SET expires = '2026-01-08 00:00:00' WHERE name = 'olga'")
    # When what is due is asked for, then it is named with its day and its rule, and is still there
    done = desk.run("retention")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "due       2026-01-08  the invitation of “olga”  (a link that nobody has used goes when"
    )
    assert done.stdout.endswith("nothing was destroyed; --destroy does it\n")
    assert invitations(desk) == 2
    # And when it is to go, it goes, and nothing else
    told = json.loads(desk.run("retention", "--destroy", "--json").stdout)
    assert [one["what"] for one in told["destroyed"]] == ["the invitation of “olga”"]
    assert (told["due"], told["kept_sealed"]) == ([], 0)
    assert invitations(desk) == 1
