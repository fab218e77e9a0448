"""What a report leaves that was taken back after somebody had read it: two of intake decide, on its page.

Of a request for help two assistance workers do.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from answerable.casework.actions.erasing import withdraw
from answerable.casework.actions.settling import finish_settlements
from answerable.casework.models import Altered, Decision, Record, Submission, Value, Wrap
from answerable.ledger.actions import acting
from answerable.sealing.place import Compartment, Field
from answerable.sealing.place import Record as RecordKind
from tests.desk.taking import value
from tests.desk.world import Report, World, narrative

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
NARRATIVE = Compartment.NARRATIVE
NEEDS = Compartment.MEDICAL_ASSISTANCE


def taken_back(world: World, idx: int = 1) -> Report:
    """A report that an officer has read, and that its reporter then took back."""
    report = Report(world, forms={NARRATIVE: narrative("words")})
    report.take_in(idx)
    opened = world.client("ida").post(
        reverse("open", args=[report.handle]), {"compartment": "narrative"}, content_type="application/json"
    )
    assert opened.status_code == 200
    with acting():
        record = Record.objects.select_for_update().get(handle=report.handle)
        assert not withdraw(record, Submission.objects.get(record=record), None)
    return report


@pytest.fixture
def report(world: World) -> Report:
    return taken_back(world)


def sealed(report: Report, field: Field, words: bytes = b'{"v":1}') -> dict[str, Any]:
    return value(report.handle, report.kind, NARRATIVE, field, report.keys.publics[NARRATIVE][1], words)


def propose(world: World, report: Report, outcome: str = "shred", second: str = "ivo", who: str = "ida") -> Any:
    body = {"outcome": outcome, "second": world.people[second].handle, "reasons": sealed(report, Field.REASONS)}
    return world.do(who, report.handle, "propose_settlement", body)


def settle(world: World, report: Report, *, agrees: bool = True, who: str = "ivo") -> Any:
    decision = Decision.objects.latest("id").handle
    body = {"decision": decision, "agrees": agrees, "review": sealed(report, Field.REVIEW)}
    return world.do(who, report.handle, "settle", body)


def page(world: World, who: str, report: Report) -> str:
    found: str = world.client(who).get(reverse("report", args=[report.handle])).content.decode()
    return found


def queued(world: World, who: str) -> list[str]:
    return [item["row"].handle for item in world.client(who).get(reverse("desk")).context["rows"]]


@pytest.mark.parametrize(("outcome", "left"), [("keep_sealed", True), ("shred", False)])
def test_two_of_intake_decide_what_is_left(world: World, report: Report, outcome: str, left: bool) -> None:
    # Given a withdrawn report in the queue, with its form, and a colleague who may be asked
    assert queued(world, "ida") == [report.handle]
    shown = page(world, "ida", report)
    assert 'data-act="propose_settlement"' in shown
    assert f'value="{world.people["ivo"].handle}"' in shown
    assert f'value="{world.people["asa"].handle}"' not in shown, "an assessor does not decide this"
    # When it is proposed
    answer = propose(world, report, outcome)
    assert (answer.status_code, answer.json()["next"]) == (200, reverse("report", args=[report.handle]))
    # Then the second person finds it first of all, with a form of their own, and the first has none any more
    assert [one.handle for one in world.client("ivo").get(reverse("desk")).context["settlements"]] == [report.handle]
    assert world.client("ida").get(reverse("desk")).context["settlements"] == []
    assert 'data-act="settle"' in page(world, "ivo", report)
    assert 'data-act="settle"' not in page(world, "ida", report)
    assert 'data-act="propose_settlement"' not in page(world, "ida", report)
    # And when they agree, it is done, and asks nobody for anything
    assert settle(world, report).status_code == 200
    assert Wrap.objects.filter(record=report.handle, compartment=int(NARRATIVE)).exists() == left
    kept = [bytes(one.sealed) for one in Value.objects.filter(record__handle=report.handle, compartment=int(NARRATIVE))]
    assert any(kept) == left
    assert queued(world, "ida") == queued(world, "ivo") == []
    done = page(world, "ivo", report)
    assert "decided by two" in done
    assert '<form data-act="settle"' not in done
    assert propose(world, report, outcome).status_code == 409


def test_the_page_says_when_it_goes_and_what_it_waits_for(world: World) -> None:
    # Given three that were taken back: one is kept, one shredded, one shredded with something altered in it
    for number, (outcome, altered, words) in enumerate(
        (
            ("keep_sealed", False, "It stays sealed: no rule in force says until when."),
            ("shred", False, "Shredded"),
            ("shred", True, "until: the panel answers what was found altered. The desk tries again each minute."),
        ),
        1,
    ):
        report = taken_back(world, number)
        if altered:
            thing = {"compartment": "narrative", "object": "form/0"}
            assert world.do("ida", report.handle, "report_altered", thing).status_code == 200
        assert "settlement" in page(world, "ida", report)
        assert "withdrawal.decide-on-what-is-left" in page(world, "ida", report), "the rule stands beside it"
        assert propose(world, report, outcome).status_code == 200
        assert settle(world, report).status_code == 200
        # Then the page says which, and nothing of the others
        shown = page(world, "ivo", report)
        said = shown.partition('id="settlement"')[2].partition("</section>")[0]
        assert words in said
        assert ("nothing is destroyed while a hold stands" in said) == altered
        assert ("opens for nobody" in said) == (outcome == "shred" and not altered)
    # And once the panel has answered, it goes, and the page says so
    asked = Altered.objects.get(answered=None)
    body = {"altered": asked.handle, "answer": "explained"}
    assert world.do("pam", report.handle, "take_up_altered", body).status_code == 200
    finish_settlements()
    assert "opens for nobody" in page(world, "ivo", report)


def test_who_does_not_agree_sends_it_back(world: World, report: Report) -> None:
    propose(world, report)
    assert settle(world, report, agrees=False).status_code == 200
    shown = page(world, "ida", report)
    assert "may be proposed anew" in shown
    assert 'data-act="propose_settlement"' in shown
    assert Wrap.objects.filter(record=report.handle, compartment=int(NARRATIVE)).exists()


def test_nobody_decides_it_alone_or_for_another(world: World, report: Report) -> None:
    # Oneself, somebody of another role, nobody, and an outcome that is none
    assert propose(world, report, second="ida").status_code == 409
    assert propose(world, report, second="asa").status_code == 409
    lacking = world.do("ida", report.handle, "propose_settlement", {"outcome": "forget"})
    assert (lacking.status_code, lacking.json()["missing"]) == (409, ["an outcome", "reasons", "a second person"])
    assert not Decision.objects.exists()
    # The one who proposed does not settle it; who keeps names only may not decide about words; a stranger finds nothing
    assert propose(world, report).status_code == 200
    assert settle(world, report, who="ida").status_code == 404
    assert propose(world, report, who="ada").status_code == 409
    assert settle(world, report, who="rob").status_code == 404
    assert Wrap.objects.filter(record=report.handle, compartment=int(NARRATIVE)).exists()
    assert Decision.objects.get().state == "proposed"


def test_a_report_that_was_not_taken_back_has_nothing_to_settle(world: World) -> None:
    report = Report(world)
    report.take_in(1)
    assert "propose_settlement" not in page(world, "ida", report)
    assert propose(world, report).status_code == 409


def test_nothing_is_written_to_who_took_a_report_back(world: World, report: Report) -> None:
    assert 'data-act="write_to_person"' not in page(world, "ida", report)
    answer = world.do("ida", report.handle, "write_to_person", {"message": sealed(report, Field.MESSAGE)})
    assert answer.status_code == 409


def help_taken_back(world: World) -> Report:
    """A request for help that an assistance worker has read, and that its person then took back."""
    report = Report(world, RecordKind.FILE, forms={NEEDS: b'{"need":"a doctor","v":1}'})
    report.take_in(1)
    opened = world.client("wim").post(
        reverse("open", args=[report.handle]), {"compartment": "medical_assistance"}, content_type="application/json"
    )
    assert opened.status_code == 200
    with acting():
        record = Record.objects.select_for_update().get(handle=report.handle)
        assert not withdraw(record, Submission.objects.get(record=record), None)
    return report


def test_two_assistance_workers_decide_what_a_request_for_help_leaves(world: World) -> None:
    # Given a request that was taken back, on the pages of those who reach it
    report = help_taken_back(world)
    here = reverse("person", args=[report.handle])
    shown = world.client("wim").get(here).content.decode()
    assert "What this request leaves" in shown
    assert 'data-act="propose_settlement" data-seals="medical_assistance"' in shown
    assert f'value="{world.people["wes"].handle}"' in shown
    assert "settlement" not in world.client("ada").get(here).content.decode(), "she holds nothing of what is left"
    assert world.client("ida").get(here).status_code == 404

    def words(field: Field) -> dict[str, Any]:
        return value(report.handle, report.kind, NEEDS, field, report.keys.publics[NEEDS][1], b'{"v":1}')

    # When one proposes and the other agrees
    body = {"outcome": "shred", "second": world.people["wes"].handle, "reasons": words(Field.REASONS)}
    answer = world.do("wim", report.handle, "propose_settlement", body)
    assert (answer.status_code, answer.json()["next"]) == (200, here)
    first = world.client("wes").get(reverse("desk")).content.decode()
    assert f'href="{here}#settlement"' in first
    assert "what a withdrawn request for help leaves" in first
    decision = Decision.objects.latest("id").handle
    answer = world.do(
        "wes", report.handle, "settle", {"decision": decision, "agrees": True, "review": words(Field.REVIEW)}
    )
    assert (answer.status_code, answer.json()["next"]) == (200, here)
    # Then it is done, and asks nobody for anything
    assert not Wrap.objects.filter(record=report.handle, compartment=int(NEEDS)).exists()
    assert queued(world, "wim") == queued(world, "wes") == []
    assert "decided by two" in world.client("wes").get(here).content.decode()
