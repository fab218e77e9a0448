"""A database that was moved away is never begun anew: neither by who has it open nor by who is started without it."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from django.db import connections

from answerable.errors import MALFORMED
from answerable.intake.errors import NotKeptError
from answerable.intake.models import Submission
from answerable.ledger.actions.preparing import prepare
from answerable.ledger.databases import database, path_of
from answerable.ledger.openings import write_secret
from answerable.parties import desk as desks
from answerable.parties import reporter
from answerable.parties.base import PartyFile, settings_for, write_party
from tests import commands
from tests.cli.desk_folder import Desk
from tests.intake.world import LEDGER, Person, World
from tests.journeys import desk as editors


def beside(path: Path) -> list[Path]:
    """A database and its logs."""
    return sorted(path.parent.glob(path.name + "*"))


def test_every_party_opens_only_a_file_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    write_party(tmp_path, PartyFile("any", LEDGER, tmp_path / "ack.key", "", ""))
    facts = World(tmp_path / "world").settings()["ANSWERABLE_DEPLOYMENT"]
    (tmp_path / "deployment.json").write_text(json.dumps(facts))
    found = {
        **{f"editors {alias}": one for alias, one in settings_for("editors", tmp_path)["DATABASES"].items()},
        **{f"desk {alias}": one for alias, one in desks.settings_for_desk(tmp_path)["DATABASES"].items()},
        **{f"reporter {alias}": one for alias, one in reporter.settings_for_reporter(tmp_path)["DATABASES"].items()},
    }
    files = {name: path_of(one) for name, one in found.items() if one}
    assert len(files) == 4
    assert [name for name in files if not str(found[name]["NAME"]).endswith("?mode=rw")] == []
    assert set(files.values()) == {tmp_path / f"{name}.db" for name in ("editors", "desk", "keys", "intake")}


@pytest.fixture
def intake(tmp_path: Path, django_db_blocker: pytest.FixtureRequest) -> Iterator[Path]:
    """The reporters' database as a file, open in this process as it is at the door."""
    path = tmp_path / "intake.db"
    settings, before = connections.settings["intake"], connections["intake"]
    made = {**database(path, existing=True), "CONN_MAX_AGE": None}
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django's own
        connections.settings["intake"] = connections.configure_settings({"default": {}, "intake": made})["intake"]
        connections["intake"] = connections.create_connection("intake")
        try:
            prepare("intake")
            yield path
        finally:
            connections["intake"].close()
            connections.settings["intake"], connections["intake"] = settings, before


def test_a_door_whose_database_was_moved_away_makes_none_and_writes_to_the_one_put_there(
    tmp_path: Path, intake: Path
) -> None:
    world = World(tmp_path / "world")
    with world.in_force():
        # Given a door that has its database open, and a copy of it
        Person(world).report()
        connections["intake"].close()
        copy = shutil.copy(intake, tmp_path / "copy")
        Person(world).report()
        # When an operator moves it away, and somebody reports at that moment
        away = tmp_path / "away"
        away.mkdir()
        for part in beside(intake):
            part.rename(away / part.name)
        with pytest.raises(NotKeptError):
            Person(world).report()
        # Then nothing lies in its place; and once the copy does, it has the next report
        assert beside(intake) == []
        shutil.copy(copy, intake)
        Person(world).report()
        assert Submission.objects.using("intake").count() == 2


def test_a_desk_is_not_started_without_its_databases(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    start, look = ("run", "desk", "--listen", "127.0.0.1:9"), ("casework", "counts", "2026-Q1")
    for name, several in (("desk.db", (start, look)), ("keys.db", (start,))):
        # Given a database that was moved away
        (desk.home / name).rename(tmp_path / name)
        # When the desk is started, or a command of its is run
        for words in several:
            done = commands.run(*words, "--home", str(desk.home), timeout=20)
            # Then it says so, and makes none
            assert done.returncode == MALFORMED, words
            assert "Traceback" not in done.stderr
            assert not (desk.home / name).exists(), words
            if words is start:
                assert f"{name}: the database is not there" in done.stderr
        (tmp_path / name).rename(desk.home / name)
    done = commands.run("casework", "counts", "2026-Q1", "--home", str(desk.home))
    assert "database" not in done.stderr


def test_the_reporters_site_is_not_started_without_its_database(tmp_path: Path) -> None:
    home, world = tmp_path / "reporter", World(tmp_path / "world")
    write_party(home, PartyFile("reporter", LEDGER, world.folder / "ack.key", "", ""))
    (home / "deployment.json").write_text(json.dumps(world.settings()["ANSWERABLE_DEPLOYMENT"]))
    for name in ("pepper", "work_key"):
        write_secret(home / name, bytes(32))
    done = commands.run("run", "reporter", "--home", str(home), "--listen", "127.0.0.1:9", timeout=20)
    assert done.returncode == MALFORMED
    assert "intake.db: the database is not there" in done.stderr
    assert beside(home / "intake.db") == []


def sign_in(url: str) -> int:
    """The status of an attempt to sign in, which asks the database."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{url}/account/login/", timeout=10).read().decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "login": "ada", "password": "wrong"}).encode()
    try:
        return int(opener.open(f"{url}/account/login/", form, timeout=10).status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_editors_desk_makes_no_new_database_while_it_runs(tmp_path: Path) -> None:
    home, port = tmp_path / "editors", editors.free_port()
    url = editors.found(home, port)
    with editors.running(home, port):
        assert sign_in(url) == 200
        # Given its database is moved away while it runs
        for part in beside(home / "editors.db"):
            part.rename(tmp_path / part.name)
        # Then it fails, and makes none; and goes on when it is back
        assert sign_in(url) == 500
        assert beside(home / "editors.db") == []
        (tmp_path / "editors.db").rename(home / "editors.db")
        assert sign_in(url) == 200
    # And it is not started without it
    (home / "editors.db").unlink()
    done = commands.run("run", "editors", "--home", str(home), "--listen", f"127.0.0.1:{port}", timeout=20)
    assert done.returncode == MALFORMED
    assert "editors.db: the database is not there" in done.stderr
    assert not (home / "editors.db").exists()
