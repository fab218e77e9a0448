"""The parent of the door: it lets people in, looks at the first bytes of what they ask, and gives them to a process.

It reads no request: it peeks at so few bytes that they can't reach into a body, and passes the connection on. It keeps
the sessions of its children in a form that it can't read. It never learns who asks.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from answerable.intake.door import answers, one_shot, steady, system
from answerable.intake.door.channel import END, LONGEST, MOVED, TURN, served
from answerable.intake.door.heads import RefusedError
from answerable.intake.door.limits import Limits
from answerable.intake.door.pace import Pace
from answerable.intake.door.paths import ENOUGH, Way, way
from answerable.intake.door.sessions import Table
from answerable.intake.door.turns import Turns

#: Seconds between two looks at what has waited too long, and before a worker that ended is started again.
_LOOK_EVERY = 0.25
_RESTART_AFTER = 0.5
_BUSY = RefusedError(
    503,
    "Too many people are using this page at this moment. Nothing was received. Wait 30 seconds, then reload this page:"
    " your browser sends it again. Do not go back: what you wrote may be gone then.",
)
_DRAINED = 2.0
#: Seconds in which nobody who has a child is measured by what they have brought.
_SETTLED = 5.0
#: Bytes of late from which on somebody is thought to be sending.
_SENDS = 1000


@dataclass
class _Process:
    """A child or a worker: our end of its channel, and since when it runs; of a child, whether all that it was asked is
    here, and what has come of late."""

    number: int
    end: socket.socket
    since: float
    whole: bool = False
    pace: Pace = field(default_factory=Pace)


class Front:
    """The parent. ``run`` returns when it was asked to stop and what was under way is done."""

    def __init__(
        self, application: Any, listener: socket.socket, limits: Limits, *, say: Callable[[str], None]
    ) -> None:
        self._application, self._listener, self._limits, self._say = application, listener, limits, say
        self._selector = selectors.DefaultSelector()
        self._table = Table(
            time.monotonic,
            seconds=limits.session_seconds,
            kept=limits.session_kept,
            most_bytes=limits.session_bytes,
        )
        self._turns = Turns(time.monotonic, self._grant, at_once=limits.computing, seconds=limits.turn_seconds)
        self._knocking: dict[socket.socket, float] = {}
        self._for_child: deque[tuple[socket.socket, float]] = deque()
        self._for_worker: deque[tuple[socket.socket, float]] = deque()
        self._refused: dict[socket.socket, float] = {}
        self._children: dict[int, _Process] = {}
        self._workers: dict[int, _Process] = {}
        self._next_start = 0.0
        self._turn = 0
        self._stopping = False
        self._listening = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        woken, wake = socket.socketpair()
        for one in (woken, wake):
            one.setblocking(False)
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        old_wake = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._selector.register(woken, selectors.EVENT_READ, lambda: _emptied(woken))
        gc.collect()
        gc.freeze()  # children share what is here now, and their collector leaves it alone
        try:
            while not self._stopping:
                self._round()
            self._close()
        finally:
            signal.set_wakeup_fd(old_wake)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._end_all()
            for one in (woken, wake):
                one.close()
            self._selector.close()

    def _round(self) -> None:
        """Whatever has happened since the last time, then what is due."""
        self._listen()
        for key, _ in self._selector.select(_LOOK_EVERY):
            key.data()
        self._reap()
        self._start_workers()
        self._give_out()
        self._look_at_the_clock()

    # Letting in

    def _listen(self) -> None:
        """Listen while there is room for one more; else let them wait in the system's own queue."""
        room = len(self._knocking) + len(self._for_child) + len(self._for_worker) < self._limits.waiting
        if room and not self._listening:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif not room and self._listening:
            self._selector.unregister(self._listener)
        self._listening = room

    def _accept(self) -> None:
        for _ in range(64):
            try:
                connection = system.accept(self._listener)
            except OSError as error:
                if error.errno not in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                    raise
                return  # no room in this process: they wait in the system's queue
            if connection is None:
                return
            self._knocking[connection] = time.monotonic() + self._limits.knock_seconds
            self._selector.register(connection, selectors.EVENT_READ, lambda one=connection: self._look(one))

    def _look(self, connection: socket.socket) -> None:
        """Peek at the beginning of a request; give it on when that decides who answers."""
        try:
            first = connection.recv(ENOUGH, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            first = b""
        found = way(first) if first else None
        if not first:
            self._forget(connection)
        elif found is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            queue = self._for_worker if found is Way.STEADY else self._for_child
            queue.append((self._taken(connection), time.monotonic() + self._limits.queue_seconds))
        elif connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) > len(first):
            self._forget(connection)  # we asked for one byte more and were woken without it: nothing more will come
        else:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(first) + 1)

    def _taken(self, connection: socket.socket) -> socket.socket:
        self._knocking.pop(connection, None)
        self._selector.unregister(connection)
        return connection

    def _forget(self, connection: socket.socket) -> None:
        self._taken(connection).close()

    # Giving out

    def _give_out(self) -> None:
        while self._for_child and len(self._children) < self._limits.children:
            connection, _ = self._for_child.popleft()
            self._to_child(connection)
        for _ in range(len(self._for_worker)):
            connection, until = self._for_worker.popleft()
            if self._to_worker(connection):
                connection.close()
            else:
                self._for_worker.append((connection, until))

    def _to_child(self, connection: socket.socket) -> None:
        """Give a connection to a new child."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        try:
            number = self._fork(lambda: one_shot.serve(connection, parent, theirs, self._application, self._limits))
        except OSError:
            ours.close()
            self._refuse(connection)
            return
        finally:
            theirs.close()
        connection.close()
        child = _Process(number, ours, time.monotonic())
        self._children[number] = child
        ours.setblocking(False)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._hear(child))

    def _to_worker(self, connection: socket.socket) -> bool:
        """Give a connection to a worker, each in its turn; False when none can take it now."""
        workers = list(self._workers.values())
        self._turn += 1
        for offset in range(len(workers)):
            worker = workers[(self._turn + offset) % len(workers)]
            try:
                socket.send_fds(worker.end, [b"c"], [connection.fileno()], socket.MSG_DONTWAIT)
            except OSError:
                continue
            return True
        return False

    def _fork(self, child: Callable[[], None]) -> int:
        # The signals of this moment wait, so that none is handled by the child as if it were the parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            number = os.fork()
            if number == 0:
                child()  # never comes back
                os._exit(1)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return number

    def _refuse(self, connection: socket.socket) -> None:
        """Say that there is no room, and drop what is still coming, unread."""
        with contextlib.suppress(OSError):
            connection.send(answers.refusal(_BUSY))
            connection.shutdown(socket.SHUT_WR)
        self._refused[connection] = time.monotonic() + _DRAINED
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._drain(connection))

    def _drain(self, connection: socket.socket) -> None:
        if not system.drop_received(connection):
            self._refused.pop(connection, None)
            self._forget(connection)

    # Children and workers

    def _hear(self, child: _Process) -> None:
        """Answer a child's question about a session, or take note that it wants to compute, or has."""
        try:
            message = child.end.recv(LONGEST + 1)
            if message == TURN:
                child.whole = True
                self._turns.ask(child.number)
                return
            if message[:1] == MOVED:
                child.pace.moved(int.from_bytes(message[1:9], "big"))
                return
            if message == END:
                self._turns.end(child.number)
                return
            if message:
                child.end.send(served(self._table, message))
                return
        except BlockingIOError:
            return
        except OSError:
            message = b""
        self._hang_up(child)

    def _grant(self, number: int) -> None:
        with contextlib.suppress(KeyError, OSError):  # it has ended
            self._children[number].end.send(b"+")

    def _hang_up(self, process: _Process) -> None:
        if process.end.fileno() >= 0:
            with contextlib.suppress(KeyError):
                self._selector.unregister(process.end)
            process.end.close()

    def _reap(self) -> None:
        """Take note of every process that has ended."""
        while True:
            try:
                number, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if number == 0:
                return
            process = self._children.pop(number, None)
            self._turns.end(number)
            worker = self._workers.pop(number, None)
            for gone in (process, worker):
                if gone is not None:
                    self._hang_up(gone)
            if worker is not None and not self._stopping:
                self._next_start = time.monotonic() + _RESTART_AFTER
                self._say(f"a worker ended (status {os.waitstatus_to_exitcode(status)}); another is started")

    def _start_workers(self) -> None:
        while len(self._workers) < self._limits.workers and time.monotonic() >= self._next_start:
            try:
                self._start_worker()
            except OSError:
                self._next_start = time.monotonic() + _RESTART_AFTER

    def _start_worker(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        try:
            number = self._fork(lambda: steady.serve(parent, theirs, self._application, self._limits))
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._workers[number] = _Process(number, ours, time.monotonic())

    # The clock

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        for connection, until in list(self._knocking.items()):
            if now > until:
                self._forget(connection)
        for connection, until in list(self._refused.items()):
            if now > until:
                self._refused.pop(connection)
                self._forget(connection)
        for queue in (self._for_child, self._for_worker):
            while queue and now > queue[0][1]:
                self._refuse(queue.popleft()[0])
        if self._for_child and len(self._children) >= self._limits.children:
            self._make_room(now)
        self._turns.go_on()
        self._table.sweep()

    def _make_room(self, now: float) -> None:
        """Where others wait and somebody has held a place for too long: end the child that was brought the least of
        late, whoever holds it, or the oldest. Who keeps sending is not ended for those who come and send nothing."""
        patience = self._limits.patience_seconds
        oldest = min(self._children.values(), key=lambda child: child.since)
        if now - oldest.since <= patience:
            return
        asked = [child for child in self._children.values() if not child.whole]
        settled = [child for child in asked if now - child.since > min(_SETTLED, patience)]
        least = min(settled, key=lambda child: child.pace.worth(), default=oldest)
        brought = least.pace.worth()
        if brought > _SENDS and any(child.pace.worth() < brought for child in asked):
            return  # somebody who has just come has brought less: it is they who make room, if it stays so
        _signal(least, signal.SIGKILL)

    # The end

    def _on_signal(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self._stopping = True

    def _close(self) -> None:
        """Let nobody else in; wait for what is under way."""
        if self._listening:
            self._selector.unregister(self._listener)
        self._listener.close()
        for connection in list(self._knocking):
            self._forget(connection)
        for queue in (self._for_child, self._for_worker):
            while queue:
                queue.popleft()[0].close()
        for worker in self._workers.values():
            self._hang_up(worker)
        until = time.monotonic() + self._limits.stop_seconds
        while (self._children or self._workers) and time.monotonic() < until:
            for key, _ in self._selector.select(_LOOK_EVERY):
                key.data()
            self._reap()
            self._turns.go_on()

    def _end_all(self) -> None:
        for process in [*self._children.values(), *self._workers.values()]:
            _signal(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.number, 0)
            self._hang_up(process)
        for connection in [*self._knocking, *self._refused, *(one for one, _ in (*self._for_child, *self._for_worker))]:
            connection.close()


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def _signal(process: _Process, number: signal.Signals) -> None:
    """Signal a process with everything that it has started."""
    with contextlib.suppress(ProcessLookupError):
        try:
            os.killpg(process.number, number)
        except (ProcessLookupError, PermissionError):  # it has not come so far as to lead a group of its own
            os.kill(process.number, number)


def _emptied(woken: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        woken.recv(4096)
