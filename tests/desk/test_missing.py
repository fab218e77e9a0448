"""What is missing since a database was restored: named to the panel and the administrators, until somebody answers."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from typer.testing import CliRunner

from answerable.casework import actions
from answerable.casework.missing import Missed
from answerable.casework.models import Missing
from answerable.cli.main import app
from answerable.ledger.models import Outbox
from tests.desk.test_lateness import main, page
from tests.desk.world import Report, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"], transaction=True)]
LEAF = sha256(b"an entry").digest()


@pytest.fixture
def named(world: World) -> Report:
    """A report, one of whose messages is missing, and an entry of which nobody holds anything."""
    report = Report(world)
    report.take_in(1)
    what = Missing.What
    thing = Missed(what.ANSWER, record=report.handle, thing="narrative/message/5", on=date(2026, 3, 3))
    assert actions.name_missing([thing, Missed(what.ENTRY, LEAF, 77)]) == 2
    return report


def said(monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr("answerable.cli.casework.desk", lambda home: home)
        return CliRunner().invoke(app, ["casework", "missing", *words])


@pytest.mark.parametrize(("name", "sees"), [("pam", True), ("adm", True), ("ida", False), ("rob", False)])
def test_the_panel_and_administrators_see_each_thing(world: World, named: Report, name: str, sees: bool) -> None:
    shown = main(page(world, name))
    assert (LEAF.hex() in shown) is sees
    assert ("narrative/message/5" in shown) is sees


def test_the_command_names_each_and_is_not_content(
    world: World, named: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = said(monkeypatch)
    assert done.exit_code == 1
    assert f"entry 77 {LEAF.hex()}" in done.output
    assert "narrative/message/5" in done.output
    found = json.loads(said(monkeypatch, "--json").output)["missing"]
    assert {one["what"] for one in found} == {"answer", "entry"}


def test_somebody_answers_and_the_record_is_told(world: World, named: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Missing.objects.get(what="entry").handle
    # An answer needs a person of the desk, and words
    assert said(monkeypatch, "--done", "told the panel").exit_code != 0
    assert "nobody of this name" in said(monkeypatch, "--done", "told the panel", "--by", "eve").output
    assert Missing.objects.waiting().count() == 2
    # When one of the two is answered
    assert said(monkeypatch, "--done", "told the panel", "--by", "adm", "--only", entry).exit_code == 0
    # Then the other stays, and an entry of the record names the index and the hash of what was said
    assert list(Missing.objects.waiting().values_list("what", flat=True)) == ["answer"]
    (told,) = [json.loads(row.data) for row in Outbox.objects.all() if b"incident.published" in bytes(row.data)]
    assert (told["class"], told["ranges"]) == ("missing", [{"from": 77, "to": 78}])
    assert told["text_sha256"] == sha256(b"told the panel").hexdigest()
    # And what is found again is named no more, and what was answered never again
    assert actions.name_missing([Missed(Missing.What.ENTRY, LEAF, 77)]) == 0
    assert said(monkeypatch).exit_code == 0
    answer = Missing.objects.get(what="answer")
    assert (answer.back is not None, answer.answer) == (True, "")


def test_whoever_sees_the_record_reads_on_its_page_what_is_missing_of_it(world: World, named: Report) -> None:
    shown = main(world.client("ida").get(f"/desk/report/{named.handle}/"))
    assert "narrative/message/5" in shown
    assert "its text is with them" in shown
    assert LEAF.hex() not in shown
