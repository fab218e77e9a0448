"""A ledger is founded whole or not at all; interrupted anywhere, the same command goes on."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from answerable.ledger import config as configs
from answerable.ledger import founding, founding_files
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.errors import ConfigError
from answerable.record import canonical
from tests.ledger.harness import NAME, START, Ledger, entries_of, reachable
from tests.ledger.processes import CRASHED, die, forked, outcome
from tests.ledger.witnesses import POLICY
from tests.postgres import Server

pytestmark = pytest.mark.database


@pytest.fixture
def server_url(postgres: Server | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database of its own, when the suite runs on a server."""
    if postgres is not None:
        monkeypatch.setenv("DATABASE_URL", postgres.url(postgres.fresh()))


def init(folder: Path, name: str = NAME, policy: str = POLICY) -> None:
    """What `record init` does, in this process."""
    made = founding_files.begin(folder, name, policy, now=START)
    with reachable(made):
        prepare("ledger", "keys")
        founding.open_logs(made, now=START)
        connections["ledger"].close()
    founding_files.settle(made, folder)


def opened_with(folder: Path) -> object:
    """The keys with which the record says it was opened, and those it has."""
    config = configs.load(folder)
    with reachable(config):
        first = canonical.decode(entries_of(config.record.origin)[0].data)
    assert isinstance(first, dict)
    assert first["vkeys"] == sorted(str(key) for key in config.record.policy.log_keys(config.record.origin))
    return first["vkeys"]


PLACES: dict[str, Callable[[], tuple[Any, str]]] = {
    "keys": lambda: (founding_files, "write_secret"),
    "memory": lambda: (founding_files, "create_memory"),
    "tables": lambda: (founding, "_check_ours"),
    "heads": lambda: (founding.rows, "head"),
    "entries": lambda: (founding.sequencing, "advance"),
    "indices": lambda: (founding.sequencing, "write_back"),
    "place": lambda: (founding_files, "settle"),
}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.usefixtures("server_url", "templates")
def test_an_interrupted_init_leaves_nothing_and_is_repeated(
    tmp_path: Path, where: str, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ledger"

    def killed() -> None:
        place, name = PLACES[where]()
        monkeypatch.setattr(place, name, lambda *_args, **_options: die())
        init(folder)

    with django_db_blocker.unblock():
        # Given an init that was killed
        assert outcome(forked(killed)) == CRASHED
        # Then there is no ledger, and the same words make one
        assert not folder.exists()
        with pytest.raises(ConfigError, match="no ledger here"):
            configs.load(folder)
        init(folder)
        assert opened_with(folder)
    assert not list(tmp_path.glob(".ledger.new"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.usefixtures("server_url", "templates")
def test_an_interrupted_init_goes_on_with_the_same_words_only(tmp_path: Path, django_db_blocker: Any) -> None:
    founding_files.begin(tmp_path / "l", NAME, POLICY, now=START)
    for name, policy in (("other.example.org", POLICY), (NAME, "quorum none\n")):
        with pytest.raises(ConfigError, match="interrupted init"):
            founding_files.begin(tmp_path / "l", name, policy, now=START)
    with django_db_blocker.unblock():
        init(tmp_path / "l")


@pytest.mark.usefixtures("server_url", "templates")
def test_a_second_ledger_does_not_take_over_the_firsts_logs(
    tmp_path: Path, django_db_blocker: Any, postgres: Server | None
) -> None:
    """One server, two folders, one name: the second would sign the first's log with keys nobody knows."""
    with django_db_blocker.unblock():
        init(tmp_path / "one")
        keys = opened_with(tmp_path / "one")
        if postgres is None:
            # files are each ledger's own: the same name is a ledger of its own
            init(tmp_path / "two")
            assert opened_with(tmp_path / "two") != keys
            return
        with pytest.raises(ConfigError, match="already, opened with other keys"):
            init(tmp_path / "two")
        assert opened_with(tmp_path / "one") == keys


def test_witnesses_lines_bring_no_log_of_their_own(tmp_path: Path) -> None:
    other = founding_files.found(tmp_path / "other", "other.example.org", POLICY, now=START)
    with pytest.raises(ConfigError, match="log lines"):
        founding_files.found(tmp_path / "l", NAME, other.record.policy_file.read_text(), now=START)


def test_nothing_is_founded_where_it_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "ledger"):
        with pytest.raises(ConfigError):
            founding_files.found(place, NAME, POLICY, now=START)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_party_is_added_once_however_often_it_is_tried(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted between its key's publication and its line, the same command publishes no second key."""
    path, vkey = founding_files.new_ack_key(ledger.config, "gateway")
    for _ in range(3):
        founding.publish_ack_key(ledger.config, vkey, now=START)
        assert founding_files.new_ack_key(ledger.config, "gateway") == (path, vkey)
    ledger.round()
    assert sum(str(vkey).encode() in entry.data for entry in entries_of(ledger.record)) == 1


def test_a_line_is_added_only_where_it_is_an_outbox(ledger: Ledger) -> None:
    place = ledger.config.folder / configs.FILE
    place.write_text(place.read_text() + "\n[witnesses.more]\n")
    before = place.read_text()
    with pytest.raises(ConfigError):
        configs.add_party(ledger.config.folder, "gateway", "g.db")
    assert place.read_text() == before
