"""The examples and worked facts printed in the C2SP specifications, and the published example of Go's sumdb/note."""

# ruff: noqa: E501  (signature lines stand as the specifications print them)

from __future__ import annotations

from base64 import b64decode

from answerable.record.note import (
    Checkpoint,
    Note,
    SigningKey,
    VerifierKey,
    parse_signature_lines,
    sign_text,
    verify_note,
)
from answerable.record.paths import TilePath, changed, parse_path, tile_path, tiles_of
from answerable.record.policy import Policy
from answerable.record.witnessing import Request
from tests.record.logs import key

SIGNED_NOTE = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""

CHECKPOINT = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

COSIGNED = (
    CHECKPOINT
    + "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

REQUEST = f"""old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

{CHECKPOINT}— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""

RESPONSE = """— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
"""

# golang.org/x/mod/sumdb/note, package documentation
NEUMANN_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""

POLICY = """log <vkey>

witness X1 <vkey>
witness X2 <vkey>
witness X3 <vkey>
group X-witnesses 2 X1 X2 X3

witness Y1 <vkey>
witness Y2 <vkey>
witness Y3 <vkey>
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_signed_note_splits_at_its_last_empty_line() -> None:
    note = Note.parse(SIGNED_NOTE.encode())
    assert note.text == SIGNED_NOTE[: SIGNED_NOTE.index("\n— ")]
    assert "\n\n" in note.text
    assert [line.name for line in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.to_bytes() == SIGNED_NOTE.encode()


def test_go_note_verifies_and_is_signed_alike() -> None:
    verifier = VerifierKey.parse(NEUMANN)
    note = Note.parse(NEUMANN_NOTE.encode())
    assert [found.key for found in verify_note(note, [verifier])] == [verifier]
    signer = SigningKey.parse(NEUMANN_PRIVATE)
    assert signer.verifier == verifier
    assert sign_text(note.text, signer).to_bytes() == NEUMANN_NOTE.encode()


def test_checkpoint_is_read_and_written_alike() -> None:
    note = Note.parse(CHECKPOINT.encode())
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size, checkpoint.extension) == ("example.com/behind-the-sofa", 20852163, ())
    assert checkpoint.text() == note.text
    assert note.signatures[0].id == b64decode("Az3grg==")


def test_cosignature_carries_the_time_the_specification_signs() -> None:
    line = Note.parse(COSIGNED.encode()).signatures[1]
    assert line.name == "witness.example.com/w1"
    assert int.from_bytes(line.raw[:8], "big") == 1679315147
    assert len(line.raw) == 8 + 64


def test_add_checkpoint_request_is_read_and_written_alike() -> None:
    request = Request.parse(REQUEST.encode())
    assert (request.old, len(request.proof)) == (20852014, 4)
    assert request.to_bytes() == REQUEST.encode()
    assert len(Note.parse(request.checkpoint).signatures) == 2


def test_add_checkpoint_response_is_signature_lines() -> None:
    lines = parse_signature_lines(RESPONSE)
    assert [line.name for line in lines] == ["witness.example/w1", "witness.example/w1", "witness.example/w2"]
    assert "".join(line.line() for line in lines) == RESPONSE


def test_tile_index_1234067() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert parse_path("tile/0/x001/x234/067") == TilePath(0, 1234067, 256)


def test_tiles_of_a_tree_of_70000_and_of_256() -> None:
    tiles = [tile for tile in tiles_of(70_000) if tile.level is not None]
    by_level = {level: [tile.width for tile in tiles if tile.level == level] for level in (0, 1, 2)}
    assert by_level == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [tile[::2] for tile in changed(0, 256) if tile.level is not None] == [(0, 256), (1, 1)]


def test_policy_example_means_two_of_x_and_one_of_y() -> None:
    text = POLICY.replace("<vkey>", str(key("example.com/log").verifier), 1)
    keys = {name: key(f"{name.lower()}.example/w", 4).verifier for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")}
    for name, vkey in keys.items():
        text = text.replace(f"{name} <vkey>", f"{name} {vkey}", 1)
    policy = Policy.parse(text)
    assert policy.quorum_met({keys["X1"]: 1, keys["X3"]: 1, keys["Y2"]: 1})
    assert not policy.quorum_met({keys["X1"]: 1, keys["Y1"]: 1, keys["Y2"]: 1})
    assert not policy.quorum_met({keys["X1"]: 1, keys["X2"]: 1, keys["X3"]: 1})
