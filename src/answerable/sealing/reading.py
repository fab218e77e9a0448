"""Reading bytes in order: every length is checked before it is used, and nothing may be left at the end."""

from __future__ import annotations

from answerable.sealing.errors import SealingError


class Reader:
    """Takes parts off the front of some bytes. Every method raises SealingError where the bytes end too early."""

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        self._data, self._what, self._at = data, what, 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise SealingError(f"{self._what} ends too early", where=f"byte {self._at}")
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, size: int) -> int:
        """The next ``size`` bytes as a number."""
        return int.from_bytes(self.take(size), "big")

    def sized(self, size: int, most: int | None = None) -> bytes:
        """Bytes behind their length, which takes ``size`` bytes and is at most ``most``."""
        length = self.number(size)
        if most is not None and length > most:
            raise SealingError(f"{self._what} has a part of {length} bytes, above {most}", where=f"byte {self._at}")
        return self.take(length)

    def ascii(self, size: int) -> str:
        """Printable ASCII behind its length."""
        part = self.sized(size)
        if not is_printable(part):
            raise SealingError(f"{self._what} has a code that is not printable ASCII", where=f"byte {self._at}")
        return part.decode("ascii")

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Raises SealingError when something is left."""
        if self._at != len(self._data):
            raise SealingError(f"{self._what} goes on behind its end", where=f"byte {self._at}")


def is_printable(data: bytes) -> bool:
    """Whether bytes are ASCII from ``!`` to ``~``: no space, no control character."""
    return all(0x21 <= byte <= 0x7E for byte in data)


def sized(data: bytes, size: int) -> bytes:
    """``data`` behind its length in ``size`` bytes. Raises SealingError when it is too long for that."""
    if len(data) >= 1 << 8 * size:
        raise SealingError(f"a part of {len(data)} bytes is too long for its place")
    return len(data).to_bytes(size, "big") + data
