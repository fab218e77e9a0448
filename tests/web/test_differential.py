"""The browser's verifier and Python's give the same verdict on the same bytes, changed in more than a thousand ways.
In a soak, in tens of thousands."""

from __future__ import annotations

import json
import random
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from answerable.errors import AnswerableError
from answerable.record import canonical, commit
from answerable.record.keys import MLDSA44, SIGNATURE_SIZES, VerifierKey
from answerable.record.policy import Policy
from answerable.record.verify import verify_receipt
from tests.amounts import amount
from tests.web import samples

WEB = Path(__file__).parents[2] / "web"
#: Receipts, policies and openings that are changed; and changes to each opening that a receipt carries.
ROUNDS, INSIDE = amount(1_000, 20_000), amount(100, 2_000)


class Case(NamedTuple):
    """What both are shown."""

    receipt: bytes
    policy: bytes
    opening: bytes | None = None


def _encoded(part: bytes | None) -> str | None:
    return None if part is None else b64encode(part).decode()


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Case]], list[dict[str, str]]]:
    """The browser's verifier in node: the same source, compiled as for the page."""
    assert (WEB / "node_modules" / "esbuild").is_dir(), "web/node_modules is missing: run make web"
    out = tmp_path_factory.mktemp("judge")
    subprocess.run(["node", "test/run.mjs", "--compile", str(out)], cwd=WEB, check=True, timeout=60)

    def ask(cases: list[Case]) -> list[dict[str, str]]:
        lines = "".join(
            json.dumps({name: _encoded(part) for name, part in case._asdict().items()}) + "\n" for case in cases
        )
        command = ["node", str(out / "judge.mjs")]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=3_600)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python asked the browser's question: ML-DSA-44 lines are held to their length, and then believed."""
    real = VerifierKey.verify

    def verify(self: VerifierKey, sig: bytes, message: bytes) -> None:
        if self.type != MLDSA44 or len(sig) != SIGNATURE_SIZES[MLDSA44]:
            real(self, sig, message)

    monkeypatch.setattr(VerifierKey, "verify", verify)


def python_says(case: Case) -> str:
    """Python's verdict in the browser's words."""
    try:
        report = verify_receipt(case.receipt, Policy.parse(case.policy), opening=case.opening)
    except AnswerableError:
        return "refused"
    return "verified" if report.verdict == "PASS" else "refused"


def flip(data: bytes, chance: random.Random) -> bytes:
    """One change: a bit, a byte, a cut, a piece twice, a digit, or two lines exchanged."""
    place = chance.randrange(len(data))
    match chance.randrange(7):
        case 0:
            return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        case 1:
            return data[:place] + bytes([chance.randrange(256)]) + data[place:]
        case 2:
            return data[:place] + data[place + chance.randrange(1, 9) :]
        case 3:
            stop = place + chance.randrange(1, 60)
            return data[:stop] + data[place:]
        case 4:
            digits = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
            at = chance.choice(digits or [place])
            return data[:at] + chance.choice([b"0", b"9", b"", b"-"]) + data[at + 1 :]
        case 5:
            return data[: chance.randrange(len(data))]
        case _:
            lines = data.split(b"\n")
            one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            return b"\n".join(lines)


def changed() -> Iterator[Case]:
    """Receipts, policies and openings, each changed at one place in three."""
    chance = random.Random(20261201)
    receipts, openings = list(samples.receipts().values()), [None, *samples.openings().values()]
    # Short ones come more often: most of a long one is an ML-DSA-44 line.
    weights = [8 if len(one) < 5_000 else 1 for one in receipts]
    policy = samples.policy().encode()
    for _ in range(ROUNDS):
        receipt, opening = chance.choices(receipts, weights)[0], chance.choice(openings)
        rules = policy
        match chance.randrange(4):
            case 0 | 1:
                receipt = flip(receipt, chance)
            case 2:
                rules = flip(policy, chance)
            case _ if opening:
                opening = flip(opening, chance)
        yield Case(receipt, rules, opening)


def inside() -> Iterator[Case]:
    """Receipts whose extra, an opening, is changed before it is wrapped: base64 alone would hide it."""
    chance = random.Random(1)
    register = samples.logs()[1]
    note = register.note(samples.signers(register))
    policy = samples.policy().encode()
    for opening in samples.openings().values():
        for _ in range(INSIDE):
            yield Case(register.proof(5, flip(opening, chance), note), policy)


#: Changes to a whole event that its kind may allow or not; each is sealed as it stands, so only the kind can refuse.
EVENTS: list[dict[str, canonical.Json]] = [
    {"seq": 0},
    {"seq": 0, "prev": None},
    {"prev": None},
    {"seq": -1},
    {"seq": 2**53 - 1},
    {"seq": 2**53},
    {"seq": True},
    {"seq": "3"},
    {"v": 2},
    {"at": "2026-02-29"},
    {"at": "2028-02-29"},
    {"at": "2026-02-30"},
    {"at": "2026-13-01"},
    {"at": "2026-00-01"},
    {"at": "2026-01-00"},
    {"at": "0000-01-01"},
    {"at": "0001-01-01"},
    {"at": "2026-1-1"},
    {"at": "2026-11-30\n"},
    {"at": None},
    {"by": "Desk"},
    {"by": ""},
    {"by": "d" * 64},
    {"by": "d" * 65},
    {"procedure": None},
    {"procedure": {"act": "é" * 500, "digest": "cd" * 32, "name": "", "version": "\U0001f600" * 500}},
    {"procedure": {"act": "a" * 501, "digest": "cd" * 32, "name": "n", "version": "2"}},
    {"procedure": {"act": "a\x85", "digest": "cd" * 32, "name": "n", "version": "2"}},
    {"procedure": {"act": "a\u2028", "digest": "cd" * 32, "name": "n", "version": "2"}},
    {"procedure": {"act": "a", "digest": "cd" * 32, "name": "n"}},
    {"procedure": {"act": "a", "digest": "cd" * 32, "name": "n", "version": "2", "more": 1}},
    {"procedure": {"act": "a", "digest": "CD" * 32, "name": "n", "version": "2"}},
    {"after": {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=", "size": 41}},
    {"after": {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==", "size": 41}},
    {"after": {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "size": 1.5}},
    {"after": None},
    {"to_state": "nor"},
    {"to_state": "NORW"},
    {"asks": []},
    {"asks": ["investigate", "inform"]},
    {"asks": ["inform", "inform"]},
    {"asks": ["inform", "report"]},
    {"asks": ["report-back"]},
    {"asks": "inform"},
    {"asks": [None]},
    {"obligation": None},
    {"obligation": {"due": None, "duty": "acknowledge"}},
    {"obligation": {"due": "2026-12-32", "duty": "acknowledge"}},
    {"obligation": {"duty": "acknowledge"}},
    {"document_sha256": "ef" * 31},
    {"more": 1},
    {"kind": "referral.made"},
    {"kind": None},
]


def of_a_kind() -> Iterator[Case]:
    """Every change of `EVENTS`, sealed without asking its kind, in a log of its own."""
    policy = samples.policy().encode()
    key = samples.event_key()
    for change in EVENTS:
        event = {**samples.EVENT, **change}
        names = ["kind", *sorted(set(event) - {"kind"})]
        digests = [commit.digest(commit.salt(key, name), name, event[name]) for name in names]
        log = samples.Log(samples.logs()[1].origin, (b"\x01" + commit.commitment(digests),))
        note = log.note(samples.signers(log))
        yield Case(log.proof(0, canonical.encode({"event": event, "key": key.hex(), "v": 1}), note), policy)
        shows: list[canonical.Json] = [[name, event[name], commit.salt(key, name).hex()] for name in names]
        hexes: list[canonical.Json] = [one.hex() for one in digests]
        yield Case(log.proof(0, canonical.encode({"digests": hexes, "open": shows, "v": 1}), note), policy)


def signatures() -> Iterator[Case]:
    """Policies and sets of signatures at the edges of a quorum."""
    record = samples.logs()[0]
    entry = record.entries[4]
    policy = samples.policy()
    every = samples.signers(record, pq=True)
    log, log_pq, *others = every
    ed = [signer for signer in others if signer[0].verifier.type != MLDSA44]
    pq = [signer for signer in others if signer[0].verifier.type == MLDSA44]
    zero = [(key, 0) for key, _ in ed]
    late = [(key, 2**63 - 1) for key, _ in ed]
    for rules in (policy, samples.log_lines() + "quorum none\n", policy.replace("both all", "both any")):
        for lines in (
            [log, *ed],
            [log, *ed[:4]],
            [log, *ed[:2]],
            [log, *ed[3:]],
            ed,
            [log],
            [log_pq],
            [log_pq, *ed],
            [log, *pq],
            [log, *pq[:2], *ed[3:]],
            [log_pq, *pq],
            [log, *zero],
            [log, *zero, *ed],
            [log, *ed, *late],
            [log, *late],
            [log, log, *ed],
        ):
            yield Case(record.proof(4, entry, record.note(lines)), rules.encode())


def expected(case: Case) -> str:
    """What the browser must say: as Python, but where only ML-DSA-44 lines make the pass, that it cannot tell."""
    verdict = python_says(case)
    lines = case.receipt.split(b"\n")
    checkable = b"\n".join(line for line in lines if len(line) < 3_000 or line.startswith(b"extra "))
    if verdict == "refused" or checkable == case.receipt:
        return verdict
    return "verified" if python_says(case._replace(receipt=checkable)) == "verified" else "unable"


@pytest.mark.usefixtures("unasked")
def test_the_verdicts_agree(judge: Callable[[list[Case]], list[dict[str, str]]]) -> None:
    # Given receipts, policies and openings, whole and changed
    cases = [*changed(), *inside(), *of_a_kind(), *signatures()]
    seen = {"verified": 0, "refused": 0, "unable": 0}
    # When both judge them
    for case, browser in zip(cases, judge(cases), strict=True):
        # Then they agree
        assert browser["verdict"] == expected(case), f"{browser}\n{case.receipt!r}\n{case.opening!r}"
        seen[browser["verdict"]] += 1
    # And all three answers were given, often
    assert seen["verified"] > 100, seen
    assert seen["refused"] > 1_000, seen
    assert seen["unable"] > 10, seen


def test_times_and_leaves_agree(judge: Callable[[list[Case]], list[dict[str, str]]]) -> None:
    # Given every sample that passes
    policy = samples.policy()
    cases = [
        Case(one, policy.encode()) for name, one in samples.receipts().items() if name not in ("nothing", "only-pq")
    ]
    for case, browser in zip(cases, judge(cases), strict=True):
        # Then the browser names Python's leaf, and the time at which Ed25519 lines alone made the quorum
        report = verify_receipt(case.receipt, Policy.parse(policy))
        assert browser["leaf"] in json.dumps(report.__dict__, default=str)
        assert browser["time"] == str(samples.TIME + 4)


def test_a_bad_mldsa_line_is_not_counted_as_checked(judge: Callable[[list[Case]], list[dict[str, str]]]) -> None:
    # Given a receipt whose ML-DSA-44 lines are nonsense of the right length, and an Ed25519 quorum beside them
    receipt = samples.receipts()["both"]
    lines = receipt.decode().split("\n")
    for at, line in enumerate(lines):
        if len(line) > 3_000:
            dash, name, encoded = line.split(" ")
            raw = bytearray(b64decode(encoded))
            raw[100] ^= 1
            lines[at] = f"{dash} {name} {b64encode(raw).decode()}"
    spoiled = "\n".join(lines).encode()
    case = Case(spoiled, samples.policy().encode())
    # Then the command, which checks them, refuses; the browser rests on the Ed25519 quorum, and says which it left
    assert python_says(case) == "refused"
    (browser,) = judge([case])
    assert browser["verdict"] == "verified"
    assert browser["time"] == str(samples.TIME + 4)
