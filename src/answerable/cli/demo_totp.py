"""The code that an authenticator app would show now: `python -m answerable.cli.demo_totp SECRET` (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import struct
import sys
import time

STEP = 30


def code(secret: str, now: float) -> str:
    """Six digits for a base32 secret at a POSIX time."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now) // STEP), "sha1").digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


if __name__ == "__main__":
    sys.stdout.write(code(sys.argv[1], time.time()) + "\n")
