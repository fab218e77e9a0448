"""What a sealed report costs a processor, part by part, and what each part is there for.

In this process, one at a time, on a quiet cache: less than behind the door, where threads and processes take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from answerable.intake import rules
from answerable.intake.actions import mine, notices, receiving, setting
from answerable.intake.actions.keeping import Ready, ready
from answerable.intake.actions.together import together
from answerable.intake.exchange import Arrival
from answerable.sealing import envelope
from answerable.sealing.delivery import Delivery, decode_delivery
from answerable.sealing.signing import signed_by

A, B = TypeVar("A"), TypeVar("B")
_BATCH = 25


def _each(work: Callable[[A], B], several: Sequence[A]) -> tuple[list[B], float]:
    """What came of each, and the milliseconds of a processor that one took, in the best of several batches."""
    done, best = list[B](), float("inf")
    for first in range(0, len(several), _BATCH):
        batch = several[first : first + _BATCH]
        began = time.process_time()
        done += [work(one) for one in batch]
        best = min(best, (time.process_time() - began) / len(batch))
    return done, best * 1e3


def parts(deliveries: Sequence[bytes]) -> list[tuple[str, float]]:
    """(what it buys, milliseconds of a processor for one report)."""
    now, using = int(time.time()), setting.using()
    said, split = _each(decode_delivery, deliveries)
    _, proof = _each(lambda one: receiving.spent_work(one.work, sha256(one.envelope).digest(), now), said)
    _, read = _each(lambda one: envelope.decode(one.envelope), said)
    told = notices.bulletin()
    notes = [note for note, _ in notices.readers_in(told)]

    def arrived(one: Delivery) -> Arrival:
        return replace(receiving.arrived(one, "web", now), told=told)

    arrivals, _ = _each(arrived, said)
    _, rule = _each(lambda one: rules.check_first(one.envelope, notes), arrivals)
    _, signature = _each(
        lambda one: signed_by(one[0].envelope, one[1].envelope.signer), list(zip(said, arrivals, strict=True))
    )
    made, entry = _each(lambda one: ready(using, one, first=True), arrivals)

    def kept(one: tuple[Delivery, Ready]) -> None:
        credentials = one[0].credentials
        assert credentials is not None
        lookup = mine.lookup_of(credentials.l, credentials.box)
        together(using, lookup, lambda: receiving._take(using, one[1], credentials, lookup))  # what is measured

    _, rows = _each(kept, list(zip(said, made, strict=True)))
    return [
        ("that a flood costs whoever makes it: the proof of work", proof),
        ("that it is a report, whole, to those it says, signed by her", split + read + rule + signature),
        ("that the register commits to it, with a signed promise", entry),
        ("that it is kept: its rows, its entry and its share of a commit", rows),
    ]
