"""`record status`: how far the logs are, who witnesses them, and whether the sequencer runs."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass, field
from typing import Any

from answerable.ledger import files
from answerable.ledger.actions import rows
from answerable.ledger.config import LedgerConfig, Log
from answerable.ledger.errors import OutboxError
from answerable.ledger.running import STATE, clock_text
from answerable.ledger.store import Store
from answerable.record.keys import VerifierKey


@dataclass
class Standing:
    """What is said to a person (lines of label and text) and to a machine."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def status(config: LedgerConfig) -> Standing:
    """The state of both logs. Reads only."""
    found = Standing()
    for log in (config.record, config.register):
        _log(config, log, found)
    _witnesses(config.record, found)
    _state(config, found)
    return found


def _log(config: LedgerConfig, log: Log, found: Standing) -> None:
    head = rows.head(log.origin)
    size = head.size if head else 0
    published, witnessed = _published(log), rows.last_witnessed(log.origin)
    quorum = clock_text(witnessed.quorum_time) if witnessed and witnessed.quorum_time else "never"
    said: dict[str, Any] = {"size": size, "published": published, "quorum_time": witnessed and witnessed.quorum_time}
    text = f"size {size:,}  published {published:,}  quorum {quorum}"
    if log.form == "sealed":
        said["tick"] = head.tick if head else None
        text += f"  tick {said['tick']:,}" if said["tick"] is not None else "  no tick yet"
    else:
        # How many sealed acts wait is told to nobody: their number is a finding about victims.
        said["waiting"], silent = _waiting(config, log)
        text += f"  waiting {said['waiting']}" + (f" (no answer from {', '.join(silent)})" if silent else "")
    found.lines.append((log.short, text))
    found.data[log.short] = said


def _published(log: Log) -> int:
    try:
        checkpoint = files.signed_by_log(Store(log.public).get("checkpoint"), log.policy.logs, log.origin)
    except FileNotFoundError:
        return 0
    return checkpoint.size if checkpoint else 0


def _waiting(config: LedgerConfig, log: Log) -> tuple[int, list[str]]:
    total, silent = 0, []
    for party, alias in config.aliases().items():
        try:
            with rows.answering(party, alias):
                total += rows.waiting_count(log.origin, alias)
        except OutboxError:
            silent.append(party)
    return total, silent


def _witnesses(log: Log, found: Standing) -> None:
    signed = rows.last_signed(log.origin)
    lines = rows.cosignatures(log.origin, signed.size) if signed else {}
    times = {VerifierKey.parse(key): time for key, (time, _) in lines.items()}
    asked = {name: one for name, one in log.policy.witnesses.items() if one.url}
    silent = [name for name, one in asked.items() if one.key not in times]
    since = rows.last_times(log.origin, [str(asked[name].key) for name in silent])
    words = [
        f"{name} silent since {clock_text(since[str(asked[name].key)])}"
        if str(asked[name].key) in since
        else f"{name} never answered"
        for name in silent
    ]
    met = "met" if log.policy.quorum_met(times) else "not met"
    explained = log.policy.explain(times)[0]
    text = "; ".join([f"{len(asked) - len(silent)} of {len(asked)} answering", *words, f"{explained}: {met}"])
    found.lines.append(("witnesses", text))
    found.data["witnesses"] = {"asked": sorted(asked), "silent": silent, "met": met == "met"}


def _state(config: LedgerConfig, found: Standing) -> None:
    try:
        said = json.loads(Store(config.folder).get(STATE))
    except (FileNotFoundError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("messages", []), list):
        said = {}  # only for information: what cannot be read says nothing
    state = str(said.get("state", "CHECK"))
    running = _is_running(config)
    found.lines.append(("state", state if running else f"{state} when last run; no sequencer runs now"))
    found.lines += [("", str(message)) for message in said.get("messages", [])]
    found.data |= {"state": state, "running": running, "messages": said.get("messages", [])}


def _is_running(config: LedgerConfig) -> bool:
    try:
        number = os.open(config.folder / "run.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(number)
    return False
