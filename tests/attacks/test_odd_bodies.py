"""Bodies of acts at the desk, signed by somebody who may act, with anything in each of their places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.apps import apps

from answerable.casework.models import Read
from answerable.sealing.place import Compartment, Field
from answerable.sealing.place import Record as RecordKind
from tests.desk.conftest import world  # noqa: F401  # fixture
from tests.desk.taking import b64, case_keys, take, value
from tests.desk.world import Report, World, draw, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]

#: What stands in the place of each part of a body, one at a time.
ODD: tuple[Any, ...] = (2**53 - 1, "\0\ud800", [{}])


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a body; of a list, to the first."""
    several = body.items() if isinstance(body, dict) else list(enumerate(body))[:1] if isinstance(body, list) else ()
    for name, one in several:
        yield (*path, name)
        yield from places(one, (*path, name))


def changed(body: dict[str, Any], path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    made = copy.deepcopy(body)
    at: Any = made
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = odd
    return made


def rows() -> dict[str, int]:
    """How many there are in each table of casework, but of reads, which are noted of what is refused, too."""
    models = [one for one in apps.get_app_config("casework").get_models() if one is not Read]
    return {one._meta.label: one._default_manager.count() for one in models}


@pytest.fixture
def report(world: World) -> Report:  # noqa: F811
    made = Report(world, forms={Compartment.NARRATIVE: narrative("words")})
    made.take_in(1)
    return made


def acts(world: World, report: Report) -> Iterator[tuple[str, str, dict[str, Any]]]:  # noqa: F811
    part = report.thread
    public = report.keys.publics[part][1]
    note = value(report.handle, RecordKind.REPORT, Compartment.NARRATIVE, Field.NOTE, public, b'{"v":1}')
    message = value(report.handle, RecordKind.REPORT, part, Field.MESSAGE, public, b"said")
    fresh = draw(16)
    keys, _ = case_keys(world, "ida", report.handle, fresh)
    yield report.handle, "take_report", {"case": fresh.hex(), "keys": keys}
    case = take(world, "ida", report.handle)
    yield report.handle, "write_to_person", {"message": message, "next_contact": "2026-12-24"}
    yield report.handle, "add_value", {"value": note}
    wrap = {"record": case, "compartment": "narrative", "epoch": 1, "holder": draw(16).hex(), "wrap": b64(draw(106))}
    yield case, "offer_handover", {"taker": world.people["asa"].handle, "role": "assessor", "wraps": [wrap]}
    to = {"epoch": 1, "holder": world.people["ivo"].handle, "wrap": b64(draw(106))}
    yield report.handle, "grant", {"compartment": "narrative", "to": world.people["ivo"].handle, "wraps": [to]}
    key = {"compartment": "narrative", "public": b64(draw(32)), "wraps": keys[0]["wraps"], "reporter": draw(32).hex()}
    yield report.handle, "new_epoch", key
    settlement = {"outcome": "no_further_action", "reasons": note, "second": world.people["rob"].handle}
    yield report.handle, "propose_settlement", settlement
    yield case, "propose_decision", {"standard": "credible", "outcome": "x", "reasons": note, "wraps": [wrap]}
    yield case, "report_altered", {"compartment": "narrative", "object": "message/1"}
    yield report.handle, "join_report", {"case": case}
    yield case, "request_recovery", {"compartment": "narrative", "reason": "left_office"}


def test_anything_in_any_place_of_an_act_is_refused_in_words_and_writes_nothing(world: World, report: Report) -> None:  # noqa: F811
    browser, tried = world.client("ida"), 0
    for handle, act, body in acts(world, report):
        before = rows()
        for path, odd in product(places(body), ODD):
            answer = world.do("ida", handle, act, changed(body, path, odd), client=browser)
            said = f"{act} {path} {odd!r:.40}: {answer.status_code} {answer.content[:200]!r}"
            assert answer.status_code in (400, 404, 409), said
            assert answer.json()["what"], said
            tried += 1
        assert rows() == before, act
    assert tried > 100
