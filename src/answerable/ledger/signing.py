"""Signing the log's checkpoints: a witness that signs with the log's own key.

A signer is given an ``add-checkpoint`` body around an unsigned checkpoint. It applies the decision of a witness to what
it remembers, remembers the new head durably, and only then signs. The same head is answered again, so that a
sequencer that crashed can ask once more; another history is refused to whoever asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from answerable.ledger.agent import AgentKey
from answerable.ledger.network_errors import FetchError, SignerError, SignerRefusedError
from answerable.ledger.signer_memory import Memory, create_memory, origin_name, parse_head
from answerable.ledger.wire import Peer, quoted
from answerable.record.errors import RecordError
from answerable.record.note import (
    ED25519,
    Checkpoint,
    Signature,
    SigningKey,
    VerifierKey,
    parse_signature_lines,
    sign_checkpoint,
)
from answerable.record.text import parse_decimal, shown
from answerable.record.witnessing import Recorded, Request, decide_growth

__all__ = ["AgentSigner", "FileSigner", "Key", "RememberingSigner", "Signer", "SocketSigner", "create_memory"]

#: Seconds for a signer on a socket. It waits for its disk, and perhaps for a person who confirms.
SOCKET_TIMEOUT = 40.0
_LIMIT = 64 * 1024

Key = SigningKey | AgentKey


class Signer(Protocol):
    """Whoever signs a log's checkpoints, and remembers."""

    def sign(self, request: bytes) -> list[Signature]:
        """The log's signature lines on the unsigned checkpoint in ``request``, Ed25519 first.

        Raises SignerRefusedError when it does not extend what was signed before, SignerError when none can be made.
        """
        ...

    def remembered(self, origin: str) -> Recorded | None:
        """The size and root signed last for ``origin``, None when nothing was. Raises SignerError."""
        ...


class RememberingSigner:
    """Signs with ``keys``, each for the origin that is its name; remembers in ``state_dir``.

    Raises SignerError when the memory of one of the origins is missing: it is made once, by :func:`create_memory`.
    """

    def __init__(self, keys: Iterable[Key], state_dir: Path | str, clock: Callable[[], float] = time.time) -> None:
        self._keys: dict[str, list[Key]] = {}
        for key in sorted(keys, key=lambda key: key.verifier.type):
            self._keys.setdefault(key.name, []).append(key)
        if not self._keys:
            raise SignerError("a signer needs a key", where=str(state_dir))
        self._memory = Memory(state_dir, self._keys)
        self._clock = clock

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The public halves of every key, by origin."""
        return tuple(key.verifier for keys in self._keys.values() for key in keys)

    def remembered(self, origin: str) -> Recorded | None:
        """As :meth:`Signer.remembered`."""
        self._keys_of(origin)
        return self._memory.read(origin)

    def sign(self, request: bytes) -> list[Signature]:
        """As :meth:`Signer.sign`. At most two fsyncs, none when the head is the one signed last."""
        try:
            asked = Request.parse(request)
            checkpoint = Checkpoint.parse(asked.checkpoint.decode())
        except (RecordError, UnicodeDecodeError) as error:
            what = error.what if isinstance(error, RecordError) else "it is not UTF-8"
            raise SignerRefusedError(f"this cannot be signed: {what}", status=400) from error
        keys = self._keys_of(checkpoint.origin)
        if checkpoint.extension:
            raise SignerRefusedError("a checkpoint of this log has no extension lines", status=400)
        now = int(self._clock())
        with self._memory.locked():
            last = self._memory.read(checkpoint.origin)
            # A clock that went back must not make a later head look older than an earlier one.
            now = max(now, last.time if last else 1)
            if last is None or (last.size, last.root) != (checkpoint.size, checkpoint.root):
                decision = decide_growth(asked.old, asked.proof, checkpoint, last)
                if decision.status != 200:
                    raise _refusal(decision.status, decision.reason, checkpoint, last)
                self._memory.write(checkpoint.origin, Recorded(checkpoint.size, checkpoint.root, now))
        return [_signed(checkpoint, key, now) for key in keys]

    def _keys_of(self, origin: str) -> list[Key]:
        if origin not in self._keys:
            raise SignerRefusedError(f"the signer has no key of {shown(origin)}", status=404)
        return self._keys[origin]


def _refusal(status: int, reason: str, asked: Checkpoint, last: Recorded | None) -> SignerRefusedError:
    size = last.size if last else 0
    return SignerRefusedError(
        f"the signer, which last signed size {size:,}, refuses size {asked.size:,}: {reason}",
        status=status,
        size=size,
        where=asked.origin,
        todo="ask from the size it remembers, with a proof; if there is none, the log's data is not what was signed",
    )


def _signed(checkpoint: Checkpoint, key: Key, now: int) -> Signature:
    at = None if key.verifier.type == ED25519 else now
    if isinstance(key, AgentKey):
        return Signature(key.name, key.verifier.id, key.sign(checkpoint.text().encode()))
    return sign_checkpoint(checkpoint, key, at)


class FileSigner(RememberingSigner):
    """A signer in the log's own process, with keys from files: for the demo and for small logs."""


class AgentSigner(RememberingSigner):
    """A signer whose Ed25519 keys (``vkeys``) stay in the ssh-agent at ``agent``; ``keys`` are those it cannot hold."""

    def __init__(
        self,
        vkeys: Iterable[VerifierKey],
        state_dir: Path | str,
        *,
        keys: Iterable[SigningKey] = (),
        agent: Path | str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__([*(AgentKey(vkey, agent) for vkey in vkeys), *keys], state_dir, clock)


class SocketSigner:
    """A signer that is a process of its own, behind the Unix socket ``path`` (see ``ledger.signer_server``)."""

    def __init__(self, path: Path | str) -> None:
        self._where = f"signer at {path}"
        self._peer = Peer(f"unix:{path}")

    def sign(self, request: bytes) -> list[Signature]:
        """As :meth:`Signer.sign`."""
        try:
            answer = self._peer.post("add-checkpoint", request, limit=_LIMIT, timeout=SOCKET_TIMEOUT)
        except FetchError as error:
            raise SignerError(error.what, where=self._where, todo="start it, or look at what it prints") from error
        text = answer.body.decode(errors="replace")
        if answer.status == 409:
            size = parse_decimal(text.removesuffix("\n"))
            raise SignerRefusedError(
                "the signer refuses: it remembers another size" + ("" if size is None else f", {size:,}"),
                status=409,
                size=size,
                where=self._where,
            )
        if answer.status in (400, 404, 422):
            raise SignerRefusedError(quoted(text.strip(), 500), status=answer.status, where=self._where)
        if answer.status != 200:
            raise SignerError(f"answers {answer.status}: {quoted(text.strip(), 500)}", where=self._where)
        try:
            return list(parse_signature_lines(text))
        except RecordError as error:
            raise SignerError(f"answers what is no signature: {error.what}", where=self._where) from error

    def remembered(self, origin: str) -> Recorded | None:
        """As :meth:`Signer.remembered`."""
        try:
            answer = self._peer.get(f"{origin_name(origin)}/signed", limit=_LIMIT, timeout=SOCKET_TIMEOUT)
        except FetchError as error:
            raise SignerError(error.what, where=self._where, todo="start it, or look at what it prints") from error
        text = answer.body.decode(errors="replace")
        if answer.status == 404:
            raise SignerRefusedError(f"the signer has no key of {shown(origin)}", status=404, where=self._where)
        if answer.status != 200:
            raise SignerError(f"answers {answer.status}: {quoted(text.strip(), 500)}", where=self._where)
        found, recorded = parse_head(text)
        if found != origin:
            raise SignerError(f"answers about {shown(found)}", where=self._where)
        return recorded

    def close(self) -> None:
        """Close the connection."""
        self._peer.close()
