"""Acts that a person signs: the text their browser signs with their Ed25519 key, and how it is checked.

The text names the act, the record it is about, the day, a nonce and the SHA-256 of the body as it was sent, so that a
signature is of this one act: moved to another record, person or day, or sent twice, it is refused. Pure: the caller
gives the person's key, the day and the body; the text, the signature and the nonce are kept with the act.

    answerable/act@v1
    deployment <64 hex>
    person <32 hex, the holder id>
    act <code>
    record <32 hex, or - for an act on no record>
    day <YYYY-MM-DD>
    nonce <32 hex>
    body <64 hex, SHA-256 of the body>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from answerable.errors import AnswerableError

HEAD = "answerable/act@v1"
#: Clocks differ and midnight passes while somebody writes: a signature of yesterday or tomorrow (UTC) is accepted.
TOLERANCE = timedelta(days=1)

_TEXT = re.compile(
    rf"{HEAD}\n"
    r"deployment (?P<deployment>[0-9a-f]{64})\n"
    r"person (?P<person>[0-9a-f]{32})\n"
    r"act (?P<act>[a-z][a-z0-9_.]{0,63})\n"
    r"record (?P<record>[0-9a-f]{32}|-)\n"
    r"day (?P<day>\d{4}-\d{2}-\d{2})\n"
    r"nonce (?P<nonce>[0-9a-f]{32})\n"
    r"body (?P<body>[0-9a-f]{64})\n",
    re.ASCII,
)


class SignatureError(AnswerableError):
    """What was sent is not signed by this person as this act on this record."""


@dataclass(frozen=True)
class Signed:
    """An act whose signature was checked. ``record`` is None for an act on no record."""

    text: bytes
    signature: bytes
    act: str
    record: bytes | None
    nonce: bytes
    body_sha256: bytes
    day: date


@dataclass(frozen=True)
class Signer:
    """Whose signature is expected: the deployment (32 bytes), the holder id (16) and the Ed25519 public key (32)."""

    deployment: bytes
    person: bytes
    public: bytes


def act_text(signer: Signer, act: str, record: bytes | None, *, day: date, nonce: bytes, body: bytes) -> bytes:
    """The bytes that a person signs. ``nonce`` is 16 random bytes; ``body`` the request's body, exactly as sent."""
    about = "-" if record is None else record.hex()
    lines = (
        HEAD,
        f"deployment {signer.deployment.hex()}",
        f"person {signer.person.hex()}",
        f"act {act}",
        f"record {about}",
        f"day {day.isoformat()}",
        f"nonce {nonce.hex()}",
        f"body {sha256(body).hexdigest()}",
        "",
    )
    return "\n".join(lines).encode("ascii")


def check(
    signer: Signer, act: str, record: bytes | None, *, text: bytes, signature: bytes, body: bytes, today: date
) -> Signed:
    """The act that ``text`` and ``signature`` prove, when they are this person's, for this act, record and body.

    Raises `SignatureError`, which says which part does not agree.
    """
    found = _TEXT.fullmatch(text.decode("ascii", "replace"))
    if found is None:
        raise _refused("the signed text is not one of an act")
    _agree(found, signer, act, record, body)
    day = _day(found["day"])
    if abs(day - today) > TOLERANCE:
        raise _refused(
            f"it was signed for {day.isoformat()}", todo="set the clock of this device right, then repeat it"
        )
    try:
        Ed25519PublicKey.from_public_bytes(signer.public).verify(signature, text)
    except (InvalidSignature, ValueError):
        raise _refused("the signature is not by this person's key") from None
    return Signed(text, signature, act, record, bytes.fromhex(found["nonce"]), bytes.fromhex(found["body"]), day)


def _agree(found: re.Match[str], signer: Signer, act: str, record: bytes | None, body: bytes) -> None:
    expected = {
        "deployment": signer.deployment.hex(),
        "person": signer.person.hex(),
        "act": act,
        "record": "-" if record is None else record.hex(),
        "body": sha256(body).hexdigest(),
    }
    for name, value in expected.items():
        if found[name] != value:
            raise _refused(f"what was signed names another {name}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused(f"{text} is no day") from None


def _refused(what: str, todo: str = "open the page again and repeat it") -> SignatureError:
    return SignatureError(what, where="signature", todo=todo)
