"""Addresses and questions that no page of the desk made: an answer in words, the same as for what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from tests.desk.proving import prove
from tests.desk.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
ODD = ("%00", "0" * 31 + "%00", "g" * 32, "A" * 32, "%F0%9F%92%A5", "%FF", "'%22--", "0" * 4000, "..", "%0d%0a")
PATHS = (
    *("/desk/report/{}/", "/desk/case/{}/", "/desk/person/{}/", "/desk/case/{}/decide/", "/desk/export/{}/"),
    *("/desk/recovery/{}/", "/desk/api/v1/records/{}/", "/desk/api/v1/records/{}/case/", "/desk/invitation/{}/"),
    *("/desk/api/v1/records/{}/epoch/narrative/", "/desk/api/v1/recoveries/{}/request/"),
)
#: Asked for by a body, or by an administrator.
POSTS = (
    *("/desk/api/v1/records/{}/open/", "/desk/api/v1/records/{}/files/0/", "/desk/api/v1/records/{}/do/recuse/"),
    *("/desk/api/v1/records/{}/do/take_over/", "/desk/people/{}/revoke/", "/desk/people/{}/second/"),
)


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "desk")
    with override_settings(**made.settings()):
        made.staff()
        yield made


def test_no_odd_handle_breaks_a_page_or_differs_from_what_is_absent(desk: World) -> None:
    officer, administrator = desk.client("ida"), desk.client("adm")
    prove(desk, "adm", administrator)
    absent = "0" * 32
    for path in PATHS:
        expected = officer.get(path.format(absent)).status_code
        found = {odd: officer.get(path.format(odd)).status_code for odd in ODD}
        assert {odd: status for odd, status in found.items() if status not in (expected, 404)} == {}, path
    body = {"compartment": "narrative"}
    for path in POSTS:
        who = administrator if "people" in path else officer
        found = {odd: who.post(path.format(odd), body, content_type="application/json").status_code for odd in ODD}
        assert {odd: status for odd, status in found.items() if status not in (302, 404)} == {}, path


def test_no_odd_question_of_the_queue_breaks_it(desk: World) -> None:
    officer = desk.client("ida")
    for after in (
        *ODD,
        f"2026-99-99.{'0' * 32}",
        f"0000-00-00.{'f' * 32}",
        "9999-12-31/9",
        "0000-00-00_0",
        "-1",
        "2026-02-30-5",
        "99999999999999999999",
    ):
        for path in ("/desk/", "/desk/api/v1/queue/"):
            assert officer.get(f"{path}?after={after}&kind={after}&stage={after}").status_code in (200, 400, 404), after
