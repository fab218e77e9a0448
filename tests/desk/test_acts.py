"""Acts through the pages' own address: signed, once, by this person; and refused in words, with nothing written."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answerable.casework.models import Decision, Person, Record, Reply, SignedAct, Value
from answerable.sealing.place import Compartment, Field
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import open_value
from tests.desk.proving import prove
from tests.desk.taking import b64, take, value
from tests.desk.world import Report, World, draw, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def report(world: World) -> Report:
    made = Report(world, forms={Compartment.NARRATIVE: narrative("words")})
    made.take_in(1)
    return made


def message(report: Report, words: bytes = b'{"v":1}') -> dict[str, Any]:
    part = report.thread
    return value(report.handle, report.kind, part, Field.MESSAGE, report.keys.publics[part][1], words)


def test_a_message_goes_to_the_person_and_only_they_read_it(world: World, report: Report) -> None:
    answer = world.do("ida", report.handle, "write_to_person", {"message": message(report, b"said")})
    assert answer.status_code == 200, answer.content
    reply = Reply.objects.get(kind="value", field=int(Field.MESSAGE))
    place = report.keys.place(report.thread, Field.MESSAGE, reply.version)
    assert open_value(place, report.keys.pairs[report.thread][0], bytes(reply.sealed)) == b"said"


@pytest.mark.parametrize(
    "changed",
    [
        {"signed_act": "recuse"},
        {"signature": bytes(64)},
        {"sent": b'{"message":{}}'},
    ],
)
def test_an_act_that_is_not_signed_as_it_is_sent_is_refused(
    world: World, report: Report, changed: dict[str, Any]
) -> None:
    answer = world.do("ida", report.handle, "write_to_person", {"message": message(report)}, **changed)
    assert answer.status_code in (400, 409)
    assert answer.json()["what"]
    assert not Reply.objects.filter(kind="value", field=int(Field.MESSAGE)).exists()


def test_an_act_signed_by_somebody_else_is_refused(world: World, report: Report) -> None:
    answer = world.do("ivo", report.handle, "write_to_person", {"message": message(report)}, client=world.client("ida"))
    assert answer.status_code == 400
    assert not SignedAct.objects.exists()


def test_an_act_counts_once(world: World, report: Report) -> None:
    nonce = draw(16)
    first = world.do("ida", report.handle, "write_to_person", {"message": message(report)}, nonce=nonce)
    again = world.do("ida", report.handle, "write_to_person", {"message": message(report)}, nonce=nonce)
    assert (first.status_code, again.status_code) == (200, 409)
    assert Reply.objects.filter(kind="value", field=int(Field.MESSAGE)).count() == 1


def test_the_same_bytes_again_are_told_that_they_were_done(world: World, report: Report) -> None:
    body, nonce = {"message": message(report)}, draw(16)
    for code in (None, "done", "done"):
        answer = world.do("ida", report.handle, "write_to_person", body, nonce=nonce)
        assert answer.json().get("code") == code
    assert Reply.objects.filter(kind="value", field=int(Field.MESSAGE)).count() == 1
    # Nobody is told so of what somebody else signed, nor of another act under the same nonce
    other = world.do("ivo", report.handle, "write_to_person", body, nonce=nonce)
    assert other.json()["code"] == "refused"
    assert world.do("ida", report.handle, "recuse", {"ground": "conflict"}, nonce=nonce).json()["code"] == "refused"


def test_a_locked_desk_does_nothing(world: World, report: Report) -> None:
    answer = world.do(
        "ida",
        report.handle,
        "write_to_person",
        {"message": message(report)},
        client=world.client("ida", unlocked=False),
    )
    assert answer.json()["code"] == "locked"
    assert not SignedAct.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"a":1,"a":2}',
        b"null",
        b"[" * 5000,
        b'{"message":1}',
        b'{"message":{"version":true}}',
    ],
)
def test_any_body_is_refused_in_words(world: World, report: Report, raw: bytes) -> None:
    browser = world.client("ida")
    answer = browser.post(reverse("open", args=[report.handle]), data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["what"]
    signed = world.do("ida", report.handle, "write_to_person", {}, sent=raw)
    assert signed.status_code == 400


def test_taking_makes_one_owner_and_somebody_quicker_wins(world: World, report: Report) -> None:
    case = take(world, "ida", report.handle)
    page = world.client("ida").get(reverse("case", args=[case])).content.decode()
    assert "ida" in page
    answer = world.do("ivo", report.handle, "take_report", {"case": draw(16).hex(), "keys": []})
    assert answer.status_code == 409
    assert Record.objects.filter(kind="case").count() == 1


def test_a_handover_is_accepted_or_did_not_happen(world: World, report: Report) -> None:
    case = take(world, "ida", report.handle)
    offer = {"taker": world.people["asa"].handle, "role": "assessor", "wraps": []}
    assert world.do("ida", case, "offer_handover", offer).status_code == 200
    # Until it is accepted the one who offers owes, and the other sees nothing of it but the offer
    assert world.client("asa").get(reverse("case", args=[case])).status_code == 404
    page = world.client("asa").get(reverse("desk"))
    assert "accept_handover" in page.content.decode()
    handle = page.context["offers"][0].handle
    assert world.do("ivo", case, "accept_handover", {"handover": handle}).status_code == 404
    assert world.do("asa", case, "accept_handover", {"handover": handle}).status_code == 200
    assert world.client("asa").get(reverse("case", args=[case])).status_code == 200
    assert world.do("asa", case, "accept_handover", {"handover": handle}).status_code == 404


def test_no_further_action_names_what_is_missing_and_writes_nothing(world: World, report: Report) -> None:
    case = take(world, "ida", report.handle)
    offer = {"taker": world.people["asa"].handle, "role": "assessor", "wraps": []}
    world.do("ida", case, "offer_handover", offer)
    handle = world.client("asa").get(reverse("desk")).context["offers"][0].handle
    world.do("asa", case, "accept_handover", {"handover": handle})
    answer = world.do("asa", case, "propose_decision", {"standard": "credible", "outcome": "no_further_action"})
    assert answer.status_code == 409
    found = answer.json()
    assert found["code"] == "incomplete"
    assert len(found["missing"]) >= 4
    assert not Decision.objects.exists()
    assert Record.objects.get(handle=case).stage == "assessment"


def test_recusing_ends_access_at_once(world: World, report: Report) -> None:
    browser = world.client("ida")
    assert browser.get(reverse("report", args=[report.handle])).status_code == 200
    answer = world.do("ida", report.handle, "recuse", {"ground": "kin"})
    assert answer.status_code == 200, answer.content
    assert browser.get(reverse("report", args=[report.handle])).status_code == 404
    opened = browser.post(
        reverse("open", args=[report.handle]), {"compartment": "narrative"}, content_type="application/json"
    )
    assert opened.status_code == 404


def test_after_the_name_the_next_thing_is_whether_there_is_a_tie(world: World, report: Report) -> None:
    browser = world.client("ida")
    address = reverse("open", args=[report.handle])
    first = browser.post(address, {"compartment": "accused_identity"}, content_type="application/json")
    assert first.status_code == 200
    other = browser.post(address, {"compartment": "narrative"}, content_type="application/json")
    assert other.json()["code"] == "tie"
    assert "say whether you have a tie" in browser.get(reverse("desk")).content.decode()
    assert world.do("ida", report.handle, "declare_tie", {"tied": False}).status_code == 200
    other = browser.post(address, {"compartment": "narrative"}, content_type="application/json")
    assert other.status_code == 200


def test_a_wrap_is_given_to_its_holder_alone_and_noted(world: World, report: Report) -> None:
    browser = world.client("ida")
    address = reverse("open", args=[report.handle])
    given = browser.post(address, {"compartment": "narrative"}, content_type="application/json").json()
    assert len(given["wraps"]) == 1
    assert given["values"]
    granting = browser.post(
        address, {"compartment": "narrative", "act": "grant"}, content_type="application/json"
    ).json()
    assert (granting["values"], len(granting["wraps"])) == ([], 1)


def test_a_note_is_kept_where_the_table_says_add(world: World, report: Report) -> None:
    part = Compartment.ACCUSED_IDENTITY
    note = value(report.handle, RecordKind.REPORT, part, Field.NOTE, report.keys.publics[part][1], b'{"v":1}')
    assert world.do("ida", report.handle, "add_value", {"value": note}).status_code == 200
    assert Value.objects.filter(field=int(Field.NOTE)).count() == 1
    part = Compartment.REPORTER_IDENTITY
    note = value(report.handle, RecordKind.REPORT, part, Field.NOTE, report.keys.publics[part][1], b'{"v":1}')
    assert world.do("ida", report.handle, "add_value", {"value": note}).status_code in (404, 409)


# Keys and the session's half


def test_the_half_lives_and_dies_with_the_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = world.client("ida", unlocked=False)

    def half(fresh: bool) -> Any:
        return browser.post(reverse("half"), {"fresh": fresh}, content_type="application/json")

    assert half(False).json()["code"] == "locked"
    first = half(True).json()["half"]
    assert half(False).json()["half"] == first
    # Whoever unlocks in another tab, or mistypes there, locks none that is unlocked
    assert half(True).json()["half"] == first
    browser.post(reverse("lock"), {}, content_type="application/json")
    assert half(False).json()["code"] == "locked"
    second = half(True).json()["half"]
    assert second != first
    from answerable.casework.views import keys

    clock = time.time()
    monkeypatch.setattr("answerable.casework.views.keys.time.time", lambda: clock)
    clock += keys.IDLE + 1
    assert half(False).json()["code"] == "locked"
    third = half(True).json()["half"]
    assert third not in (first, second)
    clock += keys.IDLE + 1
    assert half(True).json()["half"] != third
    browser.post(reverse("account_logout"))
    assert half(True).status_code == 404


def test_a_tab_that_nobody_touched_locks_itself_and_none_that_is_in_use(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from answerable.casework.views import keys

    browser = world.client("ida", unlocked=False)
    clock = time.time()
    monkeypatch.setattr("answerable.casework.views.keys.time.time", lambda: clock)

    def post(name: str, body: dict[str, bool]) -> Any:
        return browser.post(reverse(name), body, content_type="application/json").json()

    # Given two tabs, of which the second is in use while nobody touches the first
    half = post("half", {"fresh": True})["half"]
    clock += keys.IDLE - 120
    assert post("half", {"fresh": False})["half"] == half
    # When the first locks itself, then the second is as it was; when nobody touches that either, both halves end
    clock += 120
    post("lock", {"idle": True})
    assert post("half", {"fresh": False})["half"] == half
    clock += keys.IDLE
    post("lock", {"idle": True})
    assert "desk_half" not in browser.session
    # And whoever locks by hand locks every tab
    post("half", {"fresh": True})
    post("lock", {"idle": False})
    assert "desk_half" not in browser.session


def test_keys_are_replaced_only_when_that_is_said(world: World) -> None:
    sent = {
        "x25519": draw(32).hex(),
        "ed25519": draw(32).hex(),
        "salt": b64(draw(16)),
        "wrapped_x": b64(draw(76)),
        "wrapped_ed": b64(draw(76)),
    }
    browser = world.client("ida")
    prove(world, "ida", browser)
    assert browser.post(reverse("register_keys"), sent, content_type="application/json").status_code == 400
    answer = browser.post(reverse("register_keys"), sent | {"replace": True}, content_type="application/json")
    assert answer.status_code == 201
    keys = Person.objects.get(pk=world.people["ida"].pk).keys
    assert keys is not None
    assert bytes(keys.x25519).hex() == sent["x25519"]


def test_what_the_script_pins_is_no_markup(world: World) -> None:
    text = Client().get(reverse("deployment")).content.decode()
    assert text.startswith("globalThis.ANSWERABLE = {")
    assert "<" not in text
    pinned = json.loads(text.removeprefix("globalThis.ANSWERABLE = ").removesuffix(";\n"))
    assert len(pinned["panel"]) == 3
