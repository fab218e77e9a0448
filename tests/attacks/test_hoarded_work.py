"""Challenges gathered and answered while nobody came, for a flood later; and somebody honest and slow in that flood."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from answerable.intake import work
from answerable.intake.actions import receiving
from answerable.intake.work import Load
from answerable.sealing import envelope
from answerable.sealing.envelope import Channel
from tests.intake.loads import AtOnce
from tests.intake.test_api import OCTETS, post
from tests.intake.world import Person, World, counts

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "intake"])]


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with override_settings(ROOT_URLCONF="tests.intake.test_api", MIDDLEWARE=[]):
        yield Client(raise_request_exception=True)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    made = AtOnce()
    monkeypatch.setattr(receiving, "_LOAD", made)
    return made


def flood(load: Load, deliveries: int) -> None:
    for _ in range(deliveries):
        load.count(0.0)


def asked(client: Client) -> bytes:
    return b64decode(client.get("/api/challenge/").json()["challenge"])


def send(client: Client, person: Person, made: bytes, challenge: bytes) -> Any:
    """Answer ``challenge`` for the envelope ``made`` and send it."""
    worked = work.solve(challenge, sha256(made).digest())
    return post(client, "reports/", person.delivery(envelope.decode(made), worked=worked))


def test_work_hoarded_at_rest_is_worth_nothing_in_a_flood(client: Client, world: World, load: Load) -> None:
    # Given challenges that were gathered while nobody came
    hoard = [asked(client) for _ in range(3)]
    assert {one[24] for one in hoard} == {work.LEAST}
    # When many deliveries come, and these among them
    flood(load, 900)
    for challenge in hoard:
        person = Person(world)
        answer = send(client, person, envelope.encode(person.envelope(channel=Channel.WEB)), challenge)
        # Then none is taken, and each is asked for the work of now
        assert answer.status_code == 428
        assert answer.json()["bits"] > work.LEAST
    assert counts()["submission"] == counts()["pow_spent"] == 0


def test_somebody_honest_in_a_flood_does_a_little_more_and_is_received(
    client: Client, person: Person, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST", 8)  # a quarter of the tries, so that the test is short
    # Given somebody whose phone was slow: meanwhile many came, and more and more
    made = envelope.encode(person.envelope(channel=Channel.WEB))
    challenge, rounds = asked(client), 0
    for more in (300, 900, 4_000, 4_000):
        flood(load, more)
        answer = send(client, person, made, challenge)
        rounds += 1
        if answer.status_code == 201:
            break
        # Then each refusal brings the next challenge, harder than the last, and the same bytes go again
        assert answer.status_code == 428
        harder = b64decode(answer.json()["challenge"])
        assert harder[24] == answer.json()["bits"] > challenge[24]
        challenge = harder
    # And the work of the most bits is taken, however many come
    assert answer.status_code == 201
    assert challenge[24] == work.MOST
    assert rounds <= 1 + work.MOST - work.LEAST
    # Sent once more because the answer was lost, with work that is too little now, it is the same submission
    again = send(client, person, made, b64decode(answer_of_refusal(client, person, made)["challenge"]))
    assert again.json() == answer.json()
    assert counts()["submission"] == 1


def answer_of_refusal(client: Client, person: Person, made: bytes) -> Any:
    """What is said to work that asks for the least, in a flood."""
    easy = work.challenge(receiving.setting.work_key(), int(time.time()), work.LEAST, rng=lambda size: b"e" * size)
    refused = send(client, person, made, easy)
    assert refused.status_code == 428
    return refused.json()


def test_the_first_part_of_a_file_is_asked_for_the_work_of_now(client: Client, load: Load) -> None:
    upload = b"u" * 16
    easy = work.solve(asked(client), sha256(upload).digest())
    flood(load, 900)
    where = f"/api/uploads/{upload.hex()}/"
    refused = client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": "0", "X-Work": easy.hex()})
    assert refused.status_code == 428
    harder = work.solve(b64decode(refused.json()["challenge"]), sha256(upload).digest())
    taken = client.put(where, b"x", content_type=OCTETS, headers={"X-Chunk": "0", "X-Work": harder.hex()})
    assert taken.json() == {"held": 1}
