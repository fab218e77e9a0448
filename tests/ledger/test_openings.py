"""Opening keys at rest and secrets in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.ledger.errors import OpeningKeyError
from answerable.ledger.openings import WrappingKey, read_secret, write_secret

KEYS = st.binary(min_size=32, max_size=32)


@given(wrapping=KEYS, key=KEYS, handle=st.text(max_size=40))
def test_what_is_wrapped_unwraps(wrapping: bytes, key: bytes, handle: str) -> None:
    wrapped = WrappingKey(wrapping).wrap(handle, key)
    assert key not in wrapped
    assert WrappingKey(wrapping).unwrap(handle, wrapped) == key


@given(bit=st.integers(0, 8 * 60 - 1))
def test_any_change_is_refused(bit: int) -> None:
    wrapped = bytearray(WrappingKey(b"w" * 32).wrap("case", b"k" * 32))
    assert len(wrapped) == 60
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(OpeningKeyError):
        WrappingKey(b"w" * 32).unwrap("case", bytes(wrapped))


@given(data=st.binary(max_size=100))
def test_any_bytes_are_an_error_of_ours(data: bytes) -> None:
    with pytest.raises(OpeningKeyError):
        WrappingKey(b"w" * 32).unwrap("case", data)


def test_a_key_moved_to_another_row_does_not_open() -> None:
    wrapped = WrappingKey(b"w" * 32).wrap("one", b"k" * 32)
    with pytest.raises(OpeningKeyError):
        WrappingKey(b"w" * 32).unwrap("other", wrapped)


def test_nothing_of_a_key_shows() -> None:
    assert "7777" not in repr(WrappingKey(b"w" * 32))
    assert "wwww" not in repr(WrappingKey(b"w" * 32))


def test_a_secret_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_secret(path, b"s" * 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_secret(path) == b"s" * 32
    with pytest.raises(OpeningKeyError, match="not replaced"):
        write_secret(path, b"t" * 32)
    path.chmod(0o640)
    with pytest.raises(OpeningKeyError, match="others may read"):
        read_secret(path)


@given(data=st.binary(max_size=200))
def test_any_file_is_a_key_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("secret") / "key"
    path.write_bytes(data)
    path.chmod(0o600)
    try:
        found = read_secret(path)
    except OpeningKeyError as error:
        found, said = None, str(error)
    assert str(path) in said if found is None else len(found) == 32
