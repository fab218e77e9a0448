"""Several requests, one commit: whoever comes while another thread commits goes into the next commit with all who wait.

On SQLite a commit waits for the disk, one after the other. Here each request is a savepoint in a transaction that they
share: it is kept whole or not at all, its failure is its own, and nobody has an answer before the disk has it. When
anything else goes wrong (the disk is full, the commit fails), nothing of it is kept, and each goes alone. PostgreSQL
lets several write at once, and gathers their commits itself.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

from django.db import DatabaseError, IntegrityError, connections, transaction

from answerable.errors import AnswerableError
from answerable.intake.actions import sql
from answerable.intake.errors import NotKeptError
from answerable.intake.guards import session

T = TypeVar("T")
#: Requests in one commit at most: more would keep the first waiting.
MOST = 32
#: Seconds after which those whose commit failed are not tried one by one any more.
PATIENCE = 5.0


class _Wanted:
    """What one request wants done, and, once ``settled``, what came of it."""

    def __init__(self, using: str, lookup: bytes, work: Callable[[], object]) -> None:
        self.using, self._lookup, self._work = using, lookup, work
        self.result: object = None
        self.error: Exception | None = None
        self.settled = threading.Event()

    def do(self) -> None:
        """The work, in a transaction (alone) or a savepoint of one; it sees the mailbox of its own request."""
        with transaction.atomic(using=self.using), session(self.using, self._lookup):
            self.result = self._work()

    def with_others(self) -> None:
        """`do`, with a failure that is this request's own kept for it. Raises what concerns the others too."""
        try:
            self.do()
        except IntegrityError as error:
            self.error = error
        except AnswerableError as error:
            if isinstance(error.__cause__, DatabaseError):
                raise
            self.error = error

    def alone(self) -> None:
        """`do`, with whatever failure there is kept for it."""
        self.error = None
        try:
            with sql.kept():
                self.do()
        except Exception as error:  # noqa: BLE001  # it is raised where it was asked for
            self.error = error


#: Those who wait, by database.
_waiting: defaultdict[str, deque[_Wanted]] = defaultdict(deque)


def together(using: str, lookup: bytes, work: Callable[[], T]) -> T:
    """What ``work`` gives in one transaction, in which the views show the mailbox of ``lookup``.

    It is committed, perhaps with others', when this returns. ``work`` may be called twice, and by another thread.
    Raises what it raises, `NotKeptError` when the database cannot keep it, IntegrityError for a key that is taken.
    """
    mine = _Wanted(using, lookup, work)
    if connections[using].vendor != "sqlite" or connections[using].in_atomic_block:
        mine.alone()
        return cast(T, _outcome(mine))
    queue = _waiting[using]
    queue.append(mine)
    try:
        while not mine.settled.is_set():
            with sql.turn(using):
                if not mine.settled.is_set():
                    _settle(_taken(queue))
    except NotKeptError:  # its turn did not come
        try:
            queue.remove(mine)
        except ValueError:
            mine.settled.wait()  # another thread has it in hand
        else:
            raise
    return cast(T, _outcome(mine))


def _outcome(one: _Wanted) -> object:
    if one.error is not None:
        raise one.error
    return one.result


def _taken(queue: deque[_Wanted]) -> list[_Wanted]:
    """The first of those who wait. Only whoever has the turn takes; who leaves the queue may do so at any moment."""
    found: list[_Wanted] = []
    with suppress(IndexError):
        while len(found) < MOST:
            found.append(queue.popleft())
    return found


def _settle(group: list[_Wanted]) -> None:
    until = time.monotonic() + PATIENCE
    try:
        if len(group) < 2 or not _shared(group):
            for one in group:
                # A database that is stuck is not asked again for each who waits.
                if time.monotonic() > until:
                    one.error = NotKeptError()
                else:
                    one.alone()
    except BaseException:
        for one in group:
            one.error = one.error or NotKeptError()
        raise
    finally:
        for one in group:
            one.settled.set()


def _shared(group: list[_Wanted]) -> bool:
    """Commit all of them at once; False when nothing of it was kept."""
    using = group[0].using
    connection = connections[using]
    try:
        with transaction.atomic(using=using):
            for one in group:
                one.with_others()
                # A full disk may end SQLite's transaction by itself: then nothing more may be added outside it.
                if connection.needs_rollback or not connection.connection.in_transaction:
                    raise NotKeptError
    except Exception:  # noqa: BLE001  # each meets it again alone, and is told then
        return False
    return True
