"""The desk's pages for the people they are for."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from answerable.casework import folding, rulebook
from answerable.casework.models import Invitation, Person, Record
from answerable.casework.views import error_texts, rule_texts, script_texts, texts
from answerable.procedures import limit as limits
from answerable.procedures.errors import Place
from answerable.sealing.place import Compartment
from answerable.ui.accounts.guards import COOKIE
from tests.desk.proving import prove
from tests.desk.taking import take
from tests.desk.world import PASSWORD, Report, World, narrative

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


def test_the_first_page_shows_what_waits(world: World) -> None:
    record = Report(world).take_in(1)
    page = world.client("ida").get("/desk/")
    assert page.status_code == 200
    assert record.name in page.content.decode()


def test_who_is_in_danger_stands_above_everything_until_somebody_answers(world: World) -> None:
    # Given one report that says so among others, and an earlier day due for the others
    calm = Report(world).take_in(1)
    urgent = Report(world, options={"urgent": True}).take_in(2)
    Record.objects.filter(pk=calm.pk).update(next_due=datetime.now(UTC).date() - timedelta(days=9))
    # When an officer comes to the first page, it stands above all, and alone
    page = world.client("ida").get("/desk/")
    assert [item["row"].handle for item in page.context["danger"]] == [urgent.handle]
    shown = page.content.decode()
    assert shown.index('id="danger"') < shown.index('id="duties"')
    # And whoever may not see it is told nothing of it
    other = world.client("adm").get("/desk/")
    assert other.context["danger"] == []
    assert 'id="danger"' not in other.content.decode()
    # Then an answer takes it from there
    Record.objects.filter(pk=urgent.pk).update(waking=False)
    assert world.client("ida").get("/desk/").context["danger"] == []


PAGES = [
    ("desk", "ida"), ("keys", "ida"), ("replacements", "ida"), ("people", "adm"), ("openapi", "ida"), ("words", "ida"),
    ("api", "ida"), ("api_queue", "ida"), ("desk_readers", "ida"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES)
def test_every_page_answers_those_it_is_for(world: World, name: str, who: str) -> None:
    page = world.client(who).get(reverse(name))
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"


def test_a_report_shows_its_parts_and_never_what_is_in_them(world: World) -> None:
    forms = {Compartment.NARRATIVE: narrative("a canary in clear")}
    record = Report(world, forms=forms).take_in(1)
    browser = world.client("ida")
    page = browser.get(reverse("report", args=[record.handle]))
    assert page.status_code == 200
    shown = page.content.decode()
    assert 'data-compartment="narrative"' in shown
    assert 'data-compartment="reporter_identity"' not in shown, "an intake officer may not know who reported"
    assert "canary" not in shown
    exported = browser.get(reverse("export", args=[record.handle]))
    assert exported["Content-Disposition"].startswith("attachment")
    assert exported.json()["record"]["name"] == record.name


def many(count: int) -> None:
    """Reports that wait, as rows: what the queue has to find its way through."""
    today = datetime.now(UTC).date()
    Record.objects.bulk_create(
        Record(
            handle=secrets.token_hex(16),
            kind="report",
            name=f"name {number}",
            opened=today,
            stage="received",
            leaf=secrets.token_bytes(32),
            idx=1_000 + number,
            origin=b"{}",
            next_due=today + timedelta(days=number % 300),
            next_act="answer the reporter",
        )
        for number in range(count)
    )


def test_the_first_page_asks_few_questions_however_much_waits(world: World) -> None:
    many(2_000)
    browser = world.client("ida")
    browser.get(reverse("desk"))
    with CaptureQueriesContext(connections["default"]) as asked, CaptureQueriesContext(connections["keys"]) as keys:
        page = browser.get(reverse("desk"))
    assert page.status_code == 200
    assert len(asked) + len(keys) <= 8, [one["sql"][:120] for one in (*asked, *keys)]


def test_every_page_of_the_queue_is_reached_once(world: World) -> None:
    many(120)
    browser, seen, address = world.client("ida"), [], reverse("desk")
    while address:
        page = browser.get(address)
        seen += [item["row"].handle for item in page.context["rows"]]
        token = page.context["next"]
        address = f"{reverse('desk')}?after={token}" if token else ""
    assert len(seen) == len(set(seen)) == 120
    assert browser.get(reverse("desk"), {"kind": "case"}).context["rows"] == []
    assert len(browser.get(reverse("desk"), {"kind": "report", "stage": "received"}).context["rows"]) == 50
    assert browser.get(reverse("desk"), {"kind": "nonsense", "after": "'; --"}).status_code == 200


def test_the_script_says_nothing_that_has_no_words() -> None:
    asked: set[str] = set()
    for path in (ROOT / "web/src/desk").glob("*.ts"):
        text = path.read_text("utf-8")
        asked |= set(re.findall(r'(?:say|Trouble|fail)\(\s*"([a-z][a-z_]+)"', text))
    listed = set(script_texts.SAID)
    known_to_sealing = {"altered", "rejected", "readers", "count"}
    assert asked - listed - known_to_sealing == set()


def test_two_invite_and_one_revokes(world: World) -> None:
    form = {"name": "new", "role": "assessor", "line": "assessment", "nationality": "", "languages": ""}
    adm, axa = world.client("adm"), world.client("axa")
    prove(world, "adm", adm)
    prove(world, "axa", axa)
    assert adm.post(reverse("people_invite"), form).status_code == 302
    waiting = Invitation.objects.get(name="new")
    second = reverse("people_second", args=[waiting.handle])
    own = adm.post(second, follow=True)
    assert "invitation/" not in own.content.decode()
    shown = axa.post(second)
    link = re.search(r"/desk/invitation/[\w-]+/", shown.content.decode())
    assert link
    chosen = {"password": PASSWORD, "again": PASSWORD}
    invited = Client()
    assert invited.post(link[0], chosen).status_code == 302
    assert COOKIE in invited.cookies, "strangers cannot make whoever was invited wait"
    assert Client().get(link[0]).status_code == 404
    person = Person.objects.get(user__username="new")
    assert axa.post(reverse("people_revoke", args=[person.handle])).status_code == 302
    person.refresh_from_db()
    assert person.ended is not None


def test_what_acts_are_called_has_words() -> None:
    source = resources.files("answerable.casework").joinpath("policy/procedures")
    named: set[str] = set()
    for path in source.joinpath("procedures").iterdir():
        named |= set(re.findall(r"\bact: *([a-z][a-z ]+[a-z])", path.read_text("utf-8")))
    assert named
    assert named - set(texts.ACTS) == set()


def test_the_way_to_cases_without_an_owner_stands_where_there_is_one(world: World) -> None:
    # Given nothing to take over: nobody is shown the way, and who goes there all the same reads that there is none
    there = f'href="{reverse("replacements")}"'
    for who in ("ida", "ivo", "adm", "pam", "wim"):
        assert there not in world.client(who).get(reverse("desk")).content.decode()
    assert (
        "There is none that you could take over." in world.client("ivo").get(reverse("replacements")).content.decode()
    )
    # When the owner of a case stands back
    report = Report(world)
    report.take_in(1)
    case = take(world, "ida", report.handle)
    assert world.do("ida", case, "recuse", {"ground": "kin"}).status_code == 200
    # Then a colleague of the same role is shown the way, and nobody else, the one who stood back least of all
    shown = {who for who in world.people if there in world.client(who).get(reverse("desk")).content.decode()}
    assert shown == {"ivo"}
    page = world.client("ivo").get(reverse("replacements")).content.decode()
    assert 'data-act="take_over"' in page
    assert Record.objects.get(handle=case).name in page


def test_a_page_that_needs_its_script_says_so_until_the_script_comes(world: World) -> None:
    # Given a page as it comes, before any script or without it: what is missing is said where the script takes it away
    for path in ("desk", "keys", "replacements"):
        page = world.client("ida").get(reverse(path)).content.decode()
        assert (
            '<div class="wide scriptless" id="scriptless"><p class="warn" role="alert">The script of this page' in page
        )


def test_every_reason_and_every_refusal_that_has_words_is_one_of_the_desks() -> None:
    # Given the reasons of our own in the procedures that come with the desk: each has words in the page's language
    found = rulebook.chapters(folding.rules())
    ours = {row.source.removeprefix(rulebook.OURS) for chapter in found for row in chapter.rows}
    assert all(row.source.startswith(rulebook.OURS) for chapter in found for row in chapter.rows)
    assert ours - set(rule_texts.REASONS) == set()
    assert {chapter.name for chapter in found} == set(rule_texts.PROCEDURES)
    # And words for a refusal stand for one that is said somewhere
    said = "".join(path.read_text("utf-8") for path in (ROOT / "src/answerable/casework").rglob("*.py")
                   if path.name != "error_texts.py")  # fmt: skip
    known = (*error_texts.WHAT, *error_texts.TODO, *error_texts.PARTS)
    assert [words for words in known if f'"{words}"' not in said] == []


def test_every_clock_and_every_act_names_its_rule(world: World) -> None:
    # Given a report that waits, on the first page and on its own
    record = Report(world).take_in(1)
    browser = world.client("ida")
    rules = browser.get(reverse("rules")).content.decode()
    first = browser.get(reverse("desk")).content.decode()
    page = browser.get(reverse("report", args=[record.handle])).content.decode()
    # Then each clock leads to its rule, and says it
    for act in ("offer assistance", "answer the reporter", "open a case"):
        anchor = rulebook.anchor("intake", act)
        assert f'id="{anchor}"' in rules
        assert f'href="{reverse("rules")}#{anchor}"' in first
        assert f'href="{reverse("rules")}#{anchor}"' in page
    assert "Rule of our own</a>: a person answers within five working days" in first
    # And so does each act that is offered, and each event; every link leads somewhere
    acts = ("take_report", "recuse", "write_to_person")
    assert all(f'data-act="{act}"' in page for act in acts)
    led = set(re.findall(r'/desk/rules/#([^"]+)"', first + page))
    assert led >= {"intake.recuse", "intake.keep-in-contact", "intake.receive-the-report"}
    assert [anchor for anchor in led if f'id="{anchor}"' not in rules] == []
    case = take(world, "ida", record.handle)
    page = browser.get(reverse("case", args=[case])).content.decode()
    # And the page of a case says what is due in its report, too
    assert {"assessment.join-the-report", "assessment.offer-to-hand-over"} <= set(re.findall(r'rules/#([^"]+)"', page))
    assert "offer assistance" in page.partition('id="due"')[2].partition("</section>")[0]


def test_a_limit_is_said_in_words() -> None:
    acts = {row.act: row for chapter in rulebook.chapters(folding.rules()) for row in chapter.rows}
    assert rule_texts.limit(acts["open a case"].within) == "10 working days from: receive the report"
    assert rule_texts.limit(acts["give notice"].starts[0].within) == "30 days"
    assert rule_texts.limit(None) == ""
    for words in ("not stated", "without delay", "2 weeks, normally", "1 hour", "3 months", "1 year"):
        assert rule_texts.limit(limits.parse(words, Place("", 1)))


def test_a_rule_of_others_is_named_by_its_norm_and_in_its_own_words() -> None:
    said = rule_texts.said("intake", "open a case", "sgb-2003-13/4.3, sgb-2003-13/5")
    assert (said.ours, said.words, said.quoted) == (False, None, "sgb-2003-13/4.3, sgb-2003-13/5")
