"""HPKE against the vectors of RFC 9180, as `cryptography-vectors` ships them, and against another implementation."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from answerable.sealing import hpke
from answerable.sealing.errors import OpenError, SealingError

#: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode.
OURS = {"mode": 0, "kem_id": 0x0020, "kdf_id": 0x0001, "aead_id": 0x0002}


def vectors() -> list[dict[str, Any]]:
    text = (files("cryptography_vectors") / "HPKE" / "test-vectors.json").read_text(encoding="utf-8")
    return [one for one in json.loads(text) if {name: one[name] for name in OURS} == OURS]


def raw(vector: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[name])


VECTORS = vectors()


def test_there_are_vectors_of_our_suite() -> None:
    assert VECTORS
    assert sum(len(one["encryptions"]) for one in VECTORS) > 100


@pytest.mark.parametrize("vector", VECTORS)
def test_keys_come_from_their_material(vector: dict[str, Any]) -> None:
    assert hpke.derive_key_pair(raw(vector, "ikmE")) == (raw(vector, "skEm"), raw(vector, "pkEm"))
    assert hpke.derive_key_pair(raw(vector, "ikmR")) == (raw(vector, "skRm"), raw(vector, "pkRm"))


@pytest.mark.parametrize("vector", VECTORS)
def test_sender_and_receiver_reach_the_same_schedule(vector: dict[str, Any]) -> None:
    # Given the keys of a vector
    info = raw(vector, "info")
    # When both sides make their context
    enc, sender = hpke.sender(raw(vector, "pkRm"), info, ephemeral=raw(vector, "skEm"))
    receiver = hpke.receiver(raw(vector, "skRm"), enc, info)
    # Then both are the vector's
    assert enc == raw(vector, "enc")
    assert sender == receiver
    assert sender.key == raw(vector, "key")
    assert sender.base_nonce == raw(vector, "base_nonce")
    assert sender.exporter_secret == raw(vector, "exporter_secret")


@pytest.mark.parametrize("vector", VECTORS)
def test_every_message_and_every_export(vector: dict[str, Any]) -> None:
    _, sender = hpke.sender(raw(vector, "pkRm"), raw(vector, "info"), ephemeral=raw(vector, "skEm"))
    for one in vector["encryptions"]:
        # The sequence number is what the nonce differs by from that of message 0.
        sequence = int(one["nonce"], 16) ^ int(vector["base_nonce"], 16)
        assert sender.seal(raw(one, "aad"), raw(one, "pt"), sequence) == raw(one, "ct")
        assert sender.open(raw(one, "aad"), raw(one, "ct"), sequence) == raw(one, "pt")
    for one in vector["exports"]:
        assert sender.export(raw(one, "exporter_context"), one["L"]) == raw(one, "exported_value")


@pytest.mark.parametrize("vector", VECTORS)
def test_one_shot_calls_and_the_shared_dh_value_give_message_0(vector: dict[str, Any]) -> None:
    # Given the first message of a vector
    first, info = vector["encryptions"][0], raw(vector, "info")
    private, public, enc = raw(vector, "skRm"), raw(vector, "pkRm"), raw(vector, "enc")
    aad, ct, plain = raw(first, "aad"), raw(first, "ct"), raw(first, "pt")
    # Then sealing it gives its bytes, and it opens by the key and by the DH value of the key
    assert hpke.seal(public, info, aad, plain, rng=lambda _: raw(vector, "skEm")) == (enc, ct)
    assert hpke.open(private, enc, info, aad, ct) == plain
    dh = hpke._exchange(hpke._private(private), enc)
    assert hpke.open_with_dh(dh, enc, public, info, aad, ct) == plain


SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
KEYS = st.binary(min_size=32, max_size=32)


@given(KEYS, KEYS, st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_another_implementation_opens_ours_and_we_open_its(
    private: bytes, ephemeral: bytes, info: bytes, aad: bytes, plain: bytes
) -> None:
    # Given the key of a receiver, in both implementations
    public = hpke.public_of(private)
    # When we seal, then it opens
    enc, ct = hpke.seal(public, info, aad, plain, rng=lambda _: ephemeral)
    theirs = SUITE.create_recipient_context(enc, KEMKey.from_pyca_cryptography_key(hpke._private(private)), info)
    assert theirs.open(ct, aad) == plain
    # And when it seals, then we open
    enc, sender = SUITE.create_sender_context(
        KEMKey.from_pyca_cryptography_key(hpke._private(private).public_key()), info
    )
    assert hpke.open(private, enc, info, aad, sender.seal(plain, aad)) == plain


@given(KEYS, KEYS, st.integers(0, 400), st.integers(1, 255))
@settings(max_examples=50, deadline=None)
def test_a_changed_byte_anywhere_does_not_open(private: bytes, ephemeral: bytes, at: int, by: int) -> None:
    enc, ct = hpke.seal(hpke.public_of(private), b"info", b"aad", b"words", rng=lambda _: ephemeral)
    parts = {"enc": bytearray(enc), "info": bytearray(b"info"), "aad": bytearray(b"aad"), "ct": bytearray(ct)}
    name, place = [(name, place) for name, part in parts.items() for place in range(len(part))][at % 60]
    parts[name][place] ^= by
    with pytest.raises(SealingError):
        hpke.open(private, bytes(parts["enc"]), bytes(parts["info"]), bytes(parts["aad"]), bytes(parts["ct"]))


def test_the_ignored_bit_of_a_coordinate_still_changes_the_key() -> None:
    private, public = hpke.generate(lambda size: b"\x07" * size)
    enc, ct = hpke.seal(public, b"", b"", b"words", rng=lambda size: b"\x09" * size)
    with pytest.raises(OpenError):
        hpke.open(private, enc[:31] + bytes((enc[31] ^ 0x80,)), b"", b"", ct)


#: Points of order 1, 2, 4 and 8 on the curve and its twist, and their other encodings (RFC 7748; Bernstein's list).
SMALL = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("point", SMALL)
def test_keys_of_small_order_are_refused(point: str) -> None:
    private, _ = hpke.generate(lambda size: b"\x07" * size)
    with pytest.raises(SealingError, match="small order"):
        hpke.seal(bytes.fromhex(point), b"", b"", b"", rng=lambda size: b"\x07" * size)
    with pytest.raises(SealingError, match="small order"):
        hpke.open(private, bytes.fromhex(point), b"", b"", bytes(16))
    with pytest.raises(SealingError, match="small order"):
        hpke.open_with_dh(bytes(32), b"\x09" * 32, b"\x09" * 32, b"", b"", bytes(16))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(SealingError, match="32 bytes"):
        hpke.public_of(bytes(size))
    with pytest.raises(SealingError, match="32 bytes"):
        hpke.seal(bytes(size), b"", b"", b"", rng=lambda wanted: b"\x07" * wanted)
    with pytest.raises(SealingError, match="32 bytes"):
        hpke.open_with_dh(bytes(size), b"\x09" * 32, b"\x09" * 32, b"", b"", bytes(16))
    with pytest.raises(SealingError, match="randomness"):
        hpke.generate(lambda _: bytes(size))


def test_a_context_shows_nothing_of_itself() -> None:
    _, context = hpke.sender(hpke.generate(lambda size: b"\x07" * size)[1], b"", ephemeral=b"\x09" * 32)
    assert repr(context) == "Context()"
