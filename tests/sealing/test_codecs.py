"""Every codec of sealing: what is written reads back, and any bytes give a value or an error that says why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import codes, envelope, files, pad, readers, shape, values, wordlists
from answerable.sealing.delivery import Delivery, decode_delivery, encode_delivery
from answerable.sealing.envelope import Envelope
from answerable.sealing.errors import SealingError
from answerable.sealing.files import FileHead
from answerable.sealing.mailbox import Credentials
from answerable.sealing.place import Place
from answerable.sealing.readers import ReadersNote
from tests.sealing import make_known_answers as known
from tests.sealing.strategies import KEYS, envelopes, notes, places

CREDENTIALS = st.builds(
    Credentials,
    st.integers(0, 1),
    st.booleans(),
    KEYS,
    KEYS,
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=64, max_size=64),
    KEYS,
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
HEADS = st.builds(FileHead, KEYS, st.integers(0, 2**63 - 1), KEYS, NAMES, NAMES.filter(lambda one: len(one) < 30))
DELIVERIES = st.builds(
    Delivery,
    st.just(b"") | st.binary(min_size=49, max_size=49),
    st.none() | CREDENTIALS,
    st.binary(max_size=100),
)


@given(places())
def test_places(place: Place) -> None:
    assert len(place.encode()) == 56
    assert Place.decode(place.encode()) == place


@given(envelopes())
@settings(deadline=None)
def test_envelopes(one: Envelope) -> None:
    assert envelope.decode(envelope.encode(one)) == one


@given(notes())
@settings(deadline=None)
def test_readers_notes(note: ReadersNote) -> None:
    assert readers.parse(readers.write(note)) == note


@given(CREDENTIALS)
def test_credentials(one: Credentials) -> None:
    assert Credentials.decode(one.encode()) == one


@given(HEADS)
def test_heads_of_files(head: FileHead) -> None:
    assert files.decode_head(head.encode()) == head


@given(DELIVERIES)
def test_deliveries(one: Delivery) -> None:
    assert decode_delivery(encode_delivery(one)) == one


@given(st.binary(max_size=3_000), st.sampled_from([512, 1_024, 16_384]))
def test_padding(data: bytes, least: int) -> None:
    padded = pad.pad(data, least)
    assert pad.unpad(padded) == data
    assert len(padded) >= least
    assert pad.is_padded_size(len(padded))


@given(st.integers(0, 1 << 60), st.integers(0, 1 << 60))
def test_padme_adds_little_and_keeps_order(one: int, other: int) -> None:
    assert one <= pad.padme(one) <= one * 1.12 + 1
    assert pad.padme(pad.padme(one)) == pad.padme(one)
    assert (one > other) or pad.padme(one) <= pad.padme(other)


def test_padme_leaves_few_lengths() -> None:
    assert len({pad.padme(size) for size in range(1 << 16, (1 << 17) + 1)}) == 33


@given(st.binary(max_size=200), st.integers(1, 64))
def test_answers_are_padded_to_steps(data: bytes, step: int) -> None:
    padded = pad.pad_to(data, step)
    assert padded.startswith(data)
    assert len(padded) % step == 0
    assert len(padded) - len(data) < step


# What was written by us: mutations of it find more than bytes drawn at random.
REAL = [envelope.encode(one.envelope) for one in known.envelopes()]
SMALL = [
    readers.write(known.a_note()[0]).encode(),
    *(bytes.fromhex(one["credentials"]) for one in known.mailbox_cases()),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Our own bytes with a few changed, cut off, doubled or put in; or any bytes at all."""
    data = bytearray(draw(st.sampled_from(REAL + SMALL) | st.binary(max_size=300)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(data), 400)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case _:
                data[at:at] = draw(st.binary(max_size=8))
    return bytes(data)


def as_text(parse: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


DECODERS: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes] | None]] = {
    "place": (Place.decode, Place.encode),
    "envelope": (envelope.decode, envelope.encode),
    "delivery": (decode_delivery, encode_delivery),
    "credentials": (Credentials.decode, Credentials.encode),
    "file head": (files.decode_head, FileHead.encode),
    "readers' note": (as_text(readers.parse), lambda note: readers.write(note).encode()),
    "word list": (as_text(wordlists.parse_list), None),
    "code": (as_text(codes.parse_code), None),
    "padding": (pad.unpad, None),
    "header": (values.parse_header, None),
    "value": (values.check_value, None),
    "wrap": (values.check_wrap, None),
    "shape": (lambda data: shape.check_shape(envelope.decode(data)), None),
}


@pytest.mark.parametrize("name", DECODERS)
@given(data=mutated())
@settings(deadline=None, max_examples=150)
def test_any_bytes_give_a_value_or_an_error_of_sealing(name: str, data: bytes) -> None:
    decode, encode = DECODERS[name]
    with suppress(SealingError):
        value = decode(data)
        if encode is not None:
            assert encode(value) == data


def test_our_own_bytes_decode() -> None:
    # The positive control of the test above.
    for data in REAL:
        assert envelope.encode(envelope.decode(data)) == data


def changed(at: int, new: bytes) -> bytes:
    return REAL[0][:at] + new + REAL[0][at + len(new) :]


@pytest.mark.parametrize(
    "data",
    [
        REAL[0] + b"\0",
        REAL[0][:-1],
        changed(4, b"\x02"),
        changed(5, b"\x09"),
        changed(6, b"\x00"),
        changed(39, b"\x04"),
        changed(72, b"\x04"),
        changed(74, b"\x00"),
        b"",
    ],
)
def test_envelopes_that_are_refused(data: bytes) -> None:
    with pytest.raises(SealingError):
        envelope.decode(data)


def test_an_envelope_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(SealingError, match="at most 1500000"):
        envelope.decode(bytes(1_500_001))
