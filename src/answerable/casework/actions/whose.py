"""Whose a submission is: what its signature shows, held against the keys that its record has had.

Whoever runs the reporter party can seal anything to anybody; only the words of a code sign with a code's key. So what
comes later is believed when, and only when, it is signed with the key that opened the record, or the one that this key
has named since. Everything else is kept, shown under a finding, and moves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from answerable.casework import arrivals
from answerable.casework.actions.chains import day_of
from answerable.casework.actions.keeping import source_of
from answerable.casework.codes import ALTERED_DAYS
from answerable.casework.models import Altered, Record, Submission
from answerable.casework.models.records import Standing
from answerable.casework.shapes import Incoming
from answerable.sealing.envelope import Envelope
from answerable.sealing.place import THREAD
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.signing import signed_by


@dataclass(frozen=True)
class Whose:
    """What is believed of a submission, and where its parts are kept.

    ``line``: 0 what opened the record, others further first submissions beside it, None nobody's. ``copy``: 0, or the
    number above which its epochs, versions and files are kept, so that they never take the place of others. ``of``: the
    copy of the first submission that its line began with. ``apart``: the number above which an epoch of hers is kept
    that meets another with its number.
    """

    standing: Standing
    line: int | None = 0
    copy: int = 0
    of: int = 0
    apart: int = 0

    @property
    def hers(self) -> bool:
        """Whether it takes effect."""
        return self.standing is Standing.HERS

    def at(self, number: int) -> int:
        """Where an epoch or a version of its own is kept."""
        return self.copy * arrivals.COPY + number

    def above(self, number: int) -> int:
        """Where an epoch of hers is kept whose number is taken."""
        return self.apart * arrivals.COPY + number


#: What opens a record: nobody has signed for it before.
OPENS = Whose(Standing.HERS)


def whose_is(data: bytes, envelope: Envelope, record: Record) -> Whose:
    """Whose the envelope of ``data`` is, among the submissions of its record that are here."""
    current: dict[int, bytes] = {}
    begun: dict[int, int] = {}
    given_up: set[bytes] = set()
    free = 1
    for line, signer, copy in _before(record):
        free = max(free, copy + 1)
        if line is None:
            continue
        if line == 0 and current.get(0, signer) != signer:
            given_up.add(current[0])
        current[line] = signer
        begun.setdefault(line, copy)
    if envelope.kind in arrivals.FIRST:
        # It was signed by the key that it names (`arrivals.read`).
        found = next((line for line, key in current.items() if key == envelope.signer), max(current, default=0) + 1)
        return Whose(Standing.BESIDE if found else Standing.HERS, found, free, free)
    found_ = next((line for line, key in current.items() if signed_by(data, key)), None)
    if found_ == 0:
        return Whose(Standing.HERS, apart=free)
    if found_:
        return Whose(Standing.BESIDE, found_, free, begun[found_])
    former = any(signed_by(data, key) for key in given_up)
    return Whose(Standing.FORMER if former else Standing.UNSIGNED, None, free)


def waiting(record: Record) -> Iterator[tuple[Submission, bytes]]:
    """What no key of the record had signed when it came, and its key of now has; with its envelope, in its order."""
    current = Submission.objects.filter(record=record, line=0).order_by("-id").values_list("signer", flat=True)[0]
    for one in Submission.objects.filter(record=record, standing=Standing.UNSIGNED).order_by("id"):
        data = source_of(record.handle, bytes(one.sha256))
        if data is not None and signed_by(data, bytes(current)):
            yield one, data


def again(before: Submission, data: bytes, envelope: Envelope) -> Incoming:
    """What carry handed over when it came, as far as it is still needed: its files are on disk."""
    files = tuple((one, Path()) for one in envelope.files)
    return Incoming(data, b"", json.loads(bytes(before.event)), bytes(before.leaf), before.idx, before.on, files)


def _before(record: Record) -> list[tuple[int | None, bytes, int]]:
    rows = Submission.objects.filter(record=record).order_by("id").values_list("line", "signer", "copy")
    return [(line, bytes(signer), copy) for line, signer, copy in rows]


def tell_panel(record: Record, submission: Submission, now: int | None) -> None:
    """Have the panel answer for something that was not signed with the reporter's key. One waits at a time for each
    record: whoever sends many forgeries asks once."""
    waiting = Altered.objects.filter(record=record, why=Altered.Why.UNSIGNED, answered=None)
    if waiting.exists():
        return
    on = day_of(now)
    Altered.objects.create(
        handle=token_hex(16),
        record=record,
        compartment=int(THREAD[RecordKind.of(record.kind)]),
        thing=submission.handle,
        why=Altered.Why.UNSIGNED,
        person=None,
        found=on,
        due=on + timedelta(days=ALTERED_DAYS),
    )
