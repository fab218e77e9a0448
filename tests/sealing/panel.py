"""A panel with a key of its own, made fast from a fixed seed, for tests of shares, proofs and recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from answerable.sealing import dkg, hpke, recovery
from answerable.sealing.groups import Point, Scalar, base_times, random_scalar
from answerable.sealing.place import RECOVERY, Compartment, Field, Place, Record
from answerable.sealing.recovery_wraps import MadeWrap, Wraps
from answerable.sealing.shamir import commit, evaluate, polynomial, public_share
from answerable.sealing.threshold import GroupKey
from answerable.sealing.values import seal_wrap

DEPLOYMENT = b"\xd1" * 32


def rng(seed: object) -> hpke.Rng:
    """A source of bytes that repeats."""
    return Random(str(seed)).randbytes


@dataclass(frozen=True)
class Panel:
    """A key and the shares of its members, by number from 1."""

    key: GroupKey
    shares: dict[int, Scalar]
    secret: Scalar


@lru_cache
def panel(k: int = 3, n: int = 5, seed: str = "panel") -> Panel:
    """A panel of n whose key a dealer made."""
    draw = rng((k, n, seed))
    line = polynomial(random_scalar(draw), k, draw)
    points = commit(line)
    key = GroupKey(k, points[0], tuple(public_share(points, number) for number in range(1, n + 1)))
    return Panel(key, {number: evaluate(line, number) for number in range(1, n + 1)}, line[0])


@dataclass(frozen=True)
class Table:
    """A ceremony with its members' static secrets, and the messages of round 1."""

    ceremony: dkg.Ceremony
    secrets: dict[int, Scalar]
    messages: dict[int, bytes]


@lru_cache
def ceremony(k: int = 2, n: int = 3, seed: str = "ceremony", *, dealer: bool = False) -> Table:
    """A ceremony after round 1."""
    draw = rng((k, n, seed, dealer))
    secrets = {number: random_scalar(draw) for number in range(1, n + 1)}
    members: tuple[Point, ...] = tuple(base_times(secret) for secret in secrets.values())
    agreed = dkg.Ceremony(b"context " + seed.encode(), k, members, dealer)
    return Table(agreed, secrets, {number: dkg.round1(agreed, rng=draw) for number in agreed.contributors})


@dataclass(frozen=True)
class Asked:
    """A request, the beneficiary's private key, and the compartment's key that it should open."""

    request: recovery.Request
    private: bytes
    compartment: bytes


def asked(held: Panel, seed: str = "request", reason: str = "a lost passphrase") -> Asked:
    """A request for the narrative of a case that the desk made."""
    draw = rng(seed)
    record, (private, public), (inside, outside) = draw(16), hpke.generate(draw), hpke.generate(draw)
    place = Place(DEPLOYMENT, Record.CASE, record, Compartment.NARRATIVE, Field.NONE, 0)
    wrap = seal_wrap(place, RECOVERY, held.key.public, inside, epoch=1, rng=draw)
    source = Wraps(DEPLOYMENT, Record.CASE, record, (MadeWrap(Compartment.NARRATIVE, 1, outside, wrap),)).encode()
    request = recovery.Request(
        id=draw(16),
        day=date(2026, 11, 2),
        deployment=DEPLOYMENT,
        record_kind=Record.CASE,
        record=record,
        compartment=Compartment.NARRATIVE,
        stage="assessment",
        holder=draw(16),
        x25519=public,
        reason=reason,
        wrap=wrap,
        source=source,
        opening={"v": 1},
    )
    return Asked(request, private, inside)
