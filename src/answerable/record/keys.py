"""Keys of signed notes: their names and ids, verifier keys as text, signing keys (C2SP signed-note, tlog-cosignature).

A signature type is a byte. Only the three that this record uses are known here; a key of another type is refused when
it is configured, and a signature line by one is ignored like any unknown key's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from answerable.record.errors import KeyFileError, NoteError, SignatureError
from answerable.record.text import base64_text, parse_base64, shown

#: Ed25519 over the note's text; a timestamped Ed25519 cosignature; a timestamped ML-DSA-44 cosignature.
ED25519, COSIGNATURE, MLDSA44 = 0x01, 0x04, 0x06

TYPE_NAMES = {ED25519: "ed25519", COSIGNATURE: "ed25519 cosignature", MLDSA44: "mldsa44"}
KEY_SIZES = {ED25519: 32, COSIGNATURE: 32, MLDSA44: 1312}
#: Signatures proper, without the time that the timestamped types put before them.
SIGNATURE_SIZES = {ED25519: 64, COSIGNATURE: 64, MLDSA44: 2420}
SEED_SIZE = 32

#: A cosigner's name is at most 255 bytes in the ML-DSA-44 message; one limit holds for every key.
MAX_NAME = 255
_MAX_VKEY = 2_500
_PRIVATE = "PRIVATE+KEY+"


def check_name(name: str) -> str:
    """`name`, if it can name a key: not empty, no Unicode space, no ``+``, no control. Raises NoteError."""
    if not name or "+" in name or any(char.isspace() or char < " " for char in name):
        raise NoteError(f"{shown(name)} cannot name a key: it is empty or has a space, a control character or a +")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise NoteError(f"{shown(name)} cannot name a key: it is not Unicode text") from None
    if size > MAX_NAME:
        raise NoteError(f"{shown(name)} cannot name a key: it has more than {MAX_NAME} bytes")
    return name


def key_id(name: str, kind: int, key: bytes) -> bytes:
    """SHA-256(name || 0x0A || type || public key)[:4] (signed-note, Signatures)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name. Two are equal when name, type and key are."""

    name: str
    id: bytes
    type: int
    key: bytes

    @classmethod
    def make(cls, name: str, kind: int, key: bytes) -> Self:
        """The verifier key of a public key, its id computed. Raises NoteError for a name, type or length unknown."""
        check_name(name)
        if kind not in KEY_SIZES:
            raise NoteError(f"the key of {shown(name)} has type {kind:#04x}, which is not known here")
        if len(key) != KEY_SIZES[kind]:
            raise NoteError(f"an {TYPE_NAMES[kind]} key has {KEY_SIZES[kind]} bytes, that of {shown(name)} {len(key)}")
        if kind != MLDSA44:
            Ed25519PublicKey.from_public_bytes(key)
        return cls(name, key_id(name, kind, key), kind, key)

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key of ``name+hex id+base64(type || key)``. The id is recomputed. Raises NoteError."""
        parts = vkey.split("+", 2) if len(vkey) <= _MAX_VKEY else []
        data = parse_base64(parts[2]) if len(parts) == 3 else None
        if not data:
            raise NoteError(f"{shown(vkey)} is not a verifier key", todo="write name+id+base64, as `key new` prints it")
        key = cls.make(parts[0], data[0], data[1:])
        if parts[1] != key.id.hex():
            raise NoteError(f"the verifier key of {shown(key.name)} says id {shown(parts[1])}, but has {key.id.hex()}")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64_text(bytes([self.type]) + self.key)}"

    def __repr__(self) -> str:
        return f"<VerifierKey {self.name}+{self.id.hex()} {TYPE_NAMES[self.type]}>"

    def verify(self, sig: bytes, message: bytes) -> None:
        """Check a signature proper (without a time) over `message`. Raises SignatureError."""
        if len(sig) != SIGNATURE_SIZES[self.type]:
            raise SignatureError(
                f"the signature of {self.name} has {len(sig)} bytes: {TYPE_NAMES[self.type]} has others"
            )
        try:
            if self.type == MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.key).verify(sig, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.key).verify(sig, message)
        except InvalidSignature:
            raise SignatureError(f"the {TYPE_NAMES[self.type]} signature of {self.name} is bad") from None


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key under a name. Its `repr` shows the name only."""

    verifier: VerifierKey
    _seed: bytes = field(compare=False)

    @classmethod
    def generate(cls, name: str, kind: int, seed: bytes) -> Self:
        """The key that a 32-byte random seed makes. Raises NoteError for a name or type unknown."""
        if len(seed) != SEED_SIZE:
            raise NoteError(f"a seed has {SEED_SIZE} bytes, not {len(seed)}")
        if kind == MLDSA44:
            public = MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
        else:
            public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return cls(VerifierKey.make(name, kind, public), seed)

    @classmethod
    def parse(cls, line: str) -> Self:
        """The key of ``PRIVATE+KEY+name+hex id+base64(type || seed)``, with or without its newline.

        Raises KeyFileError, which never shows the line.
        """
        text = line.removesuffix("\n")
        parts = text.removeprefix(_PRIVATE).split("+", 2) if text.startswith(_PRIVATE) else []
        data = parse_base64(parts[2]) if len(parts) == 3 else None
        if data is None or len(data) != 1 + SEED_SIZE:
            raise KeyFileError("this is not a private key", todo="make one with `answerable record key new`")
        try:
            key = cls.generate(parts[0], data[0], data[1:])
        except NoteError as error:
            raise KeyFileError(error.what) from None
        if parts[1] != key.verifier.id.hex():
            raise KeyFileError(f"the private key of {shown(key.name)} does not have the id it names")
        return key

    def line(self) -> str:
        """The key as one line of a key file, newline included. A secret."""
        data = base64_text(bytes([self.verifier.type]) + self._seed)
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{data}\n"

    @property
    def name(self) -> str:
        """The key's name."""
        return self.verifier.name

    def sign(self, message: bytes) -> bytes:
        """The signature proper over `message`; that of ML-DSA-44 is randomised."""
        if self.verifier.type == MLDSA44:
            return MLDSA44PrivateKey.from_seed_bytes(self._seed).sign(message)
        return self._ed25519.sign(message)

    @cached_property
    def _ed25519(self) -> Ed25519PrivateKey:
        """Made once: making it takes as long as signing."""
        return Ed25519PrivateKey.from_private_bytes(self._seed)

    def __repr__(self) -> str:
        return f"<SigningKey {self.name}>"
