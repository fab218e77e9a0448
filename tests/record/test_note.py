"""Keys, notes, checkpoints, cosignatures and key files."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from answerable.record.errors import KeyFileError, NoteError, SignatureError
from answerable.record.note import (
    COSIGNATURE,
    ED25519,
    MLDSA44,
    Checkpoint,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    add_signatures,
    read_key_file,
    sign_checkpoint,
    sign_text,
    verify_note,
    write_key_file,
)
from tests.record.logs import key

HEAD = Checkpoint("ledger.example.org/record", 7, bytes(range(32)))
KINDS = [ED25519, COSIGNATURE, MLDSA44]


def _time(kind: int) -> int | None:
    return None if kind == ED25519 else 1_700_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_signs_and_verifies(kind: int) -> None:
    signer = key(HEAD.origin, kind)
    line = sign_checkpoint(HEAD, signer, _time(kind))
    assert verify_note(Note(HEAD.text(), (line,)), [signer.verifier]) == [(signer.verifier, _time(kind))]


def test_the_ed25519_cosignature_message_is_the_specified_one() -> None:
    signer = key("witness.example/w", COSIGNATURE)
    line = sign_checkpoint(HEAD, signer, 1_700_000_000)
    message = f"cosignature/v1\ntime 1700000000\n{HEAD.origin}\n7\n{b64encode(HEAD.root).decode()}\n".encode()
    assert line.raw[:8] == (1_700_000_000).to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(signer.verifier.key).verify(line.raw[8:], message)


def test_the_mldsa44_message_is_the_specified_structure() -> None:
    # Given a signature by the log's own ML-DSA-44 key, whose cosigner name is the log's
    signer = key(HEAD.origin, MLDSA44)
    line = sign_checkpoint(HEAD, signer, 1_700_000_000)
    # Then it covers cosigned_message of tlog-cosignature, written out here byte by byte
    name = HEAD.origin.encode()
    time = bytes.fromhex("000000006553f100")
    message = b"subtree/v1\n\x00" + bytes([25]) + name + time + bytes([25]) + name + bytes(8)
    message += bytes(7) + b"\x07" + HEAD.root
    assert line.raw[:8] == time
    MLDSA44PublicKey.from_public_bytes(signer.verifier.key).verify(line.raw[8:], message)
    assert len(line.line().encode()) in range(3_250, 3_300)


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_goes_with_its_types_only(kind: int) -> None:
    for time in (1 if kind == ED25519 else None, 1 << 63, -1):
        with pytest.raises(NoteError):
            sign_checkpoint(HEAD, key(HEAD.origin, kind), time)


def test_vkeys_round_trip_and_their_id_is_recomputed() -> None:
    for kind in KINDS:
        verifier = key("a.example/b", kind).verifier
        assert VerifierKey.parse(str(verifier)) == verifier
        with pytest.raises(NoteError):
            VerifierKey.parse(str(verifier).replace(verifier.id.hex(), "00000000"))


@pytest.mark.parametrize(
    "vkey",
    [
        "", "a", "a+b+c", "a+00000000+", "a+0000+AQ==", "+33333333+AQAA", "a b+33333333+AQAA", "a\u3000b+33333333+AQAA",
        "a+33333333+" + b64encode(b"\x01" + bytes(31)).decode(),
        "a+33333333+" + b64encode(b"\x02" + bytes(32)).decode(),
        "x" * 3_000, "PRIVATE+KEY+a+33333333+AQAA", "\ud800+33333333+" + b64encode(b"\x01" + bytes(32)).decode(),
    ],
)  # fmt: skip
def test_what_is_no_vkey(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


def test_unknown_lines_are_ignored_and_a_known_bad_one_rejects() -> None:
    one, other = key("one.example"), key("other.example")
    note = sign_text("words\n", one)
    forged = Signature(other.name, other.verifier.id, bytes(64))
    both = Note(note.text, (forged, *note.signatures))
    # An unknown key's line, however bad, changes nothing
    assert [found.key for found in verify_note(both, [one.verifier])] == [one.verifier]
    # Once that key is known, its bad line rejects the whole note
    with pytest.raises(SignatureError, match=r"other\.example is bad"):
        verify_note(both, [one.verifier, other.verifier])
    with pytest.raises(SignatureError, match="no key"):
        verify_note(note, [other.verifier])


def test_name_and_id_must_both_match() -> None:
    one = key("one.example")
    line = sign_text("words\n", one).signatures[0]
    for changed in (line._replace(name="two.example"), line._replace(id=b"\0\0\0\0")):
        with pytest.raises(SignatureError, match="no key"):
            verify_note(Note("words\n", (changed,)), [one.verifier])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [1, 7, 8, 63, 64, 65, 72, 73, 2420, 2428])
def test_a_signature_of_the_wrong_length_is_bad(kind: int, length: int) -> None:
    signer = key(HEAD.origin, kind)
    note = Note(HEAD.text(), (Signature(signer.name, signer.verifier.id, bytes(length)),))
    with pytest.raises(SignatureError):
        verify_note(note, [signer.verifier])


def test_a_cosignature_over_no_checkpoint_is_bad() -> None:
    signer = key("w.example", COSIGNATURE)
    note = Note("only words\n", (Signature(signer.name, signer.verifier.id, bytes(72)),))
    with pytest.raises(SignatureError, match="cannot be right"):
        verify_note(note, [signer.verifier])


def test_a_key_counts_once_at_its_earliest_time_above_zero() -> None:
    signer = key("w.example", COSIGNATURE)
    lines = tuple(sign_checkpoint(HEAD, signer, time) for time in (50, 0, 20, 30))
    assert verify_note(Note(HEAD.text(), lines), [signer.verifier]) == [(signer.verifier, 20)]
    assert verify_note(Note(HEAD.text(), lines[1:2]), [signer.verifier]) == [(signer.verifier, 0)]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"text", b"text\n", b"text\n\n", b"text\n\n\xe2\x80\x94 a AAAAAAA=", b"text\n\n- a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAA\n", b"text\n\n\xe2\x80\x94 a+b AAAAAAA=\n", b"text\n\n\xe2\x80\x94  AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAB=\n", b"text\n\n\xe2\x80\x94 a AAAAAAA\n",
        b"te\txt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\r\n\n\xe2\x80\x94 a AAAAAAA=\n", b"\xff\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA=\n\xe2\x80\x94\n", b"text\n\n\xe2\x80\x94 a\xc2\x85 AAAAAAA=\n",
        b"text\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 65, b"x" * (512 * 1024) + b"\n\n\xe2\x80\x94 a AAAAAAA=\n",
    ],
)  # fmt: skip
def test_what_is_no_note(data: bytes) -> None:
    with pytest.raises(NoteError):
        Note.parse(data)


def test_sixty_four_lines_are_accepted() -> None:
    data = b"text\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 64
    assert Note.parse(data).to_bytes() == data


@pytest.mark.parametrize(
    "text",
    ["", "a\n1\n", "a\n01\n" + "A" * 43 + "=\n", "\n1\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n", "a\n1\n" + "A" * 43 + "=",
     "a\n1\n" + "A" * 42 + "B=\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n9223372036854775808\n" + "A" * 43 + "=\n",
     "a\n1\n" + "A" * 43 + "=\n\n", "a\n\u0661\n" + "A" * 43 + "=\n", "a\n1\n" + "A" * 43 + "=\n\next\n"],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_extension_lines_are_read() -> None:
    text = HEAD.text() + "extension\n"
    assert Checkpoint.parse(text).extension == ("extension",)
    assert Checkpoint.parse(text).text() == text


def test_add_signatures_appends_and_repeats_nothing() -> None:
    one, other = key("one.example"), key("other.example")
    note = sign_text("words\n", one)
    more = sign_text("words\n", other).signatures[0]
    data = add_signatures(note.to_bytes(), [more, note.signatures[0]])
    assert Note.parse(data).signatures == (*note.signatures, more)
    with pytest.raises(NoteError, match="64"):
        add_signatures(data, [Signature("x", b"1234", bytes([number])) for number in range(63)])


@pytest.mark.parametrize("text", ["no newline", "", "tab\there\n"])
def test_text_that_cannot_be_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_text(text, key("one.example"))


def test_key_files_round_trip_and_stay_private(tmp_path: Path) -> None:
    for kind in KINDS:
        file = tmp_path / str(kind)
        write_key_file(file, key("a.example/b", kind))
        assert file.stat().st_mode & 0o777 == 0o600
        assert read_key_file(file) == key("a.example/b", kind)
        with pytest.raises(KeyFileError, match="never replaced"):
            write_key_file(file, key("a.example/b", kind))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_wider_modes_are_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    write_key_file(file, key("a.example/b"))
    file.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_key_file(file)


def test_bad_key_files_are_errors_that_do_not_repeat_them(tmp_path: Path) -> None:
    good = key("a.example/b").line()
    secret = good.rsplit("+", 1)[1].strip()[6:]
    for number, line in enumerate(
        [good[:-4], good.replace("PRIVATE", "PUBLIC"), good + good, "", "\0", good[:-6] + "AAAA\n"]
    ):
        file = tmp_path / str(number)
        file.write_text(line)
        file.chmod(0o600)
        with pytest.raises(KeyFileError) as caught:
            read_key_file(file)
        assert secret[:8] not in str(caught.value)
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "bytes").chmod(0o600)
    for absent in ("bytes", "none"):
        with pytest.raises(KeyFileError):
            read_key_file(tmp_path / absent)
    with pytest.raises(KeyFileError):
        write_key_file(tmp_path / "no" / "folder", key("a.example/b"))


def test_a_secret_never_shows() -> None:
    signer = SigningKey.generate("a.example/b", ED25519, os.urandom(32))
    assert repr(signer) == str(signer) == f"{signer}" == "<SigningKey a.example/b>"
    assert "seed" not in repr(signer)


def test_a_private_key_given_as_a_vkey_is_not_repeated() -> None:
    line = key("a.example/b").line().strip()
    with pytest.raises(NoteError) as caught:
        VerifierKey.parse(line)
    assert line[-20:] not in str(caught.value)
    assert "private key" in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Checkpoint("a", -1, bytes(32)),
        lambda: Checkpoint("a", 1 << 63, bytes(32)),
        lambda: Checkpoint("a", 1, bytes(31)),
        lambda: Checkpoint("a", 1, bytes(32), ("",)),
        lambda: SigningKey.generate("a", ED25519, bytes(31)),
        lambda: SigningKey.generate("a" * 256, ED25519, bytes(32)),
        lambda: SigningKey.generate("a", 0x02, bytes(32)),
        lambda: sign_checkpoint(Checkpoint("o" * 256, 1, bytes(32)), key("w.example", MLDSA44), 1),
    ],
)
def test_what_cannot_be_made(make: object) -> None:
    with pytest.raises(NoteError):
        make()  # type: ignore[operator]  # every case is a call


def test_a_private_key_whose_name_or_id_is_wrong() -> None:
    line = key("a.example/b").line()
    for changed in (line.replace("a.example", "b.example"), line.replace("a.example", "a example")):
        with pytest.raises(KeyFileError):
            SigningKey.parse(changed)


def test_keys_show_their_name_id_and_type() -> None:
    verifier = key("a.example/b").verifier
    assert repr(verifier) == f"<VerifierKey a.example/b+{verifier.id.hex()} ed25519>"
