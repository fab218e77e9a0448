"""Sealed bytes open in their place, with their key, whole, and in no other way."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import files, hpke, values
from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.files import FileSealer
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, Compartment, Field, Place, Record
from tests.sealing.make_known_answers import stream

RNG = stream("places")
PRIVATE, PUBLIC = hpke.generate(RNG)
HOME = Place(bytes(32), Record.REPORT, bytes(16), Compartment.NARRATIVE, Field.MESSAGE, 7)
AWAY: dict[str, dict[str, Any]] = {
    "another deployment": {"deployment": b"\1" + bytes(31)},
    "another record": {"record": bytes(15) + b"\1"},
    "a case": {"record_kind": Record.CASE},
    "another compartment": {"compartment": Compartment.EVIDENCE},
    "another field": {"field": Field.STATUS},
    "another version": {"version": 8},
}


@pytest.mark.parametrize("to", AWAY)
def test_a_value_does_not_open_elsewhere(to: str) -> None:
    # Given a value sealed at home
    sealed = values.seal_value(HOME, PUBLIC, b"words", epoch=1, rng=RNG)
    assert values.open_value(HOME, PRIVATE, sealed) == b"words"
    # When it is moved, then it does not open, though the key is the same
    with pytest.raises(OpenError):
        values.open_value(replace(HOME, **AWAY[to]), PRIVATE, sealed)


@pytest.mark.parametrize("to", [name for name in AWAY if name not in ("another field", "another version")])
def test_a_wrap_does_not_open_elsewhere(to: str) -> None:
    home, holder = HOME.for_wrap(), bytes(range(16))
    wrap = values.seal_wrap(home, holder, PUBLIC, b"\7" * 32, epoch=1, rng=RNG)
    assert values.open_wrap(home, holder, PRIVATE, wrap) == b"\7" * 32
    with pytest.raises(OpenError):
        values.open_wrap(replace(home, **AWAY[to]), holder, PRIVATE, wrap)


@pytest.mark.parametrize("holder", [REPORTER, RECOVERY, bytes(15) + b"\1"])
def test_a_wrap_does_not_open_for_another_holder_of_the_same_key(holder: bytes) -> None:
    wrap = values.seal_wrap(HOME.for_wrap(), bytes(range(16)), PUBLIC, b"\7" * 32, epoch=1, rng=RNG)
    with pytest.raises(OpenError):
        values.open_wrap(HOME.for_wrap(), holder, PRIVATE, wrap)


def test_an_epoch_cannot_be_changed() -> None:
    sealed = values.seal_value(HOME, PUBLIC, b"words", epoch=1, rng=RNG)
    moved = values.header(values.Type.VALUE, 2) + sealed[10:]
    assert values.epoch_of(moved) == 2
    with pytest.raises(OpenError):
        values.open_value(HOME, PRIVATE, moved)


def test_a_value_is_no_file_and_a_file_no_value() -> None:
    place = replace(HOME, field=Field.FILE)
    head, _ = files.seal_file(place, PUBLIC, "a", "b", b"c", epoch=1, rng=RNG)
    with pytest.raises(SealingError, match="a file, not a value"):
        values.open_value(place, PRIVATE, head)
    with pytest.raises(OpenError):
        values.open_value(place, PRIVATE, values.header(values.Type.VALUE, 1) + head[10:])
    sealed = values.seal_value(place, PUBLIC, b"words", epoch=1, rng=RNG, least=1_024)
    with pytest.raises(OpenError):
        files.open_head(place, PRIVATE, values.header(values.Type.FILE, 1) + sealed[10:])


@given(st.integers(0, 569), st.integers(1, 255))
@settings(deadline=None, max_examples=60)
def test_no_byte_of_a_value_can_be_changed(at: int, by: int) -> None:
    sealed = bytearray(values.seal_value(HOME, PUBLIC, b"words", epoch=1, rng=stream("one byte")))
    assert len(sealed) == 570
    sealed[at] ^= by
    with pytest.raises(SealingError):
        values.open_value(HOME, PRIVATE, bytes(sealed))


@pytest.mark.parametrize("wrong", [b"", bytes(10), bytes(9_999), b"ANS\x01\x01\x01" + bytes(600)])
def test_bytes_that_are_not_sealed(wrong: bytes) -> None:
    with pytest.raises(SealingError):
        values.open_value(HOME, PRIVATE, wrong)
    with pytest.raises(SealingError):
        values.open_wrap(HOME.for_wrap(), REPORTER, PRIVATE, wrong)
    with pytest.raises(SealingError):
        files.open_head(replace(HOME, field=Field.FILE), PRIVATE, wrong)


def test_a_key_that_recovery_opened_together() -> None:
    # Given a wrap to the recovery key, and the DH value that its holders computed together
    place = HOME.for_wrap()
    wrap = values.seal_wrap(place, RECOVERY, PUBLIC, b"\7" * 32, epoch=1, rng=RNG)
    enc, _, _, _ = values.wrap_parts(place, RECOVERY, wrap)
    dh = hpke._exchange(hpke._private(PRIVATE), enc)
    # Then the wrap opens as it opens with the key
    assert values.open_wrap_with_dh(place, RECOVERY, PUBLIC, dh, wrap) == b"\7" * 32
    with pytest.raises(OpenError):
        values.open_wrap_with_dh(place, RECOVERY, PUBLIC, sha256(dh).digest(), wrap)


def test_places_that_do_not_exist() -> None:
    for kind, compartments in COMPARTMENTS.items():
        for one in set(Compartment) - set(compartments):
            with pytest.raises(SealingError, match="has no compartment"):
                Place(bytes(32), kind, bytes(16), one, Field.FORM, 0)
    for wrong in ({"deployment": b""}, {"record": bytes(15)}, {"version": 1 << 32}, {"version": -1}):
        with pytest.raises(SealingError):
            replace(HOME, **wrong)


# Files ---------------------------------------------------------------------------------------------------------------

ATTACHED = Place(bytes(32), Record.REPORT, bytes(16), Compartment.EVIDENCE, Field.FILE, 2)
DATA = bytes(at % 251 for at in range(3 * files.CHUNK + 5))
HEAD, _CHUNKS = files.seal_file(ATTACHED, PUBLIC, "photo.jpg", "image/jpeg", DATA, epoch=1, rng=RNG)
CHUNKS = list(_CHUNKS)


def test_a_file_opens_however_it_is_cut() -> None:
    body = b"".join(CHUNKS)
    assert len(body) == files.sealed_length(len(DATA))
    for size in (1_000, 65_552, 1 << 20):
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        head, data = files.open_file(ATTACHED, PRIVATE, HEAD, parts)
        assert data == DATA
        assert (head.name, head.type, head.length) == ("photo.jpg", "image/jpeg", len(DATA))
    assert "key" not in repr(head)


ATTACKS = {
    "the last chunk dropped": CHUNKS[:-1],
    "a chunk dropped": [CHUNKS[0], *CHUNKS[2:]],
    "all chunks dropped": [],
    "two exchanged": [CHUNKS[1], CHUNKS[0], *CHUNKS[2:]],
    "one doubled": [CHUNKS[0], *CHUNKS],
    "the last doubled": [*CHUNKS, CHUNKS[-1]],
    "cut within a chunk": [*CHUNKS[:-1], CHUNKS[-1][:-1]],
    "a byte behind": [*CHUNKS, b"\0"],
    "a byte changed": [CHUNKS[0][:9] + bytes((CHUNKS[0][9] ^ 1,)) + CHUNKS[0][10:], *CHUNKS[1:]],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_file_that_was_touched_does_not_open(attack: str) -> None:
    with pytest.raises(OpenError):
        files.open_file(ATTACHED, PRIVATE, HEAD, ATTACKS[attack])


@pytest.mark.parametrize("to", [{"version": 3}, {"field": Field.CLEANED}, {"record": b"\1" * 16}])
def test_a_file_does_not_open_elsewhere(to: dict[str, Any]) -> None:
    away = replace(ATTACHED, **to)
    with pytest.raises(OpenError):
        files.open_file(away, PRIVATE, HEAD, CHUNKS)
    # Nor does its body under a head that was opened in the right place
    with pytest.raises(OpenError):
        list(files.open_chunks(away, files.open_head(ATTACHED, PRIVATE, HEAD), CHUNKS))


def test_the_body_of_one_file_does_not_open_under_the_head_of_another() -> None:
    head, _ = files.seal_file(ATTACHED, PUBLIC, "photo.jpg", "image/jpeg", DATA, epoch=1, rng=RNG)
    with pytest.raises(OpenError):
        files.open_file(ATTACHED, PRIVATE, head, CHUNKS)


@pytest.mark.parametrize(
    "lie", [{"length": len(DATA) - 1}, {"length": len(DATA) + 1}, {"length": 0}, {"sha256": bytes(32)}]
)
def test_a_head_that_lies_about_its_file(lie: dict[str, Any]) -> None:
    opened = files.open_head(ATTACHED, PRIVATE, HEAD)
    with pytest.raises(OpenError):
        list(files.open_chunks(ATTACHED, replace(opened, **lie), CHUNKS))


@given(st.lists(st.integers(0, 140_000), max_size=4))
@settings(deadline=None, max_examples=30)
def test_a_file_that_arrives_in_parts_is_the_file_that_came_whole(sizes: list[int]) -> None:
    parts = [bytes((number + 1,)) * size for number, size in enumerate(sizes)]
    sealer = FileSealer(ATTACHED, PUBLIC, epoch=1, rng=stream("parts"))
    chunks = [chunk for part in parts for chunk in sealer.write(part)]
    rest, head = sealer.finish("n", "t")
    chunks += rest
    whole_head, whole = files.seal_file(ATTACHED, PUBLIC, "n", "t", b"".join(parts), epoch=1, rng=stream("parts"))
    assert (head, b"".join(chunks)) == (whole_head, b"".join(whole))
    assert all(len(chunk) == files.SEALED_CHUNK for chunk in chunks[:-1])
    assert len(b"".join(chunks)) == files.sealed_length(sum(sizes))
    assert files.open_file(ATTACHED, PRIVATE, head, chunks)[1] == b"".join(parts)


def test_nothing_can_be_put_behind_the_end_of_a_file() -> None:
    sealer = FileSealer(ATTACHED, PUBLIC, epoch=1, rng=RNG)
    sealer.write(b"all of it")
    sealer.finish("n", "t")
    with pytest.raises(SealingError, match="sealed to its end"):
        sealer.write(b"more")
    with pytest.raises(SealingError, match="sealed to its end"):
        sealer.finish("n", "t")


@pytest.mark.parametrize(("name", "type_"), [("n" * 513, "t"), ("ن" * 257, "t"), ("n", "t" * 128), ("\ud800", "t")])
def test_names_that_do_not_fit(name: str, type_: str) -> None:
    with pytest.raises(SealingError):
        files.seal_file(ATTACHED, PUBLIC, name, type_, b"", epoch=1, rng=RNG)


def test_files_have_fields_of_their_own() -> None:
    with pytest.raises(SealingError, match="field for files"):
        files.seal_file(HOME, PUBLIC, "n", "t", b"", epoch=1, rng=RNG)
