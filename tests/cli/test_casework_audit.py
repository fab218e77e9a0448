"""`casework audit` on a desk of its own: what the panel signed of an audit that passed is recorded, and once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.desk_folder import LEDGER, Desk
from tests.cli.test_audit import CASE
from tests.record.registers import QUARTER, Register


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("audited"))


def test_an_audit_is_recorded_when_it_passes_and_only_then(desk: Desk) -> None:
    # Given a register with an event that the desk cannot open
    hidden = Register()
    hidden.act(1, CASE, 0)
    desk.publish(hidden)
    # When it is audited, then that is said, and nothing is recorded
    done = desk.audit()
    assert done.returncode == 1, done.stderr
    assert "does not open" in done.stdout
    assert desk.entries() == []
    # And when every slot opens, but somebody signs who is not of the panel, nothing is recorded either
    desk.publish(Register())
    done = desk.audit("stranger")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the panel has not signed this audit" in done.stderr
    assert desk.entries() == []
    assert not list(desk.home.glob("audits/*"))

    # When a member of the panel signs, then it is recorded, with the hash of the note that is kept
    done = desk.audit()
    assert done.returncode == 0, done.stderr
    assert f"signed    {LEDGER}/panel/ana\nrecorded  slots.audited: 48 slots  leaf " in done.stdout
    (entry,) = desk.entries()
    assert (entry["kind"], entry["by"], entry["period"]) == ("slots.audited", "panel", QUARTER)
    assert (entry["from"], entry["to"], entry["opened"], entry["failed"]) == (0, 48, 48, 0)
    (note,) = desk.home.glob("audits/*")
    assert note.stat().st_mode & 0o077 == 0
    # And again, by anybody of the panel, it is found and not repeated
    for member in ("ana", "boris"):
        done = desk.audit(member)
        assert done.returncode == 0, done.stderr
        assert "slots.audited, recorded before: 48 slots" in done.stdout
    assert len(desk.entries()) == 1
    assert list(desk.home.glob("audits/*")) == [note]

    # When the record holds it, then the counts say how many slots were audited, and before that that none were
    assert f"answerable casework audit {QUARTER}" in desk.run("counts", QUARTER).stdout
    held = [json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()]
    desk.copy.write("record", f"{LEDGER}/record", held)
    done = desk.run("counts", QUARTER, "--log", str(desk.copy.folder / "record"), "--json")
    assert json.loads(done.stdout)["counts"]["slots_audited"] == 48


def test_what_an_auditor_signed_elsewhere_is_recorded_too(desk: Desk, tmp_path: Path) -> None:
    before = desk.entries()
    desk.publish(Register(slots_per_tick=4))
    note = tmp_path / "audit.note"
    said = desk.copy.audit("--sign", str(desk.keys["boris"]), "--note", str(note))
    assert said[0] == 0, said[1]
    done = desk.run("audit", QUARTER, "--note", str(note), "--log", str(desk.copy.folder / "register"))
    assert done.returncode == 0, done.stderr
    assert "recorded" in done.stdout
    # And one that is of another register, another quarter, or was changed is refused in words
    other = Register()
    other.act(3, CASE, 0)
    desk.publish(other)
    register = str(desk.copy.folder / "register")
    changed = tmp_path / "changed.note"
    changed.write_bytes(note.read_bytes().replace(b"orphaned 0", b"orphaned 1"))
    for quarter, file, words in (
        (QUARTER, note, "is not the one that was audited"),
        ("2026-Q3", note, "not of 2026-Q3 here"),
        (QUARTER, changed, "the panel has not signed this audit"),
    ):
        done = desk.run("audit", quarter, "--note", str(file), "--log", register)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert len(desk.entries()) <= len(before) + 1


def test_one_way_or_the_other_is_chosen(desk: Desk) -> None:
    done = desk.run("audit", QUARTER)
    assert done.returncode == 2
    assert "give --period-key and --sign to audit here, or --note" in done.stderr
