"""Proofs over a batch: whatever is changed, the proof fails; errors that would cancel do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.sealing import dleq
from answerable.sealing.errors import SealingError
from answerable.sealing.groups import EDWARDS, ORDER, Point, Scalar, base_times, hash_to_scalar, random_scalar
from tests.sealing.panel import rng


def batch(size: int, seed: object) -> tuple[Scalar, Point, list[Point], list[Point]]:
    draw = rng(seed)
    secret = random_scalar(draw)
    points = [base_times(random_scalar(draw)) for _ in range(size)]
    return secret, base_times(secret), points, [EDWARDS.mul(secret.value, point) for point in points]


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(), st.binary(max_size=40))
def test_true_results_verify(size: int, seed: int, binding: bytes) -> None:
    secret, public, points, results = batch(size, seed)
    proof = dleq.prove(secret, public, points, results, binding, rng=rng(seed))
    assert dleq.verify(public, points, results, binding, proof)
    assert dleq.decode(proof.encode()) == proof


@settings(max_examples=25)
@given(st.integers(2, 4), st.integers(), st.data())
def test_nothing_can_be_changed(size: int, seed: int, data: st.DataObject) -> None:
    # Given a batch that is proved
    secret, public, points, results = batch(size, seed)
    proof = dleq.prove(secret, public, points, results, b"binding", rng=rng(seed))
    at = data.draw(st.integers(0, size - 1))
    # Then neither another binding, nor public key, nor result, nor order, nor length verifies
    assert not dleq.verify(public, points, results, b"bindinG", proof)
    assert not dleq.verify(base_times(random_scalar(rng("x"))), points, results, b"binding", proof)
    wrong = [EDWARDS.add(each, EDWARDS.generator) if place == at else each for place, each in enumerate(results)]
    assert not dleq.verify(public, points, wrong, b"binding", proof)
    assert not dleq.verify(public, points[::-1], results[::-1], b"binding", proof)
    assert not dleq.verify(public, points[:-1], results[:-1], b"binding", proof)
    assert not dleq.verify(public, points, results[:-1], b"binding", proof)
    assert not dleq.verify(public, [], [], b"binding", proof)


def test_errors_that_cancel_under_the_weights_of_the_rfc_are_found() -> None:
    # Given a cheat who knows RFC 9497's weights for a context that does not hold the batch: the weights depend on the
    # pairs, so the cheat looks for two wrong results whose errors cancel. Here the search is spared: the first error
    # is any, the second is computed from weights that were fixed before.
    secret, public, points, results = batch(2, "cancel")
    fixed = dleq.context_of(b"binding", public, points, results)
    weights = _weights(public, points, results, fixed)
    error = 99
    other = -error * weights[0] * pow(weights[1], -1, ORDER) % ORDER
    wrong = [
        EDWARDS.add(results[0], EDWARDS.mul(error, EDWARDS.generator)),
        EDWARDS.add(results[1], EDWARDS.mul(other, EDWARDS.generator)),
    ]
    # Under the old weights the errors do cancel
    true = [EDWARDS.mul(weight, each) for weight, each in zip(weights, results, strict=True)]
    false = [EDWARDS.mul(weight, each) for weight, each in zip(weights, wrong, strict=True)]
    assert EDWARDS.add(*true) == EDWARDS.add(*false)
    # When the wrong results are put forward with the proof of the true ones, or proved anew
    proof = dleq.prove(secret, public, points, results, b"binding", rng=rng("proof"))
    # Then every weight is another, and neither holds
    assert _weights(public, points, wrong, dleq.context_of(b"binding", public, points, wrong)) != weights
    assert not dleq.verify(public, points, wrong, b"binding", proof)
    again = dleq.prove(secret, public, points, wrong, b"binding", rng=rng("again"))
    assert not dleq.verify(public, points, wrong, b"binding", again)


def _weights(public: Point, points: list[Point], results: list[Point], context: bytes) -> list[int]:
    from hashlib import sha512

    def framed(data: bytes) -> bytes:
        return len(data).to_bytes(2, "big") + data

    seed = sha512(framed(public) + framed(b"Seed-" + context)).digest()
    return [
        hash_to_scalar(
            framed(seed) + i.to_bytes(2, "big") + framed(one) + framed(other) + b"Composite", b"HashToScalar-" + context
        )
        for i, (one, other) in enumerate(zip(points, results, strict=True))
    ]


def test_changing_one_result_draws_the_weight_of_every_other_anew() -> None:
    _, public, points, results = batch(3, "redraw")
    wrong = [EDWARDS.add(results[0], EDWARDS.generator), *results[1:]]
    before = _weights(public, points, results, dleq.context_of(b"", public, points, results))
    after = _weights(public, points, wrong, dleq.context_of(b"", public, points, wrong))
    assert all(one != other for one, other in zip(before, after, strict=True))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_proof_or_an_error(data: bytes) -> None:
    try:
        proof = dleq.decode(data)
    except SealingError:
        return
    assert proof.encode() == data


def test_a_proof_of_nothing_is_an_error() -> None:
    with pytest.raises(SealingError):
        dleq.prove(Scalar(2), base_times(Scalar(2)), [], [], b"", rng=rng("none"))
