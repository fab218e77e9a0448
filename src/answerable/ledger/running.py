"""The sequencer's process: rounds until it is told to stop, or must not go on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from answerable.errors import HELD, TRUE
from answerable.ledger.asking import Asker
from answerable.ledger.config import KEY_KINDS, LedgerConfig
from answerable.ledger.ending import Told, until_told
from answerable.ledger.errors import StoreError
from answerable.ledger.sequencer import LogReport, RoundReport, Sequencer, only_one
from answerable.ledger.signing import AgentSigner, FileSigner, Signer, SocketSigner
from answerable.ledger.store import Store
from answerable.record import slots
from answerable.record.keyfile import read_key_file
from answerable.record.keys import ED25519, MLDSA44

#: Seconds between two looks at the outboxes.
PAUSE = 1.0
#: Where the last round's state is left for ``record status``.
STATE = "state.json"

Say = Callable[[str, str], None]


def signer_of(config: LedgerConfig) -> Signer:
    """Whoever ``[signer]`` of ``ledger.toml`` chooses. Raises ``SignerError`` or ``KeyFileError`` when the keys or the
    memory it needs are not there."""
    chosen, memory = config.signer, config.folder / "signer"
    if chosen.kind == "process":
        return SocketSigner(config.folder / str(chosen.socket))
    if chosen.kind == "agent":
        in_agent = [key for log in config.logs for key in log.policy.log_keys(log.origin) if key.type == ED25519]
        in_files = [read_key_file(path) for path in config.key_files if path.match(f"*.{KEY_KINDS[MLDSA44]}.key")]
        agent = config.folder / chosen.socket if chosen.socket else None
        return AgentSigner(in_agent, memory, keys=in_files, agent=agent)
    return FileSigner(config.signing_keys(), memory)


def left_behind(config: LedgerConfig) -> list[str]:
    """Key files that lie beside the log although its keys are meant to be elsewhere: whoever owns them can sign."""
    here = {"files": tuple(KEY_KINDS.values()), "agent": (KEY_KINDS[MLDSA44],), "process": ()}[config.signer.kind]
    elsewhere = [path for path in config.key_files if not any(path.match(f"*.{kind}.key") for kind in here)]
    return [str(path) for path in elsewhere if path.exists()]


def hurried(config: LedgerConfig, every: float, now: float) -> Callable[[float], float]:
    """For a demonstration: the time by which ticks fall due when one shall begin every ``every`` seconds from ``now``
    on. It runs ahead of the clock, and begins where the register was left."""
    from answerable.ledger.actions import rows

    head = rows.head(config.register.origin)
    last = slots.tick_start(head.tick) if head is not None and head.tick is not None else 0
    began = max(now, last)
    return lambda moment: began + (moment - now) * slots.TICK / every


def run(
    config: LedgerConfig,
    say: Say,
    *,
    once: bool = False,
    confirm_gap: bool = False,
    ticks: Callable[[float], float] | None = None,
) -> int:
    """Run until interrupted (or one round, ``once``); the exit code: 0, or 4 when a log is held or halted.

    ``ticks`` as `Sequencer` takes it. Raises ``RunningError`` when another sequencer of this ledger runs.
    """
    with only_one(config):
        askers = {
            log.origin: Asker(
                log.policy, {name: url for name, url in config.monitoring.items() if name in log.policy.witnesses}
            )
            for log in config.logs
        }
        sequencer = Sequencer(config, time.time, signer_of(config), askers, confirm_gap=confirm_gap, ticks=ticks)
        try:
            with until_told() as stopped:
                say("running", f"{config.name}: {', '.join(log.short for log in config.logs)}")
                for path in left_behind(config):
                    say("warning", f"{path} can sign, though [signer] keeps this key elsewhere: move it away")
                return _rounds(config, sequencer, say, stopped, once=once)
        finally:
            for asker in askers.values():
                asker.close()


def _rounds(config: LedgerConfig, sequencer: Sequencer, say: Say, stopped: Told, *, once: bool) -> int:
    told: dict[str, list[str]] = {}
    while True:
        report = sequencer.round(paced=not once)
        try:
            leave_state(config, report)
        except StoreError as error:  # only for information: the logs go on without it
            report.logs[-1].messages.append(str(error))
        for log in report.logs:
            _tell(log, told, say)
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
    Store(config.folder, private=True).show(STATE, (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode())


def clock_text(seconds: int) -> str:
    """POSIX seconds as 2026-12-01T14:02:41Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
