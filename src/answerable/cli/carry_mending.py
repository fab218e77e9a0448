"""What carry does when one side's database may be one from before: it compares both, and carries again what is missing.

Nothing here trusts a memory of its own: what each side holds is read from it, each quarter of an hour and at start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from answerable.sealing.answers import verify_epoch, verify_value
from answerable.sealing.errors import SealingError
from answerable.sealing.place import Place

if TYPE_CHECKING:
    from answerable.casework.missing import Missed, Sent
    from answerable.intake.exchange import Answered, Held


def missing(count: int) -> str:
    """What is said of ``count`` things that neither side can put back."""
    things = "thing is" if count == 1 else "things are"
    return (
        f"{count} {things} missing since a database was restored, and neither side can put that back: answerable"
        " casework missing --home DESK names each, until somebody says what was done about it"
    )


@dataclass(frozen=True)
class Mended:
    """``again``: submissions that are carried again; ``answers``: answers that are delivered again; ``erased``: records
    that are erased again; ``waiting``: things that are named as missing and wait for somebody's word."""

    again: int = 0
    answers: int = 0
    erased: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Believed:
    """What carry believes of the reporter's side, whose owner can put anything into its database: ``office``, public
    halves of the keys that sign answers; ``holds``, whether the published register has a leaf at an index."""

    deployment: bytes
    office: tuple[bytes, ...]
    holds: Callable[[bytes, int], bool]


def mend(box: bytes, believed: Believed, now: int) -> Mended:
    """Compare both sides; what one of them lacks goes to it again. ``box``: the opening box's private key."""
    from answerable.casework import actions as casework
    from answerable.intake import actions as intake

    # The desk's first: what it has came from the other side, which may erase something meanwhile and remembers that.
    at_desk = casework.leaves()
    here = intake.here(box)
    again, lost = intake.carry_again(casework.lacking(here.carried), box)
    erased, unerased = casework.erase_again(at_desk & here.erased, now)
    present, records = {one.hex() for one in here.answers}, {one.hex(): of for one, of in here.records.items()}
    answers = casework.deliver_again(present, records, now)
    if again:  # what else is missing shows when these have come
        return Mended(again, answers, erased)
    alone = {leaf: idx for leaf, idx in here.alone.items() if believed.holds(leaf, idx)}
    missed = [
        *(_lost(one) for one in lost),
        *unerased,
        *casework.take_back(_signed(casework.unknown_answers(present), believed), now),
        *casework.keyless(),
        *casework.not_in_a_box(here.leaves | here.erased),
        *casework.nowhere(alone),
    ]
    return Mended(again, answers, erased, casework.name_missing(missed, now))


def _signed(handles: Iterable[str], believed: Believed) -> Iterator[Sent]:
    """Those answers in mailboxes that the office has signed, where they lie. Nobody else's are told to the desk."""
    from answerable.intake import actions as intake

    for handle in handles:
        one = intake.answer(bytes.fromhex(handle))
        if one is not None and (sent := _of_the_office(one, believed)) is not None:
            yield sent


def _of_the_office(one: Answered, believed: Believed) -> Sent | None:
    try:
        place = Place(believed.deployment, one.record_kind, one.record, one.compartment, one.field, one.version)
        if one.kind == "epoch":
            signed = verify_epoch(believed.office, place, one.epoch, one.public, one.signature)
        else:
            signed = verify_value(believed.office, place, one.sealed, one.signature)
        return _sent(one) if signed else None
    except (SealingError, TypeError, ValueError):
        return None  # it is at no place, or of no day, that an answer of ours has: nobody of ours put it there


def _lost(held: Held) -> Missed:
    from answerable.casework.missing import Missed
    from answerable.casework.models import Missing

    return Missed(Missing.What.SUBMISSION, held.leaf, held.idx, held.record.hex())


def _sent(answer: Answered) -> Sent:
    from answerable.casework.missing import Sent

    return Sent(
        answer.id.hex(),
        answer.record.hex(),
        answer.kind,
        answer.compartment,
        answer.field,
        answer.version,
        answer.epoch,
        answer.public,
        date.fromisoformat(answer.day),
    )
