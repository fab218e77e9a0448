"""The sequencer's process: rounds until it is told to stop, or must not go on."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from answerable.errors import HELD, TRUE
from answerable.ledger.asking import Asker
from answerable.ledger.config import LedgerConfig
from answerable.ledger.sequencer import LogReport, RoundReport, Sequencer, only_one
from answerable.ledger.signing import FileSigner, Signer, SocketSigner
from answerable.ledger.store import Store

#: Seconds between two looks at the outboxes.
PAUSE = 1.0
#: Where the last round's state is left for ``record status``.
STATE = "state.json"

Say = Callable[[str, str], None]


def signer_of(config: LedgerConfig) -> Signer:
    """The ledger's signer: a process behind a socket when ``ledger.toml`` names one, else the key files."""
    if config.signer_socket:
        return SocketSigner(config.folder / config.signer_socket)
    return FileSigner(config.signing_keys(), config.folder / "signer")


def run(config: LedgerConfig, say: Say, *, once: bool = False, confirm_gap: bool = False) -> int:
    """Run until interrupted (or one round, ``once``); the exit code: 0, or 4 when a log is held or halted.

    Raises ``RunningError`` when another sequencer of this ledger runs.
    """
    stopped = threading.Event()
    with only_one(config):
        askers = {
            log.origin: Asker(
                log.policy, {name: url for name, url in config.monitoring.items() if name in log.policy.witnesses}
            )
            for log in config.logs
        }
        sequencer = Sequencer(config, time.time, signer_of(config), askers, confirm_gap=confirm_gap)
        before = {number: signal.signal(number, lambda *_: stopped.set()) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            say("running", f"{config.name}: {', '.join(log.short for log in config.logs)}")
            return _rounds(config, sequencer, say, stopped, once=once)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            for asker in askers.values():
                asker.close()


def _rounds(config: LedgerConfig, sequencer: Sequencer, say: Say, stopped: threading.Event, *, once: bool) -> int:
    told: dict[str, list[str]] = {}
    while True:
        report = sequencer.round(paced=not once)
        for log in report.logs:
            _tell(log, told, say)
        leave_state(config, report)
        if report.halted:
            say("state", "HALT: nothing is signed; acts are still taken and wait")
            return HELD
        if once:
            return HELD if report.held else TRUE
        if stopped.wait(PAUSE):
            say("stopped", config.name)
            return TRUE


def _tell(log: LogReport, told: dict[str, list[str]], say: Say) -> None:
    short = log.origin.rsplit("/", 1)[1]
    if log.added:
        say(short, f"+{log.added:,} -> {log.size:,}, published {log.published or 0:,}")
    elif log.certified:
        say(short, f"size {log.size:,}, published {log.published or 0:,}")
    # A sentence is said when it is new, not every second.
    if log.messages or log.certified:
        for message in log.messages:
            if message not in told.get(log.origin, []):
                say("warning", f"{short}: {message}")
        told[log.origin] = log.messages


def leave_state(config: LedgerConfig, report: RoundReport) -> None:
    """Leave the states for ``record status``. It is only for information."""
    state = "HALT" if report.halted else "HOLD" if report.held else "RUN"
    said = {"state": state, "messages": report.messages, "logs": {log.origin: str(log.state) for log in report.logs}}
    Store(config.folder).show(STATE, (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode())


def clock_text(seconds: int) -> str:
    """POSIX seconds as 2026-12-01T14:02:41Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
