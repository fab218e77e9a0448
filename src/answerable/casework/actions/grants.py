"""Letting people in and shutting them out: wraps from a holder's browser, new epochs, and who is entitled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from secrets import token_hex

from django.db import transaction

from answerable.casework import policies
from answerable.casework.actions.chains import (
    check_signed,
    day_of,
    deed,
    enact,
    keep_signed,
    policy_folder,
)
from answerable.casework.actions.crossing import next_epoch
from answerable.casework.actions.keeping import keep_new_keys, keep_wrap
from answerable.casework.actions.reading import barred, note_read, see, want
from answerable.casework.errors import CaseworkError, NotAllowedError, NotYoursError, WrongStageError
from answerable.casework.folding import KEYS
from answerable.casework.gate import Seen, seen
from answerable.casework.models import Assignment, Compartment, Grant, Handover, Person, Record, Reply, Wrap
from answerable.casework.shapes import Given, NewKey, Wrapped
from answerable.casework.signing import Signed
from answerable.ledger.actions import acting
from answerable.sealing.access_checks import conflicts
from answerable.sealing.errors import SealingError
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, REPORTERS
from answerable.sealing.place import Compartment as Part
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.values import check_wrap


def related(record: Record) -> list[int]:
    """The keys of a record and of what it is joined with: a bar on one is a bar on all."""
    top = record.case or record
    return [record.pk, top.pk, *top.reports.values_list("pk", flat=True)]


def entitled(person: Person, record: Record, part: Part, on: date, *, offered: str = "") -> bool:
    """Whether ``person`` may read a compartment on a day; with ``offered`` (a role), once they accept it."""
    if person.ended or person.handle in barred(related(record)):
        return False
    row = Record.objects.open_to(person, on).select_related("case").filter(pk=record.pk).first()
    if row and (here := seen(person, row, on, policy_folder())) and here.may(part, "read"):
        return True
    if not offered:
        waiting = Handover.objects.filter(record=record.case or record, taker=person, state="offered")
        offered = waiting.values_list("role", flat=True).first() or ""
    if not offered:
        return False
    facts = {"own_body"} | ({"trained_child"} if person.trained_child else set())
    if offered != "reviewer":  # whoever accepts a case owns it
        facts.add("own")
    stages = {record.stage, "assessment", "review"} if offered == "reviewer" else {record.stage, "assessment"}
    table = policies.table(policy_folder())
    return any(
        bool(table.allowed(offered, record.kind, part.code, "read", stage=stage, on=on, facts=facts))
        for stage in stages
    )


def check_roles(person: Person, record: Record, role: str) -> None:
    """Raise unless ``person`` may have ``role`` here beside what they have: nobody decides and reviews, for one."""
    top = record.case or record
    mine = Assignment.objects.filter(person=person, until=None, record__in=[top.pk, record.pk])
    clash = conflicts(policies.table(policy_folder()), {role, *mine.values_list("role", flat=True)}, day_of(None))
    if clash:
        raise NotAllowedError(f"these roles do not meet in one person: {clash[0].what}", todo="choose another")


def may_own(role: str, case: Record, on: date) -> bool:
    """Whether whoever owns ``case`` in ``role`` could let anybody into any of it at its stage: else it would be seen by
    nobody who answers for it, and handed on by nobody."""
    table = policies.table(policy_folder())
    return any(
        bool(table.allowed(role, case.kind, part.code, "grant", stage=case.stage, on=on, facts={"own", "own_body"}))
        for part in COMPARTMENTS[RecordKind.CASE]
    )


def check_given(giver: Seen, given: Sequence[Given], to: Person, on: date, role: str = "") -> None:
    """Raise unless ``giver`` may hand each of these wraps to ``to``, and ``to`` is entitled to what each opens."""
    for one in given:
        if one.wrapped.holder != to.holder:
            raise NotAllowedError("a wrap is for somebody else than was named")
        record = giver.record if one.record == giver.record.handle else None
        if record is None:
            row = Record.objects.open_to(giver.person, on).select_related("case").filter(handle=one.record).first()
            here = seen(giver.person, row, on, policy_folder()) if row else None
        else:
            here = giver
        if here is None:
            raise NotYoursError
        if not here.may(one.compartment, "grant"):
            raise NotAllowedError(f"you may not let others into {one.compartment.code} here")
        if not entitled(to, here.record, one.compartment, on, offered=role):
            raise NotAllowedError(f"that person is not entitled to {one.compartment.code} here")
        _fits(here.record, one.compartment, one.epoch, one.wrapped)


def check_own_wrap(record: Record, part: Part, epoch: int, wrapped: Wrapped, person: Person) -> None:
    """Raise unless a wrap is this person's own, of an epoch of the compartment."""
    if wrapped.holder != person.holder:
        raise NotAllowedError("a wrap is for somebody else")
    _fits(record, part, epoch, wrapped)


def _fits(record: Record, part: Part, epoch: int, wrapped: Wrapped) -> None:
    known = Compartment.objects.filter(record=record, compartment=int(part), epoch=epoch).exists()
    if not known or _epoch(wrapped) != epoch % (1 << 32):
        raise CaseworkError("a wrap is of no epoch of this compartment", todo="open the page again and repeat it")


def _epoch(wrapped: Wrapped) -> int:
    try:
        return check_wrap(wrapped.wrap)
    except SealingError as error:
        raise CaseworkError(f"this is no wrap: {error.what}") from None


def keep_given(given: Iterable[Given]) -> None:
    """Keep wraps that were checked, in `keys.db`: the last step of the act, inside its transaction. What they replace
    is destroyed, and nothing that is refused destroys anything."""
    with transaction.atomic(using="keys"):
        for one in given:
            Wrap.objects.filter(
                record=one.record, compartment=int(one.compartment), epoch=one.epoch, holder=one.wrapped.holder.hex()
            ).delete()
            keep_wrap(one.record, int(one.compartment), one.epoch, one.wrapped.holder.hex(), one.wrapped.wrap)


def want_missing(record: Record, person: Person, on: date, role: str = "") -> None:
    """Note a grant for every compartment that ``person`` is entitled to and holds no key of, reports included."""
    for each in [record, *record.reports.all()]:
        for compartment in Compartment.objects.filter(record=each, until=None):
            part = Part(compartment.compartment)
            has = Wrap.objects.filter(
                record=each.handle,
                compartment=compartment.compartment,
                epoch=compartment.epoch,
                holder=person.handle,
            )
            if not has.exists() and entitled(person, each, part, on, offered=role):
                want(each.pk, compartment.compartment, person, on)


def grant(
    person: Person,
    handle: str,
    compartment: Part,
    to: Person,
    wraps: Sequence[tuple[int, Wrapped]],
    *,
    signed: Signed,
    now: int | None = None,
) -> None:
    """Let ``to`` into a compartment with wraps made in this person's browser, by epoch. The chain of reads says so.

    Raises `NotYoursError`, `NotAllowedError`, `CaseworkError`.
    """
    found = see(person, handle, now)
    if found is None:
        raise NotYoursError
    on = day_of(now)
    given = [Given(handle, compartment, epoch, wrapped) for epoch, wrapped in wraps]
    if not given:
        raise CaseworkError("no wrap was sent")
    check_given(found, given, to, on)
    check_signed(signed, person, "grant", found.record)
    with acting():
        keep_signed(signed, person, on)
        role = found.role_for(compartment, "grant")
        note_read(found, compartment.code, "grant", role=role, thing=to.handle, now=now)
        Grant.objects.filter(record=found.record, compartment=int(compartment), person=to, done=None).update(done=on)
        keep_given(given)


def new_epoch(person: Person, handle: str, key: NewKey, *, signed: Signed, now: int | None = None) -> Compartment:
    """Begin a new epoch of a compartment, for those who remain. The reporter's mailbox is told, with her own wrap.

    Every holder must be entitled that day; recovery is always one, and so is the reporter where she reads.
    """
    found = see(person, handle, now)
    if found is None:
        raise NotYoursError
    if not found.may(key.compartment, "grant"):
        raise NotAllowedError(f"you may not begin a new epoch of {key.compartment.code} here")
    on = day_of(now)
    check_signed(signed, person, "new_epoch", found.record)
    here = Compartment.objects.filter(record=found.record, compartment=int(key.compartment))
    current = here.filter(until=None).first()
    if current is None:
        raise WrongStageError("this compartment has ended")
    epoch = next_epoch(found.record, key.compartment)
    with deed(handle) as record:
        # Within the act: whoever's access ends meanwhile is no holder, and no new key is thought to be done with them.
        _check_holders(found.record, key, epoch, on, must=person)
        if next_epoch(record, key.compartment) != epoch or record.reporter_key != found.record.reporter_key:
            raise WrongStageError("somebody was quicker: a new epoch is here already", todo="open the page again")
        # No act has this number yet: what lies under it is of one that failed, and would stand in the way.
        Wrap.objects.filter(record=handle, compartment=int(key.compartment), epoch=epoch).delete()
        source = keep_new_keys(RecordKind.of(record.kind), record.id16, [key], epoch)
        here.filter(until=None).update(until=on)
        made = Compartment.objects.create(
            record=record, compartment=int(key.compartment), epoch=epoch, public=key.public, since=on, source=source
        )
        role = found.role_for(key.compartment, "grant")
        own = {
            "track": KEYS,
            "from": str(current.epoch),
            "to": str(epoch),
            "reason": key.compartment.code,
            "document_sha256": [source],
            "obligation": None,
        }
        kept = keep_signed(signed, person, on)
        enact(record, "case.stage", own, act=None, role=role, person=person, signed=kept, now=now)
        note_read(found, key.compartment.code, "new_epoch", role=role, now=now)
        Grant.objects.filter(record=record, compartment=int(key.compartment), person=None, done=None).update(done=on)
        if record.kind != Record.Kind.CASE:
            hers = next((one.wrap for one in key.wraps if one.holder == REPORTER), b"")
            Reply.objects.create(
                handle=token_hex(16),
                record=record.handle,
                record_kind=record.kind,
                kind=Reply.Kind.EPOCH,
                compartment=int(key.compartment),
                epoch=epoch,
                public=key.public,
                sealed=hers,
                reporter=record.reporter_key or b"",
                made=on,
            )
        return made


def _check_holders(record: Record, key: NewKey, epoch: int, on: date, must: Person) -> None:
    holders = {wrapped.holder for wrapped in key.wraps}
    kind = RecordKind.of(record.kind)
    wanted = {RECOVERY, must.holder} if entitled(must, record, key.compartment, on) else {RECOVERY}
    if record.reporter_key and key.compartment in REPORTERS[kind]:
        wanted.add(REPORTER)
        if key.reporter != record.reporter_key:
            raise WrongStageError("the person's key has changed meanwhile", todo="open the page again and repeat it")
    if len(key.public) != 32 or len(holders) != len(key.wraps) or wanted - holders:
        raise CaseworkError("a wrap is missing, or one comes twice", todo="open the page again and repeat it")
    people = {person.holder: person for person in Person.objects.filter(handle__in=[one.hex() for one in holders])}
    for wrapped in key.wraps:
        if _epoch(wrapped) != epoch:
            raise CaseworkError("a wrap is of another epoch", todo="open the page again and repeat it")
        if wrapped.holder in wanted:
            continue
        person = people.get(wrapped.holder)
        if person is None or not entitled(person, record, key.compartment, on):
            raise NotAllowedError("a wrap is for somebody who is not entitled to it")


def shut_out(person: Person, on: date, *, wanted: bool, records: Iterable[Record] | None = None) -> None:
    """Note what follows when a person's wraps (of ``records``, or all) are deleted: `forget_wraps`, after the act.

    ``wanted``: they keep their rights under new keys, so grants are wanted for them; else new epochs for the rest.
    """
    held = Wrap.objects.filter(holder=person.handle)
    if records is not None:
        held = held.filter(record__in=[record.handle for record in records])
    pairs = set(held.values_list("record", "compartment"))
    by_handle = {record.handle: record for record in Record.objects.filter(handle__in={one for one, _ in pairs})}
    for handle, compartment in sorted(pairs):
        record = by_handle.get(handle)
        if record and Compartment.objects.filter(record=record, compartment=compartment, until=None).exists():
            want(record.pk, compartment, person if wanted else None, on)


def forget_wraps(person: Person, records: Iterable[Record] | None = None) -> None:
    """Delete a person's wraps (of ``records``, or all), once the act that says so has committed."""
    held = Wrap.objects.filter(holder=person.handle)
    if records is not None:
        held = held.filter(record__in=[record.handle for record in records])
    held.delete()
