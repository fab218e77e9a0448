"""Keys that the reporter made herself, known again by her own key: nobody else can have wrapped them to her.

HPKE in base mode lets anybody seal to her public key, so that a wrap which opens proves nothing about who made it. In
place of random bytes, the ephemeral key of a wrap that she makes for herself follows from her private key and from
every compartment's key that she begins with it:

    ephemeral = HKDF-Expand(private, "answerable/own-wrap/v1\\0" | deployment(32) | record kind(1) | record(16)
                | compartment(1) | epoch(4) | for each of them, ascending: compartment(1) public(32), 32)

Its public half stands in the wrap (``enc``); she computes it anew and compares. So one wrap also vouches for the keys
of compartments that she cannot read. The same input always wraps the same key, so no two messages share an ephemeral
key. For everybody else it is a wrap like any other.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace

from answerable.sealing.envelope import Sealed, Wrapped
from answerable.sealing.errors import SealingError
from answerable.sealing.hpke import KEY_SIZE, hkdf_expand, public_of
from answerable.sealing.place import REPORTER, Compartment, Field, Place, Record
from answerable.sealing.values import open_wrap, seal_wrap, wrap_parts

_CONTEXT = b"answerable/own-wrap/v1\0"

#: Public keys of the compartments that begin together at one epoch.
Together = Mapping[Compartment, bytes]


def _ephemeral(place: Place, private: bytes, epoch: int, together: Together) -> bytes:
    if len(private) != KEY_SIZE:
        raise SealingError(f"a private key has {KEY_SIZE} bytes, not {len(private)}")
    keys = b"".join(bytes((one,)) + public for one, public in sorted(together.items()))
    where = place.for_wrap().encode()[:50]
    return hkdf_expand(private, _CONTEXT + where + epoch.to_bytes(4, "big") + keys, KEY_SIZE)


def seal_own_wrap(place: Place, private: bytes, raw: bytes, *, epoch: int, together: Together) -> bytes:
    """The compartment's private key ``raw``, wrapped by the reporter to her own key ``private``: 106 bytes.

    ``together``: the public keys that this wrap vouches for, its own compartment's among them. Raises SealingError.
    """
    if together.get(place.compartment) != public_of(raw):
        raise SealingError("a wrap of the reporter's own vouches for the key in it")
    ephemeral = _ephemeral(place, private, epoch, together)
    return seal_wrap(place, REPORTER, public_of(private), raw, epoch=epoch, rng=lambda _size: ephemeral)


def is_own(place: Place, private: bytes, wrap: bytes, *, epoch: int, together: Together) -> bool:
    """Whether the reporter with ``private`` made this wrap, and vouched in it for exactly ``together``.

    Raises SealingError for bytes that are no wrap.
    """
    enc, *_ = wrap_parts(place, REPORTER, wrap)
    return hmac.compare_digest(enc, public_of(_ephemeral(place, private, epoch, together)))


def marked(
    deployment: bytes, record_kind: Record, record: bytes, compartments: Iterable[Sealed], private: bytes
) -> tuple[Sealed, ...]:
    """Compartments that begin together at one epoch, her wraps among them made anew so that she knows them again.

    ``private`` is the reporter's. Raises SealingError for several epochs, OpenError for a wrap that is not to her.
    """
    several = tuple(compartments)
    if len({one.epoch for one in several}) > 1:
        raise SealingError("what begins together has one epoch")
    together = {one.compartment: one.public for one in several}

    def wrapped(one: Sealed, each: Wrapped) -> Wrapped:
        if each.holder != REPORTER:
            return each
        place = Place(deployment, record_kind, record, one.compartment, Field.NONE, 0)
        raw = open_wrap(place, REPORTER, private, each.wrap)
        return Wrapped(REPORTER, seal_own_wrap(place, private, raw, epoch=one.epoch, together=together))

    return tuple(replace(one, wraps=tuple(wrapped(one, each) for each in one.wraps)) for one in several)
