"""What a reporter's page remembers between two requests, and the secret that a page's forms carry.

The browser holds one cookie of 32 random bytes. The server's keeper holds, under the hash of that cookie and encrypted
under a key drawn from it, one short secret for at most 30 minutes: a code that was just made and not yet confirmed, or
the keys of an opened mailbox. Without the cookie the keeper's bytes open nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from answerable.intake.errors import IntakeError

COOKIE_SIZE = 32
#: How long a keeper holds a secret, in minutes; the pages say so.
MINUTES = 30
_TOKEN = b"answerable/page/token/v1\0"
_ONCE = b"answerable/page/once/v1\0"
_SECOND = b"answerable/page/second/v1\0"
_WRITTEN = b"answerable/page/written/v1\0"


class Keeper(Protocol):
    """Where secrets wait: the parent process of the reporter party, which sees ciphertext only."""

    def read(self, cookie: bytes) -> bytes | None:
        """The secret kept under ``cookie``, or None when there is none or its time is over."""

    def write(self, cookie: bytes, secret: bytes) -> None:
        """Keep ``secret`` under ``cookie`` for 30 minutes."""

    def drop(self, cookie: bytes) -> None:
        """Forget what is kept under ``cookie``."""


def cookie_text(cookie: bytes) -> str:
    """A cookie as it travels: base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(cookie).rstrip(b"=").decode("ascii")


def parse_cookie(text: str) -> bytes | None:
    """The 32 bytes of a cookie, or None for anything that `cookie_text` did not write."""
    try:
        cookie = base64.urlsafe_b64decode(text.encode("ascii") + b"=")
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    return cookie if len(cookie) == COOKIE_SIZE and cookie_text(cookie) == text else None


def form_token(cookie: bytes) -> str:
    """What every form of a page with this cookie carries: another site can neither read nor guess it."""
    return hmac.new(cookie, _TOKEN, hashlib.sha256).hexdigest()


def token_fits(cookie: bytes | None, token: str) -> bool:
    """Whether a form's token belongs to the cookie that came with it, compared in constant time."""
    return cookie is not None and hmac.compare_digest(form_token(cookie).encode(), token.encode("utf-8", "replace"))


def once_name(cookie: bytes, submission: bytes) -> bytes:
    """Where the first answer to a form is kept, so that the same form sent again is answered with it.

    The name takes the form's own random id, so that whoever knew the cookie before the form was made finds nothing.
    """
    return hmac.new(cookie, _ONCE + submission, hashlib.sha256).digest()


def second_id(cookie: bytes, submission: bytes) -> bytes:
    """The id (16 bytes) of the second submission of a form: the same when the form is sent again, and joined with the
    first one's by nothing that is stored."""
    return hmac.new(cookie, _SECOND + submission, hashlib.sha256).digest()[:16]


def written_id(cookie: bytes, submission: bytes, said: bytes) -> bytes:
    """The id (16 bytes) of what a form of an opened mailbox says, of ``said``; without the cookie it tells nothing."""
    return hmac.new(cookie, _WRITTEN + submission + said, hashlib.sha256).digest()[:16]


@dataclass(frozen=True)
class Fresh:
    """A report that was just received: its words, until two of them are confirmed. Never shown by ``repr``."""

    words: tuple[str, ...] = field(repr=False)
    list_name: str
    asked: tuple[int, int]
    one_time: bool
    received: tuple[Mapping[str, Any], ...]
    refused: tuple[tuple[str, str], ...] = ()
    uncleaned: tuple[tuple[str, str], ...] = ()

    def encode(self) -> bytes:
        """The bytes that a keeper holds."""
        return _encode("fresh", self.__dict__)


@dataclass(frozen=True)
class OpenBox:
    """The keys to one mailbox of an opened code. A draft that was carried in twice brings a private key of its own.

    The first of ``privates`` is the mailbox's; ``seed`` signs what is written into it. ``opened`` is the day on which
    it was opened before, or nothing.
    """

    box: int
    lookup: bytes = field(repr=False)
    auth: bytes = field(repr=False)
    privates: tuple[bytes, ...] = field(repr=False)
    seed: bytes = field(repr=False)
    one_time: bool = False
    opened: str = ""


@dataclass(frozen=True)
class Opened:
    """A code that was entered, and the keys of its mailboxes. The words stay to refuse a message that repeats them.

    ``fresh``: new words of the list ``fresh_list`` that she is shown, of which she is ``asked`` two; they open nothing
    until she has gone on from there. ``notices`` are shown once: (what, about). ``unsent``: the record and the text of
    a message that waits in its form.
    """

    words: tuple[str, ...] = field(repr=False)
    list_name: str
    boxes: tuple[OpenBox, ...]
    asked: tuple[int, int] | None = None
    notices: tuple[tuple[str, str], ...] = ()
    fresh: tuple[str, ...] = field(default=(), repr=False)
    fresh_list: str = ""
    unsent: tuple[str, str] = field(default=("", ""), repr=False)

    def encode(self) -> bytes:
        """The bytes that a keeper holds."""
        boxes = [
            {
                "box": each.box,
                "lookup": each.lookup.hex(),
                "auth": each.auth.hex(),
                "privates": [key.hex() for key in each.privates],
                "seed": each.seed.hex(),
                "one_time": each.one_time,
                "opened": each.opened,
            }
            for each in self.boxes
        ]
        return _encode("opened", {**self.__dict__, "boxes": boxes})

    @property
    def one_time(self) -> bool:
        """Whether somebody else knows the words: they must be changed before anything is shown."""
        return any(each.one_time for each in self.boxes)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """The opened code of decoded bytes."""
        boxes = tuple(
            OpenBox(
                each["box"],
                bytes.fromhex(each["lookup"]),
                bytes.fromhex(each["auth"]),
                tuple(bytes.fromhex(key) for key in each["privates"]),
                bytes.fromhex(each["seed"]),
                each["one_time"],
                each["opened"],
            )
            for each in found["boxes"]
        )
        asked = found["asked"]
        return cls(
            tuple(found["words"]),
            found["list_name"],
            boxes,
            (asked[0], asked[1]) if asked else None,
            tuple((what, about) for what, about in found["notices"]),
            tuple(found["fresh"]),
            found["fresh_list"],
            (found["unsent"][0], found["unsent"][1]),
        )


@dataclass(frozen=True)
class Pointer:
    """Where the answer to a form that was sent twice is kept."""

    cookie: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The bytes that a keeper holds."""
        return _encode("pointer", {"cookie": self.cookie.hex()})


def decode(secret: bytes) -> Fresh | Opened | Pointer:
    """What a keeper gave back. Raises `IntakeError` for bytes that none of ours wrote."""
    try:
        found = json.loads(secret)
        kind = found.pop("kind")
        if kind == "fresh":
            return Fresh(
                tuple(found["words"]),
                found["list_name"],
                (found["asked"][0], found["asked"][1]),
                found["one_time"],
                tuple(found["received"]),
                tuple((name, reason) for name, reason in found["refused"]),
                tuple((name, reason) for name, reason in found["uncleaned"]),
            )
        if kind == "opened":
            return Opened.of(found)
        return Pointer(bytes.fromhex(found["cookie"]))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise IntakeError("what this page remembered cannot be read", todo="enter your words again") from None


def _encode(kind: str, values: Mapping[str, Any]) -> bytes:
    return json.dumps({"kind": kind, **values}, ensure_ascii=False, separators=(",", ":")).encode()
