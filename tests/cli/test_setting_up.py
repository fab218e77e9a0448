"""A party is set up whole, or its folder stays as it was and says why: whoever mistyped something gives the command
again."""

from __future__ import annotations

import json
import os
import secrets
import stat
from pathlib import Path

import pytest

from answerable.cli import run_reporting
from answerable.ledger import databases
from answerable.ledger.errors import ConfigError
from answerable.record.keyfile import write_key_file
from answerable.record.keys import ED25519, SigningKey
from answerable.sealing.recovery import RecoveryKey
from tests import commands
from tests.cli.test_users import LEDGER, signed_note
from tests.sealing.panel import panel

DEPLOYMENT = "ab" * 32
OFFICE = bytes(range(32))
#: A server that is not there.
AWAY = {"DATABASE_URL": "postgresql://owner@127.0.0.1:1/nothing"}


def signing(name: str) -> SigningKey:
    return SigningKey.generate(f"{LEDGER}/{name}", ED25519, secrets.token_bytes(32))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an operator has when the parties are set up, and beside it what does not belong to it."""
    folder = tmp_path_factory.mktemp("given")
    members = [signing("panel/ana"), signing("panel/ben")]
    key = RecoveryKey(bytes.fromhex(DEPLOYMENT), panel(2, 3).key, "dealer")
    keys = {party: signing(f"ack/{party}") for party in ("desk", "reporter")}
    facts = {
        "v": 1,
        "ack": [str(keys["reporter"].verifier)],
        "deployment": DEPLOYMENT,
        "ledger_name": LEDGER,
        "opening_box": "cd" * 32,
        "panel": [str(one.verifier) for one in members],
        "languages": ["en"],
    }
    (folder / "deployment.json").write_text(json.dumps(facts))
    (folder / "recovery-key.json").write_bytes(key.encode())
    (folder / "other-key.json").write_bytes(RecoveryKey(bytes(32), panel(2, 3).key, "dealer").encode())
    (folder / "readers.note").write_text(signed_note(bytes.fromhex(DEPLOYMENT), key, OFFICE, members))
    (folder / "unsigned.note").write_text("nobody signed this\n")
    for party, made in keys.items():
        write_key_file(folder / f"{party}.key", made)
    write_key_file(folder / "unnamed.key", signing("ack/reporter"))
    for name, ack in (("no-ack", []), ("odd-ack", ["no key"])):
        (folder / f"{name}.json").write_text(json.dumps({**facts, "ack": ack}))
    return folder


def asked(party: str, given: Path, home: Path) -> dict[str, str]:
    """The options of a party's `init`, all of them right."""
    common = {
        "--home": str(home),
        "--ledger-name": LEDGER,
        "--ack-key": str(given / f"{party}.key"),
        "--deployment": str(given / "deployment.json"),
    }
    own = (
        {"--recovery-key": str(given / "recovery-key.json")}
        if party == "desk"
        else {"--readers": str(given / "readers.note")}
    )
    return {**common, **own, "--group": str(os.getegid())}


def init(party: str, options: dict[str, str], more: dict[str, str] | None = None) -> tuple[int, str]:
    words = [word for pair in options.items() for word in pair]
    done = commands.run(
        "casework" if party == "desk" else "intake", "init", *words, env=commands.environment(**(more or {}))
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("party", "option", "wrong", "said"),
    [
        ("desk", "--ledger-name", "other.example.org", "deployment.json is of the log ledger.example.org"),
        ("desk", "--ack-key", "reporter.key", "this is the key ledger.example.org/ack/reporter"),
        ("desk", "--recovery-key", "other-key.json", "belongs to another deployment"),
        ("reporter", "--readers", "unsigned.note", "unsigned.note"),
        ("reporter", "--ack-key", "unnamed.key", "does not name this acknowledgement key"),
        ("reporter", "--deployment", "no-ack.json", "ack is not a list of texts"),
        ("desk", "--deployment", "odd-ack.json", "ack: "),
        ("reporter", "--group", "no-such-group", "there is no such group"),
    ],
)
def test_a_wrong_option_leaves_nothing_behind(
    given: Path, tmp_path: Path, party: str, option: str, wrong: str, said: str
) -> None:
    options = asked(party, given, tmp_path / "home")
    value = str(given / wrong) if (given / wrong).exists() else wrong
    code, output = init(party, {**options, option: value})
    assert (code, said in output) == (2, True), output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("party", ["desk", "reporter"])
def test_a_server_that_does_not_answer_leaves_the_folder_as_it_was(given: Path, tmp_path: Path, party: str) -> None:
    # Given a folder with the party's key in it, and a server that is away
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "ack.key").write_bytes((given / f"{party}.key").read_bytes())
    (home / "ack.key").chmod(0o600)
    options = asked(party, given, home) | {"--ack-key": str(home / "ack.key")}
    code, output = init(party, options, AWAY)
    assert (code, "database" in output) == (2, True), output
    # Then nothing but the key is there
    assert [path.name for path in home.iterdir()] == ["ack.key"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    # And the same command does it once what was wrong is right; and never twice
    assert init(party, options)[0] == 0
    before = {path.name: path.stat().st_mtime_ns for path in home.iterdir()}
    code, output = init(party, options)
    assert (code, "is there already" in output, "cut short" in output) == (2, True, True), output
    assert {path.name: path.stat().st_mtime_ns for path in home.iterdir()} == before


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"is not installed. Install it, in a checkout: pip install '\.\[postgres\]'"):
        databases.database("postgresql://desk@server/answerable")
    assert run_reporting.lacking() == ""
    monkeypatch.setattr(run_reporting, "find_spec", lambda _name: None)
    assert run_reporting.lacking() == "Pillow, pypdfium2, av"
