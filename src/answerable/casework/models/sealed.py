"""What only the people addressed can read: public keys, ciphertext in its place, files, and replies on the way."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from answerable.casework.models.people import Person
from answerable.casework.models.records import Record, Submission
from answerable.ledger.models import BytesField


class Compartment(models.Model):
    """One key pair of a record's compartment: anyone may seal to ``public``, holders of a wrap open. One is current."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="compartments")
    compartment = models.PositiveSmallIntegerField()
    epoch = models.BigIntegerField()
    public = BytesField(max_length=32)
    since = models.DateField()
    until = models.DateField(null=True, default=None)
    #: SHA-256 (hex) of the bytes that an event committed to when this epoch began: an envelope, or the desk's own list.
    source = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "compartment", "epoch"], name="casework_epoch_once"),
            models.UniqueConstraint(
                fields=["record", "compartment"], condition=Q(until=None), name="casework_one_current_epoch"
            ),
        ]

    def __str__(self) -> str:
        return f"compartment {self.compartment} of {self.record_id}, epoch {self.epoch}"

    @property
    def number(self) -> int:
        """The epoch as the sealed bytes name it: ``epoch`` is above 2**32 where another has this number."""
        return self.epoch % (1 << 32)


class Value(models.Model):
    """Ciphertext, bound to its place. ``person`` sealed it, or ``submission`` brought it."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="values")
    compartment = models.PositiveSmallIntegerField()
    field = models.PositiveSmallIntegerField()
    version = models.BigIntegerField()
    epoch = models.BigIntegerField()
    sealed = BytesField()
    on = models.DateField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.CASCADE, related_name="values")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "compartment", "field", "version"], name="casework_place_once"),
            models.CheckConstraint(
                name="casework_value_from_somewhere",
                condition=Q(person=None, submission__isnull=False) | Q(person__isnull=False, submission=None),
            ),
        ]

    def __str__(self) -> str:
        return f"value {self.field}/{self.version} of {self.record_id}"


class File(models.Model):
    """The sealed body of an attachment, on disk under ``handle``; its head is the value of the same version."""

    handle = models.CharField(max_length=32, unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="files")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    version = models.BigIntegerField()
    length = models.BigIntegerField()
    sha256 = BytesField(max_length=32)
    #: The original that this is a cleaned copy of; null: an original.
    cleaned_of = models.ForeignKey("self", null=True, default=None, on_delete=models.CASCADE, related_name="copies")

    def __str__(self) -> str:
        return f"file {self.handle}"


class Reply(models.Model):
    """Something on its way to a mailbox: a sealed value, or a compartment's new epoch with the reporter's own wrap."""

    class Kind(models.TextChoices):
        """What it carries."""

        VALUE = "value"
        EPOCH = "epoch"
        ERASED = "erased"

    handle = models.CharField(max_length=32, unique=True)
    #: The record as a handle, since an erased one is told of too.
    record = models.CharField(max_length=32, db_index=True)
    record_kind = models.CharField(max_length=8)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    compartment = models.PositiveSmallIntegerField(default=0)
    field = models.PositiveSmallIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    public = BytesField(default=b"")
    sealed = BytesField(default=b"")
    #: The reporter's public key that a new epoch is wrapped to: it goes into a mailbox that has this key, and no other.
    reporter = BytesField(default=b"")
    made = models.DateField()
    delivered = models.DateField(null=True, default=None)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["id"], name="casework_reply_waiting", condition=Q(delivered=None))]

    def __str__(self) -> str:
        return f"reply {self.handle}"
