"""A report that was carried in twice, sealed anew each time: both are kept and open; neither passes for the other."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from answerable.casework import actions, queries
from answerable.casework import models as rows
from answerable.casework.arrivals import COPY
from answerable.casework.shapes import Incoming
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Kind as Sent
from answerable.sealing.making import RecordKeys, make_envelope
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Place, Record
from answerable.sealing.signing import sign
from answerable.sealing.values import open_value, open_wrap
from tests.casework.conftest import BOTH
from tests.casework.world import DEPLOYMENT, Desk, Reporter, Staff, day, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def again(desk: Desk, first: Reporter, text: bytes) -> tuple[Reporter, Incoming]:
    """The same record sealed anew: other keys, other bytes, an entry of its own, the same chain."""
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=first.record)
    forms = dict.fromkeys(COMPARTMENTS[Record.REPORT], b"{}") | {NARRATIVE: text}
    made = make_envelope(
        Sent.REPORT,
        first.envelope.channel,
        DEPLOYMENT,
        desk.readers(),
        first.public,
        forms,
        language="en",
        consents=["contact"],
        rng=draw,
        keys=keys,
        submission=first.envelope.submission,
    )
    data, key = envelopes.encode(sign(made, first.seed)), draw(32)
    # What comes second begins no chain: its entry says only that something sealed came.
    event = {
        "v": 1,
        "kind": "intake.sealed",
        "at": day(desk.now).isoformat(),
        "door": "offline",
        "ciphertext_sha256": sha256(data).hexdigest(),
    }
    return replace(first, envelope=made), desk.incoming(data, event, key, key)


def opens(staff: Staff, handle: str) -> dict[tuple[int, int], bytes]:
    """The forms of the narrative by copy and epoch, opened as the browser does: the low 32 bits are the place."""
    found = actions.fetch_wrap(staff.person, handle, NARRATIVE, now=staff.desk.now)
    assert found is not None
    record = bytes.fromhex(handle)
    place = Place(DEPLOYMENT, Record.REPORT, record, NARRATIVE, Field.NONE, 0)
    keys = {epoch: open_wrap(place, staff.person.holder, staff.private, wrap) for epoch, wrap in found.wraps}
    read = {}
    for one in found.values:
        at = Place(DEPLOYMENT, Record.REPORT, record, NARRATIVE, Field(one.field), one.version % COPY)
        copy = divmod(one.epoch, COPY)
        assert one.version // COPY == copy[0]
        read[copy] = open_value(at, keys[one.epoch], bytes(one.sealed))
    return read


def test_the_same_bytes_again_are_the_same_report(desk: Desk) -> None:
    _, incoming = desk.report()
    first = actions.take_in(incoming, now=desk.now)
    second = actions.take_in(incoming, now=desk.now)
    assert (first.new, second.new, first.record) == (True, False, second.record)
    assert rows.Record.objects.count() == rows.Submission.objects.count() == 1


def test_other_bytes_of_the_same_report_stand_beside_the_first(desk: Desk) -> None:
    # Given a report at the desk, and the same sealed anew and carried in once more, and then a third time
    reporter = desk.taken_in(b"as she wrote it")
    before = rows.Record.objects.get(handle=reporter.handle)
    for text in (b"as it was typed again", b"and once more"):
        _, incoming = again(desk, reporter, text)
        assert actions.take_in(incoming, now=desk.now).new
        assert not actions.take_in(incoming, now=desk.now).new
    # Then there is one record, one row in the queue, one set of clocks; and every copy opens, each with its own key
    officer = desk.staff["officer"]
    queue = queries.queue(officer.person, on=day(desk.now))
    assert [row.handle for row in queue.rows] == [reporter.handle]
    record = rows.Record.objects.get()
    assert (record.seq, record.next_due, record.leaf) == (before.seq, before.next_due, before.leaf)
    assert opens(officer, reporter.handle) == {
        (0, 1): b"as she wrote it",
        (1, 1): b"as it was typed again",
        (2, 1): b"and once more",
    }


def test_what_is_written_later_goes_to_the_first_key_alone(desk: Desk) -> None:
    # Given two copies
    reporter = desk.taken_in()
    _, incoming = again(desk, reporter, b"again")
    actions.take_in(incoming, now=desk.now)
    # Then the current key of each part is the first one's, so that nobody moves a thread by handing in a report anew
    current = rows.Compartment.objects.filter(until=None)
    assert {one.epoch for one in current} == {1}
    assert current.count() == len(COMPARTMENTS[Record.REPORT])
    assert actions.take_in(reporter.adds(b"more"), now=desk.now).new
    message = rows.Value.objects.get(field=int(Field.MESSAGE))
    assert message.epoch == 1
    assert message.version < COPY
    # And the desk's answer reaches the person, who holds that key
    officer = desk.staff["officer"]
    words = officer.seal(reporter.handle, NARRATIVE, Field.MESSAGE, b"we have it")
    officer.do("write_to_person", reporter.handle, message=words)
    reply = actions.next_reply()
    assert reply is not None
    assert reporter.opens(reply) == b"we have it"


def test_taking_it_back_takes_back_every_copy(desk: Desk) -> None:
    reporter = desk.taken_in()
    _, incoming = again(desk, reporter, b"again")
    actions.take_in(incoming, now=desk.now)
    assert actions.take_in(reporter.adds(b"", Sent.WITHDRAWAL), now=desk.now).record is None
    actions.finish_erasures()
    assert not rows.Record.objects.exists()
    assert not rows.Wrap.objects.filter(record=reporter.handle).exists()
    assert rows.Erasure.objects.count() == 3
    # And neither comes back
    assert actions.take_in(incoming, now=desk.now) == actions.Taken(None, new=False)
    assert not rows.Record.objects.exists()
