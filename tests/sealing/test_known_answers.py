"""The file that Python and TypeScript are both held to says what this program says, and the program opens it."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from answerable.sealing import codes, envelope, files, mailbox, persons, readers, shape, signing, values
from answerable.sealing.delivery import decode_delivery
from answerable.sealing.errors import CheckWordError
from answerable.sealing.place import Compartment, Field, Place
from tests.sealing import make_known_answers as known

FILE: dict[str, Any] = json.loads(known.PATH.read_text(encoding="utf-8"))


def test_the_file_is_what_the_program_writes() -> None:
    assert known.text() == known.PATH.read_text(encoding="utf-8"), "run python -m tests.sealing.make_known_answers"


def place(case: dict[str, Any]) -> Place:
    return Place.decode(bytes.fromhex(case["place"]["bytes"]))


@pytest.mark.parametrize("case", FILE["values"])
def test_values_open(case: dict[str, Any]) -> None:
    sealed = b64decode(case["sealed"])
    assert values.open_value(place(case), bytes.fromhex(case["private"]), sealed) == bytes.fromhex(case["data"])
    assert values.epoch_of(sealed) == case["epoch"]


@pytest.mark.parametrize("case", FILE["wraps"])
def test_wraps_open(case: dict[str, Any]) -> None:
    holder, private = bytes.fromhex(case["holder"]), bytes.fromhex(case["holder_private"])
    opened = values.open_wrap(place(case), holder, private, b64decode(case["wrap"]))
    assert opened == bytes.fromhex(case["private"])


@pytest.mark.parametrize("case", FILE["files"], ids=lambda case: str(case["size"]))
def test_heads_of_files_open(case: dict[str, Any]) -> None:
    private, head = bytes.fromhex(case["private"]), b64decode(case["head"])
    opened = files.open_head(place(case), private, head)
    assert (opened.name, opened.type, opened.length) == (case["name"], case["type"], case["size"])
    assert files.sealed_length(case["size"]) == case["body_length"]
    if case["body"] is not None:
        assert files.open_file(place(case), private, head, b64decode(case["body"]))[1] == known.file_data(case["size"])


@pytest.mark.parametrize("case", FILE["codes"], ids=lambda case: str(case["list"]))
def test_codes_parse_and_derive(case: dict[str, Any]) -> None:
    wordlist = codes.lists()[case["list"]]
    for typed in case["typed"]:
        for given in (wordlist, None):
            assert codes.parse_code(typed, given).words == tuple(case["words"])
    with pytest.raises(CheckWordError):
        codes.parse_code(case["swapped"], wordlist)
    code = codes.parse_code(case["typed"][0])
    assert codes.derive(code, known.DEPLOYMENT).hex() == case["key"]
    for each in case["boxes"]:
        seed = codes.signing_seed(bytes.fromhex(case["key"]), each["box"])
        assert (seed.hex(), signing.signer_of(seed).hex()) == (each["seed"], each["signer"])
    assert all(codes.gives_away(text, code) for text in case["gives_away"])
    assert not any(codes.gives_away(text, code) for text in case["keeps"])


@pytest.mark.parametrize("case", FILE["mailboxes"])
def test_mailboxes_open(case: dict[str, Any]) -> None:
    made = mailbox.Credentials.decode(bytes.fromhex(case["credentials"]))
    opened = mailbox.open_private(bytes.fromhex(case["key"]), known.DEPLOYMENT, made.box, made.salt, made.wrapped)
    assert opened == bytes.fromhex(case["private"])


@pytest.mark.parametrize("case", FILE["persons"])
def test_persons_open(case: dict[str, Any]) -> None:
    parts = (bytes.fromhex(case[name]) for name in ("x25519", "ed25519", "salt", "wrapped_x", "wrapped_ed"))
    opened = persons.open_person(case["typed"], persons.PersonKeys(*parts))
    assert (opened.x25519.hex(), opened.ed25519.hex()) == (case["x_private"], case["ed_private"])


@pytest.mark.parametrize("case", FILE["readers"])
def test_readers_parse(case: dict[str, Any]) -> None:
    assert readers.write(readers.parse(case["text"])) == case["text"]


@pytest.mark.parametrize("case", FILE["envelopes"])
def test_envelopes_decode_and_every_compartment_opens(case: dict[str, Any]) -> None:
    # Given an envelope of the file
    data = b64decode(case["bytes"])
    decoded = envelope.decode(data)
    # Then its shape is right, and every form opens with the key of its compartment
    shape.check_shape(decoded)
    assert known.envelope_json(decoded) == case["is"]
    # And it was signed by the key that it says, which signs the same again
    seed = bytes.fromhex(case["seed"])
    assert signing.signed_by(data, bytes.fromhex(case["signed_by"]))
    following = bytes.fromhex(case["following"]) if case["following"] else None
    bare = replace(decoded, compartments=tuple(replace(one, signature=b"") for one in decoded.compartments))
    assert signing.sign(bare, seed, following) == decoded
    # And each epoch by itself, as she knows it again
    for one in decoded.compartments:
        at = Place(decoded.deployment, decoded.record_kind, decoded.record, one.compartment, Field.NONE, 0)
        assert signing.verify_epoch(decoded.signer, at, one.epoch, one.public, one.signature)
        assert not signing.verify_epoch(decoded.signer, at, one.epoch + 1, one.public, one.signature)
    for value in decoded.values:
        private = bytes.fromhex(case["privates"][str(int(value.compartment))])
        at = Place(
            decoded.deployment, decoded.record_kind, decoded.record, value.compartment, value.field, value.version
        )
        if value.version == 0:
            assert values.open_value(at, private, value.data).startswith(b'{"v":1')
    # And credentials and proof of work travel with it
    raw = bytes.fromhex(f"0031{case['work']}00b2{case['credentials']}") + data
    delivery = decode_delivery(raw)
    assert delivery.envelope == data
    assert delivery.credentials is not None
    assert {int(one) for one in case["privates"]} <= {int(one) for one in Compartment}
