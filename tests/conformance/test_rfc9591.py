"""Shares of a dealer against RFC 9591's vector of FROST(Ed25519, SHA-512), and RFC 9180's X25519 cases from shares."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from answerable.sealing import hpke, threshold
from answerable.sealing.groups import ORDER, Scalar, base_times, decode_scalar, to_edwards, to_montgomery
from answerable.sealing.shamir import (
    combine,
    commit,
    consistent,
    evaluate,
    polynomial,
    public_share,
    verify_share,
    weights,
)


def _vector() -> dict[str, Any]:
    folder = os.environ.get("ANSWERABLE_VECTORS")
    if not folder:
        pytest.fail("set ANSWERABLE_VECTORS to the folder that holds rfc9591_ed25519-sha512.json")
    found: dict[str, Any] = json.loads((Path(folder) / "rfc9591_ed25519-sha512.json").read_text())["vector"]
    return found


def _scalar(text: str) -> Scalar:
    return decode_scalar(bytes.fromhex(text))


def test_the_dealers_shares_are_those_of_the_rfc() -> None:
    # Given the secret and the coefficients of the vector
    vector = _vector()
    inputs, k = vector["inputs"], int(vector["config"]["MIN_PARTICIPANTS"])
    secret = _scalar(inputs["group_secret_key"])
    line = (secret, *(_scalar(each) for each in inputs["share_polynomial_coefficients"]))
    assert len(line) == k
    shares = {each["identifier"]: _scalar(each["participant_share"]) for each in inputs["participant_shares"]}
    assert len(shares) == int(vector["config"]["MAX_PARTICIPANTS"])
    # Then each share, the group's key and Feldman's checks are the RFC's
    commitments = commit(line)
    assert commitments[0].hex() == inputs["group_public_key"]
    for number, share in shares.items():
        assert evaluate(line, number) == share
        assert verify_share(share, number, commitments)
    assert consistent([base_times(shares[number]) for number in sorted(shares)], k, commitments[0])
    # And any two give the secret back
    for pair in combinations(shares, 2):
        assert combine({number: shares[number] for number in pair}) == secret


def _cases() -> list[dict[str, Any]]:
    text = (files("cryptography_vectors") / "HPKE" / "test-vectors.json").read_text(encoding="utf-8")
    ours = {"mode": 0, "kem_id": 0x0020, "kdf_id": 0x0001, "aead_id": 0x0002}
    return [case for case in json.loads(text) if {name: case[name] for name in ours} == ours]


def test_there_are_cases_to_open_from_shares() -> None:
    assert _cases()


@pytest.mark.parametrize("case", _cases())
def test_the_cases_of_rfc_9180_open_from_shares(case: dict[str, Any]) -> None:
    # Given the receiver's private key of the case, clamped (RFC 7748 section 5), reduced, and split among five
    random = Random(9180)
    number = int.from_bytes(bytes.fromhex(case["skRm"]), "little")
    clamped = (number & ~7 & ((1 << 254) - 1)) | (1 << 254)
    line = polynomial(Scalar(clamped % ORDER), 3, random.randbytes)
    commitments = commit(line)
    key = threshold.GroupKey(3, commitments[0], tuple(public_share(commitments, i) for i in range(1, 6)))
    assert key.public.hex() == case["pkRm"]
    enc, info = bytes.fromhex(case["enc"]), bytes.fromhex(case["info"])
    assert to_montgomery(to_edwards(enc)) == enc
    # When three members take part
    members = random.sample(range(1, 6), 3)
    partials = [
        threshold.partial(evaluate(line, i), i, key, [enc], b"binding %d" % i, rng=random.randbytes) for i in members
    ]
    (dh,) = threshold.combine(partials, key, [enc], lambda i: b"binding %d" % i)
    # Then the key schedule and every message are the RFC's
    context = hpke.context_of(dh, enc, key.public, info)
    assert context.exporter_secret.hex() == case["exporter_secret"]
    for sequence, message in enumerate(case["encryptions"][:3]):
        aad, ct = bytes.fromhex(message["aad"]), bytes.fromhex(message["ct"])
        assert context.open(aad, ct, sequence).hex() == message["pt"]
    first = case["encryptions"][0]
    aad, ct = bytes.fromhex(first["aad"]), bytes.fromhex(first["ct"])
    assert hpke.open_with_dh(dh, enc, key.public, info, aad, ct).hex() == first["pt"]


def test_weights_add_up_to_one() -> None:
    assert sum(weights([1, 2, 7]).values()) % ORDER == 1
