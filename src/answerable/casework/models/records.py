"""Records: reports, cases and victim files, each a chain of events; what was submitted, who owns, who was offered."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from answerable.casework.models.people import Assignment, Bar, Person
from answerable.ledger.models import BytesField

#: Roles that, given for the whole desk, reach records of a kind: the rest reach only what they are assigned to.
DESK_WIDE: dict[str, tuple[str, ...]] = {
    "report": ("intake_officer", "independent_reader", "advocate"),
    "file": ("advocate", "assistance_worker"),
    "case": (),
}


#: Stages of what is over: nothing is done there any more, but that whoever writes is answered.
ENDED = ("archived", "ended")


class _Joined(models.Aggregate):
    """Texts of a group as one, with commas between."""

    name = "joined"
    output_field = models.TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite's words for it."""
        return super().as_sql(compiler, connection, template="GROUP_CONCAT(%(expressions)s, ',')", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """PostgreSQL's words for it."""
        return super().as_sql(compiler, connection, template="STRING_AGG(%(expressions)s, ',')", **more)


class Records(models.QuerySet["Record"]):
    """Records, and who reaches which."""

    def open_to(self, person: Person, on: Any) -> Records:
        """Those that ``person`` has a role in on a day, with ``roles`` (commas between) and whether they are ``owned``
        by them, less those closed to them.

        The access table says afterwards what the role may do; what it allows nothing of is not there either.
        """
        mine = (
            Assignment.objects.filter(person=person, person__ended=None, since__lte=on)
            .filter(Q(until=None) | Q(until__gt=on))
            .filter(
                Q(record=OuterRef("pk"))
                | Q(record=OuterRef("case"))
                | Q(record=None) & self.wide(OuterRef("kind"), OuterRef("independent"))
            )
            .order_by()
        )
        barred = Bar.objects.filter(holder=person.handle).filter(
            Q(record=OuterRef("pk")) | Q(record=OuterRef("case")) | Q(record__case=OuterRef("pk"))
        )
        roles = mine.values("person").annotate(all=_Joined("role")).values("all")
        owned = Ownership.objects.filter(
            Q(record=OuterRef("pk")) | Q(record=OuterRef("case")), person=person, until=None
        )
        return self.filter(Exists(mine), ~Exists(barred)).annotate(roles=Subquery(roles), owned=Exists(owned))

    def after(self, due: str, handle: str) -> Records:
        """Those that come after a row in the order of the queue."""
        return self.filter(Q(next_due__gt=due) | Q(next_due=due, handle__gt=handle))

    def asks(self, person: Person) -> Records:
        """Those that have not ended, and of those that have, the ones in which something is due again: for their owner,
        or for everybody who sees them where nobody owns them."""
        here = Ownership.objects.filter(Q(record=OuterRef("pk")) | Q(record=OuterRef("case")), until=None)
        due = Q(next_due__lt=date.max)
        over = Q(stage__in=ENDED) & ~(due & (~Exists(here) | Exists(here.filter(person=person))))
        # What a withdrawn report left was decided about: it asks nobody for anything any more.
        return self.exclude(over).exclude(~due, stage="withdrawn")

    def in_danger(self) -> Records:
        """Those that said that someone is in danger and have had no answer since. What was taken back asks for none."""
        # ``= 1`` for SQLite, which finds no index by a bare boolean.
        return self.filter(waking__in=[True]).exclude(stage="withdrawn")

    def ownerless(self, roles: list[str], person: Person) -> Records:
        """Cases owned in one of ``roles`` by somebody who left or is barred, less those closed to ``person``."""
        owner = Ownership.objects.filter(record=OuterRef("pk"), until=None, role__in=roles)
        shut = Bar.objects.filter(Q(record=OuterRef("record")) | Q(record__case=OuterRef("record")))
        gone = owner.filter(Q(person__ended__isnull=False) | Exists(shut.filter(holder=OuterRef("person__handle"))))
        mine = Bar.objects.filter(Q(record=OuterRef("pk")) | Q(record__case=OuterRef("pk")), holder=person.handle)
        return self.filter(Exists(gone), ~Exists(mine), kind="case").order_by("next_due", "handle")

    @staticmethod
    def wide(kind: Any, independent: Any) -> Q:
        """Whether a role of the whole desk reaches a record of a kind, as conditions on another query's row."""
        # Written as conditions on the outer row, since a role of the desk has no record of its own to join.
        found = Q(pk__in=[])
        for name, roles in DESK_WIDE.items():
            for role in roles:
                right = Q(role=role) & Q(_is(kind, name))
                if role == "independent_reader":
                    right &= Q(_is(independent, value=True))
                found |= right
        return found


def _is(field: Any, value: Any) -> Any:
    return Exact(field, models.Value(value))


class Record(models.Model):
    """A report, a case or a victim file. Its chain of events is the truth; ``stage`` follows it (`stages.stage_of`).

    ``seq`` is the number of the next event and ``head`` the commitment of the last, so that this row is what an act
    locks. ``leaf`` and ``idx`` say where the register holds its first entry: a report or a file cannot be here
    without them.
    """

    class Kind(models.TextChoices):
        """What it is, as the access table names it."""

        REPORT = "report"
        CASE = "case"
        FILE = "file"

    handle = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=40, unique=True)
    opened = models.DateField()
    stage = models.CharField(max_length=32)
    seq = models.BigIntegerField(default=0)
    head = BytesField(max_length=32, null=True, default=None)
    case = models.ForeignKey("self", null=True, default=None, on_delete=models.PROTECT, related_name="reports")
    leaf = BytesField(max_length=32, null=True, default=None, unique=True)
    idx = models.BigIntegerField(null=True, default=None, unique=True)
    channel = models.CharField(max_length=16, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="")
    urgent = models.BooleanField(default=False)
    #: Marked so, at first or in a later message, and not answered since: whoever is on duty is woken.
    waking = models.BooleanField(default=False)
    independent = models.BooleanField(default=False)
    #: Codes of what the person concerned agrees to, in order, with spaces between.
    consents = models.CharField(max_length=300, blank=True, default="")
    #: The reporter's public key, to which a new epoch of her compartments is wrapped.
    reporter_key = BytesField(max_length=32, null=True, default=None)
    #: What the reporter's copy of the register's opening is made of: the first event, canonical.
    origin = BytesField(null=True, default=None)
    #: The earliest day on which something is owed, and what: an index, as `duty` is.
    next_due = models.DateField(default=date.max)
    next_act = models.CharField(max_length=100, blank=True, default="")
    decision = models.ForeignKey(
        "casework.Decision", null=True, default=None, on_delete=models.PROTECT, related_name="ended"
    )

    objects = Records.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="casework_in_the_register",
                condition=Q(kind="case", leaf=None, idx=None)
                | Q(leaf__isnull=False, idx__isnull=False, origin__isnull=False) & ~Q(kind="case"),
            ),
            # The link between a person who needs help and a case is a sealed value, never a column.
            models.CheckConstraint(name="casework_only_reports_join", condition=Q(case=None) | Q(kind="report")),
            # Nothing ends without a decision; which decision is complete, `decision`'s own constraints say.
            models.CheckConstraint(
                name="casework_ends_by_decision",
                condition=~Q(kind="case", stage="no_further_action") | Q(decision__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_due", "handle"], name="casework_queue"),
            models.Index(fields=["waking"], name="casework_waking"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def id16(self) -> bytes:
        """The 16 bytes that name this record in places of sealed values."""
        return bytes.fromhex(self.handle)


class Standing(models.TextChoices):
    """Whose a submission is, as far as its signature shows."""

    #: Signed with the key of what opened the record.
    HERS = "hers"
    #: A further first submission with a key of its own, or signed with such a key.
    BESIDE = "beside"
    #: Signed with a key that was the record's, before the code was changed.
    FORMER = "former"
    #: Signed with no key that this record has had.
    UNSIGNED = "unsigned"


class Submission(models.Model):
    """One thing that was handed in: a report, a request for help, an addition, a withdrawal, a choice of consents."""

    handle = models.CharField(max_length=32)
    sha256 = BytesField(max_length=32)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=16)
    leaf = BytesField(max_length=32, unique=True)
    idx = models.BigIntegerField(unique=True)
    on = models.DateField()
    event = BytesField()
    #: Whose it is, as far as its signature shows: 0 what opened the record, others further first submissions beside it,
    #: null nobody's. ``signer`` is the key that it names for what comes next of the same line.
    standing = models.CharField(max_length=8, choices=Standing.choices)
    line = models.PositiveIntegerField(null=True, default=None)
    signer = BytesField(max_length=32)
    #: 0, or which copy its epochs, versions and files are kept under, above those of the record itself.
    copy = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handle", "sha256"], name="casework_taken_in_once"),
            models.UniqueConstraint(
                fields=["record", "copy"], condition=~Q(copy=0), name="casework_copies_are_counted_once"
            ),
            # What the record rests on is signed with its own key, and only that is.
            models.CheckConstraint(
                name="casework_standing_by_signature",
                condition=Q(standing="hers", line=0)
                | Q(standing="beside", line__gt=0, copy__gt=0)
                | Q(standing__in=["former", "unsigned"], line=None, copy__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.handle}"


class Erasure(models.Model):
    """What stays of something erased: that it was there. Keeps totals whole, and a late copy from coming back."""

    leaf = BytesField(max_length=32, unique=True)
    idx = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=16)
    received = models.DateField()
    on = models.DateField()
    reason = models.CharField(max_length=16)
    outbox = models.ForeignKey("ledger.Outbox", on_delete=models.PROTECT, related_name="+")
    #: The record whose keys are deleted once this act has committed; empty when they are gone.
    keys_of = models.CharField(max_length=32, blank=True, default="")
    #: Leaf hashes (hex, spaces between) whose own opening keys go with it.
    keys_also = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"erased {self.kind}"


class Ownership(models.Model):
    """Who is accountable for a record. There is exactly one at a time; a hand-over ends one row and begins another."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="ownerships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ownerships")
    role = models.CharField(max_length=32)
    since = models.DateField()
    until = models.DateField(null=True, default=None)
    act = models.OneToOneField("casework.Act", on_delete=models.PROTECT, related_name="ownership")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record"], condition=Q(until=None), name="casework_one_owner")
        ]

    def __str__(self) -> str:
        return f"{self.record_id} is owned by {self.person_id}"


class Handover(models.Model):
    """An offer to take over. Until it is accepted the first owner owes; declined or withdrawn, nothing happened."""

    class State(models.TextChoices):
        """What became of it."""

        OFFERED = "offered"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    handle = models.CharField(max_length=32, unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="handovers")
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="offers_made")
    taker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="offers_received")
    role = models.CharField(max_length=32)
    offered = models.DateField()
    answered = models.DateField(null=True, default=None)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OFFERED)
    act = models.OneToOneField("casework.Act", on_delete=models.PROTECT, related_name="handover")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record"], condition=Q(state="offered"), name="casework_one_offer"),
            models.CheckConstraint(name="casework_offered_to_another", condition=~Q(giver=models.F("taker"))),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} offered to {self.taker_id}: {self.state}"
