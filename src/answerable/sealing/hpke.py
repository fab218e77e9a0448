"""HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.

Written over the primitives of `cryptography`, because opening with a DH value that several trustees computed together
(:func:`open_with_dh`) needs the key schedule, and a one-shot call takes no additional data.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.sealing.errors import OpenError, SealingError

#: Gives n random bytes. Passed in everywhere: this package draws nothing itself.
Rng = Callable[[int], bytes]

KEY_SIZE = ENC_SIZE = 32
TAG_SIZE = 16
_KEM = b"KEM" + (0x0020).to_bytes(2, "big")
_SUITE = b"HPKE" + b"".join(part.to_bytes(2, "big") for part in (0x0020, 0x0001, 0x0002))
_HASH, _NONCE = 32, 12


def drawn(rng: Rng, size: int) -> bytes:
    """``size`` random bytes. Raises SealingError when the generator gives another number of them."""
    data = rng(size)
    if len(data) != size:
        raise SealingError(f"the source of randomness gave {len(data)} bytes in place of {size}")
    return data


def generate(rng: Rng) -> tuple[bytes, bytes]:
    """A new X25519 key pair: the private key and the public key, 32 bytes each."""
    private = drawn(rng, KEY_SIZE)
    return private, public_of(private)


def public_of(private: bytes) -> bytes:
    """The public key of a private key of 32 bytes. Raises SealingError."""
    return _private(private).public_key().public_bytes_raw()


def _private(private: bytes) -> X25519PrivateKey:
    if len(private) != KEY_SIZE:
        raise SealingError(f"a private key has {KEY_SIZE} bytes, not {len(private)}")
    return X25519PrivateKey.from_private_bytes(private)


def _exchange(private: X25519PrivateKey, public: bytes) -> bytes:
    if len(public) != KEY_SIZE:
        raise SealingError(f"a public key has {KEY_SIZE} bytes, not {len(public)}")
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        # RFC 9180 section 7.1.4: the all-zero shared secret of a small-order point is refused.
        raise SealingError("a public key of small order is no key") from None


def _extract(salt: bytes, suite: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(_HASH), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(key: bytes, suite: bytes, label: bytes, info: bytes, size: int) -> bytes:
    return hkdf_expand(key, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, size)


def hkdf_expand(key: bytes, info: bytes, size: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869 section 2.3): at most 255 blocks of 32 bytes."""
    if not 0 <= size <= 255 * _HASH:
        raise SealingError(f"HKDF gives from 0 to {255 * _HASH} bytes, not {size}")
    out, block = b"", b""
    for counter in range(1, -(-size // _HASH) + 1):
        block = hmac.digest(key, block + info + bytes((counter,)), "sha256")
        out += block
    return out[:size]


def derive_key_pair(ikm: bytes) -> tuple[bytes, bytes]:
    """The key pair that input keying material gives (RFC 9180 section 7.1.3, X25519)."""
    private = _expand(_extract(b"", _KEM, b"dkp_prk", ikm), _KEM, b"sk", b"", KEY_SIZE)
    return private, public_of(private)


@dataclass(frozen=True)
class Context:
    """The key schedule's result (RFC 9180 section 5.1). Its ``repr`` shows nothing of it."""

    key: bytes = field(repr=False)
    base_nonce: bytes = field(repr=False)
    exporter_secret: bytes = field(repr=False)

    def _nonce(self, sequence: int) -> bytes:
        return (int.from_bytes(self.base_nonce, "big") ^ sequence).to_bytes(_NONCE, "big")

    def seal(self, aad: bytes, plaintext: bytes, sequence: int = 0) -> bytes:
        """The ciphertext and tag of message number ``sequence``; a number is used once."""
        return AESGCM(self.key).encrypt(self._nonce(sequence), plaintext, aad)

    def open(self, aad: bytes, ciphertext: bytes, sequence: int = 0) -> bytes:
        """The plaintext of message number ``sequence``. Raises OpenError."""
        try:
            return AESGCM(self.key).decrypt(self._nonce(sequence), ciphertext, aad)
        except (InvalidTag, ValueError):
            raise OpenError("this does not open: it was altered, moved, or sealed to another key") from None

    def export(self, context: bytes, size: int) -> bytes:
        """A secret for another use, bound to ``context`` (section 5.3)."""
        return _expand(self.exporter_secret, _SUITE, b"sec", context, size)


def context_of(dh: bytes, enc: bytes, public: bytes, info: bytes) -> Context:
    """ExtractAndExpand and the key schedule of base mode (RFC 9180 sections 4.1 and 5.1) from the DH value."""
    if len(dh) != KEY_SIZE or len(enc) != ENC_SIZE or len(public) != KEY_SIZE:
        raise SealingError("a DH value, an encapsulated key and a public key have 32 bytes each")
    if not any(dh):
        raise SealingError("a DH value of zero comes from a key of small order")
    shared = _expand(_extract(b"", _KEM, b"eae_prk", dh), _KEM, b"shared_secret", enc + public, _HASH)
    schedule = b"\0" + _extract(b"", _SUITE, b"psk_id_hash", b"") + _extract(b"", _SUITE, b"info_hash", info)
    secret = _extract(shared, _SUITE, b"secret", b"")
    return Context(
        _expand(secret, _SUITE, b"key", schedule, 32),
        _expand(secret, _SUITE, b"base_nonce", schedule, _NONCE),
        _expand(secret, _SUITE, b"exp", schedule, _HASH),
    )


def sender(public: bytes, info: bytes, *, ephemeral: bytes) -> tuple[bytes, Context]:
    """The encapsulated key and the context of a sender whose ephemeral private key is given: for :func:`seal`."""
    private = _private(ephemeral)
    enc = private.public_key().public_bytes_raw()
    return enc, context_of(_exchange(private, public), enc, public, info)


def receiver(private: bytes, enc: bytes, info: bytes) -> Context:
    """The context of the receiver. Raises SealingError for keys of the wrong size or of small order."""
    secret = _private(private)
    public = secret.public_key().public_bytes_raw()
    return context_of(_exchange(secret, enc), enc, public, info)


def seal(public: bytes, info: bytes, aad: bytes, plaintext: bytes, *, rng: Rng) -> tuple[bytes, bytes]:
    """The encapsulated key (32 bytes) and the ciphertext with its tag (16 bytes longer than ``plaintext``).

    Raises SealingError for a public key that is none.
    """
    enc, context = sender(public, info, ephemeral=drawn(rng, KEY_SIZE))
    return enc, context.seal(aad, plaintext)


def open(private: bytes, enc: bytes, info: bytes, aad: bytes, ct: bytes) -> bytes:  # noqa: A001 - RFC 9180's name
    """The plaintext. Raises OpenError when it does not open, SealingError for malformed keys."""
    return receiver(private, enc, info).open(aad, ct)


def open_with_dh(dh: bytes, enc: bytes, public: bytes, info: bytes, aad: bytes, ct: bytes) -> bytes:
    """As :func:`open`, from the DH value of ``enc`` and the receiver's key, which trustees computed together."""
    return context_of(dh, enc, public, info).open(aad, ct)
