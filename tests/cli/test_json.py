"""Every command that ends by itself takes ``--json``, and then prints one JSON object and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import typer

from answerable.cli.main import app
from tests.properties.command_server import Commands
from tests.record.logs import REGISTER, Log, key, policy_text, sealed_entries

EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "correspondence"
#: These stay up until they are interrupted, and print a line for each thing that happens.
_RUN = ("editors", "sequencer", "public", "reporter", "desk", "carry", "clocks")
STAY = {"demo", *(f"run {name}" for name in _RUN)}


def commands(group: Any, *path: str) -> Iterator[tuple[str, Any]]:
    """Every command below a group, by the words that are typed. The group is of the click that typer carries."""
    if hasattr(group, "commands"):
        for name, one in group.commands.items():
            yield from commands(one, *path, name)
    else:
        yield " ".join(path), group


ALL = {words: one for words, one in commands(typer.main.get_command(app)) if words}


def test_every_command_takes_it() -> None:
    lacking = [name for name, one in ALL.items() if not any("--json" in parameter.opts for parameter in one.params)]
    assert sorted(set(lacking) - STAY) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of a log, its policy, a receipt, and the shipped correspondence."""
    folder = tmp_path_factory.mktemp("json")
    log = Log(sealed_entries(20), REGISTER)
    for path, data in log.files.items():
        (folder / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "copy" / path).write_bytes(data)
    (folder / "policy").write_text(policy_text(REGISTER))
    (folder / "receipt").write_bytes(log.receipt(5).to_bytes())
    (folder / "none.policy").write_text("quorum none\n")
    (folder / "entry.json").write_text(
        json.dumps({"kind": "finding.published", "report_sha256": "a" * 64, "inputs": []})
    )
    (folder / "vkeys").write_text(f"{key(REGISTER).verifier}\n")
    copytree(EXAMPLE, folder / "letters")
    return folder


def said(process: Commands, words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints with --json."""
    ended = process.run(*words.split(), "--json")
    assert ended["trace"] == "", words
    assert ended["code"] == code, (words, ended)
    told = json.loads(ended["said"])
    assert isinstance(told, dict), words
    return told


def test_each_prints_one_object(place: Path) -> None:
    # Given each command, in an order in which each finds what it needs; Django is set up once in a process
    ack = "--ledger-name ledger.example.org --ack-key ledger/keys/ack-editors.key"
    for together in (
        (
            "record verify receipt --policy policy",
            "record verify copy --policy policy",
            "record policy check policy",
            "record key new a.key --name a.example/k",
            "record key show a.key",
            "record init ledger --name ledger.example.org --witnesses none.policy",
        ),
        (
            "record append ledger entry.json -o e.ack",
            "record status ledger",
            "record period-key ledger --period 2026-Q2 -o pk",
            "record add-party ledger editors editors/editors.db",
        ),
        (
            "record witness init w --name w.example/w",
            "record witness add-log w --vkeys vkeys",
            "record witness evidence w",
        ),
        (
            f"correspondence init --home editors {ack}",
            "correspondence invite ada --role author --home editors",
            "correspondence invite bo --role reviewer --home editors",
            "correspondence check letters",
            "correspondence questions letters",
            "correspondence import letters --author ada --reviewer bo --home editors",
            "correspondence silence --as-of 2018-03-16 --home editors",
            "correspondence export exported --home editors",
            "correspondence dismiss ada --home editors",
        ),
        ("publish site site --from letters --as-of 2018-03-16",),
    ):
        with Commands(place) as process:
            for words in together:
                # Then it prints one object
                said(process, words)
    # And so it does where it finds something: this log declares no keys
    with Commands(place) as process:
        assert said(process, "record monitor copy --policy policy --state state", 1)["open"] > 0


def test_a_receipt_after_the_tick(place: Path) -> None:
    # Given an entry that waited, and one round of the sequencer
    with Commands(place) as process:
        process.run("run", "sequencer", "ledger", "--once")
    # Then its receipt is told as data
    with Commands(place) as process:
        assert said(process, "record receipt ledger --ack e.ack -o e.proof")
        assert said(process, "record verify e.proof --policy ledger/record.policy")["verdict"] == "PASS"
        # And an error is a sentence on standard error, not an object
        ended = process.run("record", "verify", "nothing", "--policy", "policy", "--json")
    assert ended["code"] == 2
    assert ended["said"].startswith("answerable: ")
