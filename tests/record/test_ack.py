"""Acknowledgements: their text, their promise, and who may sign them."""

from __future__ import annotations

import pytest

from answerable.record.ack import Ack, include_by_for, open_ack, sign_ack
from answerable.record.errors import AckError, SignatureError
from answerable.record.note import sign_text
from tests.record.logs import RECORD, key

PARTY = key("ledger.example.org/ack/editors")
ACK = Ack(RECORD, bytes(range(32)), 1_700_006_400)


def test_the_note_is_four_lines_and_opens_again() -> None:
    data = sign_ack(ACK, PARTY)
    lines = data.decode().split("\n")
    assert lines[:4] == [
        "answerable/ack@v1",
        RECORD,
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "include-by 1700006400",
    ]
    assert open_ack(data, [PARTY.verifier]) == ACK


def test_another_key_or_a_changed_word_is_refused() -> None:
    data = sign_ack(ACK, PARTY)
    with pytest.raises(SignatureError):
        open_ack(data, [key("other.example").verifier])
    with pytest.raises(SignatureError):
        open_ack(data.replace(b"1700006400", b"1700006401"), [PARTY.verifier])


@pytest.mark.parametrize(
    ("format_", "now", "promise"),
    [
        ("open", 1_700_000_000, 1_700_006_400),  # 22:13:20: the first full hour at least 1 h away is 00:00
        ("open", 3_600, 7_200),
        ("open", 3_601, 10_800),
        ("sealed", 0, 86_400),
        ("sealed", 1, 172_800),
        ("sealed", 86_399, 172_800),
        ("sealed", 1_700_000_000, 1_700_092_800),
    ],
)
def test_promises_are_coarse(format_: str, now: int, promise: int) -> None:
    assert include_by_for(format_, now) == promise
    unit = 86_400 if format_ == "sealed" else 3_600
    assert promise % unit == 0
    assert unit <= promise - now < 2 * unit


def test_a_survey_promises_otherwise() -> None:
    with pytest.raises(AckError, match="survey"):
        include_by_for("survey", 0)


@pytest.mark.parametrize(
    "text",
    [
        "", "answerable/ack@v1\n", ACK.text() + "more\n", ACK.text().replace("@v1", "@v2"), ACK.text()[:-1],
        ACK.text().replace("include-by ", "include-by 0"), ACK.text().replace("AAEC", "AAE"),
        ACK.text().replace(RECORD, ""), "answerable/referral@v1\na\nb\nc\n",
    ],
)  # fmt: skip
def test_other_texts_are_no_acknowledgement(text: str) -> None:
    with pytest.raises(AckError):
        Ack.parse(text)
    if text.endswith("\n"):
        with pytest.raises(AckError):
            open_ack(sign_text(text, PARTY).to_bytes(), [PARTY.verifier])


def test_a_malformed_note_is_an_ack_error() -> None:
    with pytest.raises(AckError, match="malformed"):
        open_ack(b"nonsense", [PARTY.verifier])
    with pytest.raises(AckError):
        Ack(RECORD, b"short", 0)
