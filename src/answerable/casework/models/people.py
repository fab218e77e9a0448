"""Who works here: persons, their keys, their roles and where each begins and ends, and what is barred to whom."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from answerable.ledger.models import BytesField


class Role(models.TextChoices):
    """The roles of the access table that staff can have. Words for people are the pages' matter."""

    INTAKE_OFFICER = "intake_officer"
    INDEPENDENT_READER = "independent_reader"
    ASSESSOR = "assessor"
    REVIEWER = "reviewer"
    ADVOCATE = "advocate"
    ASSISTANCE_WORKER = "assistance_worker"
    INVESTIGATOR = "investigator"
    PROSECUTOR = "prosecutor"
    JUDGE = "judge"
    REFERRAL_OFFICER = "referral_officer"
    PANEL = "panel"
    COURT_REGISTRAR = "court_registrar"
    STATISTICIAN = "statistician"
    ADMINISTRATOR = "administrator"


class Person(models.Model):
    """A member of staff. ``handle`` (32 hex digits) is the holder id of wraps and of the readers' note."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="person")
    handle = models.CharField(max_length=32, unique=True)
    #: Who this person answers to: two persons of one line do not review each other.
    line = models.CharField(max_length=64, blank=True, default="")
    employer = models.CharField(max_length=64, blank=True, default="")
    nationality = models.CharField(max_length=3, blank=True, default="")
    languages = models.CharField(max_length=200, blank=True, default="")
    #: Trained to deal with children, which every reader of a victim's identity must be.
    trained_child = models.BooleanField(default=False)
    ended = models.DateField(null=True, default=None)

    def __str__(self) -> str:
        return f"person {self.handle}"

    @property
    def holder(self) -> bytes:
        """The 16 bytes that wraps name this person by."""
        return bytes.fromhex(self.handle)

    @property
    def keys(self) -> PublicKey | None:
        """The keys in use now; None before the first are made."""
        return self.public_keys.filter(until=None).first()


class PublicKey(models.Model):
    """Keys of a person, of which one set is in use: public halves, and private halves that only a passphrase opens."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="public_keys")
    x25519 = BytesField(max_length=32, unique=True)
    ed25519 = BytesField(max_length=32, unique=True)
    salt = BytesField(max_length=16)
    wrapped_x25519 = BytesField()
    wrapped_ed25519 = BytesField()
    since = models.DateField()
    until = models.DateField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=Q(until=None), name="casework_one_key_in_use")
        ]

    def __str__(self) -> str:
        return f"keys of {self.person_id} since {self.since}"


class Assignment(models.Model):
    """A role, of the whole desk (``record`` null) or of one record, from a day to another."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=32, choices=Role.choices)
    record = models.ForeignKey("casework.Record", null=True, on_delete=models.CASCADE, related_name="assignments")
    since = models.DateField()
    until = models.DateField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "role", "record"],
                condition=Q(until=None, record__isnull=False),
                name="casework_role_once_of_record",
            ),
            models.UniqueConstraint(
                fields=["person", "role"], condition=Q(until=None, record=None), name="casework_role_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} is {self.role}"


class Bar(models.Model):
    """A person to whom a record stays closed for good: struck out by the reporter, recused, or with a tie.

    ``holder`` may name a reader who is not known here: whoever was struck out once stays so, whenever they come.
    """

    class Why(models.TextChoices):
        """Why it is closed."""

        STRUCK = "struck"
        RECUSED = "recused"
        TIE = "tie"

    record = models.ForeignKey("casework.Record", on_delete=models.CASCADE, related_name="bars")
    holder = models.CharField(max_length=32, db_index=True)
    why = models.CharField(max_length=16, choices=Why.choices)
    on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["record", "holder"], name="casework_barred_once")]

    def __str__(self) -> str:
        return f"{self.holder} may not open {self.record_id}: {self.why}"


def barred_from(record: models.Model) -> set[str]:
    """The holders to whom a record, its case or one of its reports is closed."""
    top = getattr(record, "case_id", None) or record.pk
    bars = Bar.objects.filter(Q(record=record.pk) | Q(record=top) | Q(record__case=top))
    return set(bars.values_list("holder", flat=True))


class Tie(models.Model):
    """The question put after an accused person's name first opened to someone: is there a tie? Null: not answered."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ties")
    record = models.ForeignKey("casework.Record", on_delete=models.CASCADE, related_name="ties")
    asked = models.DateField()
    tied = models.BooleanField(null=True, default=None)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "record"], name="casework_asked_once")]

    def __str__(self) -> str:
        return f"tie of {self.person_id} to {self.record_id}: {self.tied}"


class Invitation(models.Model):
    """An invitation proposed by one person and seconded by another; then a one-time link, of which a hash is kept."""

    handle = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=32, choices=Role.choices)
    facts = models.JSONField(default=dict)
    proposed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="invitations_proposed")
    seconded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="invitations_seconded")
    proposed = models.DateField()
    token_sha256 = models.CharField(max_length=64, null=True, unique=True, default=None)  # noqa: DJ001  # null: no link yet
    expires = models.DateTimeField(null=True, default=None)
    used = models.BooleanField(default=False)
    over = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            # A link exists only once two different people have named the person (the first ones: by the command).
            models.CheckConstraint(
                name="casework_invited_by_two",
                condition=Q(seconded_by=None) | ~Q(seconded_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(
                name="casework_link_by_two",
                condition=Q(token_sha256=None) | Q(proposed_by=None) | Q(seconded_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.handle}"
