"""Acts with their entries, decisions, duties, and the chain of reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from answerable.casework.models.people import Assignment, Bar, Person
from answerable.casework.models.records import Ownership, Record, Records
from answerable.casework.models.sealed import Value
from answerable.ledger.models import BytesField, Outbox

#: Outcomes that end something for a person: with reasons, a second person, notice and appeal, or not at all.
NEGATIVE = ("no_further_action", "not_credible", "not_substantiated", "closed_other")


class SignedAct(models.Model):
    """The text a person signed for an act, with the signature. A nonce counts once."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="signed")
    nonce = BytesField(max_length=16, unique=True)
    act = models.CharField(max_length=64)
    text = BytesField()
    signature = BytesField(max_length=64)
    on = models.DateField()

    def __str__(self) -> str:
        return f"{self.act}, signed"


class Act(models.Model):
    """One event of a record's chain, with the person who did it (null: the clock). Its body is the ledger's `event`."""

    record = models.ForeignKey(Record, null=True, on_delete=models.CASCADE, related_name="acts")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="acts")
    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT, related_name="casework_act")
    signed = models.OneToOneField(SignedAct, null=True, on_delete=models.PROTECT, related_name="done")
    kind = models.CharField(max_length=32)
    seq = models.BigIntegerField()
    commitment = BytesField(max_length=32)
    on = models.DateField()

    class Meta:
        ordering: ClassVar = ["record", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["record", "seq"], name="casework_seq_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"


#: What a decision is about that two of intake make: what a withdrawn report leaves.
WITHDRAWN = "withdrawn_report"


class Decisions(models.QuerySet["Decision"]):
    """Decisions, and who is asked."""

    def left_to(self, person: Any) -> Decisions:
        """What is proposed about withdrawn reports and waits for ``person`` as the second, oldest first."""
        found = self.filter(act_code=WITHDRAWN, state=Decision.State.PROPOSED, reviewer=person)
        return found.select_related("record").order_by("proposed", "id")

    def unreviewed(self, owner: Any = None) -> Decisions:
        """Assessments (of cases of ``owner``) that wait for who cannot review them: left, barred, or of other work."""
        asked = Coalesce("third", "reviewer")
        able = Assignment.objects.filter(person=OuterRef("asked"), person__ended=None, role="reviewer", record=None)
        here = Q(record=OuterRef("record")) | Q(record__case=OuterRef("record"))
        barred = Bar.objects.filter(here, holder=OuterRef("holder"))
        holder = Person.objects.filter(pk=OuterRef("asked")).values("handle")
        waiting = self.filter(state__in=[Decision.State.PROPOSED, Decision.State.DISPUTED], record__kind="case")
        if owner is not None:
            waiting = waiting.filter(record__ownerships__person=owner, record__ownerships__until=None)
        named = waiting.annotate(asked=asked).annotate(holder=models.Subquery(holder))
        return named.filter(~Exists(able.filter(until=None)) | Exists(barred))


class Decision(models.Model):
    """A reasoned decision: proposed, reviewed by another, then made. What ends something is complete or does not exist.

    ``made`` is the day it took effect; from then on every part must be there (the constraints say which).
    """

    class State(models.TextChoices):
        """Where it stands."""

        PROPOSED = "proposed"
        DISPUTED = "disputed"
        MADE = "made"
        RETURNED = "returned"

    handle = models.CharField(max_length=32, unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="decisions")
    act_code = models.CharField(max_length=64)
    standard = models.CharField(max_length=32)
    outcome = models.CharField(max_length=32)
    cause = models.CharField(max_length=32, blank=True, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    proposer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    proposed = models.DateField()
    reasons = models.ForeignKey(Value, null=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Value, null=True, on_delete=models.PROTECT, related_name="+")
    #: A notice for each report that the case has joined; ``notice`` is the first.
    notices = models.ManyToManyField(Value, related_name="+")
    appeal_route = models.CharField(max_length=64, blank=True, default="")
    appeal_until = models.DateField(null=True, default=None)
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="reviews")
    agrees = models.BooleanField(null=True, default=None)
    review = models.ForeignKey(Value, null=True, on_delete=models.PROTECT, related_name="+")
    third = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="third_reviews")
    third_review = models.ForeignKey(Value, null=True, on_delete=models.PROTECT, related_name="+")
    made = models.DateField(null=True, default=None)
    act = models.OneToOneField(Act, null=True, on_delete=models.PROTECT, related_name="decision")

    objects = Decisions.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(state__in=["proposed", "disputed"]), name="casework_one_proposal"
            ),
            models.CheckConstraint(
                name="casework_second_person",
                condition=(Q(reviewer=None) | ~Q(reviewer=F("proposer")))
                & (Q(third=None) | ~Q(third=F("proposer")) & ~Q(third=F("reviewer"))),
            ),
            models.CheckConstraint(
                name="casework_made_is_whole",
                condition=~Q(state="made") & Q(made=None, act=None)
                | Q(
                    state="made",
                    made__isnull=False,
                    act__isnull=False,
                    reasons__isnull=False,
                    reviewer__isnull=False,
                    review__isnull=False,
                    agrees__isnull=False,
                )
                & (Q(agrees=True) | Q(third__isnull=False, third_review__isnull=False)),
            ),
            models.CheckConstraint(
                name="casework_end_can_be_contested",
                condition=~Q(state="made")
                | ~Q(outcome__in=NEGATIVE)
                # Said of null as well: a condition that is neither true nor false would let a row pass.
                | Q(notice__isnull=False, appeal_until__isnull=False, appeal_until__gt=F("made")) & ~Q(appeal_route=""),
            ),
            models.CheckConstraint(
                name="casework_not_substantiated_has_a_cause",
                condition=~Q(outcome="not_substantiated") | ~Q(cause=""),
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.handle}: {self.state}"


class Duties(models.QuerySet["Duty"]):
    """Duties, and whose they are."""

    def live(self) -> Duties:
        """Those that are owed now, oldest due first."""
        # ``= 1`` for SQLite, which finds no index by a bare boolean.
        return self.filter(live__in=[True]).select_related("record").order_by("due", "id")

    def of(self, person: Person, on: Any, parties: Mapping[str, tuple[str, ...]]) -> Duties:
        """What ``person`` owes on a day in records that are theirs. ``parties``: the roles that act for each bearer.

        An owner's duty is the owner's alone, once there is one. What is late is for every reviewer of the desk.
        """
        force = Assignment.objects.filter(person=person, person__ended=None, since__lte=on).filter(
            Q(until=None) | Q(until__gt=on)
        )
        found = Q(pk__in=[])
        for party, roles in parties.items():
            here = force.filter(role__in=roles).filter(
                Q(record=OuterRef("record"))
                | Q(record=OuterRef("record__case"))
                | Q(record=None) & Records.wide(OuterRef("record__kind"), OuterRef("record__independent"))
            )
            found |= Q(Exists(here), bearer=party)
        owner = Ownership.objects.filter(until=None).filter(
            Q(record=OuterRef("record")) | Q(record=OuterRef("record__case"))
        )
        owned = ~Q(bearer="accountable_owner") | Q(Exists(owner.filter(person=person))) | ~Q(Exists(owner))
        late = Q(Exists(force.filter(role="reviewer", record=None)), act="take up what is late")
        barred = Bar.objects.filter(holder=person.handle).filter(
            Q(record=OuterRef("record")) | Q(record=OuterRef("record__case")) | Q(record__case=OuterRef("record"))
        )
        return self.live().filter(found & owned | late).filter(~Exists(barred))

    def missed(self, on: Any) -> Duties:
        """Those whose day has passed before ``on`` and of which no entry says so yet."""
        # An act that comes before the clock's look tells the index already that they are late.
        return self.filter(Q(live__in=[True], state="open", due__lt=on) | Q(unentered=True))

    def stuck(self, person: Any, on: Any) -> Duties:
        """What is late in any record, oldest due first, if ``person`` is of the panel; nothing for anybody else. What
        lateness itself opened stands with what it is about, and not here."""
        force = Assignment.objects.filter(person=person, person__ended=None, role="panel", record=None, since__lte=on)
        panel = force.filter(Q(until=None) | Q(until__gt=on))
        return self.live().filter(Exists(panel), due__lt=on).exclude(act="take up what is late")


class Duty(models.Model):
    """What is owed, as the procedure says: an index over the events, rebuilt from them at any time."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="duties")
    procedure = models.CharField(max_length=64)
    act = models.CharField(max_length=100)
    bearer = models.CharField(max_length=32)
    trigger = models.BigIntegerField()
    after = models.CharField(max_length=100, blank=True, default="")
    opened = models.DateField()
    due = models.DateField(null=True)
    state = models.CharField(max_length=16)
    source = models.CharField(max_length=500)
    #: Open or overdue: what an index can be in order of.
    live = models.BooleanField()
    #: Its day has passed, done since or not, and no `deadline.missed` says so yet: the clock's next look enters it.
    unentered = models.BooleanField(default=False)

    objects = Duties.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "procedure", "act", "trigger", "after"], name="casework_duty_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["live", "due", "id"], name="casework_due"),
            models.Index(fields=["record"], name="casework_unentered", condition=Q(unentered=True)),
        ]

    def __str__(self) -> str:
        return f"{self.act} by {self.due}: {self.state}"


class Read(models.Model):
    """One opening of something by someone, in a chain: a row taken out or changed breaks every hash after it."""

    n = models.BigIntegerField(unique=True)
    at = models.CharField(max_length=20)
    person = models.CharField(max_length=32, db_index=True)
    role = models.CharField(max_length=32)
    record = models.CharField(max_length=32, db_index=True)
    compartment = models.CharField(max_length=32)
    object = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    reason = models.CharField(max_length=64, blank=True, default="")
    h = BytesField(max_length=32)

    def __str__(self) -> str:
        return f"read {self.n}"


class ReadsHead(models.Model):
    """The end of a day's reads, as the register holds it."""

    on = models.DateField(unique=True)
    count = models.BigIntegerField()
    head = BytesField(max_length=32)
    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT, related_name="casework_reads")

    def __str__(self) -> str:
        return f"reads until {self.on}"


class Anchor(models.Model):
    """The register's head in the latest `log.anchored`, which every event names; carry keeps it fresh. One row."""

    root = models.CharField(max_length=44)
    size = models.BigIntegerField()

    def __str__(self) -> str:
        return f"register at {self.size}"


class Alterations(models.QuerySet["Altered"]):
    """What did not open, and who answers it."""

    def for_panel(self, person: Person, on: Any) -> Alterations:
        """What waits for an answer, oldest first, if ``person`` is of the panel; nothing for anybody else."""
        panel = Assignment.objects.filter(person=person, person__ended=None, role="panel", record=None, since__lte=on)
        force = panel.filter(Q(until=None) | Q(until__gt=on))
        return self.filter(Exists(force), answered=None).select_related("record").order_by("due", "id")


class Altered(models.Model):
    """Something that did not open in the place where it lies, as a reader's browser found it; the panel answers.

    ``thing`` is ``field/version`` of a value, ``wrap/epoch`` of the reader's own wrap, or the handle of a file. What
    was not signed with the reporter's key the desk finds by itself: ``person`` is null, ``thing`` the submission's.
    """

    class Why(models.TextChoices):
        """What was found."""

        ALTERED = "altered"
        UNSIGNED = "unsigned"

    handle = models.CharField(max_length=32, unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="altered")
    compartment = models.PositiveSmallIntegerField()
    thing = models.CharField(max_length=64)
    why = models.CharField(max_length=16, choices=Why.choices, default=Why.ALTERED)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    found = models.DateField()
    due = models.DateField()
    answer = models.CharField(max_length=32, blank=True, default="")
    answered = models.DateField(null=True, default=None)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    objects = Alterations.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "compartment", "thing"],
                condition=Q(answered=None),
                name="casework_altered_told_once",
            ),
            models.CheckConstraint(
                name="casework_altered_found_by_somebody",
                condition=Q(why="altered", person__isnull=False) | Q(why="unsigned", person=None),
            ),
            models.CheckConstraint(
                name="casework_altered_answer_is_whole",
                condition=Q(answered=None, answered_by=None, answer="")
                | Q(answered__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"altered: {self.thing} of {self.record_id}"
