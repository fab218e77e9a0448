"""`answerable demo --check`: the whole path as a stranger walks it, over HTTP, with nothing of ours but the policies.

The stranger was told the site's address and two policy files by a way of her own. She fetches everything else and stops
at the first thing that is untrue. What she runs are the commands that the site's own pages name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from answerable.cli.demo_pages import Site, fetch, read_site
from answerable.cli.demo_processes import DemoError, run_command
from answerable.cli.output import say
from answerable.errors import AnswerableError
from answerable.ledger.reading import http_fetch
from answerable.record import canonical
from answerable.record.checkpoint import Checkpoint
from answerable.record.note import Note, verify_note
from answerable.record.paths import archive_path, tiles_of
from answerable.record.policy import Policy
from answerable.record.tiles import Reader
from answerable.record.tree import verify_consistency

LOGS = ("record", "register")
_SILENCE = "answerable correspondence silence"


@dataclass(frozen=True)
class Told:
    """What the stranger knows beforehand: where the site is, and for each log its origin and policy file."""

    site: str
    origins: dict[str, str]
    policies: dict[str, Path]


def walk(told: Told, folder: Path) -> None:
    """Walk all of it, writing what is fetched into `folder`. Raises DemoError at the first thing that is untrue."""
    site = _pages(told)
    for log in LOGS:
        copy(told, log, folder / log)
        _verify_copy(told, log, folder / log)
    entries = _entries(folder / "record")
    _receipt(told, site, folder)
    _documents(site, entries)
    _silences(told, site, folder / "record")
    for log in LOGS:
        _witnesses(told, log, folder / log)


def _pages(told: Told) -> Site:
    """Read the whole site."""
    site = read_site(told.site)
    if not any(path.endswith("/silence.html") for path in site.pages):
        raise DemoError("no page about silence is linked from the first page", where=told.site)
    policy = told.policies["record"].read_bytes()
    if site.files.get("/record.policy", policy) != policy:
        raise DemoError("the policy the site hands out is not the one the stranger was told", where=told.site)
    say(
        "site",
        f"{len(site.pages)} pages and {len(site.files) - len(site.pages)} files read; every link leads somewhere",
    )
    return site


def copy(told: Told, log: str, folder: Path) -> None:
    """Copy a log as anyone may: its checkpoint, every tile and bundle of that size, and the archive of checkpoints."""
    origin = told.origins[log]
    with http_fetch(f"{told.site}/{log}") as get:
        note = get("checkpoint")
        checkpoint = _checkpoint(note, f"{told.site}/{log}/checkpoint")
        if checkpoint.origin != origin:
            raise DemoError(f"the checkpoint is of {checkpoint.origin}, not of {origin}", where=f"{told.site}/{log}")
        files = {"checkpoint": note}
        for tile in tiles_of(checkpoint.size):
            files[tile.path] = get(tile.path)
        for size in range(1, checkpoint.size + 1):  # not every size was published; what was says since when
            path = archive_path(size)
            try:
                files[path] = get(path)
            except FileNotFoundError:
                continue
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    say("copied", f"{origin}  {checkpoint.size:,} entries, {len(files)} files, over HTTP")


def _checkpoint(note: bytes, where: str) -> Checkpoint:
    try:
        return Checkpoint.parse(Note.parse(note).text)
    except AnswerableError as error:
        raise DemoError(f"what is served as a checkpoint is none: {error}", where=where) from error


def _verify_copy(told: Told, log: str, folder: Path) -> None:
    said = run_command("record", "verify", str(folder), "--policy", str(told.policies[log]))
    _must_pass(said, f"the copy of {told.origins[log]}")
    say("verified", f"{told.origins[log]}: the copy is the log that was cosigned")


def _must_pass(said: str, what: str) -> None:
    if not any(line.startswith("PASS") for line in said.splitlines()):
        raise DemoError(f"`record verify` ended well, but did not say PASS for {what}: {said.strip()}")


def _entries(folder: Path) -> list[object]:
    """The open entries of the copy, as the verified bundles hold them."""
    checkpoint = _checkpoint((folder / "checkpoint").read_bytes(), str(folder))
    reader = Reader(lambda path: (folder / path).read_bytes(), checkpoint.size, checkpoint.root)
    return [canonical.decode(data) for data in reader.entries(0, checkpoint.size)]


def _receipt(told: Told, site: Site, folder: Path) -> None:
    """Verify every receipt the site offers; see that one with a single bit changed is refused."""
    receipts = sorted(path for path in site.files if path.endswith(".tlog-proof"))
    if not receipts:
        raise DemoError("the site offers no receipt", where=told.site)
    place = folder / "receipt.tlog-proof"
    policy = str(told.policies["record"])
    place.write_bytes(site.files[receipts[0]])
    said = run_command("record", "verify", str(place), "--policy", policy)
    _must_pass(said, receipts[0])
    leaf = Path(receipts[0]).stem
    if leaf[:4] not in said:
        raise DemoError(
            f"the receipt of entry {leaf} proves another entry: {said.strip()}", where=site.url(receipts[0])
        )
    data = bytearray(site.files[receipts[0]])
    data[len(data) // 2] ^= 1
    place.write_bytes(data)
    try:
        run_command("record", "verify", str(place), "--policy", policy)
    except DemoError:
        say("receipt", f"entry {leaf[:16]}… verified offline; with one bit changed it is refused")
        return
    raise DemoError("a receipt with one bit changed is still accepted", where=site.url(receipts[0]))


def _documents(site: Site, entries: list[object]) -> None:
    """Every document the site serves is one that an entry commits to."""
    known = set(_hashes(entries))
    served = [path for path in site.files if path.startswith("/documents/")]
    if not served:
        raise DemoError("the site serves no document", where=site.base)
    for path in served:
        digest = sha256(site.files[path]).hexdigest()
        if digest not in known:
            raise DemoError(f"no entry of the record names a document with SHA-256 {digest}", where=site.url(path))
    say("documents", f"{len(served)} served, each with the hash that an entry of the record names")


def _hashes(value: object) -> list[str]:
    """Every text of 64 characters anywhere inside."""
    if isinstance(value, str):
        return [value] if len(value) == 64 else []
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for child in children for found in _hashes(child)]


def _silences(told: Told, site: Site, log: Path) -> None:
    """Recompute every silence from the copy alone and compare with what each page prints."""
    compared = 0
    recomputed: dict[str, tuple[list[str], dict[str, Any]]] = {}
    for path, command, block in site.find_answers(_SILENCE):
        printed = block.strip("\n").splitlines()
        if "--as-of" not in command:
            continue
        day = command.partition("--as-of")[2].split()[0]
        if day not in recomputed:
            recomputed[day] = _recompute(log, told.policies["record"], day)
        own, own_data = recomputed[day]
        for ours, theirs in zip(own, printed, strict=False):
            if ours.rstrip() != theirs.rstrip():
                raise DemoError(f"the page says “{theirs}”, the log alone says “{ours}”", where=site.url(path))
        if len(own) != len(printed):
            raise DemoError(
                f"the page prints {len(printed)} clocks, the log alone gives {len(own)}", where=site.url(path)
            )
        compared += 1
        _silence_data(site, path, own_data)
    if not compared:
        raise DemoError("no page prints the silences with the command that recomputes them", where=site.base)
    say("silence", f"every clock recomputed from the open entries alone equals the pages ({compared} compared)")


def _recompute(log: Path, policy: Path, day: str) -> tuple[list[str], dict[str, Any]]:
    """The clocks as the command gives them from the copy of the log: as lines, and as data."""
    command = ("correspondence", "silence", "--from-log", str(log), "--policy", str(policy), "--as-of", day)
    return run_command(*command).strip("\n").splitlines(), json.loads(run_command(*command, "--json"))


def _silence_data(site: Site, path: str, said: dict[str, Any]) -> None:
    """The clocks beside the page, for machines, say the same days of every letter and every question."""
    data = json.loads(fetch(site.url(path.removesuffix(".html") + ".json")))
    own = {clock["letter"]: _clock(clock.get("own"), clock["asks"]) for clock in said["letters"]}
    shown = {}
    for row in data["content"]["clocks"]:
        clock = row["clock"]
        running = {"days": clock["days"], "running": True} if clock["running"] else None
        shown[clock["letter"]] = _clock(running, clock["asks"])
    if own != shown:
        raise DemoError(f"the page's data says {shown}, the log alone says {own}", where=site.url(path))


def _clock(own: dict[str, object] | None, asks: list[dict[str, object]]) -> tuple[object, ...]:
    """What is compared of one letter: days its obligor has been silent if it still is, and days of each question."""
    running = own["days"] if own and own["running"] else None
    return running, tuple((ask["slot"], ask["days"]) for ask in asks)


def _witnesses(told: Told, log: str, folder: Path) -> None:
    """Ask every witness for its own view: signed by its own key, and of the same history as the copy."""
    policy = Policy.parse(told.policies[log].read_text(), file=str(told.policies[log]))
    origin = told.origins[log]
    ours = _checkpoint((folder / "checkpoint").read_bytes(), str(folder))
    name = sha256(origin.encode()).hexdigest()
    urls = {witness.url.rstrip("/"): witness.key for witness in policy.witnesses.values() if witness.url}
    with http_fetch(f"{told.site}/{log}") as live:
        for url, key in urls.items():
            where = f"{url}/{name}/checkpoint"
            note = fetch(where)
            try:
                verified = verify_note(Note.parse(note), [key])
                _same_history(ours, _checkpoint(note, where), live)
            except AnswerableError as error:
                raise DemoError(f"the witness {key.name} does not bear out the log: {error}", where=where) from error
            if not verified:
                raise DemoError(f"what the witness {key.name} serves bears no signature of its own", where=where)
    say("witnesses", f"{len(urls)} asked about {origin}; all hold the same history")


def _same_history(ours: Checkpoint, theirs: Checkpoint, live: Callable[[str], bytes]) -> None:
    """One of the two extends the other, by a proof computed from tiles that the larger root covers."""
    if theirs.origin != ours.origin:
        raise DemoError(f"it serves {theirs.origin}")
    small, large = sorted((ours, theirs), key=lambda checkpoint: checkpoint.size)
    proof = Reader(live, large.size, large.root).consistency_proof(small.size)
    verify_consistency(small.size, large.size, proof, small.root, large.root)
