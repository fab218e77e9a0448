"""A desk for tests: a party with its key, two people of each role, and the shipped example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import override_settings

from answerable.correspondence import folder
from answerable.correspondence.whole import Correspondence
from answerable.record import note
from tests.standing import Layer, Standing

EXAMPLE = Path(__file__).parents[2] / "examples/un-2017/correspondence"
LEDGER = "ledger.example.org"
#: Who works at the desk, and as what.
PEOPLE = {"ada": "author", "ben": "author", "cleo": "reviewer", "dora": "reviewer"}


@pytest.fixture(scope="session")
def example() -> Correspondence:
    """The shipped correspondence."""
    return folder.read(EXAMPLE)


def as_party(folder: Path) -> dict[str, Any]:
    """The settings of the editors as a party of a ledger, with a key of their own in ``folder``."""
    path = folder / "ack.key"
    note.write_key_file(path, note.SigningKey.generate(f"{LEDGER}/ack/editors", note.ED25519, b"\x07" * 32))
    return {
        "ANSWERABLE_PARTY": {"name": "editors", "ledger_name": LEDGER, "ack_key": path},
        "ANSWERABLE_PARTIES": {},
    }


@pytest.fixture
def party(settings: Any, tmp_path: Path) -> None:
    """The editors as a party of a ledger."""
    for name, value in as_party(tmp_path).items():
        setattr(settings, name, value)


def staff() -> None:
    """Ada and Ben write, Cleo and Dora review; all have a password and no second factor yet."""
    from answerable.correspondence import actions

    for name, role in PEOPLE.items():
        actions.accept(actions.invite(name, role), "a calm and quiet sentence")


@pytest.fixture(scope="module")
def standing(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    """What stands for the tests of a file."""
    stands = Standing(django_db_blocker)
    with override_settings(**as_party(tmp_path_factory.mktemp("party"))):
        yield stands
        stands.bring()


@pytest.fixture
def _django_db_helper(request: pytest.FixtureRequest, standing: Standing, example: Correspondence) -> None:
    """Before a test's own transaction: the people, and the record, when the test asks for them."""
    from answerable.correspondence import actions

    marker = request.node.get_closest_marker("django_db")
    layers = []
    if not (marker and marker.kwargs.get("transaction")) and "people" in request.fixturenames:
        layers.append(Layer("people", staff))
        if "record" in request.fixturenames:
            layers.append(Layer("record", lambda: actions.import_folder(example, author="ada", reviewer="cleo")))
    standing.bring(*layers)
    request.getfixturevalue("_django_db_helper")


@pytest.fixture
def people(party: None, db: None) -> dict[str, Any]:
    """Ada and Ben, Cleo and Dora (`staff`), by name."""
    from django.contrib.auth.models import User

    if not User.objects.filter(username__in=PEOPLE).exists():  # a test whose own transactions are real
        staff()
    return {user.username: user for user in User.objects.filter(username__in=PEOPLE)}


@pytest.fixture
def record(people: dict[str, Any]) -> dict[str, Any]:
    """The shipped correspondence on record, and the people."""
    return people
