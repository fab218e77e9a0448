"""kill -9 at random points under load, and two at once: what was acknowledged is there, whole."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import pytest
from django.db import OperationalError, connections

from answerable.errors import AnswerableError
from answerable.intake import actions
from answerable.intake.errors import NotKeptError, WorkError
from answerable.ledger.models import Outbox
from answerable.sealing import envelope
from answerable.sealing.envelope import Channel
from tests.intake.processes import own_database
from tests.intake.world import NOW, Person, World, counts, draw, give_indices, solved
from tests.ledger.processes import forked, killed_after
from tests.postgres import Server

pytestmark = pytest.mark.database
ROUNDS = int(os.environ.get("ANSWERABLE_KILL_ROUNDS", "8"))


@pytest.fixture
def door(world: World, postgres: Server | None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), own_database(world, postgres):
        yield world


def reports_come(world: World, seed: int, log: Path) -> None:
    """Reports, each second with a file, and then a message, without end; each is noted once it was acknowledged."""
    chance = random.Random(seed)
    with log.open("a") as noted:
        while True:
            # What could not be kept, since somebody else held the database too long, was not promised either
            with suppress(NotKeptError):
                one_comes(world, chance, noted)


def one_comes(world: World, chance: random.Random, noted: TextIO) -> None:
    person = Person(world)
    attached, body = person.file(draw(chance.randrange(1, 200_000)))
    with_file = chance.random() < 0.5
    if with_file:
        actions.store_file(attached.attached.id, [body], now=NOW)
    received = person.report(files=[attached] if with_file else [])
    named = attached.attached.id.hex() if with_file else "-"
    # A kill can cut a line: a whole one begins a line of its own and ends with a point
    noted.write(f"\n{person.key.hex()} {person.record.hex()} {received.leaf} {named} .\n")
    noted.flush()
    person.say("more")


def carry_takes(world: World) -> None:
    """Carry and the sequencer beside them, without end."""
    number = 0
    while True:
        number += 1_000
        # As in a round of carry's: what had to wait too long is done in the next
        with suppress(NotKeptError, OperationalError):
            give_indices(number)
            while (out := actions.next_outgoing()) is not None:
                actions.mark_carried(out.id)
            actions.tidy()


def test_nothing_acknowledged_is_lost_and_nothing_is_half(door: World, tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("ANSWERABLE_KILL_SEED", "7")))
    noted = tmp_path / "noted"
    for number in range(ROUNDS):
        writers = [forked(lambda n=number: reports_come(door, n, noted)), forked(lambda: carry_takes(door))]  # type: ignore[misc]
        chance.shuffle(writers)
        ends = killed_after(writers[0], chance.uniform(0.1, 0.5)), killed_after(writers[1], chance.uniform(0.0, 0.1))
        # One that ended by itself is a fault, too, and not this one
        assert set(ends) == {-signal.SIGKILL}, f"round {number}: {ends}"
        found = counts()
        # No act without its entry, no entry without its act, and nothing in between
        assert damage() == [], f"round {number}"
        assert found["outbox"] == found["event"] == found["submission"] == found["ack"], f"round {number}"
        assert found["mailbox"] == found["record"] >= found["file"], f"round {number}"
        assert found["compartment"] == 4 * found["mailbox"], f"round {number}"
        values = 5 * found["mailbox"] + found["file"] + found["submission"] - found["mailbox"]
        assert found["value"] == values, f"round {number}"
    promised = [line.split() for line in noted.read_text().splitlines() if line.endswith(" .")]
    assert promised
    leaves = {row.leaf for row in Outbox.objects.using("intake").all()}
    for place, (key, record, leaf, body, _) in enumerate(promised):
        told = f"{place + 1} of {len(promised)} acknowledged"
        assert leaf in leaves, told
        someone = Person(door, record=bytes.fromhex(record))
        someone.key = bytes.fromhex(key)
        assert someone.open().submissions[0].leaf.hex() == leaf, told
        assert body == "-" or (door.folder / "files" / body).exists(), told
    # What was left behind half sent is swept
    actions.sweep(NOW + 3 * 86_400)
    assert {path.name for path in (door.folder / "files").iterdir()} == bodies()


def damage() -> list[str]:
    """What SQLite finds wrong with its own file."""
    if connections["intake"].vendor != "sqlite":
        return []
    with connections["intake"].cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]


def bodies() -> set[str]:
    """The names of the files that submissions refer to."""
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT body FROM file")
        return {bytes(row[0]).hex() for row in cursor.fetchall()}


def at_once(*works: Any) -> list[Any]:
    """What each gave or raised, all begun together, each with a connection of its own."""
    begin, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int) -> None:
        begin.wait(30)
        try:
            results[number] = works[number]()
        except AnswerableError as error:
            results[number] = error  # type: ignore[call-overload]
        finally:
            connections["intake"].close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_the_same_request_many_times_at_once_is_one_submission(door: World) -> None:
    person = Person(door)
    made = person.envelope(channel=Channel.WEB)
    data = person.delivery(made, worked=solved(envelope.encode(made)))
    answers = at_once(*[lambda: actions.receive(data, door="web", now=NOW)] * 5)
    assert set(answers) == {answers[0]}
    assert isinstance(answers[0], actions.Received)
    assert counts()["submission"] == counts()["outbox"] == 1


def test_two_reports_under_one_new_code_at_once_are_both_kept(door: World) -> None:
    first, second = Person(door), Person(door)
    second.key, second.credentials = first.key, first.credentials
    second.private, second.public = first.private, first.public
    answers = at_once(first.report, lambda: second.report(text="another matter"))
    assert [type(answer) for answer in answers] == [actions.Received] * 2
    assert {b"what happened", b"another matter"} <= set(first.texts())
    assert counts()["mailbox"] == 1


def test_one_proof_of_work_serves_one_of_two_at_once(door: World) -> None:
    one, other = Person(door), Person(door)
    made = one.envelope(channel=Channel.WEB)
    worked = solved(envelope.encode(made))
    several = [one.delivery(made, worked=worked), one.delivery(made, worked=worked, credentials=other.credentials)]
    answers = at_once(*[lambda data=data: actions.receive(data, door="web", now=NOW) for data in several])
    assert sorted(isinstance(answer, actions.Received) for answer in answers) == [False, True]
    assert counts()["submission"] == 1


def test_messages_and_a_changing_code_at_once_leave_a_mailbox_that_opens(door: World) -> None:
    person = Person(door)
    person.report()
    box = person.open()
    old = Person(door, record=person.record)
    old.key, old.keys = person.key, person.keys
    answers = at_once(lambda: person.change(box), *[lambda n=n: old.say(f"message {n}") for n in range(3)])
    assert isinstance(answers[0], actions.Received)
    kept = {f"message {n}".encode() for n in range(3) if isinstance(answers[n + 1], actions.Received)}
    assert kept | {b"what happened"} <= set(person.texts())
    numbers = [one.number for one in person.open().submissions]
    assert numbers == list(range(len(numbers)))


def test_work_is_not_spent_by_what_was_not_received(door: World) -> None:
    person = Person(door)
    made = person.envelope(channel=Channel.WEB)
    worked = solved(envelope.encode(made))
    wrong = person.delivery(made, worked=worked[:-1] + b"\xff")
    with pytest.raises(WorkError):
        actions.receive(wrong, door="web", now=NOW)
    assert counts()["pow_spent"] == 0
    actions.receive(person.delivery(made, worked=worked), door="web", now=NOW)
