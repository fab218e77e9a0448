"""Sealed files: a body in chunks under a key of its own, and a head that holds this key, sealed last.

    body chunk = AES-256-GCM(key, 0^7 | u32 counter | u8 last, aad = "answerable/file/v1\\0" | place)     (STREAM)
    head       = a value of type 3 of key(32) | length(8) | SHA-256(32) | u16 name | u16 type, padded to 1,024

The body is padded with zeros by Padmé. A chunk that is moved, dropped, repeated or cut off does not open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.hpke import KEY_SIZE, TAG_SIZE, Rng, drawn
from answerable.sealing.pad import pad, padme, unpad
from answerable.sealing.place import Field, Place
from answerable.sealing.reading import Reader, sized
from answerable.sealing.values import Type, open_padded, seal_padded

CHUNK = 65_536
SEALED_CHUNK = CHUNK + TAG_SIZE
HEAD_SIZE = 1_024
MAX_NAME, MAX_TYPE = 512, 127
#: The counter has 32 bits: no more chunks than this under one key.
MAX_CHUNKS = 1 << 32
_CONTEXT = b"answerable/file/v1\0"


@dataclass(frozen=True)
class FileHead:
    """What the head of a file holds. ``length`` and ``sha256`` are of the file itself; ``key`` is never shown."""

    key: bytes = field(repr=False)
    length: int
    sha256: bytes
    name: str
    type: str

    def __post_init__(self) -> None:
        if len(self.key) != KEY_SIZE or len(self.sha256) != 32 or not 0 <= self.length < 1 << 63:
            raise SealingError("a file's head has a key and a hash of 32 bytes, and a length below 2**63")
        if len(_utf8(self.name)) > MAX_NAME or len(_utf8(self.type)) > MAX_TYPE:
            raise SealingError(f"a file's name has at most {MAX_NAME} bytes, its type {MAX_TYPE}", todo="shorten it")

    def encode(self) -> bytes:
        """The bytes that are padded and sealed."""
        fixed = self.key + self.length.to_bytes(8, "big") + self.sha256
        return fixed + sized(_utf8(self.name), 2) + sized(_utf8(self.type), 2)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SealingError("the name or the type of a file is no text") from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise SealingError("the name or the type of a file is no text") from None


def decode_head(data: bytes) -> FileHead:
    """The head of some bytes. Raises SealingError."""
    reader = Reader(data, "the file's head")
    key, length, digest = reader.take(KEY_SIZE), reader.number(8), reader.take(32)
    head = FileHead(key, length, digest, _text(reader.sized(2, MAX_NAME)), _text(reader.sized(2, MAX_TYPE)))
    reader.end()
    return head


def chunk_count(padded: int) -> int:
    """How many chunks a padded length takes: an empty file has one, empty."""
    return max(1, -(-padded // CHUNK))


def sealed_length(size: int) -> int:
    """The length of the sealed body of a file of ``size`` bytes."""
    padded = padme(size)
    return padded + TAG_SIZE * chunk_count(padded)


def _nonce(counter: int, last: bool) -> bytes:
    if counter >= MAX_CHUNKS:
        raise SealingError("a file is at most 2**32 chunks long")
    return bytes(7) + counter.to_bytes(4, "big") + bytes((last,))


def _aad(place: Place) -> bytes:
    if place.field not in (Field.FILE, Field.CLEANED):
        raise SealingError("a file is sealed into a field for files")
    return _CONTEXT + place.encode()


class FileSealer:
    """Seals a file as it arrives, holding one chunk at most: :meth:`write`, then :meth:`finish` once."""

    def __init__(self, place: Place, public: bytes, *, epoch: int, rng: Rng) -> None:
        self._place, self._public, self._epoch, self._rng = place, public, epoch, rng
        self._aad = _aad(place)
        self._key = drawn(rng, KEY_SIZE)
        self._cipher = AESGCM(self._key)
        self._held = bytearray()
        self._counter = self._length = 0
        self._hash = sha256()
        self._finished = False

    def _must_go_on(self) -> None:
        if self._finished:
            raise SealingError("this file is sealed to its end; nothing can be put behind it")

    def _seal(self, chunk: bytes | memoryview, last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._counter, last), chunk, self._aad)
        self._counter += 1
        return sealed

    def _take(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Seals full chunks. One is held back, full or not, because only the end shows which is the last."""
        view = memoryview(data)
        if self._held:
            missing = CHUNK - len(self._held)
            self._held += view[:missing]
            view = view[missing:]
            if not view:
                return
            yield self._seal(bytes(self._held), last=False)
            self._held.clear()
        while len(view) > CHUNK:
            yield self._seal(view[:CHUNK], last=False)
            view = view[CHUNK:]
        self._held += view

    def write(self, data: bytes) -> list[bytes]:
        """The sealed chunks (65,552 bytes each) that ``data`` completes. Raises SealingError after :meth:`finish`."""
        self._must_go_on()
        self._hash.update(data)
        self._length += len(data)
        return list(self._take(data))

    def finish(self, name: str, type_: str) -> tuple[list[bytes], bytes]:
        """The last sealed chunks, and the sealed head, 1,082 bytes. Raises SealingError for a name that is too long."""
        self._must_go_on()
        head = FileHead(self._key, self._length, self._hash.digest(), name, type_)
        self._finished = True
        chunks: list[bytes] = []
        zeros = padme(self._length) - self._length
        while zeros:
            part = min(zeros, CHUNK)
            chunks += self._take(bytes(part))
            zeros -= part
        chunks.append(self._seal(bytes(self._held), last=True))
        padded = pad(head.encode(), HEAD_SIZE)
        return chunks, seal_padded(self._place, self._public, padded, Type.FILE, epoch=self._epoch, rng=self._rng)


def seal_file(
    place: Place, public: bytes, name: str, type_: str, data: bytes | Iterable[bytes], *, epoch: int, rng: Rng
) -> tuple[bytes, Iterator[bytes]]:
    """The sealed head and the chunks of the sealed body of a whole file. For one that arrives: :class:`FileSealer`.

    Raises SealingError for a name above 512 bytes of UTF-8, or a place that is not for files.
    """
    sealer = FileSealer(place, public, epoch=epoch, rng=rng)
    chunks: list[bytes] = []
    for part in (data,) if isinstance(data, bytes) else data:
        chunks += sealer.write(part)
    rest, head = sealer.finish(name, type_)
    return head, iter(chunks + rest)


def open_head(place: Place, private: bytes, head: bytes) -> FileHead:
    """The head of a sealed file. Raises SealingError; OpenError when it does not open in this place."""
    _aad(place)
    padded = open_padded(place, private, head, Type.FILE)
    if len(padded) != HEAD_SIZE:
        raise SealingError(f"a file's head is padded to {HEAD_SIZE} bytes, not {len(padded)}")
    return decode_head(unpad(padded))


def _chunked(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The parts cut anew into sealed chunks, each with whether it is the last."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > SEALED_CHUNK:
            yield bytes(held[:SEALED_CHUNK]), False
            del held[:SEALED_CHUNK]
    yield bytes(held), True


def open_chunks(place: Place, head: FileHead, body: Iterable[bytes]) -> Iterator[bytes]:
    """The file's bytes from those of its sealed body, cut in any way, without the padding.

    Each part was authenticated; length and hash are compared at the end. Raises OpenError, possibly after parts.
    """
    cipher, aad = AESGCM(head.key), _aad(place)
    left, padded, digest = head.length, 0, sha256()
    for counter, (chunk, last) in enumerate(_chunked(body)):
        try:
            plain = cipher.decrypt(_nonce(counter, last), chunk, aad)
        except (InvalidTag, ValueError):
            raise OpenError(
                "a part of the file does not open: it was altered, moved or cut off", where=f"chunk {counter}"
            ) from None
        padded += len(plain)
        data, zeros = plain[:left], plain[left:]
        if any(zeros):
            raise OpenError("the file has something other than zeros behind its end", where=f"chunk {counter}")
        left -= len(data)
        digest.update(data)
        if data:
            yield data
    if left or padded != padme(head.length) or digest.digest() != head.sha256:
        raise OpenError("the file's length or hash is not what its head says")


def open_file(place: Place, private: bytes, head: bytes, body: bytes | Iterable[bytes]) -> tuple[FileHead, bytes]:
    """The head and the whole file. Raises SealingError; OpenError when any of it was altered, moved or cut off."""
    opened = open_head(place, private, head)
    return opened, b"".join(open_chunks(place, opened, (body,) if isinstance(body, bytes) else body))
