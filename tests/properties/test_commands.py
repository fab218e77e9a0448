"""Whatever bytes a command is given, it ends with a sentence and an exit code, never with a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.record.ack import Ack, sign_ack
from answerable.record.note import COSIGNATURE
from answerable.record.proof import Growth
from answerable.record.tree import leaf_hash
from tests.amounts import amount
from tests.properties.command_server import Commands
from tests.record.logs import REGISTER, Log, key, policy_text, sealed_entries

#: Each example is a whole command, some of which check a few hundred post-quantum signatures.
MANY = amount(100, 3_000)
EXAMPLE = Path(__file__).parents[2] / "examples" / "un-2017" / "correspondence"
PARTY = key("ledger.example.org/ack/desk")
PAD = {
    "event": {"kind": "pad", "ordinal": 0, "tick": 1966080, "v": 1},
    "key": "d8b659dd63a9193c6dfe14f214b09904e21b9daf39cb1fbfcca12e34b80f86b8",
    "v": 1,
}
LETTER = {"kind": "finding.published", "report_sha256": "a" * 64, "inputs": []}
EVENT = {"kind": "pad", "ordinal": 0, "tick": 1, "v": 1}


@dataclass
class World:
    """A folder with one of everything that commands read, all of it sound, and a process that runs commands on it."""

    folder: Path
    commands: Commands

    def expect(self, words: tuple[str, ...], *codes: int) -> str:
        """Run a command that must not escape; what it said."""
        ended = self.commands.run(*words)
        assert ended["trace"] == "", (words, ended["trace"])
        assert "Traceback" not in ended["said"]
        assert ended["code"] in (codes or (0, 1, 2, 3, 4)), (words, ended)
        assert ended["said"].strip(), words
        said: str = ended["said"]
        return said


def _put(folder: Path, name: str, data: bytes | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    entries = sealed_entries(300)
    log, old = Log(entries, REGISTER), Log(entries[:200], REGISTER)
    for path, data in log.files.items():
        _put(folder, f"copy/register/{path}", data)
    _put(folder, "policy", policy_text(REGISTER))
    _put(folder, "new.proof", log.receipt(5).to_bytes())
    _put(folder, "old.proof", old.receipt(5).to_bytes())
    _put(folder, "growth", Growth(200, tuple(log.reader.consistency_proof(200)), log.note).to_bytes())
    _put(folder, "a.ack", sign_ack(Ack(REGISTER, leaf_hash(entries[7]), 86_400), PARTY))
    _put(folder, "ack.vkey", f"{PARTY.verifier}\n")
    _put(folder, "pad.json", json.dumps(PAD, separators=(",", ":"), sort_keys=True))
    _put(folder, "openings", json.dumps(PAD, separators=(",", ":"), sort_keys=True) + "\n")
    _put(folder, "period.key", "ab" * 32 + "\n")
    _put(folder, "none.policy", "quorum none\n")
    _put(folder, "entry.json", json.dumps(LETTER))
    _put(folder, "event.json", json.dumps(EVENT))
    _put(folder, "vkeys", f"{key(REGISTER).verifier}\n{key('w.example/w', COSIGNATURE).verifier}\n")
    copytree(EXAMPLE, folder / "letters")
    (folder / "out").mkdir()
    with Commands(folder) as founding:
        made = World(folder, founding)
        made.expect(("record", "init", "ledger", "--name", "ledger.example.org", "--witnesses", "none.policy"), 0)
    with Commands(folder) as commands:
        made = World(folder, commands)
        made.expect(("record", "key", "new", "a.key", "--name", "ledger.example.org/x"), 0)
        made.expect(("record", "append", "ledger", "entry.json", "-o", "e.ack"), 0)
        made.expect(("run", "sequencer", "ledger", "--once"), 0)
        made.expect(("record", "receipt", "ledger", "--ack", "e.ack", "-o", "e.proof"), 0)
        yield made


POLICY = ("--policy", "policy")
#: Commands and, of the files they read, those that are changed. OUT is a new name each time.
CASES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("verify", "new.proof", *POLICY), ("new.proof", "policy")),
    (("verify", "new.proof", *POLICY, "--json"), ("new.proof", "policy")),
    (("verify", "new.proof", *POLICY, "--opening", "pad.json"), ("pad.json",)),
    (("verify", "old.proof", *POLICY, "--growth", "growth"), ("growth", "old.proof")),
    (
        ("verify", "a.ack", *POLICY, "--log", "copy/register", "--ack-key", "ack.vkey"),
        ("a.ack", "ack.vkey", "copy/register/checkpoint"),
    ),
    (("verify", "copy/register", *POLICY), ("copy/register/checkpoint", "copy/register/tile/*", "policy")),
    (("verify", "copy/register", *POLICY, "--range", "10:290"), ("copy/register/tile/*",)),
    (("policy", "check", "policy"), ("policy",)),
    (("policy", "check", "none.policy", "--json"), ("none.policy",)),
    (("key", "show", "a.key"), ("a.key",)),
    (
        (
            "audit-slots", "openings", "--period", "2026-Q2", "--log", "copy/register", "--period-key", "period.key",
            "--record", "ledger/public/record",
        ),
        ("openings", "period.key", "ledger/public/record/checkpoint", "copy/register/checkpoint"),
    ),
    (
        ("monitor", "copy/register", *POLICY, "--state", "state"),
        ("policy", "copy/register/checkpoint", "copy/register/tile/*", "state/*"),
    ),
    (
        ("monitor", "ledger/public/record", "--policy", "ledger/record.policy", "--state", "state2"),
        ("ledger/public/record/checkpoint", "ledger/public/record/tile/*", "ledger/record.policy", "state2/*"),
    ),
    (("append", "ledger", "entry.json", "-o", "OUT"), ("entry.json",)),
    (
        ("append", "ledger", "--log", "register", "--seal", "event.json", "--opening-key", "period.key", "-o", "OUT"),
        ("event.json", "period.key"),
    ),
    (("receipt", "ledger", "--ack", "e.ack", "-o", "OUT"), ("e.ack", "ledger/public/record/tile/*")),
    (("receipt", "ledger", "--refresh", "e.proof", "-o", "OUT"), ("e.proof",)),
    (("status", "ledger"), ("ledger/ledger.toml", "ledger/public/record/checkpoint")),
    (("signer", "init", "ledger"), ("ledger/ledger.toml",)),
    (("period-key", "ledger", "--period", "2026-Q2", "-o", "OUT"), ("ledger/ledger.toml",)),
)  # fmt: skip
#: Commands in which one word is any text. A text that is a sound value does what it says.
WORDS: tuple[tuple[str, ...], ...] = (
    ("record", "verify", "ANY", "--policy", "policy"),
    ("record", "verify", "new.proof", "--policy", "ANY"),
    ("record", "verify", "copy/register", "--policy", "policy", "--range", "ANY"),
    ("record", "verify", "new.proof", "--policy", "policy", "--opening", "ANY"),
    ("record", "policy", "check", "ANY"),
    ("record", "key", "show", "ANY"),
    ("record", "key", "new", "OUT", "--name", "ANY"),
    ("record", "monitor", "ANY", "--policy", "policy", "--state", "state"),
    ("record", "monitor", "copy/register", "--policy", "policy", "--state", "state", "--register", "ANY"),
    ("record", "audit-slots", "openings", "--period", "ANY", "--log", "copy/register", "--period-key", "period.key"),
    ("record", "audit-slots", "openings", "--period", "2026-Q2", "--log", "ANY", "--period-key", "period.key"),
    ("record", "receipt", "ledger", "--leaf", "ANY", "-o", "OUT"),
    ("record", "append", "ledger", "ANY", "-o", "OUT"),
    ("record", "append", "ledger", "entry.json", "--log", "ANY", "-o", "OUT"),
    ("record", "rebuild", "ledger", "--from", "ANY"),
    ("record", "period-key", "ledger", "--period", "ANY", "-o", "OUT"),
    ("record", "status", "ANY"),
    ("record", "init", "OUT/there", "--name", "ANY", "--witnesses", "nothing.policy"),
    ("record", "witness", "evidence", "ANY"),
    ("record", "witness", "serve", "ANY"),
    ("run", "sequencer", "ANY", "--once"),
    ("publish", "site", "OUT", "--from", "ANY"),
    ("publish", "site", "OUT", "--from", "letters", "--as-of", "ANY"),
    ("publish", "site", "OUT", "--from", "letters", "--log", "ANY"),
    ("correspondence", "check", "ANY"),
    ("correspondence", "silence", "--from-log", "ANY", "--as-of", "2018-03-16"),
    ("correspondence", "silence", "--from-log", "ledger/public/record", "--as-of", "ANY"),
)
_PIECES = (
    b"\n", b"\n\n", b"\r\n", b"\x00", b"\xff", b" ", b"-", b"0", b"9" * 30, b'"', b"{", b"[" * 3000, b"\xe2\x80\x94 ",
)  # fmt: skip
_NAMES = (
    "", ".", "..", "/", "/nowhere", "ledger", "letters", "policy", "copy", "a:b", "1:0", "-1:2", "0:" + "9" * 20,
    "http://", "http://127.0.0.1:1/", "https://[", "http://[::1", "ftp://x/", "file:///etc", "http://127.0.0.1:99999/",
    "\u0661", "2026-Q9", "0000-00-00", "9999-12-31", "x" * 300, "a b", "a+b", "é",
)  # fmt: skip


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, float, float, bytes]:
    """A change of some bytes: what is done, where and over which part of the whole, with which bytes."""
    what = draw(st.sampled_from(("flip", "cut", "twice", "insert", "truncate", "replace")))
    new = draw(st.sampled_from(_PIECES) | st.binary(max_size=40))
    return what, draw(st.floats(0, 1)), draw(st.floats(0, 1)), new


def changed(data: bytes, change: tuple[str, float, float, bytes]) -> bytes:
    """The bytes after a change."""
    what, first, second, new = change
    start, stop = sorted((int(first * len(data)), int(second * len(data))))
    if what == "flip" and data:
        at = min(start, len(data) - 1)
        return data[:at] + bytes([data[at] ^ (1 + len(new) % 255)]) + data[at + 1 :]
    middle = {"cut": b"", "twice": data[start:stop] * 2, "insert": new + data[start:stop]}
    if what in middle:
        return data[:start] + middle[what] + data[stop:]
    return data[:start] if what == "truncate" else new


@settings(max_examples=MANY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=st.sampled_from(CASES), which=st.integers(0, 1000), change=changes(), number=st.integers(0, 2**60))
def test_any_bytes_in_a_file(
    world: World,
    case: tuple[tuple[str, ...], tuple[str, ...]],
    which: int,
    change: tuple[str, float, float, bytes],
    number: int,
) -> None:
    # Given a command whose files are all sound, but for one
    words, patterns = case
    files = sorted(
        path
        for pattern in patterns
        for path in ((world.folder / pattern[:-2]).rglob("*") if pattern.endswith("/*") else [world.folder / pattern])
        if path.is_file()
    )
    if not files:
        return  # a monitor's memory, before its first round
    path = files[which % len(files)]
    before = path.read_bytes()
    path.write_bytes(changed(before, change))
    try:
        # Then it ends with a sentence and an exit code
        world.expect(("record", *(f"out/{number}" if word == "OUT" else word for word in words)))
    finally:
        path.write_bytes(before)


@settings(max_examples=MANY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.sampled_from(WORDS),
    text=st.sampled_from(_NAMES)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    number=st.integers(0, 2**60),
)
def test_any_text_for_a_word(world: World, words: tuple[str, ...], text: str, number: int) -> None:
    # Given a command in which one word is any text, such as a file's name, an address, a day
    filled = [word.replace("OUT", f"out/{number}").replace("ANY", text) for word in words]
    if text.startswith("-"):
        return  # an option, not a value
    # Then it ends with a sentence and an exit code
    world.expect(tuple(filled))


@settings(max_examples=amount(40, 750), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 1000), change=changes())
def test_any_bytes_in_a_folder_to_publish(world: World, which: int, change: tuple[str, float, float, bytes]) -> None:
    # Given a folder of plain files, one of them changed
    files = sorted(path for path in (world.folder / "letters").rglob("*") if path.is_file())
    path = files[which % len(files)]
    before = path.read_bytes()
    path.write_bytes(changed(before, change))
    try:
        # Then checking it says what is wrong with it, or that it is sound
        world.expect(("correspondence", "check", "letters"))
    finally:
        path.write_bytes(before)
