"""Asking witnesses for cosignatures (C2SP tlog-witness, the client's side).

All are asked at once and each has a few seconds; whatever one of them does costs its own cosignature and nothing else.
Nothing a witness says is believed: a cosignature counts when it verifies under the key the policy names, and a claim
about our log is passed on as an alarm, for the caller to weigh.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from answerable.ledger.network_errors import AskingError, FetchError
from answerable.ledger.signer_memory import origin_name
from answerable.ledger.wire import Peer, Response, quoted
from answerable.record.errors import NoteError, RecordError
from answerable.record.note import (
    COSIGNATURE,
    MLDSA44,
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    parse_signature_lines,
    verify_note,
)
from answerable.record.policy import Policy
from answerable.record.text import parse_decimal
from answerable.record.witnessing import Request

#: Seconds a witness has for its whole answer, one retry included.
TIMEOUT = 5.0
#: A cosignature from further ahead than this, in seconds, is refused.
AHEAD = 300
_LIMIT = 512 * 1024
_GRACE = 0.5

#: Given an old size, the proof that the checkpoint being cosigned extends it.
ProofFor = Callable[[int], list[bytes]]


class Cosignature(NamedTuple):
    """A cosignature that verified: the policy's key, the line, its time in POSIX seconds."""

    key: VerifierKey
    signature: Signature
    time: int


@dataclass(frozen=True)
class Answer:
    """What one witness made of a checkpoint.

    ``status`` is its last HTTP status, 0 when it gave none. ``size`` is the size it claims to have cosigned (409).
    ``alarm`` is set when it claims what contradicts our log, or gives what does not verify; ``detail`` says in a
    sentence why there is no cosignature otherwise. ``name`` is its first name in the policy, ``names`` are all.
    """

    name: str
    names: tuple[str, ...]
    status: int = 0
    signatures: tuple[Cosignature, ...] = ()
    size: int | None = None
    alarm: str | None = None
    detail: str | None = None
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True)
class Latest:
    """The checkpoint a witness says it cosigned last, unverified. ``status`` 404: never; 0: no answer (``detail``)."""

    name: str
    names: tuple[str, ...]
    status: int
    checkpoint: bytes | None = None
    detail: str | None = None


@dataclass
class _Witness:
    """One server: where it is asked, the keys whose lines it may bring, and its connection."""

    names: tuple[str, ...]
    url: str
    reads: str
    keys: tuple[VerifierKey, ...]
    writer: Peer = field(init=False)
    reader: Peer = field(init=False)
    busy: bool = False

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        """New connections: at first, and after a thread that never came back kept the old ones."""
        self.writer = Peer(self.url)
        self.reader = Peer(self.reads)
        self.busy = False

    def close(self) -> None:
        if not self.busy:
            self.writer.close()
            self.reader.close()


class Asker:
    """The witnesses of a policy, one server per URL, with connections that are kept. Close it when done.

    ``monitoring_prefixes`` names, per policy name, where a witness's checkpoints are read when not at its policy URL.
    Raises AskingError for a name the policy does not have, and for an address that cannot be used.
    """

    def __init__(
        self, policy: Policy, monitoring_prefixes: Mapping[str, str] | None = None, timeout: float = TIMEOUT
    ) -> None:
        prefixes = dict(monitoring_prefixes or {})
        if unknown := prefixes.keys() - policy.witnesses.keys():
            raise AskingError(f"the policy has no witness {', '.join(sorted(unknown))}", todo="correct the settings")
        self._timeout = timeout
        self._witnesses = _servers(policy, prefixes)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection. Asking again opens new ones."""
        for witness in self._witnesses:
            witness.close()

    def ask(self, checkpoint_note: bytes, old_sizes: Mapping[str, int], proof_for: ProofFor, now: int) -> list[Answer]:
        """Ask every witness to cosign our signed checkpoint, in parallel; returns within the time of one.

        ``old_sizes`` holds, per policy name, the size each cosigned last (absent: 0). ``proof_for`` is called in this
        thread only, once per size. A witness that names another size, not above ours, is asked once more from there.
        Raises NoteError when the checkpoint is malformed; never for what a witness does.
        """
        checkpoint = Checkpoint.parse(Note.parse(checkpoint_note).text)
        proofs: dict[int, list[bytes]] = {}

        def body(old: int) -> bytes:
            if old not in proofs:
                proofs[old] = proof_for(old) if 0 < old < checkpoint.size else []
            return Request(old, tuple(proofs[old]), checkpoint_note).to_bytes()

        asked: dict[int, int] = {}
        round_ = _Round(self._timeout)
        for number, witness in enumerate(self._witnesses):
            known = next((old_sizes[name] for name in witness.names if name in old_sizes), 0)
            asked[number] = min(known, checkpoint.size)
            round_.start(number, witness, _post(body(asked[number])))
        answers: dict[int, Answer] = {}
        retried: set[int] = set()
        for number, got in round_.results():
            witness = self._witnesses[number]
            answer = replace(_judge(witness, got, checkpoint, now), requests=1 + (number in retried))
            again = answer.status == 409 and answer.size not in (None, asked[number])
            if again and number not in retried and (answer.size or 0) <= checkpoint.size:
                retried.add(number)
                asked[number] = answer.size or 0
                round_.start(number, witness, _post(body(asked[number])))
                continue
            answers[number] = replace(answer, seconds=round_.seconds())
        return [answers[number] for number in range(len(self._witnesses))]

    def latest(self, origin: str) -> list[Latest]:
        """What each witness says it cosigned last for ``origin``, in parallel. Never raises for what a witness does."""
        path = f"{origin_name(origin)}/checkpoint"
        round_ = _Round(self._timeout)
        for number, witness in enumerate(self._witnesses):
            round_.start(number, witness, _get(path))
        found: dict[int, Latest] = {}
        for number, got in round_.results():
            names = self._witnesses[number].names
            if isinstance(got, FetchError):
                found[number] = Latest(names[0], names, 0, None, got.what)
            elif got.status == 200:
                found[number] = Latest(names[0], names, 200, got.body)
            else:
                found[number] = Latest(names[0], names, got.status, None, f"answers {got.status}")
        return [found[number] for number in range(len(self._witnesses))]


def _servers(policy: Policy, prefixes: Mapping[str, str]) -> list[_Witness]:
    """One server per URL of the policy. A key without a URL belongs to the server that has a key of the same name."""
    by_url: dict[str, list[str]] = {}
    for name, witness in policy.witnesses.items():
        if witness.url:
            by_url.setdefault(witness.url.rstrip("/"), []).append(name)
    homeless = [name for name, witness in policy.witnesses.items() if not witness.url]
    servers = []
    for url, named in by_url.items():
        key_names = {policy.witnesses[name].key.name for name in named}
        names = (*named, *(name for name in homeless if policy.witnesses[name].key.name in key_names))
        # A line is worth what its key is worth, whoever brings it; so a key without a URL may come from any server.
        keys = tuple(policy.witnesses[name].key for name in (*named, *homeless))
        reads = next((prefixes[name] for name in names if name in prefixes), url)
        try:
            servers.append(_Witness(names, url, reads, keys))
        except FetchError as error:
            raise AskingError(error.what, where=f"witness {named[0]}: {error.where}", todo=error.todo) from error
    return servers


#: One exchange: with the connections for writing and reading, and the seconds it may take.
_Send = Callable[[Peer, Peer, float], Response]


class _Round:
    """Requests under way, each in a thread of its own, and their results as they come, within ``timeout`` seconds."""

    def __init__(self, timeout: float) -> None:
        self._began = time.monotonic()
        self._deadline = self._began + timeout
        self._timeout = timeout
        self._results: queue.SimpleQueue[tuple[int, Response | FetchError]] = queue.SimpleQueue()
        self._waiting: dict[int, _Witness] = {}

    def seconds(self) -> float:
        """Since the round began."""
        return time.monotonic() - self._began

    def start(self, number: int, witness: _Witness, send: _Send) -> None:
        """Run ``send`` with the seconds left, in a thread of its own."""
        if witness.busy:  # a thread of an earlier round never came back; it keeps its connections
            witness.connect()
        witness.busy = True
        self._waiting[number] = witness
        left = max(self._deadline - time.monotonic(), 0.01)
        writer, reader = witness.writer, witness.reader

        def run() -> None:
            try:
                result: Response | FetchError = send(writer, reader, left)
            except FetchError as error:
                result = error
            self._results.put((number, result))
            if writer is not witness.writer:  # given up meanwhile, and connected anew
                writer.close()
                reader.close()

        threading.Thread(target=run, name=f"witness {witness.names[0]}", daemon=True).start()

    def results(self) -> Iterator[tuple[int, Response | FetchError]]:
        """Every result as it comes, until none is under way; what is started meanwhile counts too."""
        while self._waiting:
            left = self._deadline + _GRACE - time.monotonic()
            try:
                number, result = self._results.get(timeout=max(left, 0.001))
            except queue.Empty:
                # Only what no timeout of a socket covers comes here, such as a name that does not resolve.
                number = next(iter(self._waiting))
                del self._waiting[number]
                yield number, FetchError(f"no answer within {round(self._timeout, 1):g} s")
                continue
            if witness := self._waiting.pop(number, None):
                witness.busy = False
                yield number, result


def _post(body: bytes) -> _Send:
    return lambda writer, _reader, left: writer.post("add-checkpoint", body, limit=_LIMIT, timeout=left)


def _get(path: str) -> _Send:
    return lambda _writer, reader, left: reader.get(path, limit=_LIMIT, timeout=left)


def _judge(witness: _Witness, got: Response | FetchError, checkpoint: Checkpoint, now: int) -> Answer:
    """What an answer means. Everything a witness can send becomes an Answer."""
    answer = Answer(witness.names[0], witness.names)
    if isinstance(got, FetchError):
        return replace(answer, detail=got.what)
    answer = replace(answer, status=got.status)
    said = quoted(got.body.decode(errors="replace").strip())
    if got.status == 200:
        return _cosigned(answer, got.body, witness.keys, checkpoint, now)
    if got.status == 409:
        return _conflict(answer, got.body, checkpoint.size)
    if got.status == 422:
        return replace(answer, alarm=f"says that size {checkpoint.size:,} does not extend what it cosigned: {said}")
    meaning = {403: "does not trust the log's keys", 404: "does not know the log", 500: "is out of order"}
    return replace(answer, detail=f"answers {got.status}: {meaning.get(got.status, 'unexpected')} ({said})")


def _conflict(answer: Answer, body: bytes, ours: int) -> Answer:
    text = body.decode(errors="replace")
    size = parse_decimal(text.removesuffix("\n"))
    if size is None or not text.endswith("\n"):
        return replace(answer, alarm=f"says that it cosigned another size, and not which: {quoted(text.strip())}")
    if size > ours:
        return replace(answer, size=size, alarm=f"claims to have cosigned size {size:,}, above ours, {ours:,}")
    return replace(answer, size=size, alarm=f"refuses size {ours:,}, and claims to have cosigned size {size:,}")


def _cosigned(answer: Answer, body: bytes, keys: tuple[VerifierKey, ...], checkpoint: Checkpoint, now: int) -> Answer:
    """The lines of a 200 that count: by a key expected here, true, above time 0 and not from the future."""
    try:
        lines = parse_signature_lines(body.decode())
    except (NoteError, UnicodeDecodeError) as error:
        return replace(answer, alarm=f"answers what are no signature lines: {quoted(str(error))}")
    expected = {(key.name, key.id): key for key in keys if key.type in (COSIGNATURE, MLDSA44)}
    good: dict[VerifierKey, Cosignature] = {}
    bad: list[str] = []
    for line in lines:
        key = expected.get((line.name, line.id))
        if key is None or key in good:
            continue
        try:
            [verified] = verify_note(Note(checkpoint.text(), (line,)), [key])
        except RecordError as error:
            bad.append(error.what)
            continue
        if not verified.time:
            bad.append(f"the cosignature of {key.name} has no time")
        elif verified.time > now + AHEAD:
            bad.append(f"the cosignature of {key.name} is {verified.time - now:,} s ahead of our clock")
        else:
            good[key] = Cosignature(key, line, verified.time)
    if not good and not bad:
        bad.append("cosigns with no key that the policy names")
    return replace(answer, signatures=tuple(good.values()), alarm="; ".join(bad) or None)
