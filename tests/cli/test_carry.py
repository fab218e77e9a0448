"""Carry between both real apps: nothing before the register holds it, everything once, and nothing lost when killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import override_settings

from answerable.casework import actions as casework
from answerable.casework.models import Record as DeskRecord
from answerable.casework.models import Reply
from answerable.cli.carry import Carry, Done
from answerable.cli.carry_answers import OfficeKeys
from answerable.cli.carry_log import PublishedLog
from answerable.errors import AnswerableError
from answerable.intake import actions as intake
from answerable.ledger.models import Outbox
from answerable.ledger.openings import write_secret
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import write_key_file
from answerable.record.policy import Policy
from answerable.record.verify import verify_receipt
from answerable.sealing.place import Field
from tests.intake.world import LEDGER, NOW, Person, World, draw, give_indices
from tests.ledger.small_log import SmallLog

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]


class Published:
    """A log in a folder, as it is served, with its policy."""

    def __init__(self, folder: Path, name: str) -> None:
        self.log = SmallLog(f"{LEDGER}/{name}")
        self.folder = folder / name
        self.policy = folder / f"{name}.policy"
        self.policy.write_text("".join(f"log {vkey}\n" for vkey in self.log.vkeys) + "quorum none\n")

    def publish(self) -> None:
        for path, data in {**self.log.files, "checkpoint": self.log.note()}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)

    @property
    def seen(self) -> PublishedLog:
        return PublishedLog(str(self.folder), self.policy)


class Between:
    """Both parties, the published logs, and a carry between them."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.register, self.record = Published(folder, "register"), Published(folder, "record")
        for log in (self.register, self.record):
            log.log.grow(3)
            log.publish()
        self.carry = self.begin()

    def begin(self) -> Carry:
        return Carry(
            self.register.seen,
            self.record.seen,
            self.world.box_private,
            self.world.deployment,
            self.world.folder / "readers.note",
            OfficeKeys.of([self.world.office]),
        )

    def tick(self) -> None:
        """What the sequencer does: entries into the register, published; indices back into the outbox."""
        waiting = Outbox.objects.using("intake").filter(idx=None).order_by("leaf_hash")
        first = self.register.log.size
        self.register.log.append(*(bytes(row.data) for row in waiting))
        self.register.publish()
        give_indices(first)

    def round(self) -> Done:
        self.carry.told = 0.0
        return self.carry.round(now=NOW)


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Between]:
    world = World(tmp_path / "world")
    desk = tmp_path / "desk"
    (desk / "files").mkdir(parents=True)
    write_secret(desk / "wrapping", draw(32))
    write_key_file(desk / "ack.key", SigningKey.generate(f"{LEDGER}/ack/desk", ED25519, draw(32)))
    parties = {"name": "desk", "ledger_name": LEDGER, "ack_key": desk / "ack.key"}
    settings: dict[str, Any] = {
        **world.settings(),
        "ANSWERABLE_PARTY": parties,
        "ANSWERABLE_CASEWORK": {name: desk / name for name in ("wrapping", "files", "recovery_key")},
    }
    with override_settings(**settings):
        yield Between(world, tmp_path)


def statuses(person: Person) -> list[dict[str, Any]]:
    return [json.loads(data) for field, data in person.read(person.open()) if field == Field.STATUS]


def test_nothing_is_taken_before_the_published_register_holds_it(between: Between) -> None:
    # Given a report that is promised
    Person(between.world).report()
    assert between.round().taken == 0
    # And one whose index is written back, but which the published register does not show
    give_indices(7)
    done = between.round()
    # Then nobody at the desk sees it
    assert (done.taken, DeskRecord.objects.count()) == (0, 0)


def test_a_register_that_holds_something_else_there_is_said_and_nothing_is_taken(between: Between) -> None:
    Person(between.world).report()
    give_indices(0)
    done = between.round()
    assert DeskRecord.objects.count() == 0
    assert "holds something else at index 0" in done.troubles[0]


def test_a_report_goes_over_and_its_receipt_and_standing_come_back(between: Between) -> None:
    person = Person(between.world)
    received = person.report()
    between.tick()
    # When carry goes once
    done = between.round()
    # Then the desk has it, and her mailbox has a receipt that verifies offline and says where it stands
    assert (done.taken, done.receipts, done.troubles) == (1, 1, [])
    assert DeskRecord.objects.get().handle == person.record.hex()
    (submission,) = person.open().submissions
    assert submission.receipt is not None
    policy = Policy.parse(between.register.policy.read_text())
    assert verify_receipt(submission.receipt, policy).exit_code == 0
    assert received.leaf in {bytes(row.leaf_hash).hex() for row in Outbox.objects.using("intake").all()}
    assert [status["stage"] for status in statuses(person)] == ["received"]


def test_going_again_changes_nothing(between: Between) -> None:
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    before = len(person.open().values)
    # When carry goes again, and when it is begun anew as after a crash
    again = between.round()
    between.carry = between.begin()
    anew = between.round()
    # Then nothing is taken or given twice
    assert [(done.taken, done.receipts, done.troubles) for done in (again, anew)] == [(0, 0, [])] * 2
    assert (DeskRecord.objects.count(), len(person.open().values)) == (1, before)


@pytest.mark.parametrize(
    ("where", "name"),
    [(casework, "take_in"), (intake, "mark_carried"), (intake, "give_receipt"), (intake, "deliver")],
)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_step_it_loses_nothing(
    between: Between, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, after: bool
) -> None:
    person = Person(between.world)
    person.report()
    between.tick()

    class Killed(BaseException):
        """The process ends here."""

    real = getattr(where, name)

    def killed(*words: Any, **named: Any) -> None:
        if after:
            real(*words, **named)
        raise Killed

    # Given a carry that dies just before or just after a step
    with monkeypatch.context() as patch:
        patch.setattr(where, name, killed)
        with pytest.raises(Killed):
            between.round()
    # When another takes over
    between.carry = between.begin()
    done = between.round()
    # Then everything is there once
    assert done.troubles == []
    assert DeskRecord.objects.count() == 1
    (submission,) = person.open().submissions
    assert submission.receipt is not None
    assert len(statuses(person)) == 1


def test_one_that_cannot_be_taken_stops_nobody_else(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [Person(between.world) for _ in range(3)]
    for person in people:
        person.report()
    between.tick()
    real = casework.take_in

    def picky(incoming: Any, **named: Any) -> Any:
        if people[1].record in incoming.envelope:
            raise AnswerableError("altered or misplaced")
        return real(incoming, **named)

    monkeypatch.setattr(casework, "take_in", picky)
    done = between.round()
    assert done.taken == 2
    assert ["altered or misplaced" in trouble for trouble in done.troubles] == [True]
    # And once it can be, it is
    monkeypatch.undo()
    assert between.round().taken == 1


def test_an_answer_of_the_desk_comes_into_the_mailbox_once(between: Between) -> None:
    person = Person(between.world)
    person.report()
    between.tick()
    between.round()
    # Given a message that the desk has sealed to the thread
    sealed = person.addition([(person.thread, Field.MESSAGE, b'{"v":1,"text":"we read it"}')]).values[0]
    reply = Reply.objects.create(
        handle="ab" * 16,
        record=person.record.hex(),
        record_kind="report",
        kind="value",
        compartment=int(sealed.compartment),
        field=int(Field.MESSAGE),
        version=sealed.version,
        epoch=1,
        sealed=sealed.data,
        made="2026-03-03",
    )
    # When carry goes twice
    assert [between.round().answered for _ in range(2)] == [1, 0]
    # Then she reads it, once
    assert person.texts().count(b'{"v":1,"text":"we read it"}') == 1
    reply.refresh_from_db()
    assert reply.delivered is not None


def test_a_log_that_goes_back_or_splits_is_not_believed(between: Between) -> None:
    seen = between.register.seen
    between.register.log.grow(5)
    between.register.publish()
    assert seen.look()
    assert not seen.look()
    # When the same size is shown with another history, or fewer entries
    other = Published(between.world.folder, "register")
    other.folder = between.register.folder
    other.log.grow(9, "another")
    other.publish()
    with pytest.raises(AnswerableError):
        seen.look()
    shorter = Published(between.world.folder, "register")
    shorter.folder = between.register.folder
    shorter.log.grow(2)
    shorter.publish()
    with pytest.raises(AnswerableError, match="now says 2"):
        seen.look()


def test_a_register_signed_by_somebody_else_is_not_believed(between: Between) -> None:
    forged = SmallLog(f"{LEDGER}/register", keys=SmallLog(f"{LEDGER}/record").keys).grow(4)
    (between.register.folder / "checkpoint").write_bytes(forged.note())
    with pytest.raises(AnswerableError):
        between.register.seen.look()
