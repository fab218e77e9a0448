"""DLEQ proofs against RFC 9497's vectors of the verifiable mode, which are over ristretto255.

`dleq` is written over any group of this order. PyNaCl has no ristretto255, so these tests reach Debian's libsodium
through ctypes; the functions under test are the same that run over edwards25519.
"""

from __future__ import annotations

import ctypes
import json
import os
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import pytest

from answerable.sealing import dleq
from answerable.sealing.errors import SealingError
from answerable.sealing.groups import ORDER, Point, Scalar, decode_scalar, expand_message_xmd

CONTEXT = b"OPRFV1-" + bytes((1,)) + b"-ristretto255-SHA512"


class Ristretto255:
    """ristretto255 (RFC 9496) by libsodium."""

    identity = Point(bytes(32))

    def __init__(self) -> None:
        name = find_library("sodium") or "libsodium.so.23"
        try:
            self.sodium = ctypes.CDLL(name)
        except OSError:
            pytest.fail("these tests need libsodium: install Debian's libsodium23")
        self.generator = self._base(1)

    def _base(self, scalar: int) -> Point:
        out = ctypes.create_string_buffer(32)
        assert self.sodium.crypto_scalarmult_ristretto255_base(out, scalar.to_bytes(32, "little")) == 0
        return Point(out.raw)

    def add(self, one: Point, other: Point) -> Point:
        out = ctypes.create_string_buffer(32)
        assert self.sodium.crypto_core_ristretto255_add(out, one, other) == 0
        return Point(out.raw)

    def mul(self, scalar: int, point: Point) -> Point:
        if scalar % ORDER == 0 or point == self.identity:
            return self.identity
        out = ctypes.create_string_buffer(32)
        assert self.sodium.crypto_scalarmult_ristretto255(out, (scalar % ORDER).to_bytes(32, "little"), point) == 0
        return Point(out.raw)

    def decode(self, data: bytes) -> Point:
        if len(data) != 32 or not self.sodium.crypto_core_ristretto255_is_valid_point(data) or not any(data):
            raise SealingError("no element")
        return Point(data)


def _suite() -> dict[str, Any]:
    folder = os.environ.get("ANSWERABLE_VECTORS")
    if not folder:
        pytest.fail("set ANSWERABLE_VECTORS to the folder that holds rfc9497_ristretto255.json")
    suites = json.loads((Path(folder) / "rfc9497_ristretto255.json").read_text())["vectors"]
    found: dict[str, Any] = next(each for each in suites if each["mode"] == 1)
    return found


def _points(group: Ristretto255, text: str) -> list[Point]:
    return [group.decode(bytes.fromhex(part)) for part in text.split(",")]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_proofs_are_those_of_the_rfc(number: int) -> None:
    # Given a case of the verifiable mode: a key, a batch of one or two elements, and the prover's random scalar
    suite, group = _suite(), Ristretto255()
    case = suite["vectors"][number]
    key = decode_scalar(bytes.fromhex(suite["skSm"]))
    public = group.decode(bytes.fromhex(suite["pkSm"]))
    blinded, evaluated = _points(group, case["BlindedElement"]), _points(group, case["EvaluationElement"])
    assert group.mul(key.value, group.generator) == public
    assert [group.mul(key.value, each) for each in blinded] == evaluated
    nonce = decode_scalar(bytes.fromhex(case["Proof"]["r"]))
    # When the proof is made
    proof = dleq.generate_proof(group, key, public, blinded, evaluated, CONTEXT, nonce)
    # Then its bytes are the RFC's, and it verifies
    assert proof.encode() == bytes.fromhex(case["Proof"]["proof"])
    assert dleq.decode(proof.encode()) == proof
    assert dleq.verify_proof(group, public, blinded, evaluated, CONTEXT, proof)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_changed_case_does_not_verify(number: int) -> None:
    suite, group = _suite(), Ristretto255()
    case = suite["vectors"][number]
    public = group.decode(bytes.fromhex(suite["pkSm"]))
    blinded, evaluated = _points(group, case["BlindedElement"]), _points(group, case["EvaluationElement"])
    proof = dleq.decode(bytes.fromhex(case["Proof"]["proof"]))
    wrong = [group.add(evaluated[0], group.generator), *evaluated[1:]]
    assert not dleq.verify_proof(group, public, blinded, wrong, CONTEXT, proof)
    assert not dleq.verify_proof(group, group.generator, blinded, evaluated, CONTEXT, proof)
    assert not dleq.verify_proof(group, public, blinded, evaluated, CONTEXT + b"x", proof)
    other = dleq.Proof(Scalar((proof.c.value + 1) % ORDER), proof.s)
    assert not dleq.verify_proof(group, public, blinded, evaluated, CONTEXT, other)


def test_expand_message_is_that_of_rfc_9380() -> None:
    # RFC 9380, appendix K.3: expand_message_xmd(SHA-512), DST "QUUX-V01-CS02-with-expander-SHA512-256"
    tag = b"QUUX-V01-CS02-with-expander-SHA512-256"
    assert expand_message_xmd(b"", tag, 0x20).hex() == (
        "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"
    )
    assert expand_message_xmd(b"abc", tag, 0x20).hex() == (
        "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"
    )
    long = expand_message_xmd(b"abc", tag, 0x80).hex()
    assert long.startswith("7f1dddd13c08b543f2e2037b14cefb255b44c83cc397c1786d975653e36a6b11")
    assert len(long) == 256
