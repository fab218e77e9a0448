"""The names a desk works under: its one correspondence and the parties. What the record rests on stays named so."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import User

from answerable.correspondence import drafting
from answerable.correspondence.actions.people import must_be
from answerable.correspondence.errors import AlreadyPublishedError, CorrespondenceError, NotAllowedError
from answerable.correspondence.letters import Party
from answerable.correspondence.models import Act, Heading, Role, Side
from answerable.correspondence.whole import Correspondence
from answerable.ledger.actions import acting

UNNAMED = "this correspondence has no title yet"
NAME_IT = "give it one, on the page Correspondence"


def one_at_a_time(*, required: bool = True) -> bool:
    """Let nobody else publish until this transaction ends: two acts at once must not be blind to each other.

    Raises `CorrespondenceError` when the desk's correspondence has no name yet; without ``required`` gives False then.
    """
    head = Heading.objects.select_for_update().filter(pk=1).first()
    if head is None and required:
        raise CorrespondenceError(
            "this correspondence has no title yet", todo="give it one, on the page Correspondence"
        )
    return head is not None


def name_correspondence(fields: Mapping[str, str], *, author: User) -> None:
    """Give the desk's correspondence its title and languages. Once anything is published they stay.

    Raises `CorrespondenceError` with the field, `AlreadyPublishedError` once there is something on record.
    """
    must_be(author, Role.AUTHOR)
    title, languages = drafting.heading_of(fields)
    with acting():
        head, made = Heading.objects.select_for_update().get_or_create(
            pk=1, defaults={"title": title, "languages": list(languages)}
        )
        if made or (head.title, tuple(head.languages)) == (title, languages):
            return
        if Act.objects.exclude(author=None).exists():
            raise AlreadyPublishedError("something is published under this title, so it stays as it is")
        Heading.objects.filter(pk=1).update(title=title, languages=list(languages))


def name_all(found: Correspondence) -> None:
    """Name the correspondence and its parties as ``found`` does, inside the caller's transaction."""
    head, _ = Heading.objects.get_or_create(pk=1, defaults={"title": found.title, "languages": list(found.languages)})
    if (head.title, tuple(head.languages)) != (found.title, found.languages):
        raise NotAllowedError(
            f"this desk publishes another correspondence: {head.title!r} in {', '.join(head.languages)}",
            todo="import into a desk of its own",
        )
    for party in found.parties:
        name_party(party)


def name_party(party: Party) -> None:
    """Name a party. Raises `AlreadyPublishedError` when its code or office is taken."""
    known = Side.objects.filter(code=party.code).first()
    if known is None and not Side.objects.filter(office=party.office).exists():
        Side.objects.create(code=party.code, name=party.name, office=party.office)
    elif known is None or (known.name, known.office) != (party.name, party.office):
        raise AlreadyPublishedError(
            f"the party {party.code} or its office is named otherwise here",
            where="code" if known else "office",
            todo="what is named stays named so; take another code and office",
        )


def add_party(fields: Mapping[str, str], *, author: User) -> None:
    """Name a party from the fields of its form. Raises `CorrespondenceError` with the field."""
    must_be(author, Role.AUTHOR)
    party = drafting.party_of(fields)
    with acting():
        name_party(party)
