"""Two people of one line pass for two, because nobody entered to whom they answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.casework.errors import NotAllowedError
from answerable.casework.forms.people import InviteForm
from answerable.casework.models import Decision
from tests.casework.conftest import staffed
from tests.casework.test_flow import propose, with_assessor
from tests.casework.world import Desk

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    with made.in_force():
        yield staffed(made)


@pytest.mark.parametrize("unknown", ["assessor", "second"])
def test_nobody_reviews_whose_line_or_whose_colleagues_line_is_not_known(desk: Desk, unknown: str) -> None:
    reporter = desk.taken_in()
    case = with_assessor(desk, reporter)
    person = desk.staff[unknown].person
    person.line = ""
    person.save(update_fields=["line"])
    with pytest.raises(NotAllowedError, match="not known"):
        propose(desk, reporter, case)
    assert not Decision.objects.exists()


def test_who_assesses_or_reviews_is_invited_with_their_line() -> None:
    for role, fits in (("assessor", False), ("reviewer", False), ("intake_officer", True)):
        form = InviteForm({"name": "somebody", "role": role, "line": ""})
        assert form.is_valid() is fits, role
        assert InviteForm({"name": "somebody", "role": role, "line": "one"}).is_valid()
