"""What a witness remembers. Roots are 64 hex digits, times POSIX seconds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


def alias() -> str:
    """The database of the witness: the one of that kind in ``ANSWERABLE_DATABASES``, else the default."""
    kinds: dict[str, str] = getattr(settings, "ANSWERABLE_DATABASES", {})
    return next((name for name, kind in kinds.items() if kind == "witness"), "default")


class _Here(models.Manager[Any]):
    """Rows of the witness's own database."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().using(alias())


class Witness(models.Model):
    """The one witness this database belongs to. ``token`` is also in the witness's folder: state is never mixed up."""

    name = models.TextField()
    token = models.CharField(max_length=32, unique=True)

    objects = _Here()

    def __str__(self) -> str:
        return self.name


class Log(models.Model):
    """A log this witness cosigns, and the last checkpoint it cosigned (nulls: none yet)."""

    origin = models.TextField(unique=True)
    origin_sha256 = models.CharField(max_length=64, unique=True)
    allow_extensions = models.BooleanField(default=False)
    size = models.BigIntegerField(null=True)
    root = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null says "none yet", as for the others
    time = models.BigIntegerField(null=True)
    note = models.TextField(null=True)  # noqa: DJ001 - likewise

    objects = _Here()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="log_cosigned_whole_or_not",
                condition=models.Q(size=None, root=None, time=None, note=None)
                | models.Q(size__gte=0, root__isnull=False, time__gt=0, note__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.origin


class LogKey(models.Model):
    """A key that a log's checkpoints may be signed with."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="keys")
    vkey = models.TextField()

    objects = _Here()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "vkey"], name="one_key_once")]

    def __str__(self) -> str:
        return self.vkey[:60]


class Evidence(models.Model):
    """A request under a log's own key that did not extend what was cosigned, with the checkpoint that was."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="evidence")
    received = models.BigIntegerField()
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    recorded_size = models.BigIntegerField()
    request = models.BinaryField()
    recorded_note = models.TextField(blank=True)

    objects = _Here()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "size", "root"], name="one_evidence_per_head")]

    def __str__(self) -> str:
        return f"evidence {self.pk}"
