"""What takes more than one person, in a real browser: letting in, recovery, a disputed assessment, an invitation."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from answerable.casework import actions, queries
from answerable.casework.models import (
    Act,
    Decision,
    Grant,
    Person,
    Record,
    Recovery,
    Reply,
    Value,
    Wrap,
)
from answerable.casework.models import (
    Compartment as StoredCompartment,
)
from answerable.sealing import recovery
from answerable.sealing.place import REPORTER, Compartment, Field, Place
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import open_value, open_wrap, seal_value
from tests.desk.browsing import Site, accessible, shot
from tests.desk.proving import give_app
from tests.desk.taking import take
from tests.desk.world import DEPLOYMENT, PASSWORD, Keys, Report, draw, narrative
from tests.journeys.desk import code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]

BROWSING = ("ida", "ivo", "asa", "rob", "rea")
_number = count(1)


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone between these tests: their desk is that of the file."""


def arrived(site: Site) -> Report:
    made = Report(site.world, forms={Compartment.NARRATIVE: narrative("it was raining")})
    made.take_in(next(_number))
    return made


def opened(page: Page, part: str, words: str) -> None:
    """Open a part of the page, and see what is in it."""
    page.locator(f"[data-compartment={part}] [data-open]").click()
    expect(page.locator(f"[data-compartment={part}] [data-shown]")).to_contain_text(words)


def test_a_colleague_is_let_in_and_one_who_leaves_is_shut_out(shared: Site) -> None:
    # Given a colleague with new keys, who holds none of a report's
    world, report = shared.world, arrived(shared)
    ivo, address = world.people["ivo"], f"/desk/report/{report.handle}/"
    world.keys["ivo"] = Keys.real("six new words after a loss")
    actions.set_keys(ivo, world.keys["ivo"].kept)
    (world.folder / "readers.note").write_bytes(world.note())
    assert not Wrap.objects.filter(record=report.handle, holder=ivo.handle).exists()

    # When an officer lets in whoever waits
    page = shared.at("ida", "/desk/")
    expect(page.get_by_text("let somebody in")).to_be_visible()
    page.goto(f"{shared.url}/desk/keys/")
    expect(page.get_by_text("ivo, who has come to it").first).to_be_visible()
    with page.expect_navigation():
        page.locator("#grants button").click()
    expect(page.get_by_text("Nobody.")).to_be_visible()

    # Then the colleague reads
    opened(shared.at("ivo", address), "narrative", "raining")

    # And when they leave, a new key is made for those who remain, and for the person who reported
    actions.revoke(world.people["adm"], ivo)
    assert Grant.objects.filter(record__handle=report.handle, person=None, done=None).exists()
    page.goto(f"{shared.url}/desk/keys/")
    with page.expect_navigation():
        page.locator("#grants button").click()
    now = StoredCompartment.objects.get(
        record__handle=report.handle, compartment=int(Compartment.NARRATIVE), until=None
    )
    assert now.epoch == 2
    assert not Wrap.objects.filter(record=report.handle, holder=ivo.handle).exists()
    sent = Reply.objects.get(record=report.handle, kind="epoch", compartment=int(Compartment.NARRATIVE))
    place = Place(DEPLOYMENT, RecordKind.REPORT, report.keys.record, Compartment.NARRATIVE, Field.NONE, 0)
    hers = open_wrap(place, REPORTER, report.private, bytes(sent.sealed))

    # And once carry has brought it, what is written from now on opens with that key; what was there before still opens
    for waiting in Reply.objects.filter(record=report.handle, kind="epoch"):
        actions.mark_delivered(waiting.handle)
    page.goto(shared.url + address)
    opened(page, "narrative", "raining")
    page.locator("#text-narrative").fill("written after somebody left")
    page.locator("[data-act=write_to_person] button").click()
    expect(page.locator(".bubble.desk")).to_contain_text("after somebody left")
    reply = Reply.objects.get(record=report.handle, kind="value", field=int(Field.MESSAGE))
    place = Place(
        DEPLOYMENT, RecordKind.REPORT, report.keys.record, Compartment.NARRATIVE, Field.MESSAGE, reply.version
    )
    assert b"after somebody left" in open_value(place, hers, bytes(reply.sealed))


def answers(site: Site, request: recovery.Request, folder: Path) -> dict[str, Path]:
    """Files of members 1 and 3, as `sealing partial` writes them, and one of 2 that another's share made."""
    panel = site.world.recovery
    one, _, three = panel.key.shares
    wrong = SimpleNamespace(shares=(one, three, three), n=3, k=2, point=panel.key.point, public=panel.key.public)
    found = {}
    for name, member, share, key in (("one", 1, 1, panel.key), ("three", 3, 3, panel.key), ("forged", 2, 3, wrong)):
        made = recovery.answer(request, panel.shares[share], member, key, rng=draw)  # type: ignore[arg-type]
        found[name] = folder / f"{name}.json"
        found[name].write_bytes(made.encode())
    return found


def test_recovery_takes_the_panels_number_and_names_who_is_wrong(shared: Site, tmp_path: Path, axe: str) -> None:
    # Given an officer whose key of a report was lost
    report, ida = arrived(shared), shared.world.people["ida"]
    Wrap.objects.filter(record=report.handle, holder=ida.handle, compartment=int(Compartment.NARRATIVE)).delete()
    page = shared.at("ida", f"/desk/report/{report.handle}/")
    part = page.locator("[data-compartment=narrative]")
    part.locator("summary", has_text="Nobody can let you in?").click()
    part.locator("select").select_option("lost_passphrase")
    part.get_by_role("button", name="Ask the panel").click()
    page.wait_for_url("**/desk/recovery/*/")
    asked = Recovery.objects.get(record__handle=report.handle)
    with page.expect_download() as saved:
        page.get_by_role("link", name="The request").click()
    data = saved.value.path().read_bytes()
    assert data == queries.recovery_request(ida, asked.handle)
    files = answers(shared, recovery.decode_request(data), tmp_path)

    # When one member answers, and another with a result that proves nothing, then nothing opens, and it says whose
    page.locator("#files").set_input_files([files["one"], files["forged"]])
    page.locator("#recovery button").click()
    status = page.locator("#recovery [role=status]")
    expect(status).to_contain_text("1 of 2 results")
    expect(status).to_contain_text("member 2 proves nothing")
    assert not Wrap.objects.filter(record=report.handle, holder=ida.handle, compartment=3).exists()
    shot(page, "recovery")
    accessible(page, axe)

    # When two do, then the key is hers again, and the use is an entry
    page.locator("#files").set_input_files([files["one"], files["three"], files["forged"]])
    page.locator("#recovery button").click()
    page.wait_for_url(f"{shared.url}/desk/")
    entry = Act.objects.get(record__handle=report.handle, kind="recovery.used")
    body = json.loads(bytes(entry.outbox.event.body))
    assert body["members"] == ["member-1", "member-3"]
    page.goto(f"{shared.url}/desk/report/{report.handle}/")
    opened(page, "narrative", "raining")


def test_an_end_needs_every_part_and_a_dispute_a_third_person(shared: Site) -> None:
    # Given a case, handed over to an assessor with its keys
    world, report = shared.world, arrived(shared)
    case = take(world, "ida", report.handle)
    page = shared.at("ida", f"/desk/case/{case}/hand-over/")
    note = shared.world.folder / "readers.note"
    page.locator(f"input[value='{world.people['asa'].handle}/assessor']").check()

    # Then nothing is wrapped to a key that the panel has not signed, and the page names whose it is
    signed, own = note.read_bytes(), world.keys["asa"]
    world.keys["asa"] = Keys.quick()
    note.write_bytes(world.note())
    world.keys["asa"] = own
    page.locator("[data-act=offer_handover] button").click()
    expect(page.get_by_role("alert")).to_contain_text("asa has no key in the note that the panel signed")
    assert not Wrap.objects.filter(record=case, holder=world.people["asa"].handle, compartment=3).exists()
    note.write_bytes(signed)
    page.reload()
    page.locator(f"input[value='{world.people['asa'].handle}/assessor']").check()
    with page.expect_navigation():
        page.locator("[data-act=offer_handover] button").click()
    asa = shared.at("asa", "/desk/")
    asa.locator("[data-act=accept_handover] button").click()
    asa.wait_for_url(f"**/desk/case/{case}/")

    # Then no further action lacks whatever is left out, and nothing is written
    asa.goto(f"{shared.url}/desk/case/{case}/decide/")
    asa.locator("#outcome").select_option("no_further_action")
    asa.locator("#standard").select_option("credible")
    for name in ("reasons", "notice"):
        asa.locator(f"#{name}").fill(f"the {name}")
    asa.locator("#appeal_route").select_option("panel")
    asa.locator("#appeal_until").fill("2099-01-01")
    asa.locator("#reviewer").select_option(world.people["rob"].handle)
    alert = asa.locator("[data-act=propose_decision] [role=alert]")
    for name in ("standard", "reasons", "notice", "appeal_route", "appeal_until", "reviewer"):
        field = asa.locator(f"#{name}")
        kept, chosen = field.input_value(), field.evaluate("one => one.tagName") == "SELECT"
        field.select_option("") if chosen else field.fill("")
        asa.locator("[data-act=propose_decision] button").click()
        expect(alert).to_contain_text("lacks")
        assert not Decision.objects.filter(record__handle=case).exists(), name
        field.select_option(kept) if chosen else field.fill(kept)
    asa.locator("[data-act=propose_decision] button").click()
    asa.wait_for_url(f"**/desk/case/{case}/")

    # When the second person does not agree, and names a third
    rob = shared.at("rob", f"/desk/case/{case}/decide/")
    opened(rob, "deliberation", "the reasons")
    rob.locator("input[name=agrees][value=no]").check()
    rob.locator("#review").fill("this does not hold")
    rob.locator("#third").select_option(world.people["rea"].handle)
    rob.locator("[data-act=review_decision] button").click()
    rob.wait_for_url(f"{shared.url}/desk/")
    assert Decision.objects.get(record__handle=case).state == "disputed"

    # Then the third reads both, and what they say is the end of it
    rea = shared.at("rea", f"/desk/case/{case}/decide/")
    if not Wrap.objects.filter(record=case, holder=world.people["rea"].handle).exists():
        # A reviewer lets nobody in: whoever assesses does.
        asa.goto(f"{shared.url}/desk/keys/")
        with asa.expect_navigation():
            asa.locator("#grants button").click()
        rea.reload()
    opened(rea, "deliberation", "this does not hold")
    rea.locator("[data-notice] button").click()
    expect(rea.locator("[data-notice] [data-read]")).to_have_text("the notice")
    rea.locator("input[name=agrees][value=no]").check()
    rea.locator("#review").fill("neither do I agree with the end")
    rea.locator("[data-act=review_decision] button").click()
    rea.wait_for_url(f"{shared.url}/desk/")
    assert Decision.objects.get(record__handle=case).state == "returned"
    assert Record.objects.get(handle=case).stage == "assessment"

    # And the notice that was never sent is shown as that to whoever proposed it
    asa.goto(f"{shared.url}/desk/report/{report.handle}/")
    opened(asa, "narrative", "Notice to the person, not sent")


def proposed(site: Site) -> tuple[Report, str, Page]:
    """A report, its case, and the tab of whoever has proposed to end it, with a notice, before the second person."""
    world, report = site.world, arrived(site)
    case = take(world, "ida", report.handle)
    page = site.at("ida", f"/desk/case/{case}/hand-over/")
    page.locator(f"input[value='{world.people['asa'].handle}/assessor']").check()
    with page.expect_navigation():
        page.locator("[data-act=offer_handover] button").click()
    asa = site.at("asa", "/desk/")
    asa.locator("[data-act=accept_handover] button").click()
    asa.wait_for_url(f"**/desk/case/{case}/")
    asa.goto(f"{site.url}/desk/case/{case}/decide/")
    for name, choice in {"outcome": "no_further_action", "standard": "credible", "appeal_route": "panel"}.items():
        asa.locator(f"#{name}").select_option(choice)
    for name, words in {"reasons": "because", "notice": "you may contest this", "appeal_until": "2099-01-01"}.items():
        asa.locator(f"#{name}").fill(words)
    asa.locator("#reviewer").select_option(world.people["rob"].handle)
    asa.locator("[data-act=propose_decision] button").click()
    asa.wait_for_url(f"**/desk/case/{case}/")
    return report, case, asa


def test_a_notice_that_was_swapped_after_it_was_read_is_not_agreed_to(shared: Site) -> None:
    # Given a second person who has read the notice of a proposal
    report, case, _ = proposed(shared)
    rob = shared.at("rob", f"/desk/case/{case}/decide/")
    read = rob.locator("[data-notice] [data-read]")
    rob.locator("[data-notice] button").click()
    expect(read).to_have_text("you may contest this")
    # When another lies in its place by the time that they agree
    notice = Decision.objects.get(record__handle=case).notices.get()
    place = Place(
        DEPLOYMENT, RecordKind.REPORT, report.keys.record, Compartment.NARRATIVE, Field.NOTICE, notice.version
    )
    public = report.keys.publics[Compartment.NARRATIVE][1]
    kept, other = bytes(notice.sealed), b'{"v":1,"from":"desk","day":"2026-01-01","text":"nobody hears you"}'
    Value.objects.filter(pk=notice.pk).update(sealed=seal_value(place, public, other, epoch=1, rng=draw))
    rob.locator("input[name=agrees][value=yes]").check()
    rob.locator("#review").fill("I agree to what I read")
    rob.locator("[data-act=review_decision] button").click()
    # Then nothing is sent, and the page says why; opened again, it shows what lies there now
    expect(rob.locator("[data-act=review_decision] [role=alert]")).to_contain_text("not one that you have read")
    assert not Reply.objects.filter(record=report.handle).exists()
    rob.locator("[data-notice] button").click()
    expect(read).to_have_text("nobody hears you")
    # And with the first in its place again, what was read is what the person gets
    Value.objects.filter(pk=notice.pk).update(sealed=kept)
    rob.locator("[data-notice] button").click()
    expect(read).to_have_text("you may contest this")
    rob.locator("[data-act=review_decision] button").click()
    rob.wait_for_url(f"{shared.url}/desk/")
    assert [bytes(one.sealed) for one in Reply.objects.filter(record=report.handle)] == [kept]


def test_somebody_else_reviews_when_the_second_person_stood_back(shared: Site, axe: str) -> None:
    # Given an assessment that waits for a second person, who stands back
    _, case, asa = proposed(shared)
    rob = shared.at("rob", f"/desk/case/{case}/")
    rob.locator("summary", has_text="Recuse me").click()
    rob.locator("#ground").select_option("employer")
    rob.locator("[data-act=recuse] button").click()
    rob.wait_for_url(f"{shared.url}/desk/")
    # When whoever answers for the case is told so on her first page, and asks another
    asa.goto(f"{shared.url}/desk/")
    asa.get_by_role("link", name="Ask somebody else to review").click()
    accessible(asa, axe)
    shot(asa, "replace-reviewer")
    expect(asa.locator("#reviewer option")).to_have_text(["—", "rea"])
    asa.locator("#reviewer").select_option(shared.world.people["rea"].handle)
    asa.locator("[data-act=replace_reviewer] button").click()
    asa.wait_for_url(f"**/desk/case/{case}/")
    asa.goto(f"{shared.url}/desk/")
    expect(asa.get_by_role("link", name="Ask somebody else to review")).to_have_count(0)
    # Then that one reads the reasons and the notice, and what they agree to is done
    rea = shared.at("rea", f"/desk/case/{case}/decide/")
    opened(rea, "deliberation", "because")
    rea.locator("[data-notice] button").click()
    expect(rea.locator("[data-notice] [data-read]")).to_have_text("you may contest this")
    rea.locator("input[name=agrees][value=yes]").check()
    rea.locator("#review").fill("so do I")
    rea.locator("[data-act=review_decision] button").click()
    rea.wait_for_url(f"{shared.url}/desk/")
    assert Decision.objects.get(record__handle=case).state == "made"


def test_the_panel_sees_what_is_late(shared: Site, axe: str) -> None:
    # Given a report that nobody has answered for nine days, and a clock that has looked
    made = Report(shared.world, forms={Compartment.NARRATIVE: narrative("nobody has answered")})
    record = made.take_in(next(_number), datetime.now(UTC).date() - timedelta(days=9))
    actions.clocks_once()
    # When somebody of the panel opens the desk, also on a narrow screen
    for width in (1280, 320):
        page = shared.page("pam", viewport={"width": width, "height": 900})
        page.goto(f"{shared.url}/desk/")
        late = page.locator("section[aria-labelledby=stuck]")
        row = late.get_by_role("row").filter(has_text=record.name).filter(has_text="offer assistance")
        expect(row).to_contain_text("late by")
        expect(row).to_contain_text("intake")
        # Then nothing of it leads anywhere but to the rules, and the page is sound
        expect(late.locator("a:not([href^='/desk/rules/#']), form, button")).to_have_count(0)
        accessible(page, axe)
        shot(page, f"stuck-{width}")


def confirmed(site: Site, name: str, axe: str) -> Page:
    """The page of people, of an administrator who has confirmed there who she is."""
    secret = give_app(site.world, name)
    page = site.page(name)
    page.goto(f"{site.url}/desk/people/")
    accessible(page, axe)
    shot(page, "people-unconfirmed")
    page.get_by_role("link", name="Confirm with your password").click()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator("[name=code]").fill(code(secret))
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{site.url}/desk/people/?confirm=1")
    accessible(page, axe)
    return page


def test_two_administrators_invite_somebody(shared: Site, axe: str) -> None:
    # When one confirms who she is, and proposes somebody
    first = confirmed(shared, "adm", axe)
    first.locator("input[name=name]").fill("nia")
    first.locator("select[name=role]").select_option("assessor")
    first.locator("input[name=line]").fill("assessment")
    first.get_by_role("button", name="Propose").click()
    expect(first.get_by_text("proposed by you")).to_be_visible()
    assert first.get_by_role("button", name="Name them, too").count() == 0

    # And another names them too, then a link is shown once
    second = confirmed(shared, "axa", axe)
    second.get_by_role("button", name="Name them, too").click()
    link = second.locator("p.hash").inner_text()
    assert re.search(r"/desk/invitation/[\w-]+/$", link)
    shot(second, "people")
    second.reload()
    expect(second.get_by_text(link)).to_have_count(0)

    # Then its holder chooses a password, and it opens nothing a second time
    third = shared.chromium.new_context().new_page()
    third.goto(link)
    third.locator("input[name=password]").fill("a long and quiet evening")
    third.locator("input[name=again]").fill("a long and quiet evening")
    third.get_by_role("button").last.click()
    expect(third.get_by_text("Your password is set")).to_be_visible()
    assert Person.objects.get(user__username="nia").ended is None
    again = third.goto(link)
    assert again is not None
    assert again.status == 404
