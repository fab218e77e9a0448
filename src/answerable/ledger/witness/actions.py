"""Every write of a witness: it is made, learns of logs, cosigns, keeps evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction

from answerable.ledger.databases import make_file, path_of, schema_of
from answerable.ledger.network_errors import WitnessError
from answerable.ledger.signer_memory import origin_name
from answerable.ledger.wire import quoted
from answerable.ledger.witness.models import Evidence, Log, LogKey, Witness, alias
from answerable.ledger.witness.outcome import Outcome, conflict, cosign, cosigned, refused
from answerable.record.keys import MAX_NAME
from answerable.record.note import COSIGNATURE, Note, SigningKey, VerifierKey
from answerable.record.text import shown
from answerable.record.witnessing import Decision, LogRule, Recorded, Request, decide

#: A log that misbehaves is shown to by one case; more only fill the disk.
MAX_EVIDENCE = 1000
#: By its path, the file in which the state was at the first look, by device and inode.
_first: dict[Path, tuple[int, int]] = {}


class Known(NamedTuple):
    """A log as the witness knows it, read once per request so that rule and record belong together."""

    row: Log
    rule: LogRule
    recorded: Recorded | None


@contextmanager
def usable() -> Iterator[None]:
    """Inside, a database that cannot be reached, read or written is a WitnessError."""
    try:
        yield
    except DatabaseError as error:
        said = quoted(" ".join(str(error).split()))
        raise WitnessError(f"the database of this witness cannot be used: {said}") from error


def create_tables() -> None:
    """Make the tables of a new witness, and the schema that its settings name. Only `init` calls this."""
    here = connections[alias()]
    if path := path_of(here.settings_dict):
        make_file(path)
    with usable():
        if here.vendor == "postgresql" and (schema := schema_of(here.settings_dict)):
            with here.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {here.ops.quote_name(schema)}")
        call_command("migrate", database=alias(), verbosity=0)


def create(name: str, token: str) -> None:
    """Begin the state of a new witness. Raises WitnessError when this database has one."""
    with usable(), transaction.atomic(using=alias()):
        if Witness.objects.exists():
            raise WitnessError("this database already holds the state of a witness", todo="use a database of its own")
        Witness.objects.create(name=name, token=token)


def unmoved() -> None:
    """Raises WitnessError when the file of this witness is no more the one that was there at the first look.

    Some threads would go on with the old one, others with a backup: each would cosign what the other knows nothing of.
    """
    path = path_of(connections[alias()].settings_dict)
    if path is None:
        return
    try:
        found = path.stat()
    except OSError:
        found = None
    now = (found.st_dev, found.st_ino) if found else None
    if now is None or _first.setdefault(path, now) != now:
        raise WitnessError(
            "another file is in the place of this witness's state, or none",
            where=str(path),
            todo="stop this witness and put back the one it had; without it, retire the witness with its keys",
        )


def require_state(token: str) -> None:
    """Raises WitnessError unless this database holds the state made together with the folder that has ``token``."""
    with usable():
        there = "witness_witness" in connections[alias()].introspection.table_names()
        found = Witness.objects.first() if there else None
    if found is None and connections[alias()].vendor == "postgresql":
        raise WitnessError(
            "there is no state of this witness in the database that DATABASE_URL names",
            todo="unset DATABASE_URL if this witness was made without it, or set it to where the state is; only when"
            " that is truly lost, retire the witness with its keys and make a new one",
        )
    if found is None or found.token != token:
        raise WitnessError(
            "the state of this witness is gone" if found is None else "this is the state of another witness",
            todo="without its state it could cosign a second history: retire it with its keys, and make a new one",
        )
    unmoved()


def add_log(origin: str, keys: Sequence[VerifierKey], *, allow_extensions: bool = False) -> list[VerifierKey]:
    """Cosign for ``origin`` when signed with ``keys``, beside those it has. Returns the keys that are new.

    Raises WitnessError for a key that signs no log: a witness's type, or none at all.
    """
    if not keys:
        raise WitnessError("a log needs a key")
    if not 0 < len(origin.encode(errors="replace")) <= MAX_NAME:
        raise WitnessError(f"the origin of a log has at most {MAX_NAME} bytes, and is not empty")
    for key in keys:
        if key.type == COSIGNATURE:
            raise WitnessError(f"{shown(key.name)} has a witness's key (type 0x04), which signs no log of its own")
    with usable(), transaction.atomic(using=alias()):
        log, made = Log.objects.get_or_create(
            origin=origin, defaults={"origin_sha256": origin_name(origin), "allow_extensions": allow_extensions}
        )
        if not made and allow_extensions and not log.allow_extensions:
            Log.objects.filter(pk=log.pk).update(allow_extensions=True)
        return [key for key in keys if LogKey.objects.get_or_create(log=log, vkey=str(key))[1]]


def known(origin: str) -> Known | None:
    """The log of that origin, its keys, and what was cosigned last."""
    row = Log.objects.filter(origin=origin).prefetch_related("keys").first()
    if row is None:
        return None
    keys = tuple(VerifierKey.parse(key.vkey) for key in row.keys.all())
    recorded = None
    if row.size is not None and row.root is not None and row.time is not None:
        recorded = Recorded(row.size, bytes.fromhex(row.root), row.time)
    return Known(row, LogRule(origin, keys, row.allow_extensions), recorded)


def add_checkpoint(request: bytes, keys: Iterable[SigningKey], now: int) -> Outcome:
    """Answer one ``add-checkpoint`` body at POSIX time ``now`` (tlog-witness, add-checkpoint).

    A cosignature leaves only after the record that it stands for is committed; of two requests that race from the same
    record one commits, the other is a conflict.
    """
    seen: dict[str, Known | None] = {}

    def look(origin: str) -> Known | None:
        if origin not in seen:
            seen[origin] = known(origin)
        return seen[origin]

    decision = decide(
        request,
        lambda origin: found.rule if (found := look(origin)) else None,
        lambda origin: found.recorded if (found := look(origin)) else None,
    )
    origin = decision.origin or ""
    log = seen.get(origin)
    if decision.status == 422 and log is not None:
        return _refuse_and_keep(decision, log, request, now)
    if decision.status == 409 and log is not None:
        return conflict(origin, log.recorded.size if log.recorded else 0, decision.reason)
    if decision.status != 200 or log is None or decision.checkpoint is None:
        return refused(decision.status, origin, decision.reason)
    return _cosign(decision, log, request, tuple(keys), now)


def _cosign(decision: Decision, log: Known, request: bytes, keys: Sequence[SigningKey], now: int) -> Outcome:
    last, checkpoint = log.recorded, decision.checkpoint
    assert checkpoint is not None
    if now < (last.time if last else 1):
        return refused(500, log.rule.origin, "the clock of this witness is behind its own last cosignature")
    note = Note.parse(Request.parse(request).checkpoint)
    lines, cosigned_note = cosign(note, checkpoint, log.rule.keys, keys, now)
    # One statement, compare and swap: where the record is still the one decided on, it becomes the new one, committed.
    unchanged = Log.objects.filter(
        pk=log.row.pk,
        size=last.size if last else None,
        root=last.root.hex() if last else None,
        time=last.time if last else None,
    )
    if not unchanged.update(
        size=checkpoint.size, root=checkpoint.root.hex(), time=now, note=cosigned_note.to_bytes().decode()
    ):
        current = known(log.rule.origin)
        size = current.recorded.size if current and current.recorded else 0
        return conflict(log.rule.origin, size, "another request was faster")
    return cosigned(log.rule.origin, last.size if last else 0, checkpoint.size, lines)


def _refuse_and_keep(decision: Decision, log: Known, request: bytes, now: int) -> Outcome:
    """422: the log's own key signed this, so it is kept, once per head, beside the checkpoint it does not extend."""
    last, checkpoint = log.recorded, decision.checkpoint
    size = last.size if last else 0
    said = f"refused: not an extension of {size:,}"
    if checkpoint is None or Evidence.objects.filter(log=log.row).count() >= MAX_EVIDENCE:
        return refused(422, log.rule.origin, decision.reason, f"{said}; no more evidence is kept")
    head = {"log": log.row, "size": checkpoint.size, "root": checkpoint.root.hex()}
    try:
        with transaction.atomic(using=alias()):
            kept = Evidence.objects.create(
                **head, received=now, recorded_size=size, request=request, recorded_note=log.row.note or ""
            )
    except IntegrityError:
        kept = Evidence.objects.get(**head)
        return refused(422, log.rule.origin, decision.reason, f"{said}; evidence {kept.pk} was kept before")
    return refused(422, log.rule.origin, decision.reason, f"{said}; evidence {kept.pk} kept")
