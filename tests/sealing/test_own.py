"""Keys that a reporter began herself are known again by her own key, and nobody else can make one that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answerable.sealing import hpke
from answerable.sealing.errors import SealingError
from answerable.sealing.making import RecordKeys
from answerable.sealing.own import is_own, marked, seal_own_wrap
from answerable.sealing.place import REPORTER, REPORTERS, Compartment, Field, Place, Record
from answerable.sealing.values import open_wrap, seal_wrap
from tests.sealing.make_known_answers import DEPLOYMENT, stream

DRAW = stream("test_own")
PRIVATE, PUBLIC = hpke.generate(DRAW)
KEYS = RecordKeys.draw(DEPLOYMENT, Record.REPORT, DRAW, epoch=4)
STAFF = (DRAW(16), hpke.generate(DRAW)[1])
PLAIN = tuple(
    KEYS.wrapped(one, [STAFF, *([(REPORTER, PUBLIC)] if one in REPORTERS[Record.REPORT] else [])], DRAW)
    for one in sorted(KEYS.pairs)
)
TOGETHER = {one.compartment: one.public for one in PLAIN}


def place(compartment: Compartment) -> Place:
    return Place(DEPLOYMENT, Record.REPORT, KEYS.record, compartment, Field.NONE, 0)


def made() -> dict[Compartment, bytes]:
    """Her wraps of what she began together."""
    several = marked(DEPLOYMENT, Record.REPORT, KEYS.record, PLAIN, PRIVATE)
    assert [one.public for one in several] == [one.public for one in PLAIN]
    # Nothing of the staff's changes
    for one, before in zip(several, PLAIN, strict=True):
        assert [each for each in one.wraps if each.holder != REPORTER] == [
            each for each in before.wraps if each.holder != REPORTER
        ]
    return {one.compartment: each.wrap for one in several for each in one.wraps if each.holder == REPORTER}


def test_she_knows_her_own_and_they_open_as_before() -> None:
    wraps = made()
    assert set(wraps) == set(REPORTERS[Record.REPORT])
    for compartment, wrap in wraps.items():
        assert open_wrap(place(compartment), REPORTER, PRIVATE, wrap) == KEYS.pairs[compartment][0]
        assert is_own(place(compartment), PRIVATE, wrap, epoch=4, together=TOGETHER)
    # And two wraps never share an ephemeral key
    assert len({wrap[10:42] for wrap in wraps.values()}) == len(wraps)


def test_what_anybody_can_seal_to_her_is_not_her_own() -> None:
    for one in PLAIN:
        for each in one.wraps:
            assert not is_own(place(one.compartment), PRIVATE, each.wrap, epoch=4, together=TOGETHER)


@pytest.mark.parametrize("compartment", sorted(TOGETHER))
def test_a_key_changed_added_or_left_out_is_not_vouched_for(compartment: Compartment) -> None:
    # Given somebody else's key in the place of one that began with hers, also of one that she cannot read
    wrap = made()[Compartment.NARRATIVE]
    where = place(Compartment.NARRATIVE)
    forged = {**TOGETHER, compartment: hpke.generate(DRAW)[1]}
    assert not is_own(where, PRIVATE, wrap, epoch=4, together=forged)
    fewer = {one: public for one, public in TOGETHER.items() if one is not compartment}
    assert not is_own(where, PRIVATE, wrap, epoch=4, together=fewer)


def test_it_is_hers_in_its_own_place_and_epoch_alone() -> None:
    wraps = made()
    narrative = wraps[Compartment.NARRATIVE]
    elsewhere = replace(place(Compartment.NARRATIVE), record=bytes(16))
    assert not is_own(elsewhere, PRIVATE, narrative, epoch=4, together=TOGETHER)
    assert not is_own(place(Compartment.REPORTER_IDENTITY), PRIVATE, narrative, epoch=4, together=TOGETHER)
    assert not is_own(place(Compartment.NARRATIVE), PRIVATE, narrative, epoch=5, together=TOGETHER)
    assert not is_own(place(Compartment.NARRATIVE), hpke.generate(DRAW)[0], narrative, epoch=4, together=TOGETHER)


def test_what_cannot_be_vouched_for_is_said() -> None:
    private = KEYS.pairs[Compartment.NARRATIVE][0]
    where = place(Compartment.NARRATIVE)
    with pytest.raises(SealingError, match="vouches"):
        seal_own_wrap(where, PRIVATE, private, epoch=4, together={Compartment.NARRATIVE: PUBLIC})
    with pytest.raises(SealingError, match="one epoch"):
        marked(DEPLOYMENT, Record.REPORT, KEYS.record, (PLAIN[0], replace(PLAIN[1], epoch=5)), PRIVATE)
    with pytest.raises(SealingError):
        is_own(where, PRIVATE, b"no wrap", epoch=4, together=TOGETHER)
    stranger = seal_wrap(where, REPORTER, hpke.generate(DRAW)[1], private, epoch=4, rng=DRAW)
    other = replace(PLAIN[1], wraps=(replace(PLAIN[1].wraps[0], holder=REPORTER, wrap=stranger),))
    with pytest.raises(SealingError):
        marked(DEPLOYMENT, Record.REPORT, KEYS.record, (other,), PRIVATE)
