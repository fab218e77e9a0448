"""The demo's children never outlive it, and a child that ends by itself is told, not hidden."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from answerable.cli import demo_processes
from answerable.cli.demo_places import WITNESSES, Ports, mark_ready, only_one, prepare
from answerable.cli.demo_processes import DemoError, Family

_SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
_PARENT = """
import sys, time
from pathlib import Path
from answerable.cli import demo_processes
demo_processes.COMMAND = (sys.executable, "-c", "import time; time.sleep(600)")
with demo_processes.Family.together(Path(sys.argv[1])) as family:
    print(family.start("one").process.pid, family.start("two").process.pid, flush=True)
    time.sleep(600)
"""


def _alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 15
    while any(map(_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(_alive, pids))


def test_leaving_the_block_ends_every_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a family of two
    monkeypatch.setattr(demo_processes, "COMMAND", _SLEEPER)
    with Family.together(tmp_path / "logs") as family:
        pids = [family.start(name).process.pid for name in ("one", "two")]
        family.wait_for("both", lambda: all(c.log.read_text() for c in family.children), seconds=20)
        family.check()
        assert all(map(_alive, pids))
    # Then nobody is left
    assert _wait_gone(pids)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_no_signal_to_the_demo_leaves_an_orphan(tmp_path: Path, number: signal.Signals) -> None:
    # Given a demo with two children
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        # When it is stopped in any way at all
        try:
            os.kill(parent.pid, number)
            parent.wait(20)
        finally:
            parent.kill()
    # Then its children are gone
    assert _wait_gone(pids)


def test_a_child_that_ends_is_named_with_the_end_of_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        demo_processes, "COMMAND", (sys.executable, "-c", "print('the disk is full'); raise SystemExit(4)")
    )
    with Family.together(tmp_path) as family:
        family.start("sequencer")
        with pytest.raises(DemoError, match=r"'sequencer' ended by itself \(exit code 4\)(.|\n)*the disk is full"):
            family.wait_for("what never comes", lambda: False, seconds=20)


def test_a_child_that_ends_later_is_told_once_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two children, one of which is killed
    monkeypatch.setattr(demo_processes, "COMMAND", _SLEEPER)
    with Family.together(tmp_path) as family:
        witness, other = family.start("cs1"), family.start("public")
        assert family.newly_ended() == []
        witness.process.kill()
        witness.process.wait(20)
        # Then it is told once, and the other runs on
        assert [child.name for child in family.newly_ended()] == ["cs1"]
        assert family.newly_ended() == []
        assert other.ended() is None


def test_waiting_has_an_end(tmp_path: Path) -> None:
    with Family.together(tmp_path) as family, pytest.raises(DemoError, match="waited 0 seconds for a quorum in vain"):
        family.wait_for("a quorum", lambda: False, seconds=0)


def test_a_failing_command_says_its_own_words() -> None:
    with pytest.raises(
        DemoError, match=r"`answerable no-such-command` failed with exit code 2: (.|\n)*No such command"
    ):
        demo_processes.run_command("no-such-command")


def test_ports_are_free_and_nobody_shares_one() -> None:
    # Given two demos that start at the same time
    first, second = Ports(), Ports()
    try:
        assert set(first.numbers) == {"public", "editors", "reporter", "desk", *WITNESSES}
        numbers = [*first.numbers.values(), *second.numbers.values()]
        # Then nobody shares a port, with a party of its own or of the other
        assert len(set(numbers)) == len(numbers)
        # And data that names a port which somebody has is not started on another
        with pytest.raises(DemoError, match=r"is taken, and the data that is kept names it"):
            Ports(first.numbers)
    finally:
        first.release_all()
        second.release_all()
    again = Ports(first.numbers)
    again.release_all()
    assert again.numbers == first.numbers


def test_a_folder_that_is_not_a_demo_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work")
    with pytest.raises(DemoError, match="not empty and not a demo's"):
        prepare(tmp_path, keep=False)
    assert precious.read_text() == "years of work"


def test_a_second_demo_leaves_the_data_of_a_running_one_alone(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    # Given a demo that runs
    with only_one(data):
        prepare(data, keep=False)
        (data / "ledger").mkdir()
        # When another is started with the same data, it is told so
        with pytest.raises(DemoError, match="another demo runs with this data"), only_one(data):
            pass
        assert (data / "ledger").exists()
    # And when the first has ended, however it ended, the second begins
    with only_one(data):
        assert prepare(data, keep=False) is False
    assert not (data / "ledger").exists()


def test_an_earlier_demo_is_removed_or_kept(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    # Given a demo whose set-up was completed
    assert prepare(data, keep=False) is False
    (data / "ledger").mkdir()
    mark_ready(data)
    # Then it is kept when that is asked, else begun anew
    assert prepare(data, keep=True) is True
    assert (data / "ledger").exists()
    assert prepare(data, keep=False) is False
    assert not (data / "ledger").exists()
    # And one whose set-up was interrupted is never kept
    assert prepare(data, keep=True) is False
    assert data.stat().st_mode & 0o077 == 0
