"""Policy files: read with file and line, refused when at fault, in force once two signed and the record says so."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.casework import policies
from answerable.casework.policies import Policy, Published, Signed, in_force
from answerable.errors import AnswerableError
from answerable.procedures.collection import from_folder
from answerable.procedures.errors import FileProblem

BUILT_IN = (Path(policies.__file__).parent / "policy" / "access.yaml").read_bytes()
DAY = date(2026, 11, 22)


def changed(old: str, new: str, count: int = 1) -> bytes:
    """The built-in file with some text in place of another."""
    text = BUILT_IN.decode()
    assert old in text
    return text.replace(old, new, count).encode()


def deployment(folder: Path, data: bytes) -> Path:
    (folder / "access.yaml").write_bytes(data)
    return folder


def test_a_deployments_own_file_is_read_in_place_of_the_default(tmp_path: Path) -> None:
    # Given a folder without the file, then with one that has an ended row
    assert policies.load(tmp_path).access == policies.load().access
    own = changed("    compartment: deliberation\n", "    compartment: deliberation\n    until: 2026-12-31\n")
    found = policies.load(deployment(tmp_path, own))
    assert found.access != policies.load().access
    assert found.hash_of("access") == sha256(own).hexdigest()
    assert policies.load().hash_of("access") == sha256(BUILT_IN).hexdigest()


def test_a_folder_that_is_not_there_is_said() -> None:
    with pytest.raises(FileProblem, match="no such folder"):
        policies.load(Path("/nowhere/at/all"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"policy: [access", "not YAML"),
        (b"\xff", "UTF-8"),
        (changed("policy: access", "policy: routes"), "access.yaml:6: “routes”"),
        (changed("role: advocate", "role: Advocate"), "cannot be a role"),
        (changed("acts: [read, add]", "acts: []"), "no act"),
        (changed("from: 2026-01-01", "from: 2026-02-30"), "first day"),
        (changed("    because: deliberation of its own body\n", ""), "has no “because”"),
        (changed("    because: ", "    expires: never\n    because: "), "no key “expires”"),
        (changed("compartment: deliberation", "compartment: [[deliberation]]"), "must be a text"),
        (changed("  report:\n", "  - report:\n"), "not YAML"),
        (changed("rows:\n", "rows: none\nmore:\n"), "access.yaml"),
        (changed("{stage: received", "{place: received"), "no key “place”"),
        (changed("role: judge", "role: clerk"), "“clerk” is no role"),
        (changed("acts: [read, add]", "acts: [read, print]"), "“print” is no act"),
        (changed("owner: assessor, ", ""), "has no owner"),
    ],
)
def test_a_file_at_fault_is_refused_with_its_line(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(FileProblem) as caught:
        policies.table(deployment(tmp_path, data))
    assert says in str(caught.value)
    assert "access.yaml:" in str(caught.value)


def test_a_reviewer_who_may_decide_is_named_with_the_line(tmp_path: Path) -> None:
    # Given a row added at the end of the file
    line = BUILT_IN.count(b"\n") + 1
    row = (
        "  - role: reviewer\n    record: case\n    compartment: deliberation\n    acts: [read, decide]\n"
        "    outcomes: [no_further_action]\n    from: 2027-01-01\n    because: planted\n"
    )
    data = BUILT_IN + row.encode()
    with pytest.raises(FileProblem) as caught:
        policies.table(deployment(tmp_path, data))
    assert str(caught.value) == (
        f"access.yaml:{line}: a person with the role reviewer may review and also decide “no_further_action”. "
        "Split the role or end one row"
    )


def test_a_fault_of_the_past_does_not_stop_what_runs_now(tmp_path: Path) -> None:
    # Given a reviewer who could decide for a month, long over: the row stays in the file, ended
    row = (
        "  - role: reviewer\n    record: case\n    compartment: deliberation\n    acts: [read, decide]\n"
        "    from: 2026-01-01\n    until: 2026-01-31\n    because: a mistake\n"
    )
    found = policies.table(deployment(tmp_path, BUILT_IN + row.encode()))
    assert policies.faults(found, date(2026, 1, 15))
    assert policies.faults(found, date(2026, 2, 1)) == ()


def test_the_acts_that_stages_name_are_the_procedures() -> None:
    collection = from_folder(policies.procedures_folder(None))
    acts = {rule.act for procedure in collection.procedures for rule in procedure.acts}
    table = policies.table()
    assert policies.unknown_acts(table, acts) == ()
    missing = policies.unknown_acts(table, acts - {"give notice"})
    assert missing
    assert all("give notice" in fault.what and fault.line for fault in missing)


def test_procedures_of_a_deployment_come_first(tmp_path: Path) -> None:
    assert policies.procedures_folder(tmp_path) == policies.procedures_folder(None)
    (tmp_path / "procedures").mkdir()
    assert policies.procedures_folder(tmp_path) == tmp_path / "procedures"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes_give_a_table_or_an_error(data: st.DataObject) -> None:
    raw = bytearray(BUILT_IN)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        found = policies.read_access(bytes(raw), "access.yaml")
    except AnswerableError as error:
        said = str(error)
    else:
        said = "; ".join(fault.what for fault in policies.faults(found, DAY)) or "no fault"
    assert said


# In force.

ACCESS = Policy("access", "ab" * 32, "access.yaml")
BOTH = [Signed("Ada", ACCESS.sha256, date(2026, 11, 1)), Signed("Ben", ACCESS.sha256, date(2026, 11, 5))]
ENTERED = [Published("access", ACCESS.sha256, date(2026, 11, 10))]


def test_two_signatures_and_an_entry_put_a_file_in_force() -> None:
    assert in_force(ACCESS, BOTH, ENTERED, date(2026, 11, 10))
    # Not before the day the entry names, nor without it
    assert not in_force(ACCESS, BOTH, ENTERED, date(2026, 11, 9))
    assert not in_force(ACCESS, BOTH, [], DAY)
    # Not with one signature, one person's twice, or a signature still to come
    assert not in_force(ACCESS, BOTH[:1], ENTERED, DAY)
    assert not in_force(ACCESS, [BOTH[0], Signed("Ada", ACCESS.sha256, date(2026, 11, 6))], ENTERED, DAY)
    late = [BOTH[0], Signed("Ben", ACCESS.sha256, date(2026, 12, 1))]
    assert not in_force(ACCESS, late, ENTERED, DAY)
    assert in_force(ACCESS, late, ENTERED, date(2026, 12, 1))


def test_what_was_signed_or_entered_for_other_bytes_does_not_count() -> None:
    other = "cd" * 32
    assert not in_force(ACCESS, [BOTH[0], Signed("Ben", other, DAY)], ENTERED, DAY)
    assert not in_force(ACCESS, BOTH, [Published("access", other, DAY)], DAY)
    assert not in_force(ACCESS, BOTH, [Published("routes", ACCESS.sha256, DAY)], DAY)
