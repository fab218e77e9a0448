"""The keys of a new case: made in the officer's browser, wrapped to exactly the people who may have them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from answerable.casework import policies
from answerable.casework.actions.chains import policy_folder
from answerable.casework.actions.grants import related
from answerable.casework.actions.reading import barred
from answerable.casework.errors import CaseworkError, NotAllowedError
from answerable.casework.gate import Seen
from answerable.casework.models import Assignment, Person
from answerable.casework.shapes import NewKey
from answerable.sealing.errors import SealingError
from answerable.sealing.place import COMPARTMENTS, RECOVERY, Compartment, Record
from answerable.sealing.values import check_wrap

#: A case begins here.
STAGE = "assessment"


def first_holders(taker: Person, report: Seen, on: date) -> dict[Compartment, list[Person]]:
    """To whom a new case's compartments are wrapped, beside recovery.

    The taker where their role reads; where it does not (the deliberation), those of the desk who may be given the
    case and do read it, so that its key is never without a holder.
    """
    table = policies.table(policy_folder())
    shut = barred(related(report.record))
    people: dict[str, list[Person]] = {}
    given = Assignment.objects.filter(record=None, until=None, person__ended=None).select_related("person")
    for one in given.order_by("person_id"):
        if one.person.handle not in shut and one.person.public_keys.filter(until=None).exists():
            people.setdefault(one.role, []).append(one.person)
    holders: dict[Compartment, list[Person]] = {}
    for part in COMPARTMENTS[Record.CASE]:
        roles = {holder.role for holder in table.holders("case", part.code, stage=STAGE, on=on)}
        if roles & set(report.roles):
            holders[part] = [taker]
        else:
            holders[part] = [person for role in sorted(roles & {"assessor"}) for person in people.get(role, [])]
    return holders


def check_new_keys(person: Person, keys: Sequence[NewKey], report: Seen, on: date) -> None:
    """Raise unless ``keys`` are all of a case's compartments, each wrapped to recovery and to its first holders."""
    if [key.compartment for key in keys] != list(COMPARTMENTS[Record.CASE]):
        raise CaseworkError("a case has all its compartments, in their order", todo="open the page again")
    expected = first_holders(person, report, on)
    for key in keys:
        holders = [wrapped.holder for wrapped in key.wraps]
        wanted = {RECOVERY, *(one.holder for one in expected[key.compartment])}
        if len(key.public) != 32 or len(set(holders)) != len(holders):
            raise CaseworkError("a key has 32 bytes, and a holder one wrap", todo="open the page again")
        if set(holders) != wanted:
            raise NotAllowedError(
                f"the wraps of {key.compartment.code} are not to exactly those who may have them",
                todo="open the page again and repeat it",
            )
        for wrapped in key.wraps:
            _check(wrapped.wrap)


def _check(wrap: bytes) -> None:
    try:
        epoch = check_wrap(wrap)
    except SealingError as error:
        raise CaseworkError(f"this is no wrap: {error.what}") from None
    if epoch != 1:
        raise CaseworkError("a new compartment begins with epoch 1")
