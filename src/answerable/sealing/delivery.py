"""What is sent to the reporter's party: proof of work, the credentials of a new mailbox, and the envelope.

u16 work (49 bytes, or none) | u16 credentials (178 bytes, or none) | envelope
"""

from __future__ import annotations

from dataclasses import dataclass

from answerable.sealing.envelope import MAX_ENVELOPE
from answerable.sealing.errors import SealingError
from answerable.sealing.mailbox import CREDENTIALS_SIZE, Credentials
from answerable.sealing.reading import Reader, sized

#: nonce(16) | expiry(8) | bits(1) | HMAC(16) | the answer(8).
WORK_SIZE = 49
MAX_DELIVERY = 2 + WORK_SIZE + 2 + CREDENTIALS_SIZE + MAX_ENVELOPE


@dataclass(frozen=True)
class Delivery:
    """``work`` is 49 bytes or none; ``credentials`` come with a first submission; ``envelope`` is as it was sealed."""

    work: bytes
    credentials: Credentials | None
    envelope: bytes

    def __post_init__(self) -> None:
        if len(self.work) not in (0, WORK_SIZE):
            raise SealingError(f"a proof of work has {WORK_SIZE} bytes, not {len(self.work)}")
        if len(self.envelope) > MAX_ENVELOPE:
            raise SealingError(f"an envelope is at most {MAX_ENVELOPE} bytes, this one has {len(self.envelope)}")


def encode_delivery(delivery: Delivery) -> bytes:
    """The bytes of a delivery."""
    credentials = delivery.credentials.encode() if delivery.credentials else b""
    return sized(delivery.work, 2) + sized(credentials, 2) + delivery.envelope


def decode_delivery(data: bytes) -> Delivery:
    """The delivery of some bytes; its envelope is not decoded yet. Raises SealingError."""
    reader = Reader(data, "the delivery")
    work, credentials = reader.sized(2, WORK_SIZE), reader.sized(2, CREDENTIALS_SIZE)
    return Delivery(work, Credentials.decode(credentials) if credentials else None, reader.rest())
