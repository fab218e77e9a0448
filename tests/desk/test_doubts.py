"""What was not signed with the reporter's key stands apart on the desk's pages, and the panel is asked about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from answerable.casework import actions, reads
from answerable.casework.models import Altered, Submission
from answerable.casework.shapes import Incoming
from answerable.casework.views.acts import address
from answerable.record import commit, tree
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Envelope, Kind
from answerable.sealing.making import make_addition
from answerable.sealing.place import Compartment, Field
from answerable.sealing.signing import sign
from tests.desk.world import DEPLOYMENT, Report, World, draw, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def report(world: World) -> Report:
    found = Report(world, forms={Compartment.NARRATIVE: narrative("what happened")})
    found.take_in(1)
    return found


def later(report: Report, text: str, kind: Kind = Kind.ADDITION) -> Envelope:
    said = {"v": 1, "from": "reporter", "day": "2026-11-22", "text": text, "after": ""}
    values = [(report.thread, Field.MESSAGE, json.dumps(said).encode())]
    where = (DEPLOYMENT, report.kind, report.keys.record, report.public)
    return make_addition(*where, report.keys.publics, values, rng=draw, kind=kind)


def take(made: Envelope, idx: int) -> None:
    """Something later at the desk, as carry would bring it."""
    data, key, on = envelopes.encode(made), draw(32), datetime.now(UTC).date()
    event: dict[str, Any] = {"v": 1, "kind": "intake.sealed", "at": on.isoformat(), "door": "web"}
    event["ciphertext_sha256"] = sha256(data).hexdigest()
    leaf = tree.leaf_hash(commit.seal(event, key))
    assert actions.take_in(Incoming(data, key, event, leaf, idx, on)).new


def test_a_forgery_is_named_on_the_records_page_and_apart_from_the_thread(world: World, report: Report) -> None:
    # Given something of hers, and beside it a withdrawal and words that somebody else signed
    take(sign(later(report, "mine"), report.seed), 2)
    officer = world.client("ida")
    page = officer.get(address("report", report.handle)).content.decode()
    assert "What I can do" in page
    assert "What may not come from the reporter" not in page
    take(sign(later(report, "forged", Kind.WITHDRAWAL), draw(32)), 3)
    # Then the page says which came, and that nothing follows from it
    page = officer.get(address("report", report.handle)).content.decode()
    assert "What may not come from the reporter" in page
    assert "Not signed with the reporter’s key: it may not come from them. Nothing in it has taken effect." in page
    assert "<strong>withdrawal</strong>" in page
    # And the browser is told which values it must keep out of the thread
    answer = officer.post(
        f"/desk/api/v1/records/{report.handle}/open/", {"compartment": "narrative"}, content_type="application/json"
    ).json()
    standing = {value["version"] >> 32: value["standing"] for value in answer["values"] if value["field"] == "message"}
    assert standing == {0: "", 1: "unsigned"}
    assert {value["standing"] for value in answer["values"] if value["field"] == "form"} == {""}


def test_the_panel_is_asked_and_answers(world: World, report: Report) -> None:
    take(sign(later(report, "forged"), draw(32)), 2)
    # Given a member of the panel, who sees that it is not signed and nothing of what it says
    page = world.client("pam").get("/desk/").content.decode()
    forged = Submission.objects.get(standing="unsigned")
    assert forged.handle in page
    assert "not signed with the reporter’s key" in page
    assert "is not signed with the reporter's key" in reads.altered()[0]
    # When they answer
    (asked,) = Altered.objects.all()
    done = world.do("pam", report.handle, "take_up_altered", {"altered": asked.handle, "answer": "inquiry_begun"})
    assert done.status_code == 200
    # Then it waits no longer, and the next forgery asks anew
    assert not reads.altered()
    take(sign(later(report, "again"), draw(32)), 3)
    assert len(reads.altered()) == 1
