"""The tables of the log: a party's outbox and events, the wrapped opening keys, and the ledger's own.

Which of them exist in a database follows from its kind (:mod:`answerable.ledger.routers`). The triggers that refuse
changes are in :mod:`answerable.ledger.triggers`. No table holds a time finer than a tick for a sealed entry.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import DataError, models


class BytesField(models.BinaryField):  # type: ignore[type-arg]  # django-stubs' parameters are those of BinaryField itself
    """A binary column that reads as ``bytes`` on every database."""

    _pyi_private_get_type: bytes  # for django-stubs: never a memoryview here

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> bytes | None:
        """Whatever the driver gives (bytes, memoryview, null) as bytes or None.

        SQLite keeps what it is given, so a party's column may hold a text or a number: that raises DataError.
        """
        if value is not None and not isinstance(value, bytes | memoryview):
            raise DataError("a column of bytes holds something else")
        return None if value is None else bytes(value)


class Outbox(models.Model):
    """An entry a party has promised to the log. It waits while ``idx`` is null; nothing else changes, and that once."""

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=255)
    data = BytesField()
    leaf_hash = BytesField(max_length=32)
    include_by = models.BigIntegerField()
    idx = models.BigIntegerField(null=True, default=None)

    class Meta:
        db_table = "outbox"
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "leaf_hash"], name="outbox_log_leaf")]
        indexes: ClassVar = [
            models.Index(
                fields=["log", "include_by", "id"], name="outbox_waiting", condition=models.Q(idx__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.log} {self.leaf}"

    @property
    def leaf(self) -> str:
        """The leaf hash in lowercase hex, as pages and other entries refer to it."""
        return bytes(self.leaf_hash).hex()


class Event(models.Model):
    """What a sealed entry commits to. The body is deleted on erasure; the entry stays."""

    id = models.BigAutoField(primary_key=True)
    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT, related_name="event")
    case = models.CharField(max_length=32, null=True, default=None, db_index=True)  # noqa: DJ001  # null: kinds without a case
    body = BytesField()

    class Meta:
        db_table = "event"

    def __str__(self) -> str:
        return f"event of {self.outbox_id}"


class OpeningKey(models.Model):
    """A case's (or an event's) opening key, wrapped by a key that is in no database and no backup."""

    handle = models.CharField(max_length=64, primary_key=True)
    wrapped = BytesField()

    class Meta:
        db_table = "opening_key"

    def __str__(self) -> str:
        return f"opening key {self.handle}"


class Entry(models.Model):
    """An entry of a log, at its index. Never changed, never deleted."""

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=255)
    idx = models.BigIntegerField()
    data = BytesField()
    leaf_hash = BytesField(max_length=32)
    party = models.CharField(max_length=64)

    class Meta:
        db_table = "entry"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "leaf_hash"], name="entry_log_leaf"),
            models.UniqueConstraint(fields=["log", "idx"], name="entry_log_idx"),
        ]
        indexes: ClassVar = [models.Index(fields=["log", "party", "idx"], name="entry_log_party_idx")]

    def __str__(self) -> str:
        return f"{self.log} {self.idx}"


class Head(models.Model):
    """The tree a log has committed itself to: the one point of truth."""

    log = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField()
    root = BytesField(max_length=32)
    edge = BytesField()
    tick = models.BigIntegerField(null=True, default=None)

    class Meta:
        db_table = "head"

    def __str__(self) -> str:
        return f"{self.log} {self.size}"


class Checkpoint(models.Model):
    """A tree that was a head; with the log's own note once signed, and its quorum time once witnessed."""

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=255)
    size = models.BigIntegerField()
    root = BytesField(max_length=32)
    note = BytesField(null=True, default=None)
    quorum_time = models.BigIntegerField(null=True, default=None)

    class Meta:
        db_table = "checkpoint"
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "size"], name="checkpoint_log_size")]

    def __str__(self) -> str:
        return f"{self.log} {self.size}"


class Cosignature(models.Model):
    """A witness's line under a checkpoint: ``key`` is its verifier key, ``line`` the bytes after the key id."""

    id = models.BigAutoField(primary_key=True)
    log = models.CharField(max_length=255)
    size = models.BigIntegerField()
    key = models.TextField()
    time = models.BigIntegerField()
    line = BytesField()

    class Meta:
        db_table = "cosignature"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "size", "key"], name="cosignature_log_size_key")
        ]

    def __str__(self) -> str:
        return f"{self.log} {self.size} {self.time}"
