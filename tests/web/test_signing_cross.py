"""The browser signs what Python verifies, and Python what the browser does; both refuse the same forgeries."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from answerable.sealing import codes, envelope, signing
from answerable.sealing.place import Field, Place
from tests.sealing import make_known_answers as known
from tests.web.twin import Twin

CHANCE = 20_261_122


@pytest.fixture
def chance() -> random.Random:
    return random.Random(CHANCE)


def test_a_code_signs_with_one_key_in_both(twin: Twin, chance: random.Random) -> None:
    for box in codes.BOXES:
        key = chance.randbytes(32)
        assert twin.bytes("seed", key=key, box=box) == codes.signing_seed(key, box)


def test_each_believes_what_the_other_signs(twin: Twin, chance: random.Random) -> None:
    for one in known.envelopes():
        seed, following = chance.randbytes(32), chance.randbytes(32)
        for after in (None, following):
            # Given an envelope signed by either, with a key that goes on or with one that a new code replaces
            bare = replace(
                one.envelope, compartments=tuple(replace(part, signature=b"") for part in one.envelope.compartments)
            )
            ours = envelope.encode(signing.sign(bare, seed, after))
            theirs = twin.bytes("sign", data=ours, seed=seed, **({"following": after} if after else {}))
            # Then they are the same bytes, and each verifies them by that key alone
            assert theirs == ours
            public = signing.signer_of(seed)
            assert twin("signed_by", data=ours, public=public) is signing.signed_by(theirs, public) is True
            other = signing.signer_of(following)
            assert twin("signed_by", data=ours, public=other) is signing.signed_by(theirs, other) is False


def test_both_refuse_what_was_changed_after_it_was_signed(twin: Twin, chance: random.Random) -> None:
    (one, *_rest) = known.envelopes()
    public = signing.signer_of(one.seed)
    for changes in (
        {"submission": chance.randbytes(16)},
        {"record": chance.randbytes(16)},
        {"reporter": chance.randbytes(32)},
        {"signer": chance.randbytes(32)},
        {"consents": ()},
        {"values": one.envelope.values[:-1]},
        {"compartments": one.envelope.compartments[:-1]},
    ):
        data = envelope.encode(replace(one.envelope, **changes))
        assert not signing.signed_by(data, public)
        assert twin("signed_by", data=data, public=public) is False


def test_both_know_an_epoch_of_hers_again(twin: Twin) -> None:
    for one in known.envelopes():
        made = one.envelope
        for part in made.compartments:
            place = Place(made.deployment, made.record_kind, made.record, part.compartment, Field.NONE, 0)
            asked = {"signer": made.signer, "place": place, "public": part.public, "signature": part.signature}
            assert twin("epoch_signed_by", epoch=part.epoch, **asked) is True
            assert signing.verify_epoch(made.signer, place, part.epoch, part.public, part.signature)
            moved = replace(place, record=bytes(16))
            assert twin("epoch_signed_by", epoch=part.epoch, **{**asked, "place": moved}) is False
            assert not signing.verify_epoch(made.signer, moved, part.epoch, part.public, part.signature)
            assert not signing.verify_epoch(made.signer, place, part.epoch, part.public, bytes(64))
