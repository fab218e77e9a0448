"""The keys of a person on the staff: one to open (X25519), one to sign acts (Ed25519), both under a passphrase.

The passphrase is drawn, never chosen, and never sent in any form; it only unlocks these keys in the person's browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from answerable.sealing.codes import uniform
from answerable.sealing.errors import PassphraseError, SealingError
from answerable.sealing.hpke import KEY_SIZE, TAG_SIZE, Rng, drawn, generate, public_of
from answerable.sealing.values import ED25519_PKCS8, PKCS8_SIZE, X25519_PKCS8, from_pkcs8, pkcs8
from answerable.sealing.wordlists import lists, normal

WORDS = 6
SALT_SIZE, _NONCE = 16, 12
WRAPPED_SIZE = _NONCE + PKCS8_SIZE + TAG_SIZE
#: RFC 9106: memory in KiB, passes, lanes. 128 MiB: a passphrase of six words has 77 bits.
MEMORY, PASSES, LANES = 131_072, 3, 1
_X_CONTEXT = b"answerable/person/x25519/v1\0"
_ED_CONTEXT = b"answerable/person/ed25519/v1\0"


@dataclass(frozen=True)
class PersonKeys:
    """What the server keeps of a person: public keys, and private keys that only the passphrase unwraps."""

    x25519: bytes
    ed25519: bytes
    salt: bytes
    wrapped_x: bytes
    wrapped_ed: bytes

    def __post_init__(self) -> None:
        sizes = (len(self.x25519), len(self.ed25519), len(self.salt), len(self.wrapped_x), len(self.wrapped_ed))
        if sizes != (KEY_SIZE, KEY_SIZE, SALT_SIZE, WRAPPED_SIZE, WRAPPED_SIZE):
            raise SealingError("the keys of a person have other lengths than these")


@dataclass(frozen=True)
class PersonSecrets:
    """The private keys, 32 bytes each. Never shown."""

    x25519: bytes = field(repr=False)
    ed25519: bytes = field(repr=False)


def new_passphrase(rng: Rng) -> str:
    """Six uniform words of the English list, one space between."""
    words = lists()["eff-large"].words
    return " ".join(words[uniform(len(words), rng)] for _ in range(WORDS))


def key_of(passphrase: str, salt: bytes) -> bytes:
    """The key that wraps a person's keys: Argon2id of the passphrase in NFKC, lower case, one space between words.

    Takes 128 MiB. Raises SealingError for a salt that is not 16 bytes.
    """
    if len(salt) != SALT_SIZE:
        raise SealingError(f"the salt of a person's keys has {SALT_SIZE} bytes, not {len(salt)}")
    try:
        secret = " ".join(normal(passphrase).split()).encode()
    except UnicodeEncodeError:
        raise PassphraseError("a passphrase is text") from None
    kdf = Argon2id(salt=salt, length=KEY_SIZE, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)
    return kdf.derive(secret)


def make_person(passphrase: str, rng: Rng) -> PersonKeys:
    """New keys of a person, wrapped under ``passphrase``."""
    salt = drawn(rng, SALT_SIZE)
    cipher = AESGCM(key_of(passphrase, salt))
    x_private, x_public = generate(rng)
    ed_private = drawn(rng, KEY_SIZE)
    x_nonce, ed_nonce = drawn(rng, _NONCE), drawn(rng, _NONCE)
    return PersonKeys(
        x_public,
        _ed_public(ed_private),
        salt,
        x_nonce + cipher.encrypt(x_nonce, pkcs8(x_private, X25519_PKCS8), _X_CONTEXT + salt),
        ed_nonce + cipher.encrypt(ed_nonce, pkcs8(ed_private, ED25519_PKCS8), _ED_CONTEXT + salt),
    )


def _ed_public(private: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def open_person(passphrase: str, person: PersonKeys) -> PersonSecrets:
    """The private keys of a person. Raises PassphraseError when the passphrase is another, or keys were exchanged."""
    cipher = AESGCM(key_of(passphrase, person.salt))
    try:
        x_plain = cipher.decrypt(person.wrapped_x[:_NONCE], person.wrapped_x[_NONCE:], _X_CONTEXT + person.salt)
        ed_plain = cipher.decrypt(person.wrapped_ed[:_NONCE], person.wrapped_ed[_NONCE:], _ED_CONTEXT + person.salt)
    except (InvalidTag, ValueError):
        raise PassphraseError("the passphrase does not open these keys", todo="type its six words again") from None
    secrets = PersonSecrets(from_pkcs8(x_plain, X25519_PKCS8), from_pkcs8(ed_plain, ED25519_PKCS8))
    if public_of(secrets.x25519) != person.x25519 or _ed_public(secrets.ed25519) != person.ed25519:
        raise PassphraseError("the public keys of this person are not those of the private keys")
    return secrets
