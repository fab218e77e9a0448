"""Writes `known_answers.json`: the file that the Python and the TypeScript side are both held to.

Everything is drawn from a counter under SHA-256, so that the same program always writes the same bytes:

    python -m tests.sealing.make_known_answers
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from answerable.sealing import (
    answers,
    codes,
    envelope,
    hpke,
    mailbox,
    making,
    pad,
    persons,
    readers,
    signing,
    values,
)
from answerable.sealing.delivery import Delivery, encode_delivery
from answerable.sealing.place import RECOVERY, REPORTER, U32, Compartment, Field, Place, Record

PATH = Path(__file__).with_name("known_answers.json")
DEPLOYMENT = sha256(b"a deployment").digest()
PEPPER = sha256(b"a pepper").digest()
FILE_SIZES = (0, 1, 1_000, 65_536, 65_537, 131_072)


def stream(label: str) -> Callable[[int], bytes]:
    """A source of bytes that looks random and is always the same: SHA-256 of a label and a counter."""
    counter, held = 0, bytearray()

    def rng(size: int) -> bytes:
        nonlocal counter
        while len(held) < size:
            held.extend(sha256(f"{label}/{counter}".encode()).digest())
            counter += 1
        taken = bytes(held[:size])
        del held[:size]
        return taken

    return rng


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def place_json(place: Place) -> dict[str, Any]:
    return {
        "deployment": place.deployment.hex(),
        "record_kind": int(place.record_kind),
        "record": place.record.hex(),
        "compartment": int(place.compartment),
        "field": int(place.field),
        "version": place.version,
        "bytes": place.encode().hex(),
    }


def a_place(compartment: Compartment, field: Field, version: int, kind: Record = Record.REPORT) -> Place:
    return Place(DEPLOYMENT, kind, sha256(kind.code.encode()).digest()[:16], compartment, field, version)


def hpke_cases() -> list[dict[str, Any]]:
    rng, found = stream("hpke"), []
    for plaintext in (b"", b"one", bytes(range(256))):
        private, public = hpke.generate(rng)
        enc, ct = hpke.seal(public, b"info", b"aad", plaintext, rng=rng)
        found.append(
            {
                "private": private.hex(),
                "public": public.hex(),
                "info": b"info".hex(),
                "aad": b"aad".hex(),
                "plaintext": plaintext.hex(),
                "enc": enc.hex(),
                "ct": ct.hex(),
            }
        )
    return found


def value_cases() -> list[dict[str, Any]]:
    rng, found = stream("values"), []
    for place, epoch, data, least in (
        (a_place(Compartment.NARRATIVE, Field.FORM, 0), 1, '{"v":1,"what":"مرحبا"}'.encode(), 512),
        (a_place(Compartment.NARRATIVE, Field.MESSAGE, 4_294_967_295), 2, b"", 2_048),
        (a_place(Compartment.MEDICAL_ASSISTANCE, Field.FORM, 0, Record.FILE), 1, b"a" * 509, 512),
    ):
        private, public = hpke.generate(rng)
        sealed = values.seal_value(place, public, data, epoch=epoch, rng=rng, least=least)
        found.append(
            {
                "place": place_json(place),
                "epoch": epoch,
                "private": private.hex(),
                "public": public.hex(),
                "data": data.hex(),
                "least": least,
                "sealed": b64(sealed),
            }
        )
    return found


def wrap_cases() -> list[dict[str, Any]]:
    rng, found = stream("wraps"), []
    for holder in (REPORTER, RECOVERY, bytes(range(16))):
        place = a_place(Compartment.NARRATIVE, Field.NONE, 0)
        private, public = hpke.generate(rng)
        secret, _ = hpke.generate(rng)
        wrap = values.seal_wrap(place, holder, public, secret, epoch=3, rng=rng)
        found.append(
            {
                "place": place_json(place),
                "epoch": 3,
                "holder": holder.hex(),
                "holder_private": private.hex(),
                "private": secret.hex(),
                "wrap": b64(wrap),
            }
        )
    return found


def file_data(size: int) -> bytes:
    """The contents of a file of the known answers: byte i is i mod 251."""
    return bytes(at % 251 for at in range(size))


def file_cases() -> list[dict[str, Any]]:
    rng, found = stream("files"), []
    for version, size in enumerate(FILE_SIZES):
        place = a_place(Compartment.EVIDENCE, Field.FILE, version)
        private, public = hpke.generate(rng)
        name = f"صورة {size}.png"
        attached, body = making.attach(place, public, name, "image/png", file_data(size), epoch=1, rng=rng)
        found.append(
            {
                "place": place_json(place),
                "private": private.hex(),
                "size": size,
                "name": name,
                "type": "image/png",
                "head": b64(attached.value.data),
                "body_length": len(body),
                "body_sha256": sha256(body).hexdigest(),
                "body": b64(body) if size <= 1_000 else None,
            }
        )
    return found


def code_cases() -> list[dict[str, Any]]:
    found = []
    for name, wordlist in codes.lists().items():
        rng = stream(f"codes/{name}")
        code = codes.new_code(wordlist, rng)
        key = codes.derive(code, DEPLOYMENT)
        salt = rng(16)
        boxes = []
        for box in codes.BOXES:
            both = codes.keys(key, box)
            boxes.append(
                {
                    "box": box,
                    "l": both.l.hex(),
                    "auth": both.auth.hex(),
                    "salt": salt.hex(),
                    "wrap_key": codes.wrap_key(key, box, salt).hex(),
                    "seed": codes.signing_seed(key, box).hex(),
                    "signer": signing.signer_of(codes.signing_seed(key, box)).hex(),
                    "lookup": codes.lookup(PEPPER, both.l, box).hex(),
                }
            )
        typed = [
            " ".join(code.words),
            "\n".join(code.words).upper(),
            " \u200f،  ".join(code.words) + " .",
            "".join(code.words) if wordlist.width else "  ".join(code.words),
        ]
        run = code.words[1:5]
        found.append(
            {
                "list": name,
                "size": len(wordlist.words),
                "list_sha256": sha256("\n".join(wordlist.words).encode()).hexdigest(),
                "words": list(code.words),
                "typed": typed,
                "swapped": " ".join((code.words[1], code.words[0], *code.words[2:])),
                "canonical": code.canonical.hex(),
                "key": key.hex(),
                "boxes": boxes,
                "gives_away": ["so: " + " -- ".join(run).upper() + "!", "".join(run)],
                "keeps": [" ".join(code.words[:3]), " ".join(reversed(run)), ""],
            }
        )
    return found


def mailbox_cases() -> list[dict[str, Any]]:
    rng, found = stream("mailbox"), []
    for box in codes.BOXES:
        key = rng(32)
        private, _ = hpke.generate(rng)
        made = mailbox.make_credentials(key, DEPLOYMENT, box, private, one_time=bool(box), rng=rng)
        found.append({"key": key.hex(), "private": private.hex(), "credentials": made.encode().hex()})
    return found


def person_cases() -> list[dict[str, Any]]:
    rng = stream("persons")
    passphrase = persons.new_passphrase(rng)
    made = persons.make_person(passphrase, rng)
    secrets = persons.open_person(passphrase, made)
    return [
        {
            "passphrase": passphrase,
            "typed": "  ".join(passphrase.upper().split()) + " ",
            "salt": made.salt.hex(),
            "x25519": made.x25519.hex(),
            "ed25519": made.ed25519.hex(),
            "wrapped_x": made.wrapped_x.hex(),
            "wrapped_ed": made.wrapped_ed.hex(),
            "x_private": secrets.x25519.hex(),
            "ed_private": secrets.ed25519.hex(),
        }
    ]


def a_note() -> tuple[readers.ReadersNote, dict[bytes, bytes], bytes]:
    """A readers' note, the private keys of its readers by id, and the recovery key's."""
    rng = stream("readers")
    recovery, recovery_public = hpke.generate(rng)
    privates, people = {}, []
    report = tuple((Record.REPORT, one) for one in (Compartment.NARRATIVE, Compartment.ACCUSED_IDENTITY))
    helping = tuple((Record.FILE, one) for one in (Compartment.VICTIM_IDENTITY, Compartment.MEDICAL_ASSISTANCE))
    for role, employer, nationality, languages, grants in (
        ("intake_officer", "answerable", "CHE", ("en", "fr"), (*report, (Record.REPORT, Compartment.EVIDENCE))),
        ("advocate", "", "", (), ((Record.REPORT, Compartment.REPORTER_IDENTITY), *helping[:1])),
        ("assistance_worker", "partner.org", "KEN", ("sw",), helping),
        ("independent_reader", "outside", "BRA", ("pt-br",), (*report, *helping[:1])),
    ):
        identity = rng(16)
        privates[identity], public = hpke.generate(rng)
        person = (identity, public, rng(32), role, employer, nationality, languages, tuple(sorted(grants)))
        people.append(readers.Reader(*person))
    ordered = tuple(sorted(people, key=lambda one: one.id))
    recovery_key = readers.Recovery(recovery_public, 3, 5)
    office = tuple(answers.office_public(private) for private in office_privates())
    note = readers.ReadersNote(DEPLOYMENT, 4, date(2027, 3, 1), recovery_key, office, ordered)
    return note, privates, recovery


def office_privates() -> tuple[bytes, ...]:
    """The office's keys: the one in force, and the one before it."""
    rng = stream("office")
    return rng(32), rng(32)


def answer_cases() -> dict[str, Any]:
    """Values and epochs that the office signed, with the key in force and with the one before it."""
    rng = stream("answers")
    keys = office_privates()
    found: dict[str, Any] = {"office": [answers.office_public(one).hex() for one in keys], "values": [], "epochs": []}
    for number, field in enumerate((Field.MESSAGE, Field.STATUS, Field.NOTICE)):
        place = a_place(Compartment.NARRATIVE, field, 7 + number)
        _, public = hpke.generate(rng)
        sealed = values.seal_value(place, public, b'{"v":1}', epoch=number, rng=rng)
        signature = answers.sign_value(keys[number % 2], place, sealed)
        found["values"].append({"place": place_json(place), "sealed": b64(sealed), "signature": b64(signature)})
    for number, epoch in enumerate((2, U32 - 1)):
        place = a_place(Compartment.VICTIM_IDENTITY, Field.NONE, 0, Record.FILE)
        _, public = hpke.generate(rng)
        signature = answers.sign_epoch(keys[number % 2], place, epoch, public)
        about = {"place": place_json(place), "epoch": epoch, "public": public.hex()}
        found["epochs"].append({**about, "signature": b64(signature)})
    return found


def reader_cases() -> list[dict[str, Any]]:
    note, _, _ = a_note()
    expected = {}
    for kind, compartment in ((Record.REPORT, Compartment.NARRATIVE), (Record.FILE, Compartment.VICTIM_IDENTITY)):
        for independent in (False, True):
            who = [one.id.hex() for one in note.holders(kind, compartment, (), independent)]
            expected[f"{kind.code}/{compartment.code}/{int(independent)}"] = who
    return [{"text": readers.write(note), "holders": expected}]


@dataclass(frozen=True)
class Known:
    """An envelope, the reporter's private key, the compartments' keys and the seed that signed it."""

    envelope: envelope.Envelope
    private: bytes
    keys: making.RecordKeys
    seed: bytes
    following: bytes | None = None


def envelopes() -> list[Known]:
    """A report, a request for help, and a change of the report's code."""
    note, _, _ = a_note()
    found = []
    for kind, record_kind, first in (
        (envelope.Kind.REPORT, Record.REPORT, Compartment.NARRATIVE),
        (envelope.Kind.HELP, Record.FILE, Compartment.MEDICAL_ASSISTANCE),
    ):
        rng = stream(f"envelope/{kind.code}")
        keys = making.RecordKeys.draw(DEPLOYMENT, record_kind, rng)
        where = making.FILES[record_kind]
        attached, _ = making.attach(
            keys.place(where, Field.FILE, 6), keys.public(where), "a.txt", "text/plain", b"a file", epoch=1, rng=rng
        )
        private, public = hpke.generate(rng)
        made = making.make_envelope(
            kind,
            envelope.Channel.PLAIN,
            DEPLOYMENT,
            note,
            public,
            {first: b'{"v":1,"what":"words"}'},
            language="sw",
            urgent=kind == envelope.Kind.REPORT,
            independent=True,
            struck=[one.id for one in note.readers if one.role == "assistance_worker"],
            consents=("contact", "assistance"),
            files=[attached],
            rng=rng,
            keys=keys,
        )
        seed = rng(32)
        found.append(Known(signing.sign(made, seed), private, keys, seed))
    return [*found, _change(found[0])]


def _change(report: Known) -> Known:
    """The new keys of a changed code: signed with the old one's, naming the new one's."""
    rng = stream("envelope/change")
    private, public = hpke.generate(rng)
    keys = making.RecordKeys.draw(DEPLOYMENT, Record.REPORT, rng, record=report.envelope.record, epoch=2)
    holders = {
        one: [(RECOVERY, public), (REPORTER, public)][: 1 + (one < Compartment.ACCUSED_IDENTITY)] for one in keys.pairs
    }
    made = making.make_addition(
        DEPLOYMENT,
        Record.REPORT,
        report.envelope.record,
        public,
        {},
        (),
        compartments=making.make_epoch(keys, holders, rng),
        rng=rng,
    )
    seed = rng(32)
    return Known(signing.sign(made, report.seed, seed), private, keys, report.seed, seed)


def envelope_json(one: envelope.Envelope) -> dict[str, Any]:
    return {
        "kind": int(one.kind),
        "channel": int(one.channel),
        "record_kind": int(one.record_kind),
        "record": one.record.hex(),
        "submission": one.submission.hex(),
        "language": one.language,
        "urgent": one.urgent,
        "independent": one.independent,
        "struck": [holder.hex() for holder in one.struck],
        "consents": list(one.consents),
        "compartments": [
            {
                "compartment": int(sealed.compartment),
                "epoch": sealed.epoch,
                "public": sealed.public.hex(),
                "signature": sealed.signature.hex(),
                "holders": [wrapped.holder.hex() for wrapped in sealed.wraps],
            }
            for sealed in one.compartments
        ],
        "values": [
            {
                "compartment": int(value.compartment),
                "field": int(value.field),
                "version": value.version,
                "length": len(value.data),
            }
            for value in one.values
        ],
        "files": [
            {"version": file.version, "id": file.id.hex(), "length": file.length, "sha256": file.sha256.hex()}
            for file in one.files
        ],
        "reporter": one.reporter.hex(),
        "signer": one.signer.hex(),
        "signature": one.signature.hex(),
    }


def envelope_cases() -> list[dict[str, Any]]:
    rng, found = stream("delivery"), []
    for one in envelopes():
        made, data = one.envelope, envelope.encode(one.envelope)
        credentials = mailbox.make_credentials(
            rng(32), DEPLOYMENT, int(made.kind == envelope.Kind.HELP), one.private, one_time=False, rng=rng
        )
        delivery = encode_delivery(Delivery(rng(49), credentials, data))
        found.append(
            {
                "bytes": b64(data),
                "sha256": sha256(data).hexdigest(),
                "is": envelope_json(made),
                "seed": one.seed.hex(),
                "following": one.following.hex() if one.following else None,
                "signed_by": signing.signer_of(one.seed).hex(),
                "reporter_private": one.private.hex(),
                "privates": {str(int(part)): pair[0].hex() for part, pair in one.keys.pairs.items()},
                "work": delivery[2:51].hex(),
                "credentials": credentials.encode().hex(),
                "delivery_sha256": sha256(delivery).hexdigest(),
            }
        )
    return found


def pad_cases() -> dict[str, Any]:
    sizes = [0, 1, 2, 3, 9, 100, 508, 509, 4_096, 65_532, 65_537, 1_000_000, 5_242_880, 123_456_789, 1 << 40]
    data = [b"", b"a", bytes(508), bytes(509), b"z" * 65_532]
    return {
        "padded": [
            {
                "length": len(one),
                "least": least,
                "padded": pad.padded_size(len(one), least),
                "sha256": sha256(pad.pad(one, least)).hexdigest(),
                "byte": one[:1].hex(),
            }
            for one in data
            for least in (512, 16_384)
        ],
        "padme": [[size, pad.padme(size)] for size in sizes],
        "least": [
            {"compartment": int(compartment), "field": int(field), "least": making.least_for(compartment, field)}
            for compartment in Compartment
            for field in Field
        ],
    }


def everything() -> dict[str, Any]:
    """Everything that goes into the file."""
    return {
        "deployment": DEPLOYMENT.hex(),
        "pepper": PEPPER.hex(),
        "hpke": hpke_cases(),
        "pad": pad_cases(),
        "values": value_cases(),
        "wraps": wrap_cases(),
        "files": file_cases(),
        "codes": code_cases(),
        "mailboxes": mailbox_cases(),
        "persons": person_cases(),
        "readers": reader_cases(),
        "envelopes": envelope_cases(),
        "answers": answer_cases(),
    }


def text() -> str:
    """The file's text."""
    return json.dumps(everything(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
