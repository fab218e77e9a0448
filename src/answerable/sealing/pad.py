"""Padding: what a length says about a text is cut down to a few sizes."""

from __future__ import annotations

from answerable.sealing.errors import SealingError

STEP = 512
LARGEST = 65_536
_LENGTH = 4
#: The most bytes that one value holds.
MAX_DATA = LARGEST - _LENGTH


def padded_size(size: int, least: int = STEP) -> int:
    """The length of `size` bytes once padded: 512·2^k, at least ``least``. Raises SealingError above 65,532 bytes."""
    if not 0 <= size <= MAX_DATA:
        raise SealingError(f"a value holds at most {MAX_DATA} bytes, not {size}", todo="shorten it or attach it")
    if not is_padded_size(least):
        raise SealingError(f"{least} is no padded length: 512 doubled some times, at most {LARGEST}")
    total = least
    while total < size + _LENGTH:
        total *= 2
    return total


def is_padded_size(size: int) -> bool:
    """Whether `size` is 512·2^k, at most 65,536."""
    return STEP <= size <= LARGEST and size & (size - 1) == 0


def pad(data: bytes, least: int = STEP) -> bytes:
    """``u32 length | data | zeros``, 512·2^k bytes long, at least ``least``. Raises SealingError above 65,532 bytes."""
    total = padded_size(len(data), least)
    return (len(data).to_bytes(_LENGTH, "big") + data).ljust(total, b"\0")


def unpad(padded: bytes) -> bytes:
    """The data that was padded. Raises SealingError for a length that is none, or anything but zeros behind it.

    A longer ``least`` than the data needs is accepted: the writer chooses it.
    """
    if not is_padded_size(len(padded)):
        raise SealingError(f"{len(padded)} bytes are no padded value")
    end = _LENGTH + int.from_bytes(padded[:_LENGTH], "big")
    if end > len(padded):
        raise SealingError("a padded value names a length beyond its end")
    if any(padded[end:]):
        raise SealingError("a padded value has something other than zeros behind its data")
    return padded[_LENGTH:end]


def padme(size: int) -> int:
    """The length a file of `size` bytes is padded to: Padmé of PURBs (PoPETs 2019, section 4), at most 12 % more."""
    if size < 0:
        raise SealingError("a length is never negative")
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (size + mask) & ~mask


def pad_to(data: bytes, step: int) -> bytes:
    """``data`` with zeros to the next multiple of ``step``, for answers whose length is known from within."""
    if step < 1:
        raise SealingError("a step of padding is at least one byte")
    return data.ljust(-(-len(data) // step) * step, b"\0")
