"""Runs the cleaning process: one for each file, with a clock outside it and a bound on what it says."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import answerable
from answerable.intake.cleaning import confinement
from answerable.intake.cleaning.child import MAGIC
from answerable.intake.cleaning.kinds import recognise, same_type
from answerable.intake.cleaning.outcome import Cleaned, NotCleaned

MAX_INPUT = 64 << 20
MAX_OUTPUT = 96 << 20
_STEP = 1 << 16
#: The reading side: where this package lies, and the child's `main`. ``-I`` shuts out the environment and the folder.
_START = "import sys; sys.path.append({!r}); from answerable.intake.cleaning.child import main; main()"


@dataclass(frozen=True)
class Isolation:
    """How a cleaning process is confined here: limits always; ``filtered`` where the kernel filters its calls too."""

    filtered: bool

    def __str__(self) -> str:
        if self.filtered:
            return "attachments are cleaned in a process with limits and a filter of system calls"
        return "attachments are cleaned in a process with limits; this kernel has no filter of system calls for it"


class _Ended(Exception):  # noqa: N818 - why the process gave no answer, within this module
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def command() -> list[str]:
    """What starts the cleaning process."""
    root = str(Path(answerable.__file__).resolve().parents[1])
    return [sys.executable, "-I", "-B", "-c", _START.format(root)]


def clean(data: bytes, declared_type: str, *, seconds: float = confinement.SECONDS) -> Cleaned | NotCleaned:
    """A cleaned copy of a file, or why there is none. Never raises for anything that is in the file.

    What the file is decides alone: ``declared_type`` is only compared with it. Ends after ``seconds`` at the latest.
    """
    if not data:
        return NotCleaned("empty")
    if len(data) > MAX_INPUT:
        return NotCleaned("too_large")
    kind = recognise(data)
    if kind is None:
        return NotCleaned("other_kind")
    try:
        _, reason, type_, cleaned = _parsed(run(command(), data, seconds))
    except _Ended as ended:
        return NotCleaned(ended.reason)
    if reason:
        return NotCleaned(reason)
    return Cleaned(cleaned, type_, same_type(declared_type, kind))


def isolation() -> Isolation:
    """How the cleaning process is confined on this machine, asked of one."""
    try:
        return Isolation(_parsed(run(command(), b"\0", confinement.SECONDS))[0])
    except _Ended:
        return Isolation(False)


def _parsed(answer: bytes) -> tuple[bool, str, str, bytes]:
    """The four parts of the child's answer."""
    if not answer.startswith(MAGIC) or len(answer) < len(MAGIC) + 3:
        raise _Ended("too_heavy")
    filtered, at = bool(answer[len(MAGIC)]), len(MAGIC) + 1
    parts = []
    for _ in range(2):
        end = at + 1 + answer[at]
        parts.append(answer[at + 1 : end].decode("ascii", "replace"))
        at = end
    return filtered, parts[0], parts[1], answer[at:]


def run(arguments: Sequence[str], data: bytes, seconds: float) -> bytes:
    """What a process says when it is given ``data``; ended when it takes too long or says too much."""
    deadline = monotonic() + seconds
    process = subprocess.Popen(
        list(arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"LANG": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        answer = _exchange(process, memoryview(data), deadline)
        process.wait(max(0.0, deadline - monotonic()))
    except subprocess.TimeoutExpired:
        raise _Ended("too_heavy") from None
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
    if process.returncode != 0:
        raise _Ended("too_heavy")
    return answer


def _exchange(process: subprocess.Popen[bytes], left: memoryview, deadline: float) -> bytes:
    """Writes and reads at once, so that neither side waits for the other for ever."""
    assert process.stdin is not None
    assert process.stdout is not None
    answer = bytearray()
    os.set_blocking(process.stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - monotonic()))
            if not ready:
                raise _Ended("too_heavy")
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    left = _fed(process.stdin.fileno(), left)
                    if not left:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                else:
                    part = process.stdout.read1(_STEP)  # type: ignore[attr-defined]  # a buffered reader has it
                    if not part:
                        selector.unregister(process.stdout)
                    answer += part
                    if len(answer) > MAX_OUTPUT:
                        raise _Ended("too_much_output")
    return bytes(answer)


def _fed(pipe: int, left: memoryview) -> memoryview:
    """Writes some; what is left. A process that stopped listening is given nothing more."""
    try:
        return left[os.write(pipe, left[:_STEP]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]
