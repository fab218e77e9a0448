"""COCKTAIL-DKG (C2SP, version 0.0.1), suite Ed25519 and SHA-512: a key that no machine ever held whole.

Three rounds as pure functions. What the specification leaves open is fixed here:

    static keys   P_i = d_i * B; members are numbered 1 to n; every point is canonical and of prime order
    message 1     t commitments (32 each) | proof of possession (64) | E_i (32) | n sealed shares (48 each)
    sealed share  XChaCha20-Poly1305 of the share as 32 bytes, greatest first; key (32) and nonce (24) are the start of
                  SHA-512("COCKTAIL-DKG-Ed25519-SHA512-H6" | e_i*P_j | E_i | P_j | u64 little-endian length | context)
    proofs and signatures   Schnorr in Ed25519's verification form over the scalar given, so any Ed25519 verifier checks
                  them; the nonce is SHA-512(scalar | 32 random bytes | message) mod the order
    transcript    context | P_1…P_n | C_1…C_n | PoP_1…PoP_n | E_1…E_n

A dealer is the same protocol with one contributor who is no member: one message, the same checks by every member, the
same signed transcript (the commitments are those of RFC 9591 appendix C).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha512

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError

from answerable.sealing.errors import SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import (
    EDWARDS,
    ORDER,
    SIZE,
    Point,
    Scalar,
    base_times,
    decode_scalar,
    random_scalar,
    total,
)
from answerable.sealing.hpke import Rng, drawn
from answerable.sealing.shamir import check_sizes, commit, evaluate, polynomial, public_share, verify_share
from answerable.sealing.threshold import GroupKey

SIGNATURE_SIZE = 64
_SEALED = SIZE + 16
_H6 = b"COCKTAIL-DKG-Ed25519-SHA512-H6"
#: The number a fault of the dealer carries: no member has it.
DEALER = 0


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What all agree on before: the context, the threshold, the members' static keys in order, dealer or not."""

    context: bytes
    k: int
    members: tuple[Point, ...]
    dealer: bool = False

    def __post_init__(self) -> None:
        check_sizes(self.k, len(self.members))
        for point in self.members:
            EDWARDS.decode(point)
        if len(set(self.members)) != len(self.members):
            raise SealingError("two members of a ceremony have the same key", todo="each makes a key alone")

    @property
    def contributors(self) -> tuple[int, ...]:
        """The numbers under which messages of round 1 come: every member's, or the dealer's."""
        return (DEALER,) if self.dealer else tuple(range(1, len(self.members) + 1))

    @property
    def message_size(self) -> int:
        """How long a message of round 1 is."""
        return self.k * SIZE + SIGNATURE_SIZE + SIZE + len(self.members) * _SEALED


@dataclass(frozen=True, slots=True)
class Message:
    """Message 1 of one contributor, its points checked, its proof and shares not yet."""

    commitments: tuple[Point, ...]
    possession: bytes
    ephemeral: Point
    sealed: tuple[bytes, ...]

    def encode(self) -> bytes:
        """The bytes as they are sent."""
        return b"".join((*self.commitments, self.possession, self.ephemeral, *self.sealed))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What round 2 gives one member: the share, the key, and the transcript to sign. Nothing counts before round 3."""

    share: Scalar = field(repr=False)
    key: GroupKey
    transcript: bytes = field(repr=False)


def sign(scalar: Scalar, message: bytes, *, rng: Rng) -> bytes:
    """A Schnorr signature by ``scalar``; any Ed25519 verifier accepts it under ``scalar * B`` (RFC 8032, 5.1.7)."""
    public = base_times(scalar)
    nonce = int.from_bytes(sha512(scalar.little() + drawn(rng, 32) + message).digest(), "little") % ORDER
    commitment = base_times(Scalar(nonce))
    challenge = int.from_bytes(sha512(commitment + public + message).digest(), "little") % ORDER
    return commitment + Scalar((nonce + challenge * scalar.value) % ORDER).little()


def verify(public: Point, message: bytes, signature: bytes) -> bool:
    """Whether a signature is by the scalar behind ``public``."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def round1(ceremony: Ceremony, *, rng: Rng) -> bytes:
    """One contributor's message: commitments to a fresh polynomial, proof of its secret, a sealed share per member."""
    coefficients = polynomial(random_scalar(rng), ceremony.k, rng)
    possession = sign(coefficients[0], ceremony.context, rng=rng)
    secret = random_scalar(rng)
    ephemeral = base_times(secret)
    sealed = tuple(
        _seal(evaluate(coefficients, number), EDWARDS.mul(secret.value, member), ephemeral, member, ceremony.context)
        for number, member in enumerate(ceremony.members, 1)
    )
    return Message(commit(coefficients), possession, ephemeral, sealed).encode()


def _key_and_nonce(shared: Point, ephemeral: Point, member: Point, context: bytes) -> tuple[bytes, bytes]:
    length = len(context).to_bytes(8, "little")
    digest = sha512(_H6 + shared + ephemeral + member + length + context).digest()
    return digest[:32], digest[32:56]


def _seal(share: Scalar, shared: Point, ephemeral: Point, member: Point, context: bytes) -> bytes:
    key, nonce = _key_and_nonce(shared, ephemeral, member, context)
    return bytes(bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(share.big(), None, nonce, key))


def decode_message(ceremony: Ceremony, contributor: int, data: bytes) -> Message:
    """The message of these bytes. Raises MemberFault for other lengths and for points that are none."""
    if len(data) != ceremony.message_size:
        raise MemberFault(contributor, f"the message has {len(data)} bytes in place of {ceremony.message_size}")
    parts = [data[at : at + SIZE] for at in range(0, ceremony.k * SIZE, SIZE)]
    at = ceremony.k * SIZE
    possession, ephemeral = data[at : at + SIGNATURE_SIZE], data[at + SIGNATURE_SIZE : at + SIGNATURE_SIZE + SIZE]
    at += SIGNATURE_SIZE + SIZE
    try:
        points = [EDWARDS.decode(part) for part in (*parts, ephemeral)]
    except SealingError as error:
        raise MemberFault(contributor, f"a point in the message is none: {error.what}") from None
    sealed = tuple(data[place : place + _SEALED] for place in range(at, len(data), _SEALED))
    return Message(tuple(points[:-1]), possession, points[-1], sealed)


def decode_messages(ceremony: Ceremony, messages: Mapping[int, bytes]) -> dict[int, Message]:
    """All messages of round 1, their proofs of possession checked, and that none is another's.

    Raises MemberFault naming whose is wrong (of two that are alike, the one with the greater number), SealingError if
    one is missing.
    """
    missing = [number for number in ceremony.contributors if number not in messages]
    if missing or len(messages) != len(ceremony.contributors):
        names = ", ".join(str(number) for number in missing) or "none"
        raise SealingError(f"round 1 needs one message of each contributor; missing: {names}")
    found = {number: decode_message(ceremony, number, messages[number]) for number in ceremony.contributors}
    for number, message in found.items():
        if not verify(message.commitments[0], ceremony.context, message.possession):
            raise MemberFault(number, "the proof of possession does not hold")
    _refuse_copies(found)
    return found


def _refuse_copies(messages: Mapping[int, Message]) -> None:
    # A proof of possession holds no number, so another's whole message passes for one's own. And two members whose
    # machines drew the same ephemeral secret sealed their shares with one key and nonce.
    seen: dict[Point, int] = {}
    for number, message in messages.items():
        for point, what in ((message.commitments[0], "secret"), (message.ephemeral, "ephemeral key")):
            first = seen.setdefault(point, number)
            if first != number:
                raise MemberFault(
                    number,
                    f"the message has the same {what} as that of member {first}: one of them was copied from the"
                    " other, or both machines drew the same",
                    todo="stop, find out from both who made which, and begin again with new messages",
                )


def group_key(ceremony: Ceremony, messages: Mapping[int, Message]) -> GroupKey:
    """The key that checked messages make, from public values alone: for members, the coordinator and auditors."""
    sums = [total([message.commitments[place] for message in messages.values()]) for place in range(ceremony.k)]
    shares = tuple(public_share(sums, number) for number in range(1, len(ceremony.members) + 1))
    return GroupKey(ceremony.k, sums[0], shares)


def transcript(ceremony: Ceremony, messages: Mapping[int, Message]) -> bytes:
    """The bytes that every member signs."""
    every = [messages[number] for number in ceremony.contributors]
    commitments = [point for message in every for point in message.commitments]
    proofs = [message.possession for message in every]
    ephemerals = [message.ephemeral for message in every]
    return ceremony.context + b"".join((*ceremony.members, *commitments, *proofs, *ephemerals))


def round2(
    ceremony: Ceremony, number: int, secret: Scalar, messages: Mapping[int, bytes], mine: bytes | None
) -> Outcome:
    """Member ``number`` opens and checks its shares. ``mine`` is the message it sent itself (None with a dealer).

    A coordinator who put a message of its own in place of a member's would know that part of the key: so it is compared
    first. Raises MemberFault naming whose message is wrong, SealingError for a static key or message that is not ours.
    """
    if not 1 <= number <= len(ceremony.members) or base_times(secret) != ceremony.members[number - 1]:
        raise SealingError(f"this static key is not that of member {number} in the plan")
    if (mine is None) != ceremony.dealer or (mine is not None and messages.get(number) != mine):
        raise SealingError("the message under your number is not the one you made", todo="stop, and tell the others")
    found = decode_messages(ceremony, messages)
    value = 0
    for contributor, message in found.items():
        value += _share_for(ceremony, number, secret, contributor, message).value
    share, key = Scalar(value % ORDER), group_key(ceremony, found)
    if base_times(share) != key.shares[number - 1]:
        raise SealingError("the shares do not add up to the public share")
    return Outcome(share, key, transcript(ceremony, found))


def _share_for(ceremony: Ceremony, number: int, secret: Scalar, contributor: int, message: Message) -> Scalar:
    own = ceremony.members[number - 1]
    shared = EDWARDS.mul(secret.value, message.ephemeral)
    key, nonce = _key_and_nonce(shared, message.ephemeral, own, ceremony.context)
    try:
        plain = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(message.sealed[number - 1], None, nonce, key)
        share = decode_scalar(bytes(plain), "big")
    except (CryptoError, SealingError):
        raise MemberFault(contributor, f"the share for member {number} does not open") from None
    if not verify_share(share, number, message.commitments):
        raise MemberFault(contributor, f"the share for member {number} is not what was committed to")
    return share


def round3(ceremony: Ceremony, signed: bytes, signatures: Sequence[bytes]) -> None:
    """Check every member's signature on the transcript: only then does the key exist.

    Raises MemberFault naming the first member whose signature does not verify, SealingError if their number is wrong.
    """
    if len(signatures) != len(ceremony.members):
        raise SealingError(f"round 3 needs {len(ceremony.members)} signatures, not {len(signatures)}")
    for number, (member, signature) in enumerate(zip(ceremony.members, signatures, strict=True), 1):
        if not verify(member, signed, signature):
            raise MemberFault(
                number,
                "the signature on the transcript does not verify",
                todo="somebody saw other messages: stop, compare the hash of the transcript, and begin again",
            )
