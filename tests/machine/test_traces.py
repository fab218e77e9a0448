"""The search for secrets finds them in every form; a search that finds nothing would prove nothing."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from answerable.record.keyfile import write_key_file
from answerable.record.keys import ED25519, SigningKey
from tests.machine.traces import key_files, secrets_of, spilt

SEED = bytes(range(32))


@pytest.mark.parametrize(
    "trace",
    [SEED, SEED.hex().encode(), SEED.hex().upper().encode(), base64.b64encode(SEED), base64.urlsafe_b64encode(SEED)],
)
def test_a_seed_is_found_in_any_form(tmp_path: Path, trace: bytes) -> None:
    # Given a key file, and a log line that holds its seed in some form
    write_key_file(tmp_path / "log.key", SigningKey.generate("a.example", ED25519, SEED))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_bytes(b"line\nkey=" + trace + b"\n")
    # Then it is found there
    secrets = {one for path in key_files(tmp_path) for one in secrets_of(path)}
    assert [path.name for path, _ in spilt(secrets, [tmp_path / "logs"])] != []


def test_the_whole_line_of_a_key_file_is_found(tmp_path: Path) -> None:
    write_key_file(tmp_path / "log.key", SigningKey.generate("a.example", ED25519, SEED))
    (tmp_path / "copy.txt").write_bytes((tmp_path / "log.key").read_bytes())
    secrets = secrets_of(tmp_path / "log.key")
    assert list(spilt(secrets, [tmp_path / "copy.txt"]))


def test_a_clean_folder_is_clean(tmp_path: Path) -> None:
    write_key_file(tmp_path / "log.key", SigningKey.generate("a.example", ED25519, SEED))
    (tmp_path / "page.html").write_text("nothing of it")
    assert list(spilt(secrets_of(tmp_path / "log.key"), [tmp_path / "page.html"])) == []
