"""What the monitor remembers of one log: the last checkpoint it verified, how far it read, what it found for good.

A folder of plain files: ``checkpoint`` and ``state.json``, in ``entries.jsonl`` the open entries that later rounds
need, and ``evidence/``. Every save leaves either the old state or the new one, so that an interrupted round is resumed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from answerable.ledger.network_errors import WatchError
from answerable.record.canonical import Json
from answerable.record.findings import Finding

_VERSION = 1


@dataclass(frozen=True)
class Held:
    """An open entry that later rounds need, its leaf hash, and the quorum time that first covers it."""

    index: int
    leaf: bytes
    fields: dict[str, Json]
    covered: int | None


@dataclass
class State:
    """One log as verified last. ``examined`` entries were looked at; ``seen_at`` is the last time without the rest."""

    origin: str = ""
    size: int = 0
    root: str = ""
    quorum_time: int | None = None
    examined: int = 0
    seen_at: int | None = None
    sorted_to: int = 0
    anchors: list[int] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    held_bytes: int = 0


def _private(place: Path, flags: int) -> BinaryIO:
    """Open a file that is readable by its owner alone when it is made here."""
    return os.fdopen(os.open(place, flags, 0o600), "r+b" if flags & os.O_RDWR else "wb")


class Folder:
    """The memory of one log in ``place``. Raises WatchError when it cannot be read or written."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.state = self._load()
        self.held = self._load_held()

    def keep(self, findings: Iterable[Finding]) -> None:
        """Remember findings that stay true; each once."""
        for finding in findings:
            if finding not in self.state.found:
                self.state.found.append(finding)

    def hold(self, entries: list[Held]) -> None:
        """Add open entries; they count once the state is saved."""
        if not entries:
            return
        lines = b"".join(
            json.dumps([held.index, held.leaf.hex(), held.fields, held.covered], separators=(",", ":")).encode() + b"\n"
            for held in entries
        )
        try:
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _private(self.place / "entries.jsonl", os.O_RDWR | os.O_CREAT) as file:
                file.seek(self.state.held_bytes)
                file.truncate()  # what an interrupted round wrote after its last save
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._error("cannot be written", error) from error
        self.state.held_bytes += len(lines)
        self.held += entries

    def save(self, checkpoint: bytes | None = None) -> None:
        """Write the state, and the checkpoint it is of when there is a new one."""
        if checkpoint is not None:
            self._write("checkpoint", checkpoint)
        data = {"version": _VERSION, **asdict(self.state)}
        self._write("state.json", json.dumps(data, ensure_ascii=True, indent=1).encode() + b"\n")

    def evidence(self, name: str, *notes: bytes | None) -> str:
        """Keep what shows a second history, once per name; returns where."""
        for number, note in enumerate(note for note in notes if note):
            file = f"evidence/{name}-{number + 1}.note"
            if not (self.place / file).exists():
                self._write(file, note)
        return str(self.place / "evidence")

    def checkpoint(self) -> bytes | None:
        """The last verified checkpoint as it was served."""
        place = self.place / "checkpoint"
        return place.read_bytes() if place.is_file() else None

    def _write(self, name: str, data: bytes) -> None:
        place = self.place / name
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = place.with_suffix(".new")
            with _private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(place)
        except OSError as error:
            raise self._error("cannot be written", error) from error

    def _load(self) -> State:
        place = self.place / "state.json"
        try:
            data = json.loads(place.read_bytes())
        except FileNotFoundError:
            return State()
        except (OSError, ValueError) as error:
            raise self._error("cannot be read", error) from error
        try:
            if data.pop("version") != _VERSION:
                raise ValueError("of another version")
            found = [Finding(**one) for one in data.pop("found")]
            state = State(**data, found=found)
            bytes.fromhex(state.root)
            if not 0 <= state.examined <= state.size:
                raise ValueError("more was examined than verified")
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise self._error("is not one", error) from error
        return state

    def _load_held(self) -> list[Held]:
        if not self.state.held_bytes:
            return []
        try:
            data = (self.place / "entries.jsonl").read_bytes()
            if len(data) < self.state.held_bytes:
                raise ValueError("entries.jsonl is shorter than it was")
            rows: list[list[Any]] = [json.loads(line) for line in data[: self.state.held_bytes].splitlines()]
            return [Held(index, bytes.fromhex(leaf), fields, covered) for index, leaf, fields, covered in rows]
        except (OSError, ValueError, TypeError) as error:
            raise self._error("cannot be read", error) from error

    def _error(self, what: str, error: Exception) -> WatchError:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return WatchError(
            f"the monitor's memory {what}: {said}",
            where=str(self.place),
            todo="restore it from a copy, or begin again with an empty folder",
        )
