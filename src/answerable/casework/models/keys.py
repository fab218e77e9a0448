"""Wraps (in `keys.db`, apart from what they open), grants that are wanted, and recovery."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from answerable.casework.models.people import Person
from answerable.casework.models.records import Record
from answerable.ledger.models import BytesField


class Wrap(models.Model):
    """A compartment's private key, sealed to one holder. The only table of this app in `keys.db`."""

    id = models.CharField(max_length=32, primary_key=True)
    record = models.CharField(max_length=32)
    compartment = models.PositiveSmallIntegerField()
    epoch = models.BigIntegerField()
    holder = models.CharField(max_length=32, db_index=True)
    wrap = BytesField()

    class Meta:
        db_table = "wrap"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "compartment", "epoch", "holder"], name="wrap_once")
        ]

    def __str__(self) -> str:
        return f"wrap of {self.record}/{self.compartment} to {self.holder}"


class Grant(models.Model):
    """Work for a holder's browser: let ``person`` in, or (``person`` null) begin a new epoch for those who remain."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="grants")
    compartment = models.PositiveSmallIntegerField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="grants")
    wanted = models.DateField()
    done = models.DateField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "compartment", "person"], condition=Q(done=None), name="casework_grant_wanted_once"
            ),
            models.UniqueConstraint(
                fields=["record", "compartment"],
                condition=Q(done=None, person=None),
                name="casework_epoch_wanted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"grant wanted: {self.record_id}/{self.compartment}"


class Recovery(models.Model):
    """A request that panel members help to open one wrap for one person. ``handle`` is its id in their proofs."""

    handle = models.CharField(max_length=32, unique=True)
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="recoveries")
    compartment = models.PositiveSmallIntegerField()
    epoch = models.BigIntegerField()
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="recoveries")
    role = models.CharField(max_length=32)
    #: As they were when it was asked, since members answer one and the same request.
    stage = models.CharField(max_length=32)
    x25519 = BytesField(max_length=32)
    reason = models.CharField(max_length=64)
    requested = models.DateField()
    done = models.DateField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "compartment", "beneficiary"],
                condition=Q(done=None),
                name="casework_recovery_asked_once",
            )
        ]

    def __str__(self) -> str:
        return f"recovery {self.handle}"


class RecoveryPartial(models.Model):
    """A panel member's part, sealed to the beneficiary alone."""

    recovery = models.ForeignKey(Recovery, on_delete=models.CASCADE, related_name="partials")
    member = models.CharField(max_length=64)
    sealed = BytesField()
    on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recovery", "member"], name="casework_part_once")]

    def __str__(self) -> str:
        return f"part of {self.member}"
