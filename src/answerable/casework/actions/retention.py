"""What is due to be destroyed, by which rule, since which day; and destroying it: the act and its entry come first.

Nothing here decides. A withdrawal, two people, an end of access or a day that has passed did; what is left to do is
retried until it is done. Years after closure are not among the rules in force: see docs/casework.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.contrib.sessions.models import Session
from django.db import connections
from django.db.models import Q

from answerable.casework.actions.chains import moment
from answerable.casework.actions.erasing import IDENTITIES, finish_erasures
from answerable.casework.actions.holding import kept_back
from answerable.casework.actions.settling import KEEP, finish_settlements, waiting_settlements
from answerable.casework.models import Bar, Decision, Erasure, Invitation, Person, Record, Wrap
from answerable.casework.models.acts import WITHDRAWN
from answerable.ledger.actions import acting

UNREAD = "a withdrawal before anybody has read takes everything, at once"
IDENTITY = "a withdrawal takes at once who reported, or who asks for help"
SETTLED = "two people decided that what a withdrawn record leaves is shredded"
SHUT_OUT = "who has left, or is barred from a record, keeps no key of it"
LINK = "a link that nobody has used goes when its seven days are over, or when another took its place"
SESSION = "a session at the desk goes when it has run out"


@dataclass(frozen=True)
class Due:
    """Something that goes: what, by which rule, since when. ``held``: what keeps it from going, whatever the rule."""

    what: str
    rule: str
    since: date
    held: tuple[str, ...] = ()


def due(now: int | None = None) -> list[Due]:
    """Everything whose day has come and that is still here, oldest first. Writes nothing."""
    at = datetime.fromtimestamp(moment(now), UTC)
    found = [*_withdrawn(), *_shut_out(), *_links(at), *_sessions(at)]
    return sorted(found, key=lambda one: (one.since, one.rule, one.what))


def destroy(now: int | None = None) -> tuple[list[Due], list[Due]]:
    """Destroy what is due; what went, and what is still here: held, or not to be had now. Safe to repeat."""
    before = due(now)
    finish(now)
    left = due(now)
    return [one for one in before if one not in left], left


def finish(now: int | None = None) -> None:
    """Destroy what is due, and say nothing: what the clocks do each time they look."""
    finish_erasures()
    finish_settlements(now)
    forget_shut_out()
    forget_expired(now)
    cut_logs()


def kept_sealed() -> int:
    """How many withdrawn records two people decided to keep sealed: no rule in force says when these go."""
    return Decision.objects.filter(act_code=WITHDRAWN, state=Decision.State.MADE, outcome=KEEP).count()


def _withdrawn() -> Iterator[Due]:
    for erasure in Erasure.objects.exclude(keys_of=""):
        yield Due(f"the keys of an erased {erasure.kind}", UNREAD, erasure.on)
    identities = [0, *(int(one) for one in IDENTITIES)]
    for record in Record.objects.filter(stage="withdrawn"):
        if Wrap.objects.filter(record=record.handle, compartment__in=identities).exists():
            act = record.acts.filter(kind="case.stage").order_by("-seq").first()
            yield Due(
                f"{record.name}: the keys of who reported, or asks for help", IDENTITY, act.on if act else record.opened
            )
    for made in waiting_settlements():
        yield Due(f"{made.record.name}: all of it", SETTLED, made.made or made.proposed, kept_back(made.record))


def _shut_out() -> Iterator[Due]:
    for person in Person.objects.exclude(ended=None).select_related("user"):
        if person.ended and Wrap.objects.filter(holder=person.handle).exists():
            yield Due(f"the keys of {person.user.username}", SHUT_OUT, person.ended)
    for bar in Bar.objects.select_related("record"):
        if Wrap.objects.filter(record=bar.record.handle, holder=bar.holder).exists():
            yield Due(f"{bar.record.name}: the keys of somebody barred", SHUT_OUT, bar.on)


def _links(at: datetime) -> Iterator[Due]:
    for one in run_out(at):
        # A link that another has replaced has no day of its own: it is due since it was proposed.
        yield Due(f"the invitation of “{one.name}”", LINK, one.expires.date() if one.expires else one.proposed)


def _sessions(at: datetime) -> Iterator[Due]:
    gone = Session.objects.filter(expire_date__lt=at).order_by("expire_date")
    if first := gone.first():
        yield Due(f"sessions of staff: {gone.count():,}", SESSION, first.expire_date.date())


def run_out(at: datetime) -> list[Invitation]:
    """Invitations that lead nowhere any more, and that nobody has used: who was let in stays named by two."""
    return list(Invitation.objects.filter(Q(over=True) | Q(expires__lt=at), used=False).order_by("pk"))


def forget_expired(now: int | None = None) -> None:
    """Delete links that have run out and sessions that have ended. They are no acts, and have no entry."""
    at = datetime.fromtimestamp(moment(now), UTC)
    with acting():
        Invitation.objects.filter(pk__in=[one.pk for one in run_out(at)]).delete()
        Session.objects.filter(expire_date__lt=at).delete()


def cut_logs() -> None:
    """SQLite: copy back the write-ahead logs of both databases, and cut them to nothing. A log keeps whole pages as
    they were, and with them keys and ciphertext that were deleted since. While somebody reads or writes it is done at
    the next look; inside a transaction nothing is done."""
    for alias in ("default", "keys"):
        connection = connections[alias]
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_shut_out() -> None:
    """Delete wraps of people who left or are barred, should a process have ended between the act and its deletion."""
    gone = list(Person.objects.exclude(ended=None).values_list("handle", flat=True))
    Wrap.objects.filter(holder__in=gone).delete()
    for record, holder in Bar.objects.values_list("record__handle", "holder"):
        Wrap.objects.filter(record=record, holder=holder).delete()
