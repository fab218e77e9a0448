"""Recovery: what k of n panel members need to open one compartment for one person, and what each sends.

A request names record, compartment, beneficiary and reason, and carries the wrap to the recovery key together with what
it came in and the ledger opening of that, so that a member sees what it helps to open. Each member's
partial is sealed to the beneficiary: members never see each other's, and fewer than k learn nothing.

    key       {"deployment","how":"dkg"|"dealer","k","kind","n","point","public","shares","v"}
    request   {"compartment","day","deployment","holder","id","kind","opening","reason","record","record_kind","source",
               "stage","v","wrap","x25519"};  source = the envelope, or for what the desk made the list of
              `recovery_wraps`
    partial   {"id","kind","member","request","sealed","v"};  sealed = enc(32) | ct, by HPKE to the beneficiary's key,
              info = "answerable/recovery/partial/v1", aad = SHA-256(request)(32) | u8 member
              plaintext = u8 member | D(32) | c(32) | s(32), scalars with the least byte first

Each file is JSON in one spelling (`exact`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from answerable.sealing import dleq, exact, hpke, threshold
from answerable.sealing.envelope import MAX_ENVELOPE
from answerable.sealing.envelope import decode as decode_envelope
from answerable.sealing.errors import SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import EDWARDS, SIZE, Scalar
from answerable.sealing.hpke import ENC_SIZE, Rng
from answerable.sealing.place import DEPLOYMENT_SIZE, ID_SIZE, RECOVERY, Compartment, Field, Place, Record
from answerable.sealing.recovery_wraps import MAGIC as WRAPS_MAGIC
from answerable.sealing.recovery_wraps import decode_wraps
from answerable.sealing.threshold import GroupKey, Partial
from answerable.sealing.values import WRAP_SIZE, open_wrap_with_dh, wrap_parts

KEY_KIND = "answerable/recovery/key@v1"
REQUEST_KIND = "answerable/recovery/request@v1"
PARTIAL_KIND = "answerable/recovery/partial@v1"
HOW = ("dkg", "dealer")
_DKG = b"answerable/recovery/dkg/v1\0"
_DEALER = b"answerable/recovery/dealer/v1\0"
_OPEN = b"answerable/recovery/open/v1\0"
_PARTIAL_INFO = b"answerable/recovery/partial/v1"
_PLAIN_SIZE = 1 + SIZE + dleq.PROOF_SIZE
MAX_REASON = 2_000
_MAX_OPENING = 64 * 1024
MAX_REQUEST = 2 * MAX_ENVELOPE
MAX_SMALL = 64 * 1024


def ceremony_context(deployment: bytes, k: int, n: int, how: str) -> bytes:
    """The context of the ceremony that makes the recovery key of a deployment."""
    return (_DEALER if how == "dealer" else _DKG) + deployment + bytes((k, n))


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """The public side of a deployment's recovery key, and whether a dealer once held it whole."""

    deployment: bytes
    key: GroupKey
    how: str

    def encode(self) -> bytes:
        """The file."""
        key = self.key
        return exact.encode(
            {
                "v": 1,
                "kind": KEY_KIND,
                "deployment": self.deployment.hex(),
                "how": self.how,
                "k": key.k,
                "n": key.n,
                "point": key.point.hex(),
                "public": key.public.hex(),
                "shares": [point.hex() for point in key.shares],
            }
        )


def decode_key(data: bytes) -> RecoveryKey:
    """The key of a file, every point checked, and that any k shares make it. Raises SealingError."""
    names = ("deployment", "how", "k", "n", "point", "public", "shares")
    members = exact.decode(data, "recovery key", KEY_KIND, names, MAX_SMALL)
    n = members.number("n", 2, 255)
    points = [EDWARDS.decode(each) for each in members.hexes("shares", SIZE, n, n)]
    key = GroupKey(members.number("k", 2, n), EDWARDS.decode(members.hex("point", SIZE)), tuple(points))
    if key.public != members.hex("public", SIZE):
        raise members.problem("public", "the u-coordinate of its point")
    return RecoveryKey(members.hex("deployment", DEPLOYMENT_SIZE), key, members.one_of("how", HOW))


@dataclass(frozen=True, slots=True)
class Request:
    """A request to open one compartment for one person. ``opening`` is the ledger opening as JSON, not yet checked."""

    id: bytes
    day: date
    deployment: bytes
    record_kind: Record
    record: bytes
    compartment: Compartment
    stage: str
    holder: bytes
    x25519: bytes
    reason: str
    wrap: bytes
    source: bytes
    opening: dict[str, Any]

    @property
    def place(self) -> Place:
        """The place the wrap is bound to."""
        return Place(self.deployment, self.record_kind, self.record, self.compartment, Field.NONE, 0)

    @property
    def enc(self) -> bytes:
        """The encapsulated key of the wrap, 32 bytes."""
        return wrap_parts(self.place, RECOVERY, self.wrap)[0]

    def binding(self, member: int) -> bytes:
        """What a member's proof is bound to: this wrap, this request, this beneficiary, this member."""
        wrap = sha256(self.wrap).digest()
        return _OPEN + self.deployment + wrap + self.id + self.holder + bytes((member,))

    def encode(self) -> bytes:
        """The file."""
        return exact.encode(
            {
                "v": 1,
                "kind": REQUEST_KIND,
                "id": self.id.hex(),
                "day": self.day.isoformat(),
                "deployment": self.deployment.hex(),
                "record_kind": self.record_kind.code,
                "record": self.record.hex(),
                "compartment": self.compartment.code,
                "stage": self.stage,
                "holder": self.holder.hex(),
                "x25519": self.x25519.hex(),
                "reason": self.reason,
                "wrap": exact.base64(self.wrap),
                "source": exact.base64(self.source),
                "opening": self.opening,
            }
        )

    @property
    def sha256(self) -> bytes:
        """The hash that partials name."""
        return sha256(self.encode()).digest()


_REQUEST = (
    "id",
    "day",
    "deployment",
    "record_kind",
    "record",
    "compartment",
    "stage",
    "holder",
    "x25519",
    "reason",
    "wrap",
    "source",
    "opening",
)


def decode_request(data: bytes) -> Request:
    """The request of a file: well-formed, its wrap a wrap whose key betrays no share.

    `check_request` says whether it belongs together. Raises SealingError.
    """
    members = exact.decode(data, "recovery request", REQUEST_KIND, _REQUEST, MAX_REQUEST)
    opening = members.object("opening").raw_all()
    if len(exact.encode(opening)) > _MAX_OPENING:
        raise members.problem("opening", f"at most {_MAX_OPENING:,} bytes")
    request = Request(
        id=members.hex("id", ID_SIZE),
        day=members.day("day"),
        deployment=members.hex("deployment", DEPLOYMENT_SIZE),
        record_kind=Record.of(members.one_of("record_kind", [each.code for each in Record])),
        record=members.hex("record", ID_SIZE),
        compartment=Compartment.of(members.one_of("compartment", [each.code for each in Compartment])),
        stage=members.text("stage", 64),
        holder=members.hex("holder", ID_SIZE),
        x25519=members.hex("x25519", SIZE),
        reason=members.text("reason", MAX_REASON),
        wrap=members.data("wrap", WRAP_SIZE),
        source=members.data("source", MAX_ENVELOPE),
        opening=opening,
    )
    threshold.points_of([request.enc])
    return request


def check_request(request: Request) -> None:
    """Raises SealingError unless the source holds this wrap, to recovery, in this compartment of this record.

    The source is the envelope the wrap came in, or the `Wraps` of a record that the desk made. That its hash is what
    the opening shows, of an entry of the register, is for whoever can read both.
    """
    if request.source.startswith(WRAPS_MAGIC):
        wraps = decode_wraps(request.source)
        found = [(wraps.deployment, wraps.record_kind, wraps.record)]
        inside = {(each.compartment, each.wrap) for each in wraps.compartments}
    else:
        envelope = decode_envelope(request.source)
        if request.holder in envelope.struck:
            raise SealingError("the reporter struck this reader out", where="holder", todo="do not answer")
        found = [(envelope.deployment, envelope.record_kind, envelope.record)]
        inside = {
            (each.compartment, wrapped.wrap)
            for each in envelope.compartments
            for wrapped in each.wraps
            if wrapped.holder == RECOVERY
        }
    if found != [(request.deployment, request.record_kind, request.record)]:
        raise SealingError("what the wrap came in is of another record than the request names", where="source")
    if (request.compartment, request.wrap) not in inside:
        raise SealingError("the wrap does not stand in this compartment of what it came in", where="wrap")


@dataclass(frozen=True, slots=True)
class SealedPartial:
    """What a member sends: readable by the beneficiary alone."""

    request: bytes
    id: bytes
    member: int
    sealed: bytes

    def encode(self) -> bytes:
        """The file."""
        return exact.encode(
            {
                "v": 1,
                "kind": PARTIAL_KIND,
                "request": self.request.hex(),
                "id": self.id.hex(),
                "member": self.member,
                "sealed": exact.base64(self.sealed),
            }
        )


def decode_partial(data: bytes) -> SealedPartial:
    """The sealed partial of a file. Raises SealingError."""
    members = exact.decode(data, "partial", PARTIAL_KIND, ("request", "id", "member", "sealed"), MAX_SMALL)
    sealed = members.data("sealed", ENC_SIZE + _PLAIN_SIZE + 16)
    if len(sealed) != ENC_SIZE + _PLAIN_SIZE + 16:
        raise members.problem("sealed", f"base64 of {ENC_SIZE + _PLAIN_SIZE + 16} bytes")
    return SealedPartial(
        members.hex("request", SIZE), members.hex("id", ID_SIZE), members.number("member", 1, 255), sealed
    )


def answer(request: Request, share: Scalar, member: int, key: GroupKey, *, rng: Rng) -> SealedPartial:
    """A member's answer: its partial of the wrap's encapsulated key with a proof, sealed to the beneficiary.

    Raises SealingError for a share that is not the member's, and for an encapsulated key that would betray it.
    """
    found = threshold.partial(share, member, key, [request.enc], request.binding(member), rng=rng)
    plain = bytes((member,)) + found.results[0] + found.proof.encode()
    enc, ct = hpke.seal(request.x25519, _PARTIAL_INFO, _partial_aad(request, member), plain, rng=rng)
    return SealedPartial(request.sha256, request.id, member, enc + ct)


def open_partial(request: Request, sealed: SealedPartial, private: bytes) -> Partial:
    """The beneficiary opens an answer. Raises MemberFault for one to another request, or that is not what it says."""
    if sealed.request != request.sha256 or sealed.id != request.id:
        raise MemberFault(sealed.member, "this answer is to another request")
    enc, ct = sealed.sealed[:ENC_SIZE], sealed.sealed[ENC_SIZE:]
    try:
        plain = hpke.open(private, enc, _PARTIAL_INFO, _partial_aad(request, sealed.member), ct)
        if len(plain) != _PLAIN_SIZE or plain[0] != sealed.member:
            raise SealingError("a partial has another form")
        result = EDWARDS.decode(plain[1 : 1 + SIZE])
        return Partial(sealed.member, (result,), dleq.decode(plain[1 + SIZE :]))
    except SealingError as error:
        raise MemberFault(sealed.member, f"the answer cannot be used: {error.what}") from None


def _partial_aad(request: Request, member: int) -> bytes:
    return request.sha256 + bytes((member,))


def open_compartment(request: Request, partials: Collection[Partial], key: GroupKey) -> bytes:
    """The compartment's private key (32 bytes) from the answers of k members whose proofs hold.

    Raises MemberFault naming a member whose proof does not hold where it was needed, SealingError for too few,
    OpenError when the wrap does not open in its place.
    """
    (dh,) = threshold.combine(partials, key, [request.enc], request.binding)
    return open_wrap_with_dh(request.place, RECOVERY, key.public, dh, request.wrap)
