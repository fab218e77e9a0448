"""Acts of the desk on the database: import, four eyes, corrections, silence, missed deadlines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from answerable.correspondence import actions, folder, silence
from answerable.correspondence.errors import AlreadyPublishedError, CorrespondenceError, NotAllowedError
from answerable.correspondence.models import Act, Draft
from answerable.correspondence.whole import Correspondence
from answerable.ledger.models import Outbox
from answerable.record import kinds

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BLOCK = """\
L1  2017-11-22  Secretary-General   replied by USG Field Support 2017-11-28 (6 days); \
office asked: running, 114 days; claimed
L3  2017-12-01  USG Field Support   replied 2017-12-19 (18 days; received 2017-12-20, 19 days); \
question 8: running, 105 days; claimed
L4  2017-12-15  Secretary-General   running, 91 days
L6  2017-12-22  USG Field Support   replied 2017-12-22 (0 days); claimed
L8  2018-03-16  USG Field Support   running, 0 days
no rule on record sets a time limit for these letters
""".splitlines()
CLAIM = {
    "id": "L7-more", "about": "L3", "letter": "L7", "speaker": "usg-field-support", "of": "23",
    "says": "All of it.", "source": "L7",
}  # fmt: skip


@pytest.fixture
def imported(people: dict[str, Any], example: Correspondence) -> list[str]:
    return actions.import_folder(example, author="ada", reviewer="cleo")


def test_the_import_publishes_everything_once(imported: list[str], example: Correspondence) -> None:
    assert len(imported) == len(set(imported)) == len(list(example.keys())) == 8 + 23 + 2 + 2 + 5
    assert Outbox.objects.count() == Act.objects.count() == len(imported)
    for row in Outbox.objects.all():
        assert kinds.check_open(row.data)["by"] == "editors"
    assert actions.import_folder(example, author="ada", reviewer="cleo") == []


def test_export_after_import_gives_the_same_bytes(imported: list[str], tmp_path: Path) -> None:
    from tests.correspondence.conftest import EXAMPLE

    folder.write(actions.published().correspondence, tmp_path / "out")
    written = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert written == {p.relative_to(EXAMPLE): p.read_bytes() for p in EXAMPLE.rglob("*") if p.is_file()}


def test_the_silence_of_the_example(imported: list[str]) -> None:
    assert silence.lines(actions.silence(date(2018, 3, 16))) == BLOCK


def test_published_names_every_entry(imported: list[str]) -> None:
    found = actions.published().entries
    assert sorted(leaf for leaves in found.values() for leaf in leaves) == sorted(imported)
    assert {"letter:L3", "question:L3:8", "unplaced:1", "claim:L6-nine"} <= found.keys()


def test_a_letter_in_other_words_is_refused_and_nothing_is_published(
    imported: list[str], example: Correspondence
) -> None:
    letters = tuple(replace(x, subject="Other") if x.label == "L3" else x for x in example.letters)
    before = Outbox.objects.count()
    with pytest.raises(AlreadyPublishedError, match="L3"):
        actions.import_folder(replace(example, letters=letters), author="ada", reviewer="cleo")
    assert Outbox.objects.count() == before


def test_a_slots_words_change_only_with_a_held_document(imported: list[str], example: Correspondence) -> None:
    slots = tuple(replace(x, text="Other words?") if x.slot == 8 else x for x in example.slots)
    with pytest.raises(AlreadyPublishedError, match="held document"):
        actions.import_folder(replace(example, slots=slots), author="ada", reviewer="cleo")


def test_a_status_becomes_a_further_entry(imported: list[str], example: Correspondence) -> None:
    slots = tuple(
        replace(x, answer_status="answered_accepted", dated="2018-03-10") if x.slot == 8 else x for x in example.slots
    )
    assert len(actions.import_folder(replace(example, slots=slots), author="ada", reviewer="cleo")) == 1
    assert len(actions.published().entries["question:L3:8"]) == 2
    assert "question 8" not in silence.lines(actions.silence(date(2018, 3, 16)))[1]


@pytest.mark.parametrize(("author", "reviewer"), [("cleo", "ada"), ("ada", "ben"), ("nobody", "cleo"), ("ada", "ada")])
def test_an_import_needs_an_author_and_a_reviewer(
    people: dict[str, Any], example: Correspondence, author: str, reviewer: str
) -> None:
    with pytest.raises(NotAllowedError):
        actions.import_folder(example, author=author, reviewer=reviewer)
    assert not Outbox.objects.exists()


def draft(people: dict[str, Any], **changes: str) -> Draft:
    return actions.save_draft(None, "claim", CLAIM | changes, None, author=people["ada"])


def test_a_draft_goes_through_four_eyes(imported: list[str], people: dict[str, Any]) -> None:
    written = draft(people)
    with pytest.raises(NotAllowedError):
        actions.approve(written, written.revision, reviewer=people["cleo"])  # not handed over yet
    actions.submit(written, author=people["ada"])
    for other in ("ada", "ben"):
        with pytest.raises(NotAllowedError):
            actions.approve(written, written.revision, reviewer=people[other])
    (leaf,) = actions.approve(written, written.revision, reviewer=people["cleo"])
    act = Act.objects.get(key="claim:L7-more")
    assert (act.outbox.leaf, act.author, act.reviewer) == (leaf, people["ada"], people["cleo"])
    with pytest.raises(NotAllowedError):
        actions.approve(written, written.revision, reviewer=people["dora"])  # once only


def test_a_reviewer_publishes_only_what_they_saw(imported: list[str], people: dict[str, Any]) -> None:
    written = draft(people)
    actions.submit(written, author=people["ada"])
    seen = written.revision
    actions.withdraw(written, author=people["ada"])
    actions.save_draft(written, "claim", CLAIM | {"says": "Something else."}, None, author=people["ada"])
    actions.submit(written, author=people["ada"])
    with pytest.raises(NotAllowedError, match="changed since"):
        actions.approve(written, seen, reviewer=people["cleo"])
    assert not Act.objects.filter(key="claim:L7-more").exists()


def test_a_returned_draft_goes_back_to_its_author(imported: list[str], people: dict[str, Any]) -> None:
    written = draft(people)
    actions.submit(written, author=people["ada"])
    actions.send_back(written, written.revision, "Which words?", reviewer=people["cleo"])
    assert (written.state, written.remark) == ("returned", "Which words?")
    with pytest.raises(NotAllowedError):
        actions.save_draft(written, "claim", CLAIM, None, author=people["ben"])
    actions.save_draft(written, "claim", CLAIM, None, author=people["ada"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"count": "24"}, "count"),
        ({"speaker": "nobody"}, "speaker"),
        ({"letter": "L99"}, "letter"),
        ({"of": "x"}, "of"),
    ],
)
def test_a_refusal_names_the_field(
    imported: list[str], people: dict[str, Any], changes: dict[str, str], field: str
) -> None:
    with pytest.raises(CorrespondenceError) as caught:
        actions.submit(draft(people, **changes), author=people["ada"])
    assert caught.value.where == field


def test_a_correction_stands_beside_what_it_corrects(imported: list[str], people: dict[str, Any]) -> None:
    fields = {"id": "C1", "of": "letter:L5", "text": "It was received on 20 December.", "reason": "Said so later."}
    written = actions.save_draft(None, "correction", fields, None, author=people["ada"])
    actions.submit(written, author=people["ada"])
    actions.approve(written, written.revision, reviewer=people["cleo"])
    entry = json.loads(Outbox.objects.get(act__key="correction:C1").data)
    assert entry["of"] == actions.published().entries["letter:L5"][0]
    assert actions.published().correspondence.letters[4].received == "2017-12-20"


def test_an_assessment_and_the_right_of_reply(imported: list[str], people: dict[str, Any]) -> None:
    fields = {
        "id": "A1", "letter": "L3", "reply": "L5", "assessor": "A reader", "dated": "2018-01-10",
        "answer_8": "full", "passage_8": "These words.", "answer_9": "none",
    }  # fmt: skip
    publish("assessment", fields, people)
    rejoinder = {"id": "R1", "to": "A1", "party": "usg-field-support", "text": "We say this."}
    publish("rejoinder", rejoinder, people)
    now = actions.published()
    assert [(a.slot, a.answer) for a in now.correspondence.assessments[0].answers] == [(8, "full"), (9, "none")]
    assert now.entries["rejoinder:R1"]
    assert "question 8: stopped 2017-12-19 (18 days)" in silence.lines(actions.silence(date(2018, 3, 16)))[1]
    with pytest.raises(CorrespondenceError, match="the assessed party"):
        publish("rejoinder", rejoinder | {"id": "R2", "party": "code-blue"}, people)


def publish(kind: str, fields: dict[str, str], people: dict[str, Any], content: bytes | None = None) -> list[str]:
    written = actions.save_draft(None, kind, fields, content, author=people["ada"])
    actions.submit(written, author=people["ada"])
    return actions.approve(written, written.revision, reviewer=people["cleo"])


LETTER = {
    "label": "L9", "dated": "2018-04-01", "from": "code-blue", "to": "secretary-general", "subject": "A letter",
    "language": "en", "obligor": "secretary-general", "due": "2018-05-01", "rule": "asked, not binding",
    "summary": "It asks.", "summary_by": "us", "source": "the letter", "held": "document", "title": "The letter",
    "questions": "Why?\nWhen?",
}  # fmt: skip


def test_a_missed_deadline_is_recorded_once(imported: list[str], people: dict[str, Any]) -> None:
    leaves = publish("letter", LETTER, people, b"Why? When?\n")
    entry = json.loads(Outbox.objects.get(act__key="letter:L9").data)
    assert [ask["slot"] for ask in entry["asks"]] == [1, 2]
    assert len(leaves) == 3
    seen = {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "size": 0}
    assert actions.record_overdue(date(2018, 5, 1), seen) == []
    (_leaf,) = actions.record_overdue(date(2018, 5, 2), seen)
    missed = json.loads(Outbox.objects.get(act__key="deadline:L9").data)
    assert (missed["slots"], missed["due"], missed["obligor"]) == ([1, 2], "2018-05-01", "Secretary-General")
    assert actions.record_overdue(date(2018, 6, 1), seen) == []
    assert "due 2018-05-01 by asked, not binding: overdue" in silence.lines(actions.silence(date(2018, 5, 2)))[-1]


def test_no_act_without_its_entry_and_no_entry_without_its_act(
    people: dict[str, Any], example: Correspondence, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Act.objects.create
    calls = []

    def fails_at_the_tenth(**fields: Any) -> Act:
        calls.append(fields)
        if len(calls) == 10:
            raise IntegrityError("the disk is full")
        return real(**fields)

    monkeypatch.setattr(Act.objects, "create", fails_at_the_tenth)
    with pytest.raises(Exception, match="the disk is full"):
        actions.import_folder(example, author="ada", reviewer="cleo")
    assert not Outbox.objects.exists()
    assert not Act.objects.exists()


def test_the_database_itself_refuses_one_pair_of_eyes(imported: list[str], people: dict[str, Any]) -> None:
    act = Act.objects.first()
    assert act is not None
    other = Outbox.objects.create(log="x", data=b"{}", leaf_hash=b"\x01" * 32, include_by=0)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Act.objects.create(outbox=other, key="x", content="", author=act.author, reviewer=act.author, on=act.on)


def test_an_invitation_works_once(people: dict[str, Any]) -> None:
    token = actions.invite("eve", "author")
    with pytest.raises(CorrespondenceError):
        actions.accept(token, "short")
    actions.accept(token, "a calm and quiet sentence")
    with pytest.raises(NotAllowedError):
        actions.accept(token, "another quiet sentence")
    with pytest.raises(NotAllowedError, match="one role"):
        actions.invite("eve", "reviewer")
