"""Owners, hand-overs and decisions under any order of acts, by anyone, at any time: what must hold holds after each."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from answerable.casework import actions, reads
from answerable.casework import models as rows
from answerable.casework.codes import NEGATIVE
from answerable.errors import AnswerableError
from answerable.sealing.place import Compartment, Field
from tests.casework.conftest import BOTH, staffed
from tests.casework.test_flow import propose
from tests.casework.world import DAY, Desk, day

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
PEOPLE = st.sampled_from(["officer", "colleague", "assessor", "second", "third", "advocate"])
OWNERS = st.sampled_from([("officer", "intake_officer"), ("colleague", "intake_officer"), ("assessor", "assessor")])


class DeskMachine(RuleBasedStateMachine):
    """One report and its case, and everybody trying everything."""

    def __init__(self) -> None:
        super().__init__()
        self.both = [transaction.atomic(using=alias) for alias in BOTH]
        for one in self.both:
            one.__enter__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(Path(self.folder.name) / "desk")
        self.force = self.desk.in_force()
        self.force.__enter__()
        staffed(self.desk)
        self.reporter = self.desk.taken_in()
        self.accepted: list[str] = []

    def teardown(self) -> None:
        self.force.__exit__(None, None, None)
        for alias, one in zip(BOTH, self.both, strict=True):
            transaction.set_rollback(True, using=alias)
            one.__exit__(None, None, None)
        self.folder.cleanup()

    @property
    def case(self) -> rows.Record | None:
        return rows.Record.objects.filter(kind="case").first()

    def attempt(self, who: str, act: str, *args: object, **named: object) -> bool:
        try:
            with transaction.atomic():
                self.desk.staff[who].do(act, *args, **named)
        except AnswerableError:
            return False
        return True

    @rule(who=PEOPLE)
    def take(self, who: str) -> None:
        if self.desk.staff[who].person.assignments.filter(role="intake_officer").exists():
            try:
                with transaction.atomic():
                    self.desk.staff[who].take(self.reporter.handle)
            except (AnswerableError, AssertionError):
                return

    @precondition(lambda self: self.case)
    @rule(who=PEOPLE, taker=OWNERS)
    def offer(self, who: str, taker: tuple[str, str]) -> None:
        assert self.case
        self.attempt(who, "offer_handover", self.case.handle, self.desk.staff[taker[0]].person, taker[1])

    @precondition(lambda self: self.case)
    @rule(who=PEOPLE, answer=st.sampled_from(["accept_handover", "decline_handover", "withdraw_handover"]))
    def answer(self, who: str, answer: str) -> None:
        assert self.case
        before = rows.Ownership.objects.get(until=None).person_id
        offer = rows.Handover.objects.order_by("-id").first()
        if offer and self.attempt(who, answer, offer.handle, on=self.case.handle):
            now = rows.Ownership.objects.get(until=None).person_id
            mine = self.desk.staff[who].person.pk
            assert mine == (offer.giver_id if answer == "withdraw_handover" else offer.taker_id)
            assert now == (mine if answer == "accept_handover" else before)

    @precondition(lambda self: self.case)
    @rule(outcome=st.sampled_from(["proceed", "no_further_action", "not_credible"]), lacks=st.booleans())
    def propose(self, outcome: str, lacks: bool) -> None:
        assert self.case
        changed = {"notices": {}} if lacks else {}
        try:
            with transaction.atomic():
                propose(self.desk, self.reporter, self.case, outcome, wraps=(), **changed)
        except AnswerableError:
            return
        assert not lacks

    @precondition(lambda _self: rows.Decision.objects.filter(state__in=["proposed", "disputed"]).exists())
    @rule(who=PEOPLE, agrees=st.booleans(), third=PEOPLE)
    def review(self, who: str, agrees: bool, third: str) -> None:
        assert self.case
        made = rows.Decision.objects.get(state__in=["proposed", "disputed"])
        review = self.desk.staff[who].seal(self.case.handle, Compartment.DELIBERATION, Field.REVIEW, b"so")
        other = self.desk.staff[third].person
        told: dict[str, object] = {"agrees": agrees, "review": review, "third": other}
        with suppress(AnswerableError):  # the question of a tie may come first; then none has been read
            told["notices"] = self.desk.staff[who].noticed(made)
        done = self.attempt(who, "review_decision", made.handle, on=self.case.handle, **told)
        if done:
            assert self.desk.staff[who].person.pk in (made.reviewer_id, rows.Decision.objects.get(pk=made.pk).third_id)
            assert self.desk.staff[who].person.pk != made.proposer_id

    @rule(who=PEOPLE)
    def stand_back(self, who: str) -> None:
        self.attempt(who, "recuse", self.reporter.handle)

    @precondition(lambda self: self.case)
    @rule(who=PEOPLE)
    def take_over(self, who: str) -> None:
        assert self.case
        self.attempt(who, "take_over", self.case.handle)

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.desk.now += days * DAY
        actions.clocks_once(self.desk.now)
        actions.clocks_once(self.desk.now)
        assert actions.clocks_once(self.desk.now) == []

    @invariant()
    def one_owner(self) -> None:
        owners = rows.Ownership.objects.filter(until=None).count()
        assert owners == rows.Record.objects.filter(kind="case").count() <= 1
        assert rows.Handover.objects.filter(state="offered").count() <= 1

    @invariant()
    def endings_are_whole(self) -> None:
        for case in rows.Record.objects.filter(kind="case", stage="no_further_action"):
            assert case.decision is not None
        for made in rows.Decision.objects.filter(state="made"):
            assert made.reasons_id
            assert made.review_id
            assert made.reviewer_id != made.proposer_id
            if made.outcome in NEGATIVE:
                assert made.notice_id
                assert made.appeal_until
                assert made.made
                assert made.appeal_until > made.made
                assert rows.Reply.objects.filter(field=int(Field.NOTICE)).exists()
            else:
                assert made.outcome == "proceed"

    @invariant()
    def the_chain_and_the_index_hold(self) -> None:
        for record in rows.Record.objects.all():
            seqs = list(rows.Act.objects.filter(record=record).order_by("seq").values_list("seq", flat=True))
            first = 1 if record.kind == "report" else 0
            assert seqs == list(range(first, first + len(seqs)))
            assert record.seq == first + len(seqs)
        assert reads.verify() == []
        assert actions.index_differs(self.desk.now) == []
        assert day(self.desk.now) + timedelta(0)


def test_whatever_people_do_in_whatever_order() -> None:
    run_state_machine_as_test(
        DeskMachine,
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
