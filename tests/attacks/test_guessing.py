"""What guessing a code costs, in figures: with the page, and with a stolen database and its pepper."""

from __future__ import annotations

import math
import secrets
import time

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from answerable.sealing import codes

#: What a guesser may have: this many cores, each as fast as the one that runs this test.
CORES = 1_000_000
YEAR = 365 * 86_400


@pytest.mark.parametrize("name", sorted(codes.lists()))
def test_a_code_outlasts_a_million_machines_that_have_everything_but_the_words(name: str) -> None:
    # Given a code of this list, and how long one try takes here
    one = codes.lists()[name]
    code = codes.new_code(one, secrets.token_bytes)
    began = time.perf_counter()
    codes.derive(code, bytes(32))
    each = time.perf_counter() - began
    # Then its words without the check word hold 90 bits, and half of all codes take longer than the age of the world
    bits = (len(code.words) - 1) * math.log2(len(one.words))
    assert bits >= 90
    assert 2 ** (bits - 1) * max(each, 0.001) / CORES / YEAR > 1e10


def test_a_try_takes_the_memory_that_was_promised() -> None:
    # Given a code, and the derivation as it is written down: 19 MiB, twice
    code = codes.new_code(codes.lists()["eff-large"], secrets.token_bytes)
    from hashlib import sha256

    salt = sha256(b"answerable/code/salt/v1\0" + bytes(32)).digest()[:16]
    words = " ".join(code.words[:-1]).encode()
    expected = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19_456).derive(words)
    # Then that is what a guesser has to compute
    assert codes.derive(code, bytes(32)) == expected
