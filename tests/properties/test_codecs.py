"""Every codec of the record's formats: round trips, and any bytes give a value or an error that says why."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from answerable.errors import AnswerableError
from answerable.record import canonical, text, tiles
from answerable.record.ack import Ack
from answerable.record.keys import KEY_SIZES, MLDSA44, SigningKey, VerifierKey, key_id
from answerable.record.note import Checkpoint, Note, Signature, parse_signature_lines
from answerable.record.paths import TilePath, parse_path
from answerable.record.policy import Policy
from answerable.record.proof import TlogProof
from answerable.record.tree import Edge
from answerable.record.witnessing import Request, decide
from tests.record.logs import RECORD, Log, key, policy_text

HASHES = st.binary(min_size=32, max_size=32)
SIZES = st.integers(0, (1 << 63) - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=40)
NAMES = WORDS.filter(lambda name: not any(char.isspace() for char in name))
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
SIGNATURES = st.builds(Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
CHECKPOINTS = st.builds(Checkpoint, LINES, SIZES, HASHES, st.lists(LINES, max_size=3).map(tuple))
PROOFS = st.lists(HASHES, max_size=63).map(tuple)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-canonical.MAX_SAFE, canonical.MAX_SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)


def _note(lines: list[str], signatures: list[Signature]) -> Note:
    return Note("".join(f"{line}\n" for line in lines), tuple(signatures))


NOTES = st.builds(
    _note, st.lists(LINES | st.just(""), min_size=1, max_size=6), st.lists(SIGNATURES, min_size=1, max_size=4)
)


@given(JSON)
def test_canonical_round_trip(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(st.binary(min_size=8, max_size=8))
def test_numbers_are_the_shortest_that_come_back(data: bytes) -> None:
    value: float = struct.unpack(">d", data)[0]
    if math.isfinite(value):
        written = canonical.number(value)
        assert float(written) == value
        digits = written.lstrip("-").split("e")[0].replace(".", "").strip("0")
        assert len(digits) <= 17


@given(st.dictionaries(st.text(max_size=3), st.none(), max_size=8))
def test_names_are_in_utf16_order(value: dict[str, Any]) -> None:
    try:
        data = canonical.encode(value)
    except AnswerableError:
        return  # a lone surrogate
    decoded = canonical.decode(data)
    assert isinstance(decoded, dict)
    units = [name.encode("utf-16-be") for name in decoded]
    assert units == sorted(units)


@given(NOTES)
def test_note_round_trip(note: Note) -> None:
    # Empty lines inside the text do not end it, because the last one does
    assert Note.parse(note.to_bytes()) == note


@given(CHECKPOINTS)
def test_checkpoint_round_trip(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@given(NAMES, st.sampled_from(sorted(KEY_SIZES)), HASHES)
def test_key_round_trips(name: str, kind: int, seed: bytes) -> None:
    signer = SigningKey.generate(name, kind, seed)
    assert VerifierKey.parse(str(signer.verifier)) == signer.verifier
    assert SigningKey.parse(signer.line()) == signer
    assert signer.verifier.id == key_id(name, kind, signer.verifier.key)
    assert seed.hex() not in repr(signer)


@given(SIZES, PROOFS, st.binary(max_size=200))
def test_request_round_trip(old: int, proof: tuple[bytes, ...], checkpoint: bytes) -> None:
    request = Request(old, proof, checkpoint)
    assert Request.parse(request.to_bytes()) == request


@given(st.none() | st.binary(max_size=300), SIZES, PROOFS, CHECKPOINTS, st.lists(SIGNATURES, min_size=1, max_size=3))
def test_proof_round_trip(
    extra: bytes | None, index: int, hashes: tuple[bytes, ...], checkpoint: Checkpoint, lines: list[Signature]
) -> None:
    proof = TlogProof(extra, index, hashes, Note(checkpoint.text(), tuple(lines)).to_bytes())
    assert TlogProof.parse(proof.to_bytes()) == proof


@given(LINES, HASHES, SIZES)
def test_ack_round_trip(origin: str, leaf: bytes, include_by: int) -> None:
    ack = Ack(origin, leaf, include_by)
    assert Ack.parse(ack.text()) == ack


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundle_round_trip(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries


@given(st.lists(HASHES, min_size=1, max_size=256))
def test_tile_round_trip(hashes: list[bytes]) -> None:
    assert tiles.decode_tile(tiles.encode_tile(hashes), len(hashes)) == hashes


@given(st.none() | st.integers(0, 63), SIZES, st.integers(1, 256))
def test_path_round_trip(level: int | None, index: int, width: int) -> None:
    path = TilePath(level, index, width)
    assert parse_path(path.path) == path


@given(st.lists(HASHES, max_size=600))
def test_edge_round_trip(leaves: list[bytes]) -> None:
    edge = Edge()
    edge.append(leaves)
    again = Edge.from_bytes(edge.to_bytes(), edge.size)
    assert (again.root(), again.to_bytes()) == (edge.root(), edge.to_bytes())


@given(st.binary(max_size=200))
def test_base64_and_decimals_have_one_spelling(data: bytes) -> None:
    assert text.parse_base64(text.base64_text(data)) == data
    spelled = data.decode("latin-1")
    found = text.parse_base64(spelled)
    assert found is None or text.base64_text(found) == spelled
    number = text.parse_decimal(spelled)
    assert number is None or str(number) == spelled


SEEDS = {
    "note": Log([b"{}"]).note,
    "proof": Log([b"{}", b"{}"]).receipt(1).to_bytes(),
    "request": Request(0, (), Log([b"{}"]).note).to_bytes(),
    "policy": policy_text().encode(),
    "vkey": str(key(RECORD).verifier).encode(),
    "private": key(RECORD).line().encode(),
    "json": canonical.encode({"a": [1, 2.5, "x"], "b": {"c": None}}),
    "ack": Ack(RECORD, bytes(32), 7).text().encode(),
    "path": b"tile/0/x001/234.p/17",
    "bundle": tiles.encode_bundle([b"abc", b"", b"d"]),
}


def _lossy(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


PARSERS: dict[str, Callable[[bytes], object]] = {
    "note": Note.parse,
    "proof": TlogProof.parse,
    "request": Request.parse,
    "policy": Policy.parse,
    "vkey": _lossy(VerifierKey.parse),
    "private": _lossy(SigningKey.parse),
    "json": canonical.decode,
    "ack": _lossy(Ack.parse),
    "path": _lossy(parse_path),
    "bundle": lambda data: tiles.decode_bundle(data, 3),
    "checkpoint": _lossy(Checkpoint.parse),
    "lines": _lossy(parse_signature_lines),
    "tile": lambda data: tiles.decode_tile(data, 2),
    "edge": lambda data: Edge.from_bytes(data, 300),
}


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """Bytes near something valid: a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(sorted(SEEDS.values())))
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, min(len(data), start + 40)))
    words = st.text(max_size=4).map(lambda word: word.encode("utf-8", "replace"))
    middle = draw(st.binary(max_size=8) | st.just(data[start:stop] * 2) | words)
    return data[:start] + middle + data[stop:]


@pytest.mark.parametrize("name", PARSERS)
def test_any_bytes_give_a_value_or_an_error_of_ours(name: str) -> None:
    parse = PARSERS[name]

    @given(st.binary(max_size=120) | _damaged())
    @example(b"")
    @example(b"\0")
    @example(b"\n\n")
    def check(data: bytes) -> None:
        with suppress(AnswerableError):
            parse(data)
            return
        with pytest.raises(AnswerableError) as caught:
            parse(data)
        assert caught.value.what
        assert str(caught.value).encode()  # a sentence that can be printed

    check()


@given(st.binary(max_size=120) | _damaged())
def test_the_witness_answers_any_bytes(data: bytes) -> None:
    decision = decide(data, lambda _: None, lambda _: None)
    assert decision.status in (400, 404)
    assert decision.reason


def test_seeds_are_valid() -> None:
    for name, data in SEEDS.items():
        assert PARSERS[name](data)
    assert MLDSA44 in KEY_SIZES
