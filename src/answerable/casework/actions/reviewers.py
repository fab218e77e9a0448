"""Who may be the second person, before whom a first assessment is laid."""

from __future__ import annotations

from answerable.casework.actions.grants import check_roles, related
from answerable.casework.actions.reading import barred
from answerable.casework.errors import NotAllowedError
from answerable.casework.gate import Seen
from answerable.casework.models import Assignment, Person


def check_reviewer(found: Seen, proposer: Person, reviewer: Person) -> None:
    """Raise unless ``reviewer`` is a second person: a reviewer, of another line, not the owner, not barred."""
    mine = Assignment.objects.filter(person=reviewer, role="reviewer", record=None, until=None, person__ended=None)
    if reviewer.pk == proposer.pk or not mine.exists():
        raise NotAllowedError("a second person reviews, and one whose role it is", todo="choose another")
    if reviewer.handle in barred(related(found.record)):
        raise NotAllowedError("that person cannot review this case", todo="choose another")
    if not reviewer.line or not proposer.line:
        raise NotAllowedError(
            "to whom one of the two answers is not known, so that nobody can tell that they are of two lines",
            todo="have an administrator invite that person anew, with the line",
        )
    if reviewer.line == proposer.line:
        raise NotAllowedError("a reviewer answers to another line than whoever decides", todo="choose another")
    check_roles(reviewer, found.record, "reviewer")
    if found.record.ownerships.filter(person=reviewer).exists():
        raise NotAllowedError("whoever owned a case does not review it", todo="choose another")
