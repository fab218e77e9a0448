"""The demo's child processes: started each with a log of its own, watched, and ended together, whatever happens to us.

None is restarted: a demo that hides a failure shows nothing. One that ends while the demo is set up or checked stops
it, with the end of its log; later it is told, and the others go on, since that is what they are built for.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from answerable.errors import FALSE, AnswerableError

#: How an `answerable` command is started here: by this interpreter, whatever PATH says.
COMMAND = (sys.executable, "-m", "answerable")
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_GRACE = 10.0
_LINES_SHOWN = 12


class DemoError(AnswerableError):
    """The demo cannot go on: a command failed, a process ended, or something a stranger checks is untrue."""

    exit_code = FALSE


class Interrupted(BaseException):
    """The demo was asked to stop by a signal other than the keyboard's."""


@dataclass
class Child:
    """One running process: its name, as the demo's messages call it, and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self.process.poll()

    def last_lines(self) -> str:
        """The end of what it wrote, indented."""
        lines = self.log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:]
        return "\n".join(f"    {line}" for line in lines)


@dataclass
class Family:
    """All children of one demo. Use as ``with Family.together() as family``."""

    logs: Path
    children: list[Child] = field(default_factory=list)

    @classmethod
    @contextmanager
    def together(cls, logs: Path) -> Iterator[Family]:
        """A family whose members are all ended when the block is left, however that happens; they write to `logs`."""
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        family = cls(logs)
        with _signals_as_exceptions():
            try:
                yield family
            finally:
                family.end()

    def start(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Start `answerable ARGUMENTS` as `name` in a session of its own; the kernel ends it if we die unheard."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*COMMAND, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),  # the demo has no threads when it starts children
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def check(self) -> None:
        """Raise DemoError, with the end of its log, for the first child that has ended by itself."""
        for child in self.children:
            code = child.ended()
            if code is not None:
                raise DemoError(
                    f"the process '{child.name}' ended by itself (exit code {code}); its log ends:\n"
                    f"{child.last_lines()}\nThe demo restarts nothing, so that a failure is seen, and stops here",
                    where=str(child.log),
                )

    def newly_ended(self) -> list[Child]:
        """The children that have ended by themselves since this was last asked; they leave the family."""
        gone = [child for child in self.children if child.ended() is not None]
        for child in gone:
            self.children.remove(child)
            _signal(child, signal.SIGKILL)  # what it had started itself
        return gone

    def wait_for(self, what: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until `ready()`; DemoError when a child ends first, or when it takes longer than `seconds`."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(f"waited {seconds:.0f} seconds for {what} in vain", where=str(self.logs))
            time.sleep(0.1)

    def end(self) -> None:
        """Ask every child to end, last started first; kill what has not ended after a while."""
        for child in reversed(self.children):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        for child in reversed(self.children):
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            _signal(child, signal.SIGKILL)  # what the child itself started and did not end
        self.children.clear()


def run_command(*arguments: str, env: Mapping[str, str] | None = None, text: str | None = None) -> str:
    """Run `answerable ARGUMENTS` to its end and return what it printed. DemoError with its own words when it fails."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).removeprefix("answerable: ")
        raise DemoError(f"`answerable {' '.join(arguments)}` failed with exit code {done.returncode}: {said}")
    return done.stdout


def _signal(child: Child, number: signal.Signals) -> None:
    """Signal the child's whole session; it may have ended already."""
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return


def _die_with(parent: int) -> Callable[[], None]:
    """What the child does before it becomes a command: ask Linux for SIGTERM when its parent dies."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGTERM)

    return ask


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """SIGTERM and SIGHUP leave the block as an exception, so that children are ended on the way out."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
