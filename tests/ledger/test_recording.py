"""Recording an act: with it or not at all, promised by an acknowledgement, the same twice when it is the same."""

from __future__ import annotations

import secrets
from datetime import date

import pytest
from django.db import connections, transaction

from answerable.ledger import founding_files
from answerable.ledger.actions import Recorded, acting, record, record_sealed
from answerable.ledger.actions.rows import waiting_count
from answerable.ledger.actions.wrapping import forget_opening_key, keep_opening_key, opening_key
from answerable.ledger.appending import append_open, append_sealed
from answerable.ledger.errors import NotRecordedError, OpeningKeyError, OutsideTransactionError
from answerable.ledger.models import Event, Outbox
from answerable.ledger.openings import WrappingKey, write_secret
from answerable.record import ack as acks
from answerable.record import canonical, commit, slots
from answerable.record.errors import KindError
from tests.ledger.harness import START, Ledger, check_everything

pytestmark = pytest.mark.database
FIELDS = {"report_sha256": "a" * 64, "inputs": []}


def recorded_once(ledger: Ledger, **changed: object) -> Recorded:
    with acting("party_editors"):
        return record(
            "finding.published",
            {**FIELDS, **changed},
            by="editors",
            id="1" * 32,
            at=date(2026, 12, 1),
            using="party_editors",
            now=START,
        )


def test_outside_a_transaction_it_refuses(ledger: Ledger) -> None:
    with pytest.raises(OutsideTransactionError, match="inside the transaction"):
        record("finding.published", FIELDS, by="editors", using="party_editors")


def test_the_acknowledgement_promises_the_first_full_hour(ledger: Ledger) -> None:
    recorded = recorded_once(ledger)
    _, vkey = founding_files.new_ack_key(ledger.config, "editors")
    promise = acks.open_ack(recorded.ack, [vkey])
    assert promise == acks.Ack(ledger.record, recorded.leaf_hash, START + 3_600)
    assert recorded.leaf == recorded.outbox.leaf == recorded.leaf_hash.hex()


def test_the_same_entry_is_the_same_row_and_the_same_acknowledgement(ledger: Ledger) -> None:
    first, again = recorded_once(ledger), recorded_once(ledger)
    assert (first.outbox.pk, first.ack) == (again.outbox.pk, again.ack)
    assert Outbox.objects.using("party_editors").count() == 1


def test_an_act_that_fails_takes_its_entry_with_it(ledger: Ledger) -> None:
    def act() -> None:
        with acting("party_editors"):
            record("finding.published", FIELDS, by="editors", using="party_editors")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not Outbox.objects.using("party_editors").exists()


def test_a_database_that_fails_is_a_sentence(ledger: Ledger) -> None:
    failing = pytest.raises(NotRecordedError, match="has not happened")
    with failing, acting("party_editors"), connections["party_editors"].cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


@pytest.mark.parametrize("fields", [{}, {**FIELDS, "more": 1}, {**FIELDS, "report_sha256": "?"}])
def test_fields_that_are_not_the_kinds_are_refused(ledger: Ledger, fields: dict[str, object]) -> None:
    with pytest.raises(KindError), acting("party_editors"):
        record("finding.published", fields, by="editors", using="party_editors")


def test_an_entry_has_every_shared_member(ledger: Ledger) -> None:
    entry = canonical.decode(ledger.act(1).outbox.data)
    assert isinstance(entry, dict)
    assert (entry["v"], entry["kind"], entry["at"], entry["by"]) == (1, "finding.published", "2026-12-01", "editors")
    assert len(str(entry["id"])) == 32


CASE = {
    "v": 1,
    "kind": "owner.changed",
    "case": "c" * 32,
    "seq": 0,
    "prev": None,
    "at": "2026-12-01",
    "by": "desk",
    "procedure": None,
    "after": None,
    "from": None,
    "to": "panel",
    "accepted": None,
}


def test_a_sealed_event_shows_33_bytes_and_opens_with_its_key(ledger: Ledger) -> None:
    key = secrets.token_bytes(32)
    after = {"root": "A" * 43 + "=", "size": 1}
    with transaction.atomic(using="party_desk"):
        recorded = record_sealed({**CASE, "after": after}, key, using="party_desk", now=START)
    assert len(recorded.outbox.data) == 33
    event = Event.objects.using("party_desk").get(outbox=recorded.outbox)
    assert event.case == "c" * 32
    body = canonical.decode(event.body)
    opened = commit.check_opening(recorded.outbox.data, commit.full_opening(body, commit.case_event_key(key, 0)))  # type: ignore[arg-type]
    assert opened.kind == "owner.changed"
    assert recorded.include_by == 1_796_256_000  # the first midnight at least a day away


class TestAppend:
    def test_it_fills_what_is_absent(self, ledger: Ledger) -> None:
        kind, recorded = append_open({"kind": "finding.published", **FIELDS}, now=START)
        assert kind == "finding.published"
        ledger.round()
        check_everything(ledger, [recorded])

    @pytest.mark.parametrize("given", [{}, {"kind": 7}, {"kind": "finding.published", "v": 2, **FIELDS}])
    def test_it_refuses_what_is_no_entry(self, ledger: Ledger, given: dict[str, object]) -> None:
        with pytest.raises(KindError):
            append_open(given, now=START)
        assert not waiting_count(ledger.record, "ledger")

    @pytest.mark.parametrize("at", [5, None, "soon"])
    def test_it_refuses_what_is_no_day(self, ledger: Ledger, at: object) -> None:
        with pytest.raises(KindError, match="a day"):
            append_open({"kind": "finding.published", "at": at, **FIELDS}, now=START)
        assert not waiting_count(ledger.record, "ledger")

    def test_a_schedule_changes_with_seven_days_notice(self, ledger: Ledger) -> None:
        change = {"kind": "schedule.changed", "origin": ledger.register, "slots": 128}
        soon = slots.tick_of(START + 7 * 86_400 - 1)
        with pytest.raises(NotRecordedError, match="seven days"):
            append_open({**change, "from_tick": soon}, now=START)
        append_open({**change, "from_tick": soon + 1}, now=START)
        sequencer = ledger.sequencer(confirm_gap=True)
        sequencer.round(paced=False)
        sequencer.round(paced=False)
        ledger.clock.now = slots.tick_start(soon + 2)  # type: ignore[attr-defined]
        size = sequencer.round(paced=False).logs[0].size
        assert size == 64 * (soon + 1 - slots.tick_of(START)) + 2 * 128

    @pytest.mark.parametrize("count", [0, 4097, 10**12])
    def test_a_schedule_that_cannot_be_kept_is_refused(self, ledger: Ledger, count: int) -> None:
        """Once in the log it would stop the register, or fill the disk, for good."""
        tick = slots.tick_of(START + 8 * 86_400)
        change = {"kind": "schedule.changed", "origin": ledger.register, "slots": count, "from_tick": tick}
        with pytest.raises(NotRecordedError, match="1 to 4096 slots"):
            append_open(change, now=START)

    def test_a_tick_is_not_enlarged_by_hand(self, ledger: Ledger) -> None:
        told = {"kind": "tick.enlarged", "origin": ledger.register, "tick": 1, "multiple": 2}
        with pytest.raises(NotRecordedError, match="sequencer alone"):
            append_open(told, now=START)
        assert not waiting_count(ledger.record, "ledger")

    def test_a_sealed_event_keeps_its_key_wrapped(self, ledger: Ledger) -> None:
        key = secrets.token_bytes(32)
        path = ledger.config.folder / "case.key"
        write_secret(path, key)
        event = {**CASE, "after": {"root": "A" * 43 + "=", "size": 1}}
        recorded = append_sealed(ledger.config, event, path, now=START)
        ledger.clock.now += 900  # type: ignore[attr-defined]
        ledger.round()
        check_everything(ledger, [recorded])


def test_an_opening_key_is_kept_once_and_forgotten(ledger: Ledger) -> None:
    wrapping, key = WrappingKey(b"w" * 32), b"k" * 32
    keep_opening_key("case", key, wrapping)
    keep_opening_key("case", key, wrapping)
    assert opening_key("case", wrapping) == key
    with pytest.raises(OpeningKeyError, match="another opening key"):
        keep_opening_key("case", b"x" * 32, wrapping)
    with pytest.raises(OpeningKeyError, match="does not unwrap"):
        opening_key("case", WrappingKey(b"v" * 32))
    forget_opening_key("case")
    with pytest.raises(OpeningKeyError, match="erased"):
        opening_key("case", wrapping)
