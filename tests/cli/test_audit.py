"""`answerable record audit-slots` on a copy of two logs."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from answerable.cli.main import app
from answerable.record import commit, kinds
from answerable.record.audited import parse
from answerable.record.checkpoint import Checkpoint
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import Note, sign_checkpoint, verify_note, write_key_file
from tests.record.events import ORIGIN, VKEY, open_event
from tests.record.registers import LAST, PERIOD_KEY, QUARTER, Register, files_of

CASE = "a" * 32


class Copy:
    """Copies of the record and the register in one folder, with what an auditor is given."""

    def __init__(self, folder: Path, register: Register) -> None:
        self.folder = folder
        self.openings = folder / "openings.jsonl"
        self.openings.write_bytes(b"".join(opening + b"\n" for opening in register.openings))
        self.key = folder / "pk"
        self.key.write_text(PERIOD_KEY.hex() + "\n")
        opened = open_event(
            "log.opened", origin=ORIGIN, format="sealed", vkeys=[VKEY], tick_seconds=900, genesis_tick=LAST[0], slots=4
        )
        other = open_event("log.closed", origin="ledger.example.org/survey/x")
        self.write("record", "ledger.example.org/record", [kinds.encode_open(other), kinds.encode_open(opened)])
        self.entries = register.entries()
        self.write("register", ORIGIN, self.entries)

    def write(self, name: str, origin: str, entries: list[bytes]) -> str:
        """Write a log signed by its key alone; return a policy that asks no more."""
        files, root = files_of(entries)
        key = SigningKey.generate(origin, ED25519, sha256(origin.encode()).digest())
        checkpoint = Checkpoint(origin, len(entries), root)
        files["checkpoint"] = Note(checkpoint.text(), (sign_checkpoint(checkpoint, key, None),)).to_bytes()
        for path, data in files.items():
            place = self.folder / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return f"log {key.verifier}\n"

    def audit(self, *more: str, openings: Path | None = None) -> tuple[int, str]:
        """Run the command; return its exit code and all it said."""
        log = str(self.folder / "register")
        arguments = [str(openings or self.openings), "--period", QUARTER, "--log", log, "--period-key", str(self.key)]
        result = CliRunner().invoke(app, ["record", "audit-slots", *arguments, *more])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.output


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    register = Register()
    register.act(1, CASE, 0)
    register.act(2, CASE, 1)
    return Copy(tmp_path, register)


def test_a_register_that_opens_passes(copy: Copy) -> None:
    assert copy.audit() == (
        0,
        "slots     48: 46 pads, 2 events in 1 case, 0 erased, 0 orphans, 0 unopened\n"
        "chains    1 of 1 dense and linked\n"
        "PASS      every slot opens once\n",
    )


def test_a_slot_that_does_not_open_fails_and_is_named(copy: Copy, tmp_path: Path) -> None:
    first = copy.openings.read_bytes().splitlines(keepends=True)[0]
    less = tmp_path / "less.jsonl"
    less.write_bytes(first)
    code, said = copy.audit(openings=less)
    assert code == 1
    assert "1 unopened\nchains    1 of 1 dense and linked\nFAIL      index " in said
    assert said.endswith(" does not open\n")


def test_a_machine_reads_the_same_as_json(copy: Copy) -> None:
    code, said = copy.audit("--json")
    data = json.loads(said)
    assert code == 0
    assert data["verdict"] == "PASS"
    assert (data["slots"], data["pads"], data["events"], data["from"], data["to"]) == (48, 46, 2, 0, 48)
    assert (data["origin"], data["size"], len(data["root"])) == (ORIGIN, 48, 64)


def test_a_sample_is_drawn_by_the_auditors_seed(copy: Copy) -> None:
    code, said = copy.audit("--sample", "48", "--seed", "5a" * 32)
    assert code == 0
    assert "sample    48 of 48 slots; cheating in 1 of 100 is missed with probability 61.7 %" in said
    assert said.endswith("PASS      every slot drawn opens once\n")
    assert copy.audit("--sample", "4")[0] == 2
    assert copy.audit("--sample", "4", "--seed", "5a")[0] == 2


def test_a_policy_is_asked_of_both_logs(copy: Copy, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    lines = copy.write("register", ORIGIN, copy.entries)
    policy.write_text(lines + "quorum none\n")
    code, said = copy.audit("--policy", str(policy))
    assert code != 0
    assert "record" in said
    opened = open_event(
        "log.opened", origin=ORIGIN, format="sealed", vkeys=[VKEY], tick_seconds=900, genesis_tick=LAST[0], slots=4
    )
    lines += copy.write("record", "ledger.example.org/record", [kinds.encode_open(opened)])
    policy.write_text(lines + "quorum none\n")
    assert copy.audit("--policy", str(policy))[0] == 0


def test_a_changed_entry_is_not_of_the_log_that_was_signed(copy: Copy) -> None:
    bundle = next((copy.folder / "register" / "tile" / "entries").rglob("48"))
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(bytes(data))
    code, said = copy.audit()
    assert code == 1
    assert said.startswith("FAIL ")


@pytest.mark.parametrize(
    ("name", "content"),
    [("pk", b"not a key"), ("pk", b"\xff" * 70), ("openings.jsonl", b"{}\n"), ("openings.jsonl", b"\x00" * 2_000_000)],
)
def test_malformed_input_is_said_in_one_sentence_without_showing_a_key(copy: Copy, name: str, content: bytes) -> None:
    (copy.folder / name).write_bytes(content)
    code, said = copy.audit()
    assert code == 2
    assert said.startswith("answerable: ")
    assert said.count("\n") == 1
    assert "not a key" not in said


def test_what_is_missing_is_named(copy: Copy) -> None:
    for name in ("pk", "openings.jsonl"):
        kept = (copy.folder / name).read_bytes()
        (copy.folder / name).unlink()
        code, said = copy.audit()
        assert (code, name in said) == (2, True)
        (copy.folder / name).write_bytes(kept)
    code, said = copy.audit("--record", str(copy.folder / "nowhere"))
    assert code == 2
    assert "nowhere" in said
    code, said = copy.audit("--record", str(copy.folder / "register"))
    assert code == 2
    assert "no log.opened tells" in said


def test_a_quarters_key_is_written_for_its_auditors_and_never_printed(tmp_path: Path) -> None:
    padding = tmp_path / "keys" / "padding.key"
    padding.parent.mkdir()
    padding.write_text("7f" * 32 + "\n")
    padding.chmod(0o600)
    out = tmp_path / "pk"
    arguments = ["record", "period-key", str(tmp_path), "--period", QUARTER, "-o", str(out)]
    result = CliRunner().invoke(app, arguments)
    key = commit.period_key(b"\x7f" * 32, QUARTER).hex()
    assert result.exit_code == 0
    assert result.output.startswith("created   ")
    assert key not in result.output
    assert out.read_text() == key + "\n"
    assert out.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2
    assert out.read_text() == key + "\n"
    assert CliRunner().invoke(app, [*arguments[:-4], "--period", "2026", "-o", str(out)]).exit_code == 2


def test_an_auditor_signs_what_passed_and_nothing_else(copy: Copy, tmp_path: Path) -> None:
    key = SigningKey.generate("ledger.example.org/panel/ana", ED25519, b"\x07" * 32)
    write_key_file(tmp_path / "ana.key", key)
    note = tmp_path / "audit.note"
    signing = ("--sign", str(tmp_path / "ana.key"), "--note", str(note))
    # Given an audit that fails, a sample, or half of what it takes, then nothing is signed
    (tmp_path / "none").write_bytes(b"")
    assert copy.audit(*signing, openings=tmp_path / "none")[0] == 1
    assert copy.audit(*signing, "--sample", "4", "--seed", "5a" * 32)[0] == 2
    assert copy.audit(*signing[:2])[0] == 2
    assert not note.exists()
    # When it passes, then the note says what was found, under the key of whoever audited
    assert copy.audit(*signing)[0] == 0
    signed = Note.parse(note.read_bytes())
    assert [one.key.name for one in verify_note(signed, [key.verifier])] == [key.name]
    found = parse(signed.text)
    assert (found.origin, found.period, found.start, found.stop, found.opened) == (ORIGIN, QUARTER, 0, 48, 48)
    # And a note that is there is not replaced
    before = note.read_bytes()
    assert copy.audit(*signing)[0] != 0
    assert note.read_bytes() == before
