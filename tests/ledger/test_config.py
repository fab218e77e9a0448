"""`ledger.toml`: any text is a ledger or a sentence; adding a party is one more line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.ledger import config, databases, founding_files
from answerable.ledger.errors import ConfigError
from tests.ledger.harness import NAME, START
from tests.ledger.witnesses import POLICY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return founding_files.found(tmp_path / "l", NAME, POLICY, now=START).folder


def test_what_is_written_is_read(folder: Path) -> None:
    found = config.load(folder)
    assert (found.name, found.slots, found.genesis_tick) == (NAME, 64, START // 900)
    assert [log.origin for log in found.logs] == [f"{NAME}/register", f"{NAME}/record"]
    assert found.record.policy.origins == (f"{NAME}/record",)


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()}
    assert modes == {0o600}
    assert len(list((folder / "keys").iterdir())) == 4 + 1 + 2
    assert (folder / config.FILE).stat().st_mode & 0o777 == 0o600


def test_a_ledger_is_never_replaced(folder: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        founding_files.found(folder, NAME, POLICY, now=START)


def test_parties_are_added_one_line_each(folder: Path) -> None:
    config.add_party(folder, "editors", "/somewhere/editors.db")
    config.add_party(folder, "desk", "postgresql://u:secret@h/db?schema=d")
    found = config.load(folder)
    assert found.aliases() == {"ledger": "ledger", "desk": "party_desk", "editors": "party_editors"}
    assert databases.schema_of(found.databases()["party_desk"]) == "d"
    with pytest.raises(ConfigError, match="already"):
        config.add_party(folder, "desk", "x.db")


@pytest.mark.parametrize("party", ["", "ledger", "pad", "Desk", "a b", 'x"', "é"])
def test_a_party_has_a_plain_name(folder: Path, party: str) -> None:
    before = (folder / config.FILE).read_text()
    with pytest.raises(ConfigError):
        config.add_party(folder, party, "x.db")
    assert (folder / config.FILE).read_text() == before


@pytest.mark.parametrize("place", ['a"b', "a\nb", "mysql://h/db", "postgresql://h:port/db"])
def test_an_address_that_is_none_is_refused(folder: Path, place: str) -> None:
    with pytest.raises(ConfigError):
        config.add_party(folder, "desk", place)


LINES = st.sampled_from(
    [
        'name = "ledger.example.org"',
        "name = 5",
        'name = "https://x"',
        "genesis_tick = 3",
        "genesis_tick = -1",
        "slots = 0",
        "slots = true",
        "[outboxes]",
        'editors = "x.db"',
        "desk = 4",
        "[witnesses]",
        "[signer]",
        "more = 1",
    ]
)


@given(text=st.one_of(st.text(max_size=200), st.lists(LINES, max_size=6).map("\n".join)))
def test_any_text_is_a_ledger_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("toml")
    (folder / config.FILE).write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = config.load(folder)
    except ConfigError as error:
        said = str(error)
        assert config.FILE in said
    else:
        assert found.slots >= 1


@given(url=st.text(max_size=60))
def test_any_address_is_a_database_or_a_sentence(url: str) -> None:
    for place in (url, f"postgresql://{url}"):
        try:
            found = databases.database(place)
        except ConfigError:
            continue
        assert found["ENGINE"].startswith("django.db.backends.")


def test_a_password_never_shows_in_a_message() -> None:
    assert databases.safe("postgresql://user:secret@host/db") == "postgresql://host/db"
    assert databases.safe("/a/path.db") == "/a/path.db"
