"""The tables of the editors' desk. What is published is in `Act`, never changed; what is being written, in `Draft`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from answerable.ledger.models import BytesField, Outbox


class Role(models.TextChoices):
    """What an editor may do: write, or approve what somebody else wrote."""

    AUTHOR = "author", _("author")
    REVIEWER = "reviewer", _("reviewer")


class Editor(models.Model):
    """A person of the desk and their one role."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="editor")
    role = models.CharField(max_length=16, choices=Role.choices)

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(models.Model):
    """A one-time link by which an invited person chooses a password. Only the link's hash is kept."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    editor = models.ForeignKey(Editor, on_delete=models.PROTECT, related_name="invitations")
    expires = models.DateTimeField()
    used = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"invitation of {self.editor}"


class Heading(models.Model):
    """The title and the languages of the one correspondence that this desk publishes."""

    title = models.CharField(max_length=500)
    languages = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.title


class Side(models.Model):
    """A party: named once, never renamed, because entries of the record name it by its office."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=500)
    office = models.CharField(max_length=500, unique=True)

    def __str__(self) -> str:
        return self.office


class Blob(models.Model):
    """The bytes of a document or of a version's words, under their SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = BytesField()

    def __str__(self) -> str:
        return self.sha256


class Draft(models.Model):
    """What an author is writing: the fields of its form, as typed. ``revision`` says what a reviewer has seen."""

    class Kind(models.TextChoices):
        """What the draft will be."""

        LETTER = "letter", _("letter")
        QUESTION = "question", _("question")
        UNPLACED = "unplaced", _("question without a number")
        CLAIM = "claim", _("claim")
        ASSESSMENT = "assessment", _("assessment")
        REJOINDER = "rejoinder", _("rejoinder")
        STATEMENT = "statement", _("statement")
        CORRECTION = "correction", _("correction")

    class State(models.TextChoices):
        """Where the draft stands."""

        DRAFT = "draft", _("draft")
        WAITING = "waiting", _("waiting for review")
        RETURNED = "returned", _("returned")
        PUBLISHED = "published", _("published")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    fields = models.JSONField(default=dict)
    blob = models.ForeignKey(Blob, null=True, default=None, on_delete=models.PROTECT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="drafts")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    remark = models.TextField(blank=True, default="")
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-changed", "-id"]

    def __str__(self) -> str:
        return f"{self.Kind(self.kind).label} {self.fields.get('label') or self.fields.get('id') or self.pk}"


class Act(models.Model):
    """One publication: what was published, by whom and after whose review, tied to its entry in the record.

    ``content`` is the text of the thing's own file, ``files`` the SHA-256 of each file it names. A ``deadline.missed``
    has no people: the clock published it.
    """

    outbox = models.OneToOneField(Outbox, on_delete=models.PROTECT, related_name="act")
    key = models.CharField(max_length=200, db_index=True)
    content = models.TextField()
    files = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="acts")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reviews")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.PROTECT, related_name="acts")
    on = models.DateField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="four_eyes",
                condition=models.Q(author__isnull=True, reviewer__isnull=True)
                | models.Q(author__isnull=False, reviewer__isnull=False) & ~models.Q(author=models.F("reviewer")),
            ),
            # A question may become better known; everything else is published once.
            models.UniqueConstraint(
                name="published_once",
                fields=["key"],
                condition=models.Q(author__isnull=False) & ~models.Q(key__startswith="question:"),
            ),
        ]

    def __str__(self) -> str:
        return self.key
