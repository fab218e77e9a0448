"""Proofs that two pairs of points have the same discrete logarithm: RFC 9497 section 2.2, functions unchanged.

A member proves that each D_i is its share times E_i, the share behind its public Y. The weights of RFC 9497 depend on
their own pair only; over many items somebody could then choose wrong values whose errors cancel. So the context string
here holds a hash of the whole batch: any change of any item draws every weight anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha512

from answerable.sealing.errors import SealingError
from answerable.sealing.groups import (
    EDWARDS,
    ORDER,
    SIZE,
    Group,
    Point,
    Scalar,
    decode_scalar,
    hash_to_scalar,
    random_scalar,
)
from answerable.sealing.hpke import Rng

_CONTEXT = b"answerable/dleq/v1-edwards25519-SHA512-"
#: RFC 9497 writes the number of an item in two bytes.
MOST = 65_535
PROOF_SIZE = 2 * SIZE


@dataclass(frozen=True, slots=True)
class Proof:
    """The challenge c and the response s."""

    c: Scalar
    s: Scalar

    def encode(self) -> bytes:
        """64 bytes: c, then s, the least byte of each first."""
        return self.c.little() + self.s.little()


def decode(data: bytes) -> Proof:
    """The proof of 64 bytes. Raises SealingError for other lengths and for scalars that are not below the order."""
    if len(data) != PROOF_SIZE:
        raise SealingError(f"a proof has {PROOF_SIZE} bytes, not {len(data)}")
    return Proof(decode_scalar(data[:SIZE]), decode_scalar(data[SIZE:]))


def context_of(binding: bytes, public: Point, points: Sequence[Point], results: Sequence[Point]) -> bytes:
    """The context string of a batch: everything that is proved, hashed behind the caller's ``binding``."""
    batch = b"".join(one + other for one, other in zip(points, results, strict=True))
    return _CONTEXT + sha512(binding + public + len(points).to_bytes(4, "big") + batch).digest()


def prove(
    share: Scalar, public: Point, points: Sequence[Point], results: Sequence[Point], binding: bytes, *, rng: Rng
) -> Proof:
    """The proof that ``results[i] = share * points[i]`` and ``public = share * generator``."""
    context = context_of(binding, public, points, results)
    return generate_proof(EDWARDS, share, public, points, results, context, random_scalar(rng))


def verify(public: Point, points: Sequence[Point], results: Sequence[Point], binding: bytes, proof: Proof) -> bool:
    """Whether the proof holds of this whole batch. Every point has come through `Edwards25519.decode`."""
    if len(points) != len(results) or not 1 <= len(points) <= MOST:
        return False
    return verify_proof(EDWARDS, public, points, results, context_of(binding, public, points, results), proof)


def generate_proof(
    group: Group,
    secret: Scalar,
    public: Point,
    points: Sequence[Point],
    results: Sequence[Point],
    context: bytes,
    nonce: Scalar,
) -> Proof:
    """GenerateProof (section 2.2.1) with A the generator, B ``public``, C ``points``, D ``results``, r ``nonce``."""
    m = _sum(group, _weights(public, points, results, context), points)
    z = group.mul(secret.value, m)  # ComputeCompositesFast (section 2.2.1): the prover needs no sum over D
    t2, t3 = group.mul(nonce.value, group.generator), group.mul(nonce.value, m)
    c = _challenge(context, public, m, z, t2, t3)
    return Proof(Scalar(c), Scalar((nonce.value - c * secret.value) % ORDER))


def verify_proof(
    group: Group, public: Point, points: Sequence[Point], results: Sequence[Point], context: bytes, proof: Proof
) -> bool:
    """VerifyProof (section 2.2.2)."""
    weights = _weights(public, points, results, context)
    m, z = _sum(group, weights, points), _sum(group, weights, results)
    c, s = proof.c.value, proof.s.value
    t2 = group.add(group.mul(s, group.generator), group.mul(c, public))
    t3 = group.add(group.mul(s, m), group.mul(c, z))
    return _challenge(context, public, m, z, t2, t3) == c


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _weights(public: Point, points: Sequence[Point], results: Sequence[Point], context: bytes) -> list[int]:
    """The weights d_i of ComputeComposites: each of the seed, its place and its pair."""
    if len(points) != len(results) or not 1 <= len(points) <= MOST:
        raise SealingError(f"a proof is of 1 to {MOST} items, and of as many results")
    seed = _framed(sha512(_framed(public) + _framed(b"Seed-" + context)).digest())
    tag = b"HashToScalar-" + context
    return [
        hash_to_scalar(seed + i.to_bytes(2, "big") + _framed(one) + _framed(other) + b"Composite", tag)
        for i, (one, other) in enumerate(zip(points, results, strict=True))
    ]


def _sum(group: Group, weights: Sequence[int], points: Sequence[Point]) -> Point:
    result = group.identity
    for weight, point in zip(weights, points, strict=True):
        result = group.add(result, group.mul(weight, point))
    return result


def _challenge(context: bytes, *points: Point) -> int:
    message = b"".join(_framed(point) for point in points) + b"Challenge"
    return hash_to_scalar(message, b"HashToScalar-" + context)
