"""New keys of hers and of the desk's that cross: hers take effect, nothing is lost, and nobody who left comes back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from answerable.casework import actions, queries
from answerable.casework import models as rows
from answerable.casework.arrivals import COPY
from answerable.casework.errors import CaseworkError, WrongStageError
from answerable.casework.models.records import Standing
from answerable.casework.shapes import Incoming, NewKey
from answerable.sealing import hpke
from answerable.sealing.envelope import Envelope, Sealed, Wrapped
from answerable.sealing.making import RecordKeys, holders_of, make_addition, make_epoch
from answerable.sealing.place import REPORTER, Compartment, Field, Record
from answerable.sealing.signing import sign
from answerable.sealing.values import open_wrap, seal_wrap
from tests.casework.conftest import BOTH
from tests.casework.world import DEPLOYMENT, Desk, Reporter, Staff, day, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=BOTH)]
NARRATIVE = Compartment.NARRATIVE


def made_change(
    desk: Desk,
    her: Reporter,
    number: int,
    *,
    public: bytes,
    without: Iterable[Staff] = (),
    again: Iterable[Sealed] = (),
) -> tuple[Envelope, RecordKeys]:
    """New keys of everything as her new code makes them, wrapped to those of whom her mailbox was told; unsigned."""
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record, epoch=number)
    out = {one.person.holder for one in without}
    note = desk.readers()
    holders = {
        part: [one for one in holders_of(note, Record.REPORT, part, public) if one[0] not in out] for part in keys.pairs
    }
    sealed = (*make_epoch(keys, holders, draw), *again)
    order = tuple(sorted(sealed, key=lambda one: (one.compartment, one.epoch)))
    return make_addition(DEPLOYMENT, Record.REPORT, her.record, public, {}, (), rng=draw, compartments=order), keys


def changes(desk: Desk, her: Reporter, number: int, **more: object) -> tuple[Incoming, RecordKeys]:
    """Her change of the code, on its way; she has the new one from here on."""
    private, public = hpke.generate(draw)
    made, keys = made_change(desk, her, number, public=public, **more)  # type: ignore[arg-type]
    sent = her.sends(sign(made, her.seed, seed := draw(32)))
    her.private, her.public, her.seed = private, public, seed
    return sent, keys


def says(her: Reporter, keys: RecordKeys, text: bytes) -> rows.Value:
    """Something that she seals to these keys, as the desk keeps it."""
    made = make_addition(
        DEPLOYMENT, Record.REPORT, her.record, her.public, keys.publics, [(NARRATIVE, Field.MESSAGE, text)], rng=draw
    )
    assert actions.take_in(her.sends(sign(made, her.seed)), now=her.desk.now).new
    return rows.Value.objects.filter(field=int(Field.MESSAGE), submission__isnull=False).latest("id")


def next_key(staff: Staff, her: Reporter, number: int, public: bytes) -> NewKey:
    holders = queries.epoch_holders(staff.person, her.handle, NARRATIVE, on=day(staff.desk.now))
    assert holders is not None
    everyone = [(bytes.fromhex(h), bytes.fromhex(x)) for h, x in holders] + [(REPORTER, public)]
    return staff.new_key(her.record, Record.REPORT, NARRATIVE, everyone, epoch=number)


def begins(staff: Staff, her: Reporter, number: int) -> NewKey:
    """A new epoch for those who remain."""
    key = next_key(staff, her, number, her.public)
    staff.do("new_epoch", her.handle, key)
    return key


def notes(staff: Staff, her: Reporter, text: bytes) -> None:
    staff.do("add_value", her.handle, staff.seal(her.handle, NARRATIVE, Field.NOTE, text))


def current(her: Reporter) -> rows.Compartment:
    return rows.Compartment.objects.get(record__handle=her.handle, compartment=int(NARRATIVE), until=None)


def wanted(staff: Staff) -> list[str | None]:
    """For whom something waits in the narrative; None: a new epoch."""
    found = rows.Grant.objects.filter(done=None, compartment=int(NARRATIVE)).order_by("id")
    assert queries.grants_wanted(staff.person, on=day(staff.desk.now)) or not found
    return [one.person.handle if one.person else None for one in found]


@pytest.mark.parametrize("several", [1, 2])
def test_her_new_keys_take_effect_although_the_desk_began_others(desk: Desk, several: int) -> None:
    # Given an officer who stood back, and a colleague who begins one epoch or two, while her change is on its way
    her = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    officer.do("recuse", her.handle)
    old_public = her.public
    for number in range(2, 2 + several):
        begins(colleague, her, number)
        notes(colleague, her, b"note %d" % number)
    assert rows.Reply.objects.filter(kind="epoch", delivered=None).count() == several
    change, keys = changes(desk, her, 2)
    # When it comes
    assert actions.take_in(change, now=desk.now).new
    # Then hers are current, wrapped to whoever is here, and the desk's have ended and go nowhere
    assert rows.Submission.objects.get(leaf=change.leaf).standing == Standing.HERS
    assert (bytes(current(her).public), current(her).number) == (keys.public(NARRATIVE), 2)
    assert current(her).epoch > COPY
    assert bytes(rows.Record.objects.get().reporter_key or b"") == her.public != old_public
    assert actions.next_reply() is None
    # And whoever left gets nothing, although she wrapped her keys to them; and a new epoch is wanted for that
    assert not rows.Wrap.objects.filter(holder=officer.person.handle).exists()
    assert wanted(colleague) == [None]
    # And everything opens for those who remain: what was sealed to the crossed keys, and what she writes now
    assert says(her, keys, b"with new words").epoch == current(her).epoch
    found = colleague.open(her.handle, NARRATIVE, Record.REPORT)
    expected = [b"what happened", b"with new words", *(b"note %d" % number for number in range(2, 2 + several))]
    assert sorted(found) == sorted(expected)
    # And they write to her with keys that she has
    colleague.do(
        "write_to_person", her.handle, message=colleague.seal(her.handle, NARRATIVE, Field.MESSAGE, b"we read it")
    )
    reply = actions.next_reply()
    assert reply is not None
    assert (reply.kind, reply.epoch) == ("value", 2)
    actions.mark_delivered(reply.handle)
    # And the epoch that is wanted begins above all of them, for her new key
    begun = begins(colleague, her, 2 + several)
    reply = actions.next_reply()
    assert reply is not None
    assert (reply.kind, reply.epoch, bytes(reply.reporter)) == ("epoch", 2 + several, her.public)
    assert (bytes(current(her).public), current(her).epoch) == (begun.public, 2 + several)
    assert wanted(colleague) == []


def test_an_epoch_that_was_made_for_her_old_key_does_not_begin(desk: Desk) -> None:
    # Given a page of an officer's that was opened before her change came
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    old = her.public
    prepared = next_key(colleague, her, 2, old)
    change, keys = changes(desk, her, 2)
    actions.take_in(change, now=desk.now)
    # Then what it made is refused, for its number, and for the key that it was wrapped to
    before = rows.Wrap.objects.count()
    for key in (prepared, next_key(colleague, her, 3, old)):
        with pytest.raises(CaseworkError, match=r"another epoch|key has changed"):
            colleague.do("new_epoch", her.handle, key)
    assert rows.Wrap.objects.count() == before
    assert bytes(current(her).public) == keys.public(NARRATIVE)
    begins(colleague, her, 3)
    assert current(her).epoch == 3


def test_a_page_opened_before_a_crossing_does_not_begin_one_either(desk: Desk) -> None:
    # Given an epoch of the desk's, and a page that prepares the next one, when hers comes with the number of the first
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    begins(colleague, her, 2)
    prepared = next_key(colleague, her, 3, her.public)
    change, _ = changes(desk, her, 2)
    actions.take_in(change, now=desk.now)
    with pytest.raises(WrongStageError, match="key has changed"):
        colleague.do("new_epoch", her.handle, prepared)
    assert current(her).number == 2


def test_nothing_is_written_to_her_with_a_key_that_she_has_not_got_yet(desk: Desk) -> None:
    # Given a new epoch that carry has not delivered
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    key = begins(colleague, her, 2)
    assert list(actions.statuses(desk.now)) == []
    # Then a message is refused, with its reason, and nothing of it is kept
    with pytest.raises(WrongStageError, match="has not received the newest key"):
        colleague.do(
            "write_to_person", her.handle, message=colleague.seal(her.handle, NARRATIVE, Field.MESSAGE, b"hello")
        )
    assert not rows.Value.objects.filter(field=int(Field.MESSAGE)).exists()
    # And once it is there, it goes
    reply = actions.next_reply()
    assert reply is not None
    actions.mark_delivered(reply.handle)
    colleague.do("write_to_person", her.handle, message=colleague.seal(her.handle, NARRATIVE, Field.MESSAGE, b"hello"))
    assert [(one.public, one.epoch) for one in actions.statuses(desk.now)] == [(key.public, 2)]


def test_an_epoch_that_reached_her_is_not_crossed(desk: Desk) -> None:
    # Given an epoch that is in her mailbox, which carry has not noted yet
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    key = begins(colleague, her, 2)
    reply = rows.Reply.objects.get(kind="epoch")
    place = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record).place(NARRATIVE, Field.NONE, 0)
    opened = open_wrap(place, REPORTER, her.private, bytes(reply.sealed))
    # When her change wraps it anew, and begins the next
    _private, public = hpke.generate(draw)
    again = Sealed(
        NARRATIVE, 2, key.public, (Wrapped(REPORTER, seal_wrap(place, REPORTER, public, opened, epoch=2, rng=draw)),)
    )
    made, keys = made_change(desk, her, 3, public=public, again=[again])
    actions.take_in(her.sends(sign(made, her.seed, draw(32))), now=desk.now)
    # Then each is known once, under its own number
    numbers = rows.Compartment.objects.filter(compartment=int(NARRATIVE)).order_by("epoch")
    assert list(numbers.values_list("epoch", flat=True)) == [1, 2, 3]
    assert bytes(current(her).public) == keys.public(NARRATIVE)
    # And carry, which goes on where it was, changes nothing
    actions.mark_delivered(reply.handle)
    assert actions.next_reply() is None


def test_whoever_she_had_not_been_told_of_is_let_in(desk: Desk) -> None:
    # Given a colleague of whom her mailbox had not been told when she changed her code
    her = desk.taken_in()
    officer, colleague = desk.staff["officer"], desk.staff["colleague"]
    begins(officer, her, 2)
    change, _ = changes(desk, her, 2, without=[colleague])
    actions.take_in(change, now=desk.now)
    assert wanted(officer) == [colleague.person.handle]
    # When the officer lets them in
    wraps = [(one.epoch, one.wrapped) for one in officer.give(her.handle, NARRATIVE, Record.REPORT, colleague)]
    officer.do("grant", her.handle, NARRATIVE, colleague.person, wraps)
    # Then they read what she wrote with it
    assert wanted(officer) == []
    assert current(her).epoch in dict(wraps)


def test_a_change_that_waited_for_another_crosses_as_well(desk: Desk) -> None:
    # Given two changes of the code, the first held back; and two epochs of the desk's with their numbers
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    first, _ = changes(desk, her, 2)
    second, keys = changes(desk, her, 3)
    actions.take_in(second, now=desk.now)
    public, her.public = her.public, bytes(rows.Record.objects.get().reporter_key or b"")
    for number in (2, 3):
        begins(colleague, her, number)
    her.public = public
    # When the first comes
    actions.take_in(first, now=desk.now)
    # Then the second has taken effect after it
    assert (bytes(current(her).public), current(her).number) == (keys.public(NARRATIVE), 3)
    assert {one.standing for one in rows.Submission.objects.all()} == {Standing.HERS}
    says(her, keys, b"with the newest words")
    found = colleague.open(her.handle, NARRATIVE, Record.REPORT)
    assert sorted(found) == [b"what happened", b"with the newest words"]


def test_what_others_put_beside_it_is_not_hers_by_its_key(desk: Desk) -> None:
    # Given her change, seen by whoever runs the reporter party, who enters its keys first in an envelope of their own
    her = desk.taken_in()
    colleague = desk.staff["colleague"]
    begins(colleague, her, 2)
    public = hpke.generate(draw)[1]
    made, keys = made_change(desk, her, 2, public=public)
    copied = Envelope(**{**vars(made), "submission": draw(16)})
    actions.take_in(her.sends(sign(copied, draw(32))), now=desk.now)
    assert bytes(current(her).public) != keys.public(NARRATIVE)
    # Then hers takes effect all the same
    actions.take_in(her.sends(sign(made, her.seed, draw(32))), now=desk.now)
    assert bytes(current(her).public) == keys.public(NARRATIVE)
