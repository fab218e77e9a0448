"""What is missing after a database was restored from a backup, one row for each thing, until a person answers it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, Q

from answerable.casework.models.people import Assignment, Person, Role

#: Characters in which somebody says what was done about it.
ANSWER = 500


class Missings(models.QuerySet["Missing"]):
    """What is missing, and who sees it."""

    def waiting(self) -> Missings:
        """What is missing still, and nobody has said what was done about it."""
        return self.filter(answered=None, back=None).order_by("found", "what", "handle")

    def shown_to(self, person: Any, on: Any) -> Missings:
        """What waits, to members of the panel and administrators; nothing to anybody else."""
        roles = Assignment.objects.filter(person=person, person__ended=None, record=None, since__lte=on)
        force = roles.filter(Q(until=None) | Q(until__gt=on), role__in=[Role.PANEL, Role.ADMINISTRATOR])
        return self.waiting().filter(Exists(force))


class Missing(models.Model):
    """One thing that one side had and neither can put back: found by carry, which compares both sides and the register.

    ``leaf`` (hex) and ``idx``: its entry in the register, where it has one. ``record``: the record that it is of, where
    that is known. ``thing``: ``compartment/field/version`` of an answer, ``compartment/epoch`` of a key. It names
    places and hashes, never what was said. ``back``: the day on which it was there again by itself.
    """

    class What(models.TextChoices):
        """What it is, and where it is missing."""

        #: A submission that the desk had, and cannot be given again. Who sent it opens it still.
        SUBMISSION = "submission"
        #: An answer that went to the person and is gone from the desk. Its text is with her.
        ANSWER = "answer"
        #: A key of which nobody at the desk, nor recovery, holds a wrap.
        KEY = "key"
        #: A submission that the desk has and the person's box has not.
        MAILBOX = "mailbox"
        #: What was erased since the backup that was restored, is here again, and somebody has read.
        ERASED = "erased"
        #: An entry of the register that was promised to somebody, and of which neither side holds anything.
        ENTRY = "entry"

    handle = models.CharField(max_length=32, unique=True)
    what = models.CharField(max_length=16, choices=What.choices)
    leaf = models.CharField(max_length=64, blank=True, default="")
    idx = models.BigIntegerField(null=True, default=None)
    record = models.CharField(max_length=32, blank=True, default="")
    thing = models.CharField(max_length=64, blank=True, default="")
    #: The day it was sent, where that is known.
    on = models.DateField(null=True, default=None)
    found = models.DateField()
    back = models.DateField(null=True, default=None)
    #: What a person says was done about it, who, and when.
    answer = models.CharField(max_length=ANSWER, blank=True, default="")
    answered = models.DateField(null=True, default=None)
    answered_by = models.ForeignKey(Person, null=True, default=None, on_delete=models.PROTECT, related_name="+")

    objects = Missings.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="casework_missing_answer_is_whole",
                condition=Q(answered=None, answered_by=None, answer="")
                | Q(answered__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            )
        ]

    def __str__(self) -> str:
        return f"missing {self.what} {self.handle}"
