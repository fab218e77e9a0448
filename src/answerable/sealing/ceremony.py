"""The files of a ceremony that makes a key of k of n members: one per round, carried by any coordinator.

    plan     {"deployment","how":"dkg"|"dealer","k","kind","members":[{"key","name"}…],"v"}   agreed before; by number
    member   a member's static key, under a passphrase (`locked`), with {"public"}
    round 1  {"contributor","kind","message","plan","v"}      contributor 1 … n, or 0 for a dealer
    round 2  {"kind","member","plan","signature","transcript","v"}      transcript = SHA-256 of what was signed
    share    a member's share, under a passphrase, with {"deployment","member","public"}
    certificate  {"kind","messages":[…],"plan":{…},"signatures":[…],"v"}   what made the key: anybody can check it

``plan`` elsewhere is the hash of the plan's bytes, so that files of another ceremony are refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from answerable.sealing import dkg, exact, locked
from answerable.sealing.dkg import Ceremony
from answerable.sealing.errors import SealingError
from answerable.sealing.faults import MemberFault
from answerable.sealing.groups import EDWARDS, SIZE, Point, Scalar, base_times, decode_scalar, random_scalar
from answerable.sealing.hpke import Rng
from answerable.sealing.place import DEPLOYMENT_SIZE
from answerable.sealing.recovery import HOW, RecoveryKey, ceremony_context
from answerable.sealing.shamir import MOST, check_sizes

PLAN_KIND = "answerable/ceremony/plan@v1"
MEMBER_KIND = "answerable/ceremony/member@v1"
ROUND1_KIND = "answerable/ceremony/round1@v1"
ROUND2_KIND = "answerable/ceremony/round2@v1"
SHARE_KIND = "answerable/recovery/share@v1"
CERTIFICATE_KIND = "answerable/ceremony/certificate@v1"
MAX_FILE = 1 << 22


@dataclass(frozen=True, slots=True)
class Plan:
    """Who makes which key: the deployment, the threshold, the members' names and static keys, dealer or not."""

    deployment: bytes
    how: str
    k: int
    names: tuple[str, ...]
    keys: tuple[Point, ...]

    def __post_init__(self) -> None:
        if self.how not in HOW or len(self.deployment) != DEPLOYMENT_SIZE or len(self.names) != len(self.keys):
            raise SealingError("a plan has a deployment of 32 bytes, a way (dkg or dealer), and a name for each key")
        if len(set(self.names)) != len(self.names):
            raise SealingError("two members of a plan have the same name")
        if not all(name.isprintable() and name.strip() for name in self.names):
            raise SealingError("a member's name is one line of printable text")
        _ = self.ceremony  # checks sizes and keys

    @property
    def ceremony(self) -> Ceremony:
        """The same, as the rounds take it. Raises SealingError for sizes and keys that cannot be."""
        check_sizes(self.k, len(self.keys))
        context = ceremony_context(self.deployment, self.k, len(self.keys), self.how)
        return Ceremony(context, self.k, self.keys, self.how == "dealer")

    def _members(self) -> dict[str, Any]:
        members = [{"name": name, "key": key.hex()} for name, key in zip(self.names, self.keys, strict=True)]
        return {"deployment": self.deployment.hex(), "how": self.how, "k": self.k, "members": members}

    def encode(self) -> bytes:
        """The file."""
        return exact.encode({"v": 1, "kind": PLAN_KIND, **self._members()})

    @property
    def sha256(self) -> bytes:
        """The hash that the other files name."""
        return sha256(self.encode()).digest()

    def number_of(self, key: Point) -> int:
        """The number of the member with this static key. Raises SealingError."""
        if key not in self.keys:
            raise SealingError("no member of this plan has this static key", todo="check that plan and key go together")
        return self.keys.index(key) + 1


def decode_plan(data: bytes) -> Plan:
    """The plan of a file. Raises SealingError."""
    return _plan(exact.decode(data, "plan", PLAN_KIND, ("deployment", "how", "k", "members"), MAX_FILE))


def _plan(members: exact.Members) -> Plan:
    every = [exact.Members(each, "plan") for each in members.objects("members", ("key", "name"), 2, MOST)]
    return Plan(
        members.hex("deployment", DEPLOYMENT_SIZE),
        members.one_of("how", HOW),
        members.number("k", 2, len(every)),
        tuple(each.text("name", 100) for each in every),
        tuple(EDWARDS.decode(each.hex("key", SIZE)) for each in every),
    )


@dataclass(frozen=True, slots=True)
class Member:
    """A member's static key."""

    secret: Scalar = field(repr=False)
    public: Point


def new_member(passphrase: str, *, rng: Rng) -> tuple[bytes, Point]:
    """A new static key: its file, and the public key for the plan."""
    secret = random_scalar(rng)
    public = base_times(secret)
    return locked.lock(secret.little(), MEMBER_KIND, {"public": public.hex()}, passphrase, rng=rng), public


def open_member(data: bytes, passphrase: str) -> Member:
    """The static key of a file. Raises SealingError, PassphraseError."""
    members = locked.read(data, "member's key", MEMBER_KIND, ("public",))
    secret = decode_scalar(locked.unlock(members, passphrase))
    if base_times(secret) != members.hex("public", SIZE):
        raise members.problem("public", "the key of its secret")
    return Member(secret, base_times(secret))


def first(plan: Plan, contributor: int, *, rng: Rng) -> bytes:
    """The round 1 file of a contributor: a member, or with a dealer the dealer (0)."""
    if contributor not in plan.ceremony.contributors:
        raise SealingError(
            "in this plan a dealer makes the key" if plan.how == "dealer" else "this plan has no dealer",
            todo="use “deal”, then round 2" if plan.how == "dealer" else "every member runs round 1",
        )
    message = exact.base64(dkg.round1(plan.ceremony, rng=rng))
    head = {"v": 1, "kind": ROUND1_KIND, "plan": plan.sha256.hex()}
    return exact.encode({**head, "contributor": contributor, "message": message})


def read_first(plan: Plan, data: bytes) -> tuple[int, bytes]:
    """Whose message a round 1 file is, and the message. Raises SealingError."""
    members = exact.decode(data, "file of round 1", ROUND1_KIND, ("plan", "contributor", "message"), MAX_FILE)
    _same_plan(plan, members)
    return members.number("contributor", 0, MOST), members.data("message", MAX_FILE)


def _same_plan(plan: Plan, members: exact.Members) -> None:
    if members.hex("plan", SIZE) != plan.sha256:
        raise SealingError(f"this {members.what} belongs to another plan", where="plan")


def gather(found: list[tuple[int, bytes]]) -> dict[int, bytes]:
    """Messages by number. Raises MemberFault for two different ones under one number."""
    messages: dict[int, bytes] = {}
    for number, message in found:
        if messages.setdefault(number, message) != message:
            raise MemberFault(number, "there are two different messages under this number")
    return messages


def second(
    plan: Plan, member: Member, messages: Mapping[int, bytes], mine: bytes | None, *, rng: Rng
) -> tuple[bytes, dkg.Outcome]:
    """The round 2 file of a member that checked everything, and what round 3 will keep. Raises as `dkg.round2`."""
    number = plan.number_of(member.public)
    outcome = dkg.round2(plan.ceremony, number, member.secret, messages, mine)
    signature = dkg.sign(member.secret, outcome.transcript, rng=rng)
    head = {"v": 1, "kind": ROUND2_KIND, "plan": plan.sha256.hex(), "member": number}
    digest = sha256(outcome.transcript).hexdigest()
    return exact.encode({**head, "transcript": digest, "signature": signature.hex()}), outcome


def read_second(plan: Plan, data: bytes) -> tuple[int, bytes, bytes]:
    """A round 2 file: the member, the hash of what it signed, the signature. Raises SealingError."""
    names = ("plan", "member", "transcript", "signature")
    members = exact.decode(data, "file of round 2", ROUND2_KIND, names, MAX_FILE)
    _same_plan(plan, members)
    number = members.number("member", 1, len(plan.keys))
    return number, members.hex("transcript", SIZE), members.hex("signature", dkg.SIGNATURE_SIZE)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What made a key: plan, messages of round 1 in order, every member's signature. `verify` says whether it holds."""

    plan: Plan
    messages: tuple[bytes, ...]
    signatures: tuple[bytes, ...]

    def encode(self) -> bytes:
        """The file."""
        return exact.encode(
            {
                "v": 1,
                "kind": CERTIFICATE_KIND,
                "plan": self.plan._members(),
                "messages": [exact.base64(message) for message in self.messages],
                "signatures": [signature.hex() for signature in self.signatures],
            }
        )

    def verify(self) -> RecoveryKey:
        """The key, if every message and signature holds. Raises MemberFault naming whose does not."""
        ceremony = self.plan.ceremony
        messages = dict(zip(ceremony.contributors, self.messages, strict=True))
        found = dkg.decode_messages(ceremony, messages)
        dkg.round3(ceremony, dkg.transcript(ceremony, found), self.signatures)
        return RecoveryKey(self.plan.deployment, dkg.group_key(ceremony, found), self.plan.how)


def decode_certificate(data: bytes) -> Certificate:
    """The certificate of a file, not yet verified. Raises SealingError."""
    members = exact.decode(data, "certificate", CERTIFICATE_KIND, ("plan", "messages", "signatures"), MAX_FILE)
    plan = _plan(members.object("plan", ("deployment", "how", "k", "members")))
    count = len(plan.ceremony.contributors)
    messages = members.datas("messages", MAX_FILE, count, count)
    signatures = members.hexes("signatures", dkg.SIGNATURE_SIZE, len(plan.keys), len(plan.keys))
    return Certificate(plan, messages, signatures)


def third(plan: Plan, outcome: dkg.Outcome, messages: Mapping[int, bytes], seconds: list[bytes]) -> Certificate:
    """The certificate, once every member's round 2 file verifies against what this member itself saw.

    Raises MemberFault naming who saw something else or whose signature is wrong, SealingError for one that is missing.
    """
    signatures: dict[int, bytes] = {}
    for data in seconds:
        number, digest, signature = read_second(plan, data)
        if digest != sha256(outcome.transcript).digest():
            raise MemberFault(number, "signed another transcript: it saw other messages than you", todo="begin again")
        if signatures.setdefault(number, signature) != signature:
            raise MemberFault(number, "there are two different signatures under this number")
    missing = [str(number) for number in range(1, len(plan.keys) + 1) if number not in signatures]
    if missing:
        raise SealingError(f"the signature of member {', '.join(missing)} is missing", todo="wait for its round 2 file")
    every = tuple(signatures[number] for number in sorted(signatures))
    dkg.round3(plan.ceremony, outcome.transcript, every)
    return Certificate(plan, tuple(messages[number] for number in plan.ceremony.contributors), every)


@dataclass(frozen=True, slots=True)
class Share:
    """A member's share of a deployment's recovery key."""

    deployment: bytes
    member: int
    public: bytes
    secret: Scalar = field(repr=False)


def lock_share(share: Share, passphrase: str, *, rng: Rng) -> bytes:
    """The file of a share."""
    public = {"deployment": share.deployment.hex(), "member": share.member, "public": share.public.hex()}
    return locked.lock(share.secret.little(), SHARE_KIND, public, passphrase, rng=rng)


def open_share(data: bytes, passphrase: str) -> Share:
    """The share of a file. Raises SealingError, PassphraseError."""
    members = locked.read(data, "share", SHARE_KIND, ("deployment", "member", "public"))
    return Share(
        members.hex("deployment", DEPLOYMENT_SIZE),
        members.number("member", 1, MOST),
        members.hex("public", SIZE),
        decode_scalar(locked.unlock(members, passphrase)),
    )
