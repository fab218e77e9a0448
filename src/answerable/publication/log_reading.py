"""A log as the site needs it: verified, every entry with its place and the day it was first witnessed.

Everything is read through the log's public files, as a stranger would, and bound to a checkpoint that the policy
accepts. What a page then says about the log is what anyone can find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from answerable.ledger.reading import open_log
from answerable.publication.errors import PublicationError
from answerable.publication.log_view import LogView
from answerable.record import canonical
from answerable.record.obligations import Covered
from answerable.record.paths import archive_path
from answerable.record.policy import Policy, check_checkpoint
from answerable.record.proof import TlogProof
from answerable.record.tiles import Fetch, Reader
from answerable.record.tree import leaf_hash


@dataclass(frozen=True)
class ReadLog:
    """A verified log: how the pages see it, its open entries in order, the day of its latest quorum time if any."""

    view: LogView
    covered: tuple[Covered, ...]
    witnessed_on: date | None


def read(place: str, *, policy: Path | None = None, url: str = "") -> ReadLog:
    """Read the log in a folder or at a URL. ``url`` is where readers of the site find it.

    Raises PublicationError when there is no policy or no checkpoint; the record's errors for what does not verify.
    """
    fetch = open_log(place)
    text = _policy_text(place, policy)
    rules = Policy.parse(text, file=str(policy or "policy"))
    try:
        note = fetch("checkpoint")
    except FileNotFoundError:
        raise PublicationError(
            "the log has published no checkpoint yet", where=place, todo="run the sequencer until its witnesses signed"
        ) from None
    checked = check_checkpoint(note, rules)
    size = checked.checkpoint.size
    reader = Reader(fetch, size, checked.checkpoint.root)
    entries = list(reader.entries(0, size))
    days = _witnessed_days(fetch, size, rules)
    last = _day(checked.quorum_time)
    covered: list[Covered] = []
    places: dict[str, int] = {}
    for index, data in enumerate(entries):
        leaf = leaf_hash(data)
        places.setdefault(leaf.hex(), index)
        fields = canonical.decode(data)
        if isinstance(fields, dict):
            covered.append((leaf, fields, days[index] or (last.isoformat() if last else None)))

    def receipt(leaf: str) -> bytes | None:
        index = places.get(leaf)
        if index is None:
            return None
        return TlogProof(entries[index], index, tuple(reader.inclusion_proof(index)), note).to_bytes()

    origin = checked.checkpoint.origin
    keys = "".join(f"{key}\n" for key in rules.log_keys(origin))
    vkeys = _beside(place, "vkeys.txt") or keys
    view = LogView(origin, note, text, places.get, vkeys, receipt, url, _verifier_policy(place, text))
    return ReadLog(view, tuple(covered), last)


def _verifier_policy(place: str, text: str) -> str:
    """The policy with the lines of the ledger's other logs before it, so that one verifier checks receipts of any."""
    known = set(text.splitlines())
    other = _beside(place, "register.policy") or ""
    lines = [line for line in other.splitlines() if line.startswith("log ") and line not in known]
    return "".join(f"{line}\n" for line in lines) + text


def _witnessed_days(fetch: Fetch, size: int, policy: Policy) -> list[str | None]:
    """For each entry the day of the first kept checkpoint that has it and that enough witnesses signed."""
    days: list[str | None] = [None] * size
    done = 0
    for at in range(1, size + 1):
        try:
            note = fetch(archive_path(at))
        except FileNotFoundError:
            continue
        day = _day(check_checkpoint(note, policy).quorum_time)
        for index in range(done, at):
            days[index] = day.isoformat() if day else None
        done = at
    return days


def _day(time: int | None) -> date | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).date()


def _policy_text(place: str, policy: Path | None) -> str:
    if policy is not None:
        try:
            return policy.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PublicationError(f"the policy cannot be read: {error}", where=str(policy)) from None
    found = _beside(place, Path(place).name + ".policy")
    if found is None:
        raise PublicationError("no policy says whose signatures count", where=place, todo="name the file with --policy")
    return found


def _beside(place: str, name: str) -> str | None:
    """A file of this name in the public folder of a ledger, or in the ledger's own folder; None for a log elsewhere."""
    folder = Path(place).resolve()
    for parent in (folder.parent, folder.parent.parent):
        path = parent / name
        if "://" not in place and path.is_file():
            return path.read_text("utf-8", errors="replace")
    return None
