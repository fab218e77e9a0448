"""A signature is of one act: this person's, on this record, with these bytes, about today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from answerable.casework import signing
from answerable.casework.signing import SignatureError, Signed, Signer
from answerable.errors import AnswerableError

DAY = date(2027, 3, 4)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
SIGNER = Signer(b"\x01" * 32, b"\x02" * 16, KEY.public_key().public_bytes_raw())
RECORD, NONCE, BODY = b"\x03" * 16, b"\x04" * 16, b'{"to":"x"}'


def checked(**changed: object) -> Signed:
    """Check one signed act, with some of what the server expects changed."""
    text = signing.act_text(SIGNER, "case.take", RECORD, day=DAY, nonce=NONCE, body=BODY)
    asked: dict[str, object] = {"text": text, "signature": KEY.sign(text), "body": BODY, "today": DAY}
    asked |= changed
    signer = asked.pop("signer", SIGNER)
    act, record = asked.pop("act", "case.take"), asked.pop("record", RECORD)
    return signing.check(signer, act, record, **asked)  # type: ignore[arg-type]


def test_what_was_signed_is_what_is_kept() -> None:
    signed = checked()
    assert (signed.act, signed.record, signed.nonce, signed.day) == ("case.take", RECORD, NONCE, DAY)
    assert (
        signing.check(SIGNER, "case.take", RECORD, text=signed.text, signature=signed.signature, body=BODY, today=DAY)
        == signed
    )


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"act": "case.decide"}, "another act"),
        ({"record": b"\x09" * 16}, "another record"),
        ({"record": None}, "another record"),
        ({"body": b"{}"}, "another body"),
        ({"signer": replace(SIGNER, person=b"\x05" * 16)}, "another person"),
        ({"signer": replace(SIGNER, deployment=b"\x05" * 32)}, "another deployment"),
        ({"signer": replace(SIGNER, public=b"\x05" * 32)}, "not by this person's key"),
        ({"signature": b"\x00" * 64}, "not by this person's key"),
        ({"signature": b""}, "not by this person's key"),
        ({"today": DAY + timedelta(days=2)}, "signed for 2027-03-04"),
        ({"today": DAY - timedelta(days=2)}, "signed for 2027-03-04"),
    ],
)
def test_a_signature_moved_elsewhere_is_refused(changed: dict[str, object], what: str) -> None:
    with pytest.raises(SignatureError, match=what):
        checked(**changed)


def test_midnight_may_pass_while_somebody_writes() -> None:
    assert checked(today=DAY + timedelta(days=1)).day == DAY


@given(st.binary(max_size=400))
def test_any_bytes_as_text_are_refused_in_words(text: bytes) -> None:
    with pytest.raises(AnswerableError):
        checked(text=text, signature=KEY.sign(text))


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_of_the_text_is_refused(place: int, byte: int) -> None:
    text = bytearray(signing.act_text(SIGNER, "case.take", RECORD, day=DAY, nonce=NONCE, body=BODY))
    place %= len(text)
    if text[place] == byte:
        byte ^= 1
    signature = KEY.sign(bytes(text))
    text[place] = byte
    with pytest.raises(SignatureError):
        checked(text=bytes(text), signature=signature)


def test_a_day_that_is_none_is_refused() -> None:
    text = signing.act_text(SIGNER, "case.take", RECORD, day=DAY, nonce=NONCE, body=BODY).replace(b"03-04", b"02-30")
    with pytest.raises(SignatureError, match="is no day"):
        checked(text=text, signature=KEY.sign(text))
