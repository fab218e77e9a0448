"""An Ed25519 key that stays in an ssh-agent (the SSH agent protocol, draft-ietf-sshm-ssh-agent, sections 3 and 4).

The agent signs whatever it is asked to: what may be asked is decided before, by the signer's memory.
"""

from __future__ import annotations

import base64
import os
import socket
from pathlib import Path

from answerable.ledger.network_errors import SignerError
from answerable.record.errors import SignatureError
from answerable.record.note import ED25519, SigningKey, VerifierKey

_SIGN_REQUEST = 13
_SIGN_RESPONSE = 14
_ADD_IDENTITY = 17
_SUCCESS = 6
_FAILURE = 5
_ALGORITHM = b"ssh-ed25519"
_MAX_ANSWER = 256 * 1024
#: Seconds for the agent to answer. An agent may ask a person to confirm, so this is not short.
TIMEOUT = 30.0


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class AgentKey:
    """The private half of ``verifier`` (type 0x01), held by the agent at ``path`` (default: ``SSH_AUTH_SOCK``).

    It signs as a SigningKey does, and shows nothing of the key. Raises SignerError.
    """

    def __init__(self, verifier: VerifierKey, path: Path | str | None = None) -> None:
        if verifier.type != ED25519:
            raise SignerError(
                f"an ssh-agent holds plain Ed25519 keys, and {verifier.name} is another", todo="keep that key in a file"
            )
        self.verifier = verifier
        self.name = verifier.name
        self._path = path

    def __repr__(self) -> str:
        return f"<AgentKey {self.name}>"

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 signature over ``message``, checked before they are returned. Raises SignerError."""
        blob = _string(_ALGORITHM) + _string(self.verifier.key)
        answer = self._ask(bytes([_SIGN_REQUEST]) + _string(blob) + _string(message) + bytes(4))
        if answer[:1] == bytes([_FAILURE]):
            raise SignerError(
                f"the ssh-agent does not sign with the key of {self.name}", todo="add the key with ssh-add, or confirm"
            )
        expected = bytes([_SIGN_RESPONSE]) + _string(_string(_ALGORITHM) + (64).to_bytes(4, "big") + bytes(64))
        signature = answer[-64:]
        if len(answer) != len(expected) or answer[:-64] != expected[:-64]:
            raise SignerError("the ssh-agent answers something that is no Ed25519 signature")
        try:
            self.verifier.verify(signature, message)
        except SignatureError as error:
            raise SignerError(f"the ssh-agent's signature is wrong: {error.what}") from error
        return signature

    def _ask(self, message: bytes) -> bytes:
        return _ask(self._path, message)


def add_to_agent(key: SigningKey, path: Path | str | None = None) -> None:
    """Hand an Ed25519 key to the agent at ``path`` (default: ``SSH_AUTH_SOCK``), which keeps it until it ends.

    Raises SignerError for a key of another type, or an agent that does not take it.
    """
    if key.verifier.type != ED25519:
        raise SignerError(
            f"an ssh-agent holds plain Ed25519 keys, and this one of {key.name} is another", todo="keep it in its file"
        )
    seed = base64.b64decode(key.line().split("+", 4)[4])[1:]  # the last part, whose base64 may hold a + too
    parts = (_ALGORITHM, key.verifier.key, seed + key.verifier.key, key.name.encode())
    if _ask(path, bytes([_ADD_IDENTITY]) + b"".join(map(_string, parts)))[:1] != bytes([_SUCCESS]):
        raise SignerError(f"the ssh-agent does not take the key of {key.name}", todo="is it locked? ssh-add -X")


def _ask(named: Path | str | None, message: bytes) -> bytes:
    path = os.fspath(named or os.environ.get("SSH_AUTH_SOCK", ""))
    if not path:
        raise SignerError("no ssh-agent is named", todo="start one, and set SSH_AUTH_SOCK to its socket")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
            agent.settimeout(TIMEOUT)
            agent.connect(path)
            agent.sendall(_string(message))
            size = int.from_bytes(_receive(agent, 4), "big")
            if not 1 <= size <= _MAX_ANSWER:
                raise SignerError("the ssh-agent's answer is not of its protocol", where=path)
            return _receive(agent, size)
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SignerError(f"the ssh-agent gives no answer: {said}", where=path) from error


def _receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            raise SignerError("the ssh-agent closes the connection before its answer is complete")
        data += piece
    return data
