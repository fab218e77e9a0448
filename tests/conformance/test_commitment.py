"""The worked example of the commitment, to the last hexadecimal digit, computed here without the program's own code."""

from __future__ import annotations

import hashlib
import hmac

from answerable.record import commit
from answerable.record.canonical import Json
from answerable.record.tree import leaf_hash

PERIOD_KEY = bytes(range(32))
TICK, ORDINAL = 1_966_080, 0
PAD: dict[str, Json] = {"kind": "pad", "ordinal": ORDINAL, "tick": TICK, "v": 1}

KEY = "d8b659dd63a9193c6dfe14f214b09904e21b9daf39cb1fbfcca12e34b80f86b8"
KIND_DIGEST = "d7e9bfd52cfca292ce30a1f1de3d4a786032815a4731c559040e13b134f3d51b"
ENTRY = "01f3ea0b83dc621ae3f8c2168a614130ae724b27ae245d240abce9261802a935a8"
LEAF = "86ca7a41bce1d9592a893d435cd11c6c2914641d40ff513122f9443e6b64e844"


def test_the_worked_example() -> None:
    key = commit.pad_key(PERIOD_KEY, TICK, ORDINAL)
    assert key.hex() == KEY
    assert commit.digest(commit.salt(key, "kind"), "kind", "pad").hex() == KIND_DIGEST
    assert commit.seal(PAD, key).hex() == ENTRY
    assert commit.pad_entry(PERIOD_KEY, TICK, ORDINAL).hex() == ENTRY
    assert leaf_hash(bytes.fromhex(ENTRY)).hex() == LEAF


def test_the_formulas_written_out_give_the_worked_example() -> None:
    # Given the formulas, with HMAC and SHA-256 alone
    tag = b"answerable/commit/v1\0"
    assert len(tag) == 21
    key = hmac.digest(PERIOD_KEY, b"pad\0" + TICK.to_bytes(8, "big") + ORDINAL.to_bytes(4, "big"), "sha256")
    digests = b""
    for name, field in (
        (b"kind", b'["kind","pad"]'),
        (b"ordinal", b'["ordinal",0]'),
        (b"tick", b'["tick",1966080]'),
        (b"v", b'["v",1]'),
    ):
        salt = hmac.digest(key, b"salt\0" + name, "sha256")
        digests += hashlib.sha256(tag + b"field\0" + salt + field).digest()
    commitment = hashlib.sha256(tag + b"event\0" + b"\x00\x04" + digests).digest()
    # Then they give the same entry
    assert (b"\x01" + commitment).hex() == ENTRY


def test_the_keys_of_cases_and_periods_follow_their_formulas() -> None:
    case = bytes(range(1, 33))
    assert commit.case_event_key(case, 7) == hmac.digest(case, b"event\0" + b"\0" * 7 + b"\x07", "sha256")
    assert commit.period_key(case, "2026-Q4") == hmac.digest(case, b"period\0" + b"2026-Q4", "sha256")
