"""The small strict codecs that every text format of the record shares.

Base64 is the standard alphabet, padded and canonical; decimals have no leading zeros and stay below 2**63. Each
parser returns None for anything else, and its caller says what and where.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode

HASH_SIZE = 32
#: Sizes, indices and times stay below this (tlog-cosignature: a timestamp must not exceed 2**63 - 1).
LIMIT = 1 << 63

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def base64_text(data: bytes) -> str:
    """Standard, padded base64 (RFC 4648 section 4)."""
    return b64encode(data).decode("ascii")


def parse_base64(text: str) -> bytes | None:
    """The bytes that `base64_text` writes as exactly `text`, else None."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: a character outside ASCII
        return None
    return data if base64_text(data) == text else None


def parse_hash(text: str) -> bytes | None:
    """A 32-byte hash in base64, else None."""
    data = parse_base64(text) if len(text) == 44 else None
    return data if data is not None and len(data) == HASH_SIZE else None


def parse_decimal(text: str) -> int | None:
    """A decimal ``0|[1-9][0-9]*`` below 2**63, else None."""
    if not _DECIMAL.fullmatch(text):
        return None
    value = int(text)
    return value if value < LIMIT else None


def shown(text: object, limit: int = 60) -> str:
    """A piece of someone's input, quoted, cut short and free of control characters, for a message.

    A private key given where something else belongs is never repeated.
    """
    quoted = ascii(text)
    if "PRIVATE+KEY" in quoted:
        return "a private key (not repeated here)"
    return quoted if len(quoted) <= limit else quoted[: limit - 1] + "…"
