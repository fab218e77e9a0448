"""Durable files: written whole, equal or never again, counted; a full disk is a sentence and loses nothing."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.ledger import store as stores
from answerable.ledger.errors import HaltError, StoreError
from answerable.ledger.store import Store


def test_what_is_written_is_read_and_counted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.put_once("a", b"one")
    assert store.get("a") == b"one"
    assert store.fsyncs == 2  # the file, its directory
    store.swap("a", b"two")
    assert store.get("a") == b"two"
    assert store.fsyncs == 4


def test_a_batch_syncs_each_directory_once_and_each_made_one_once_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.batch():
        for name in ("d/1", "d/2", "e/3"):
            store.put_once(name, b"x")
    assert store.fsyncs == 3 + 2 + 2


def test_equal_bytes_are_kept_and_others_halt(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put_once("a", b"one")
    assert not store.put_once("a", b"one")
    with pytest.raises(HaltError, match="contradicts the committed log"):
        store.put_once("a", b"two")
    assert store.get("a") == b"one"


@pytest.mark.parametrize("path", ["absent", "absent/deeper"])
def test_what_is_absent_is_not_found(tmp_path: Path, path: str) -> None:
    with pytest.raises(FileNotFoundError):
        Store(tmp_path).get(path)


def test_information_is_written_only_when_it_changes_and_costs_no_fsync(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.show("status.json", b"1")
    before = (tmp_path / "status.json").stat().st_mtime_ns
    store.show("status.json", b"1")
    assert (tmp_path / "status.json").stat().st_mtime_ns == before
    assert store.fsyncs == 0


@given(data=st.binary(max_size=5_000), short=st.integers(1, 700))
def test_short_writes_are_finished(tmp_path_factory: pytest.TempPathFactory, data: bytes, short: int) -> None:
    store = Store(tmp_path_factory.mktemp("short"))
    write = os.write
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stores.os, "write", lambda number, view: write(number, view[:short]))
        store.put_once("a", data)
    assert store.get("a") == data


def test_a_disk_that_fills_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)

    def full(number: int, view: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stores.os, "write", full)
        with pytest.raises(StoreError, match="the disk is full"):
            store.put_once("a", b"one")
    assert list(tmp_path.iterdir()) == []
    assert store.put_once("a", b"one")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB where this machine lets us mount one, else a limit on the size of files."""
    place = tmp_path / "tiny"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))
    yield place
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(tiny: Path) -> None:
    store = Store(tiny)
    with pytest.raises(StoreError, match="the disk is full"):
        store.put_once("large", bytes(100_000))
    assert not list(tiny.glob("*large*"))
    store.put_once("small", b"x")
    assert store.get("small") == b"x"
