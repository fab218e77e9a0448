"""Opening something: the read is written first, in a chain, and then the wrap is given. There is no other way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from answerable.casework import gate, reads
from answerable.casework.actions.chains import day_of, moment, policy_folder, setting
from answerable.casework.codes import OPENING_REASONS
from answerable.casework.errors import NotAllowedError, TieUnansweredError
from answerable.casework.gate import Seen
from answerable.casework.models import Bar, Compartment, Decision, File, Grant, Person, Read, Record, Tie, Value, Wrap
from answerable.ledger.actions import acting
from answerable.record.canonical import Json
from answerable.sealing.place import Compartment as Part

#: The acts for which a wrap is given.
FETCHED = ("read", "open_original", "grant")


@dataclass(frozen=True)
class Opened:
    """What a person is given of one compartment: its wraps by epoch, and everything sealed in it.

    Epochs and versions from 2**32 on are of a copy of the report that came with other bytes: the lower 32 bits are
    the number, the upper ones which copy. ``current``: the epoch that new values are sealed to; 0 where it has ended.
    """

    wraps: tuple[tuple[int, bytes], ...] = field(repr=False)
    values: tuple[Value, ...]
    files: tuple[File, ...]
    current: int = 0
    #: Of ``values``, the keys of notices that have not been sent: proposed, or of an assessment that was returned.
    unsent: frozenset[int] = frozenset()


def check_tie(person: Person) -> None:
    """Raise `TieUnansweredError` while the question of a tie is open to ``person``: it comes before anything else."""
    asked = Tie.objects.select_related("record").filter(person=person, tied=None).first()
    if asked:
        raise TieUnansweredError(asked.record.handle)


def see(person: Person, handle: str, now: int | None) -> Seen | None:
    """The record as ``person`` may see it, today; None for sealed and absent. Raises `TieUnansweredError`."""
    check_tie(person)
    return gate.find(person, handle, on=day_of(now), folder=policy_folder())


def note_read(
    seen: Seen, compartment: str, act: str, *, role: str, thing: str = "", reason: str = "", now: int | None
) -> Read:
    """Add one row to the chain, inside the caller's transaction."""
    last = Read.objects.select_for_update().order_by("-n").first()
    row: dict[str, Json] = {
        "n": last.n + 1 if last else 1,
        "at": datetime.fromtimestamp(moment(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "person": seen.person.handle,
        "role": role,
        "record": seen.record.handle,
        "compartment": compartment,
        "object": thing,
        "act": act,
        "reason": reason,
    }
    return Read.objects.create(**row, h=reads.step(last.h if last else reads.START, row))


def fetch_wrap(
    person: Person,
    handle: str,
    compartment: Part,
    *,
    act: str = "read",
    reason: str = "",
    now: int | None = None,
) -> Opened | None:
    """What ``person`` may open of a compartment, once the read is written. None: sealed, or not there at all.

    ``act`` is one of `FETCHED`; for ``grant``, whose browser only wraps the key anew, no ciphertext comes with it.
    The first time an accused person's identity opens, the question whether there is a tie comes next
    (`TieUnansweredError` until it is answered). Without a wrap for this person a grant is wanted for them.
    """
    found = see(person, handle, now)
    if found is None or act not in FETCHED or not found.may(compartment, act):
        return None
    on = day_of(now)
    with acting():
        note_read(found, compartment.code, act, role=found.role_for(compartment, act), reason=reason, now=now)
        wraps = tuple(
            Wrap.objects.filter(record=handle, compartment=int(compartment), holder=person.handle)
            .order_by("epoch")
            .values_list("epoch", "wrap")
        )
        if not wraps:
            want(found.record.pk, int(compartment), person, on)
        elif compartment == Part.ACCUSED_IDENTITY and act != "grant":
            Tie.objects.get_or_create(person=person, record=found.record, defaults={"asked": on})
        given = tuple((epoch, bytes(wrap)) for epoch, wrap in wraps)
        here = Compartment.objects.filter(record=found.record, compartment=int(compartment), until=None)
        current = here.values_list("epoch", flat=True).first() or 0
        return Opened(given, (), (), current) if act == "grant" else _opened(found, compartment, given, current)


def _opened(found: Seen, compartment: Part, wraps: tuple[tuple[int, bytes], ...], current: int) -> Opened:
    sealed = Value.objects.filter(record=found.record, compartment=int(compartment))
    unsent = unsent_notices(found.record)
    if unsent and not _deliberates(found):
        sealed = sealed.exclude(pk__in=unsent)
    values = tuple(sealed.select_related("submission"))
    files = File.objects.filter(record=found.record) if compartment == Part.EVIDENCE else File.objects.none()
    attached = tuple(files.select_related("submission", "cleaned_of").order_by("version"))
    return Opened(wraps, values, attached, current, unsent)


def unsent_notices(record: Record) -> frozenset[int]:
    """The keys of notices sealed to ``record`` that no decision has sent."""
    rows = Decision.notices.through.objects.filter(value__record=record).exclude(decision__state=Decision.State.MADE)
    return frozenset(rows.values_list("value_id", flat=True))


def _deliberates(found: Seen) -> bool:
    """Whether a notice that was not sent is this reader's to see: until then it is part of what is deliberated."""
    case = found.record.case
    return case is not None and bool(
        gate.find(found.person, case.handle, Part.DELIBERATION, "read", on=found.on, folder=policy_folder())
    )


def want(record: int, compartment: int, person: Person | None, on: date) -> None:
    """Note that a holder's browser has to let ``person`` in (None: that it has to begin a new epoch)."""
    Grant.objects.get_or_create(
        record_id=record, compartment=compartment, person=person, done=None, defaults={"wanted": on}
    )


def file_body(
    person: Person, handle: str, file_handle: str, *, reason: str = "", now: int | None = None
) -> Path | None:
    """Where the sealed body of a file lies, once the read is written. None: sealed, or not there.

    A cleaned copy is read; an original is opened by an act of its own, for one of `OPENING_REASONS`. Raises
    `NotAllowedError` without one.
    """
    found = see(person, handle, now)
    file = File.objects.filter(record=found.record, handle=file_handle).first() if found else None
    if found is None or file is None:
        return None
    act = "read" if file.cleaned_of_id else "open_original"
    if not found.may(Part.EVIDENCE, act):
        return None
    if act == "open_original" and reason not in OPENING_REASONS:
        raise NotAllowedError("say why the original is opened", todo=f"one of {', '.join(OPENING_REASONS)}")
    role = found.role_for(Part.EVIDENCE, act)
    with acting():
        note_read(found, Part.EVIDENCE.code, act, role=role, thing=file.handle, reason=reason, now=now)
    return setting("files") / file.handle


def barred(record_ids: Iterable[int]) -> set[str]:
    """The holders to whom any of these records is closed."""
    return set(Bar.objects.filter(record__in=list(record_ids)).values_list("holder", flat=True))
