"""What the office signs verifies where it was signed for, under a key of the note, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answerable.sealing import hpke
from answerable.sealing.answers import (
    office_public,
    sign_epoch,
    sign_value,
    verify_epoch,
    verify_value,
)
from answerable.sealing.errors import SealingError
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Place, Record
from answerable.sealing.values import seal_value
from tests.sealing.make_known_answers import DEPLOYMENT, stream

DRAW = stream("test_answers")
FIRST, SECOND, STRANGER = DRAW(32), DRAW(32), DRAW(32)
OFFICE = (office_public(FIRST), office_public(SECOND))
PLACE = Place(DEPLOYMENT, Record.REPORT, DRAW(16), Compartment.NARRATIVE, Field.MESSAGE, 9)
SEALED = seal_value(PLACE, hpke.generate(DRAW)[1], b'{"v":1}', epoch=1, rng=DRAW)
WRAP = PLACE.for_wrap()
_, PUBLIC = hpke.generate(DRAW)

ELSEWHERE = {
    "deployment": bytes(32),
    "record": bytes(16),
    "compartment": Compartment.REPORTER_IDENTITY,
    "field": Field.STATUS,
    "version": 10,
}


@pytest.mark.parametrize("private", [FIRST, SECOND])
def test_what_the_office_signed_verifies(private: bytes) -> None:
    # Given the key in force, and the one before it
    assert verify_value(OFFICE, PLACE, SEALED, sign_value(private, PLACE, SEALED))
    assert verify_epoch(OFFICE, WRAP, 2, PUBLIC, sign_epoch(private, WRAP, 2, PUBLIC))


@pytest.mark.parametrize("part", sorted(ELSEWHERE))
def test_it_verifies_at_no_other_place(part: str) -> None:
    signature = sign_value(FIRST, PLACE, SEALED)
    assert not verify_value(OFFICE, replace(PLACE, **{part: ELSEWHERE[part]}), SEALED, signature)


def test_it_verifies_for_no_other_record_kind_bytes_key_or_signature() -> None:
    signature = sign_value(FIRST, PLACE, SEALED)
    case = replace(PLACE, record_kind=Record.CASE)
    assert PLACE.compartment in COMPARTMENTS[Record.CASE]
    assert not verify_value(OFFICE, case, SEALED, signature)
    assert not verify_value(OFFICE, PLACE, SEALED[:-1] + bytes((SEALED[-1] ^ 1,)), signature)
    assert not verify_value(OFFICE, PLACE, SEALED, sign_value(STRANGER, PLACE, SEALED))
    assert not verify_value((), PLACE, SEALED, signature)
    for other in (None, b"", signature[:-1], signature + b"\0", bytes(64)):
        assert not verify_value(OFFICE, PLACE, SEALED, other)


def test_an_epoch_verifies_for_no_other_record_compartment_number_or_key() -> None:
    signature = sign_epoch(FIRST, WRAP, 2, PUBLIC)
    for other in ({"record": bytes(16)}, {"compartment": Compartment.EVIDENCE}, {"deployment": bytes(32)}):
        assert not verify_epoch(OFFICE, replace(WRAP, **other), 2, PUBLIC, signature)
    assert not verify_epoch(OFFICE, WRAP, 3, PUBLIC, signature)
    assert not verify_epoch(OFFICE, WRAP, 2, hpke.generate(DRAW)[1], signature)
    assert not verify_epoch(OFFICE, WRAP, 2, PUBLIC, sign_epoch(STRANGER, WRAP, 2, PUBLIC))
    # And what was signed as a value is no epoch, nor the other way round
    assert not verify_epoch(OFFICE, WRAP, 2, PUBLIC, sign_value(FIRST, PLACE, SEALED))
    assert not verify_value(OFFICE, PLACE, SEALED, signature)


def test_what_cannot_be_signed_is_said() -> None:
    with pytest.raises(SealingError, match="has a field"):
        sign_value(FIRST, WRAP, SEALED)
    with pytest.raises(SealingError, match="no field"):
        sign_epoch(FIRST, PLACE, 2, PUBLIC)
    with pytest.raises(SealingError, match="from 0"):
        sign_epoch(FIRST, WRAP, 1 << 32, PUBLIC)
    with pytest.raises(SealingError, match="32 bytes"):
        sign_epoch(FIRST, WRAP, 2, PUBLIC[:-1])
    with pytest.raises(SealingError, match="32 bytes"):
        office_public(FIRST + b"\0")
