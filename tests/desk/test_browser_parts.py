"""What opens in a real browser, and what does not: files, altered ciphertext, the question of a tie, the idle lock."""

from __future__ import annotations

import io
import time
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from answerable.casework.models import Altered, Bar, File, Read, Reply, Tie, Value
from answerable.sealing.place import Compartment, Field
from tests.desk.browsing import Site, accessible, shot
from tests.desk.world import Enclosed, Report, narrative

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys"])]

BROWSING = ("ida", "ivo")
#: A name that would climb out of a folder, be markup, turn around and end as a program.
NAME = "../../<img src=x onerror=alert(1)>\u202egnp.exe"
_number = count(1)


@pytest.fixture
def _django_db_helper(shared: Site) -> None:
    """Nothing is undone between these tests: their desk is that of the file."""


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 6), "#1a7be4").save(made, "PNG")
    return made.getvalue()


def arrived(site: Site, *enclosed: Enclosed) -> Report:
    """A report at the desk."""
    forms = {
        Compartment.NARRATIVE: narrative("it was raining"),
        Compartment.ACCUSED_IDENTITY: b'{"v":1,"who":"R. Roe"}',
    }
    made = Report(site.world, forms=forms, enclosed=enclosed)
    made.take_in(next(_number))
    return made


def test_attachments(shared: Site, axe: str) -> None:
    # Given a picture with a cleaned copy, and a file without one, both under a name that means harm
    report = arrived(
        shared,
        Enclosed(NAME, "image/png", b"as it was taken", picture()),
        Enclosed(NAME, "text/html", b"<script>alert(1)</script>"),
    )
    page = shared.at("ida", f"/desk/report/{report.handle}/")
    part = page.locator("[data-compartment=evidence]")
    part.locator("[data-open]").click()
    items = part.locator(".attachments > li")
    expect(items).to_have_count(3)

    # When the cleaned copy is shown, then it is a picture, and the name is text without a path
    copy = items.filter(has_text="cleaned copy")
    copy.get_by_role("button", name="Show").click()
    expect(copy.locator("img")).to_be_visible()
    assert copy.locator("img").evaluate("one => [one.naturalWidth, one.naturalHeight]") == [8, 6]
    for name in (copy.locator("bdi").inner_text(), copy.locator("a").get_attribute("download")):
        assert name
        assert not set(name) & set('/\\<>:"\u202e')
    assert part.locator("[onerror], script").count() == 0
    shot(page, "attachments")
    accessible(page, axe)

    # And an original opens only for a reason, which the chain of reads keeps
    original = items.filter(has_text="original").last
    file = File.objects.get(record__handle=report.handle, version=4)
    original.get_by_role("button", name="Open the original").click()
    expect(original.get_by_role("alert")).to_contain_text("Say why")
    assert not Read.objects.filter(object=file.handle).exists()
    original.locator("select").select_option("no_cleaned_copy")
    original.get_by_role("button", name="Open the original").click()
    expect(original.locator("a[download]")).to_be_visible()
    assert original.locator("img, script, iframe").count() == 0, "what is not a cleaned picture is not shown"
    with page.expect_download() as saved:
        original.locator("a[download]").click()
    assert saved.value.path().read_bytes() == b"<script>alert(1)</script>"
    assert not set(saved.value.suggested_filename) & set('/\\<>:"\u202e')
    read = Read.objects.get(object=file.handle)
    assert (read.act, read.reason) == ("open_original", "no_cleaned_copy")


def test_what_is_altered_or_misplaced_is_told(shared: Site) -> None:
    # Given a value with one bit turned, a value of another report in a place of this one, and a body that was changed
    report, other = arrived(shared, Enclosed("a.png", "image/png", b"0", picture())), arrived(shared)
    for part in (Compartment.NARRATIVE, Compartment.EVIDENCE):
        form = Value.objects.get(
            record__handle=report.handle, compartment=int(part), field=int(Field.FORM), submission__isnull=False
        )
        same = Value.objects.get(record__handle=other.handle, compartment=int(part), field=int(Field.FORM))
        data = bytes(form.sealed)
        changed = data[:-1] + bytes([data[-1] ^ 1]) if part == Compartment.NARRATIVE else bytes(same.sealed)
        Value.objects.filter(pk=form.pk).update(sealed=changed)
    copy = File.objects.get(record__handle=report.handle, cleaned_of__isnull=False)
    body = shared.world.folder / "files" / copy.handle
    body.write_bytes(bytes([body.read_bytes()[0] ^ 1]) + body.read_bytes()[1:])

    # When an officer opens them
    page = shared.at("ida", f"/desk/report/{report.handle}/")
    for name in ("narrative", "evidence"):
        part_ = page.locator(f"[data-compartment={name}]")
        part_.locator("[data-open]").click()
        expect(part_.get_by_role("alert").first).to_contain_text(f"{name}/form/0")
        expect(part_.get_by_role("alert").first).to_contain_text("The panel has been told")
    page.locator(".attachments button", has_text="Show").click()
    expect(page.locator(".attachments [role=alert]")).to_contain_text(f"evidence/{copy.handle}")
    expect(page.locator(".attachments [role=alert]")).to_contain_text("The panel has been told")

    # Then each is kept, and in the chain of reads
    found = set(Altered.objects.filter(record__handle=report.handle).values_list("thing", flat=True))
    assert found == {"form/0", copy.handle}
    assert Altered.objects.filter(record__handle=report.handle).count() == 3
    assert Read.objects.filter(record=report.handle, act="altered").count() == 3


def test_the_question_of_a_tie_comes_before_anything_else(shared: Site) -> None:
    # Given that the name of the accused has opened
    report = arrived(shared)
    address = f"/desk/report/{report.handle}/"
    page = shared.at("ida", address)
    page.locator("[data-compartment=accused_identity] [data-open]").click()
    expect(page.locator("[data-compartment=accused_identity] [data-shown]")).to_contain_text("R. Roe")
    expect(page.locator("#tie-title")).to_be_focused()

    # Then nothing else opens before the answer, and the first page says so
    page.locator("[data-compartment=narrative] [data-open]").click()
    expect(page.locator("[data-compartment=narrative] [role=alert]")).to_be_visible()
    page.goto(f"{shared.url}/desk/")
    expect(page.get_by_role("alert")).to_contain_text("whether you have a tie")
    page.get_by_role("link", name="Answer", exact=True).click()
    with page.expect_navigation():
        page.get_by_role("button", name="No tie").click()
    page.locator("[data-compartment=narrative] [data-open]").click()
    expect(page.locator("[data-compartment=narrative] [data-shown]")).to_contain_text("raining")

    # And whoever has a tie is out at once, for good
    tied = shared.at("ivo", address)
    tied.locator("[data-compartment=accused_identity] [data-open]").click()
    tied.get_by_role("button", name="A tie").click()
    tied.wait_for_url(f"{shared.url}/desk/")
    expect(tied.get_by_text("Nothing waits.").or_(tied.locator("table.queue").last)).to_be_visible()
    assert Tie.objects.get(record__handle=report.handle, person=shared.world.people["ivo"]).tied
    gone = tied.goto(f"{shared.url}{address}")
    assert gone is not None
    assert gone.status == 404


def test_recusing_needs_no_permission(shared: Site) -> None:
    report = arrived(shared)
    page = shared.at("ivo", f"/desk/report/{report.handle}/")
    page.locator("summary", has_text="Recuse me").click()
    page.locator("#ground").select_option("employer")
    page.locator("[data-act=recuse] button").click()
    page.wait_for_url(f"{shared.url}/desk/")
    assert Bar.objects.get(record__handle=report.handle).why == "recused"
    gone = page.goto(f"{shared.url}/desk/report/{report.handle}/")
    assert gone is not None
    assert gone.status == 404


def test_an_answer_that_is_lost_makes_no_second_message(shared: Site) -> None:
    # Given a message that the desk takes, and whose answer is lost on the way, twice
    report = arrived(shared)
    page = shared.at("ida", f"/desk/report/{report.handle}/")
    page.locator("[data-compartment=narrative] [data-open]").first.click()
    expect(page.locator("[data-compartment=narrative] [data-shown]").first).to_contain_text("raining")
    sent: list[int] = []

    def lose(route: Route) -> None:
        if len(sent) < 2:
            sent.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    page.route("**/do/write_to_person/", lose)
    form = page.locator("[data-act=write_to_person]")
    page.locator("#text-narrative").fill("Come on Monday.")
    form.locator("button").click()
    # Then it is asked again by itself, and nobody is told that nothing was done, nor written to twice
    expect(form.get_by_text("Sealed and sent")).to_be_visible(timeout=15_000)
    assert sent == [200, 409]
    assert Reply.objects.filter(record=report.handle, kind="value").count() == 1
    # And where no answer comes at all, it is said that it may have been done
    page.unroute("**/do/write_to_person/")
    page.route("**/do/write_to_person/", lambda route: route.fulfill(status=502, body=""))
    page.locator("#text-narrative").fill("And again.")
    form.locator("button").click()
    expect(form.get_by_text("It may have been done all the same")).to_be_visible(timeout=20_000)
    page.unroute("**/do/write_to_person/")


def test_fifteen_idle_minutes_lock(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an unlocked page that shows what was written, and nobody who touches it
    report = arrived(shared)
    page = shared.at("ida", "/desk/")
    page.clock.install()
    page.goto(f"{shared.url}/desk/report/{report.handle}/")
    page.locator("[data-compartment=narrative] [data-open]").click()
    expect(page.locator("[data-compartment=narrative] [data-shown]")).to_contain_text("raining")

    # When fourteen minutes pass it stays open, and after fifteen it is locked, here and at the server
    page.clock.fast_forward("14:00")
    expect(page.locator("#lock-state")).to_have_text("Unlocked")
    clock = time.time
    monkeypatch.setattr("answerable.casework.views.keys.time.time", lambda: clock() + 15 * 60)
    page.clock.fast_forward("01:10")
    expect(page.locator("#lock-state")).to_have_text("Locked")
    expect(page.locator("body")).not_to_contain_text("raining")
    assert page.evaluate("sessionStorage.length") == 0
    half = """async () => {
      const { api, csrf } = JSON.parse(document.getElementById("desk-facts").textContent);
      const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
      return (await fetch(api + "half/", { method: "POST", headers, body: '{"fresh":false}' })).status;
    }"""
    assert page.evaluate(half) == 409
