"""A hand-over in a real browser after new keys crossed: whoever takes the case over reads what each of them sealed."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from answerable.casework import actions
from answerable.casework.arrivals import COPY
from answerable.casework.models import Altered, Record, Submission, Wrap
from answerable.casework.models import Compartment as StoredCompartment
from answerable.sealing import hpke
from answerable.sealing.making import RecordKeys, holders_of, make_addition, make_epoch
from answerable.sealing.place import Compartment, Field
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.signing import sign
from tests.desk.browsing import Site
from tests.desk.test_doubts import take
from tests.desk.world import DEPLOYMENT, Report, draw, narrative

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]
BROWSING = ("ida", "asa")
NARRATIVE = Compartment.NARRATIVE


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone after this test: its desk is that of the file."""


def changes_her_code(report: Report, idx: int) -> None:
    """New keys of everything, begun while the desk's were on their way; then words that are sealed to them."""
    _private, public = hpke.generate(draw)
    keys = RecordKeys.draw(DEPLOYMENT, report.kind, draw, record=report.keys.record, epoch=2)
    note, seed = report.world.readers, draw(32)
    holders = {part: holders_of(note, RecordKind.REPORT, part, public) for part in keys.pairs}
    made = tuple(sorted(make_epoch(keys, holders, draw), key=lambda one: (one.compartment, one.epoch)))
    where = (DEPLOYMENT, report.kind, report.keys.record, public)
    take(sign(make_addition(*where, {}, (), rng=draw, compartments=made), report.seed, seed), idx)
    said = {"v": 1, "from": "reporter", "day": "2026-11-22", "text": "with new words", "after": ""}
    values = [(NARRATIVE, Field.MESSAGE, json.dumps(said).encode())]
    take(sign(make_addition(*where, keys.publics, values, rng=draw), seed), idx + 1)


def opened(page: Page, part: str) -> None:
    page.locator(f"[data-compartment={part}] [data-open]").click()
    expect(page.locator(f"[data-compartment={part}] [data-shown] .written").first).to_be_visible()


def test_whoever_takes_a_case_over_reads_what_was_sealed_to_every_key(shared: Site) -> None:
    # Given a report, a colleague who left, new keys that the desk began for that, and a note that they seal
    world, report = shared.world, Report(shared.world, forms={NARRATIVE: narrative("it was raining")})
    report.take_in(1)
    actions.revoke(world.people["adm"], world.people["ivo"])
    ida = shared.at("ida", "/desk/keys/")
    with ida.expect_navigation():
        ida.locator("#grants button").click()
    ida.goto(f"{shared.url}/desk/report/{report.handle}/")
    note = ida.locator("form[data-act=add_value][data-compartment=accused_identity]")
    ida.locator("details:has(form[data-compartment=accused_identity]) > summary").click()
    note.locator("textarea").fill("known as Rex")
    with ida.expect_navigation():
        note.locator("button").click()
    # And a change of her code that crosses them
    changes_her_code(report, 2)
    now = StoredCompartment.objects.get(record__handle=report.handle, compartment=int(NARRATIVE), until=None)
    assert now.epoch > COPY
    assert {one.standing for one in Submission.objects.all()} == {"hers"}

    # When the officer makes a case of it, and hands it over
    ida.goto(f"{shared.url}/desk/report/{report.handle}/")
    ida.locator("[data-act=take_report] button").click()
    ida.wait_for_url("**/desk/case/*/")
    case = Record.objects.get(kind="case")
    ida.goto(f"{shared.url}/desk/case/{case.handle}/hand-over/")
    ida.locator(f"input[value='{world.people['asa'].handle}/assessor']").check()
    with ida.expect_navigation():
        ida.locator("[data-act=offer_handover] button").click()
    asa = shared.at("asa", "/desk/")
    asa.locator("[data-act=accept_handover] button").click()
    asa.wait_for_url(f"**/desk/case/{case.handle}/")

    # Then whoever took it over reads what the first keys sealed, the desk's, and hers; and nothing is taken for altered
    held = Wrap.objects.filter(record=report.handle, holder=world.people["asa"].handle, compartment=int(NARRATIVE))
    assert sorted(held.values_list("epoch", flat=True)) == [1, 2, now.epoch]
    asa.goto(f"{shared.url}/desk/report/{report.handle}/")
    opened(asa, "narrative")
    shown = asa.locator("[data-compartment=narrative] [data-shown]")
    expect(shown).to_contain_text("it was raining")
    expect(shown.locator("ol.thread")).to_contain_text("with new words")
    opened(asa, "accused_identity")
    expect(asa.locator("[data-compartment=accused_identity] [data-shown]")).to_contain_text("known as Rex")
    assert asa.locator("[role=alert]:visible").count() == 0
    assert not Altered.objects.exists()
