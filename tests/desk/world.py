"""A desk of the tests' own: its folders and keys, people with keys in the panel's note, and reports to take in."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.models import User
from django.test import Client

from answerable.casework import actions, policies, signing
from answerable.casework.models import Assignment, Person, Record
from answerable.casework.shapes import Incoming, KeySet
from answerable.ledger.openings import write_secret
from answerable.record import commit, note, tree
from answerable.record.note import add_signatures, sign_text
from answerable.sealing import envelope as envelopes
from answerable.sealing import hpke, persons, readers
from answerable.sealing.answers import office_public
from answerable.sealing.envelope import Channel, Envelope, Kind
from answerable.sealing.making import AttachedFile, RecordKeys, attach, make_envelope
from answerable.sealing.place import COMPARTMENTS, THREAD, Compartment, Field
from answerable.sealing.place import Record as RecordKind
from answerable.sealing.readers import Reader, ReadersNote, Recovery
from answerable.sealing.recovery import RecoveryKey
from answerable.sealing.signing import sign
from tests.sealing.panel import panel

LEDGER = "ledger.example.org"
DEPLOYMENT = sha256(b"a desk of the tests").digest()
OFFICE = office_public(sha256(b"an office of the tests").digest())
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: Who works at the desk of the tests: name, role, line, nationality.
STAFF = (
    ("ida", "intake_officer", "intake", "FRA"),
    ("ivo", "intake_officer", "intake", "KEN"),
    ("asa", "assessor", "assessment", "IND"),
    ("rob", "reviewer", "review", "PER"),
    ("rea", "reviewer", "appeals", "NOR"),
    ("ada", "advocate", "advocacy", "UGA"),
    ("wim", "assistance_worker", "assistance", "NLD"),
    ("wes", "assistance_worker", "assistance", "TGO"),
    ("adm", "administrator", "", ""),
    ("axa", "administrator", "", ""),
    ("pam", "panel", "", ""),
)


def draw(size: int) -> bytes:
    return secrets.token_bytes(size)


@dataclass(frozen=True)
class Keys:
    """Keys of one member of staff, as the browser would have made them."""

    x_private: bytes
    ed_private: bytes
    kept: KeySet
    passphrase: str = ""

    @classmethod
    def quick(cls) -> Keys:
        """Keys that no passphrase opens, for tests that need no browser."""
        x_private, x_public = hpke.generate(draw)
        ed = Ed25519PrivateKey.generate()
        kept = KeySet(x_public, ed.public_key().public_bytes_raw(), draw(16), draw(76), draw(76))
        return cls(x_private, ed.private_bytes_raw(), kept)

    @classmethod
    def real(cls, passphrase: str) -> Keys:
        """Keys that open with a passphrase in a browser."""
        made = persons.make_person(passphrase, draw)
        opened = persons.open_person(passphrase, made)
        kept = KeySet(made.x25519, made.ed25519, made.salt, made.wrapped_x, made.wrapped_ed)
        return cls(opened.x25519, opened.ed25519, kept, passphrase)


@cache
def real_keys(name: str, memory: int) -> Keys:
    """Made once a session for what a derivation takes, in KiB: it takes its time."""
    assert memory == persons.MEMORY
    return Keys.real(f"{name} alpha bravo charlie delta echo")


class World:
    """Folders, keys, people. `settings` are what the desk's party would have."""

    def __init__(self, folder: Path, *, browser: Iterable[str] = ()) -> None:
        self.folder = folder
        self.browser = set(browser)
        folder.mkdir(parents=True, exist_ok=True)
        self.panel = [note.SigningKey.generate(f"panel.example/{n}", note.ED25519, draw(32)) for n in range(3)]
        self.recovery = panel(2, 3, "desk")
        self.keys: dict[str, Keys] = {}
        self.people: dict[str, Person] = {}
        ack = note.SigningKey.generate(f"{LEDGER}/ack/desk", note.ED25519, draw(32))
        note.write_key_file(folder / "ack.key", ack)
        write_secret(folder / "wrapping", draw(32))

    def settings(self) -> dict[str, Any]:
        return {
            "ROOT_URLCONF": "answerable.casework.urls",
            "ANSWERABLE_DESK_BASE": "casework/base.html",
            "LOGIN_REDIRECT_URL": "desk",
            "ANSWERABLE_PARTY": {"name": "desk", "ledger_name": LEDGER, "ack_key": self.folder / "ack.key"},
            "ANSWERABLE_DEPLOYMENT": {
                "v": 1,
                "deployment": DEPLOYMENT.hex(),
                "ledger_name": LEDGER,
                "panel": [str(key.verifier) for key in self.panel],
                "languages": ["en"],
            },
            "ANSWERABLE_READERS": self.folder / "readers.note",
            "ANSWERABLE_CASEWORK": {
                "wrapping": self.folder / "wrapping",
                "files": self.folder / "files",
                "recovery_key": self.folder / "recovery-key.json",
            },
        }

    def staff(self) -> None:
        """Everybody of `STAFF`, with keys, roles and a second factor; and the panel's note of their keys."""
        for name, role, line, nationality in STAFF:
            user = User.objects.create_user(name, password=PASSWORD)
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
            person = Person.objects.create(
                user=user, handle=draw(16).hex(), line=line, nationality=nationality, trained_child=role == "advocate"
            )
            Assignment.objects.create(person=person, role=role, since=date(2026, 1, 1))
            self.keys[name] = real_keys(name, persons.MEMORY) if name in self.browser else Keys.quick()
            actions.set_keys(person, self.keys[name].kept)
            self.people[name] = person
        actions.set_anchor(base64.b64encode(bytes(32)).decode(), 1)
        (self.folder / "readers.note").write_bytes(self.note())
        key = RecoveryKey(DEPLOYMENT, self.recovery.key, "dealer")
        (self.folder / "recovery-key.json").write_bytes(key.encode())

    @property
    def readers(self) -> ReadersNote:
        table, rows = policies.table(None), []
        for name, role, _line, nationality in STAFF:
            facts = {"trained_child"} if role == "advocate" else set()
            grants = [
                (RecordKind.of(record), Compartment.of(one))
                for record, one in table.first_grants(role, date(2026, 6, 1), facts)
            ]
            grants.sort(key=lambda grant: (int(grant[0]), int(grant[1])))
            kept = self.keys[name].kept
            person = self.people[name].holder
            rows.append(Reader(person, kept.x25519, kept.ed25519, role, "", nationality, (), tuple(grants)))
        recovery = Recovery(self.recovery.key.public, self.recovery.key.k, self.recovery.key.n)
        ordered = tuple(sorted(rows, key=lambda row: row.id))
        return ReadersNote(DEPLOYMENT, 1, date(2026, 3, 1), recovery, (OFFICE,), ordered)

    def note(self) -> bytes:
        text = readers.write(self.readers)
        signed = [sign_text(text, key) for key in self.panel[:2]]
        return add_signatures(signed[0].to_bytes(), list(signed[1].signatures))

    def client(self, name: str, *, unlocked: bool = True) -> Client:
        """Somebody who is signed in with a second factor."""
        browser = Client()
        browser.force_login(self.people[name].user, backend=BACKEND)
        if unlocked:
            browser.post("/desk/api/v1/half/", {"fresh": True}, content_type="application/json")
        return browser

    def do(self, name: str, handle: str, act: str, body: Mapping[str, Any], **changed: Any) -> Any:
        """An act as the browser does it: signed over its exact bytes."""
        raw = json.dumps(body).encode()
        keys = self.keys[name]
        signer = signing.Signer(DEPLOYMENT, self.people[name].holder, keys.kept.ed25519)
        text = signing.act_text(
            signer,
            changed.get("signed_act", act),
            bytes.fromhex(handle),
            day=datetime.now(UTC).date(),
            nonce=changed.get("nonce", draw(16)),
            body=raw,
        )
        signature = Ed25519PrivateKey.from_private_bytes(keys.ed_private).sign(text)
        browser = changed.get("client") or self.client(name)
        return browser.post(
            f"/desk/api/v1/records/{handle}/do/{act}/",
            data=changed.get("sent", raw),
            content_type="application/json",
            headers={
                "X-Answerable-Act": base64.b64encode(text).decode(),
                "X-Answerable-Signature": base64.b64encode(changed.get("signature", signature)).decode(),
            },
        )


PASSWORD = "a calm and quiet sentence"


@dataclass(frozen=True)
class Enclosed:
    """Something attached: its name and type as the person gave them, its bytes, and those of a cleaned copy."""

    name: str
    type: str
    data: bytes
    cleaned: bytes | None = None
    cleaned_type: str = ""


@dataclass
class Report:
    """Something that a person reported, and how she reads what is sent to her."""

    world: World
    kind: RecordKind = RecordKind.REPORT
    forms: Mapping[Compartment, bytes] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    enclosed: Iterable[Enclosed] = ()

    def __post_init__(self) -> None:
        self.private, self.public = hpke.generate(draw)
        self.keys = RecordKeys.draw(DEPLOYMENT, self.kind, draw, record=draw(16))
        self.handle = self.keys.record.hex()
        self.bodies: dict[bytes, bytes] = {}
        files = [self._attach(*one) for one in self._parts()]
        forms = dict.fromkeys(COMPARTMENTS[self.kind], b'{"v":1}') | dict(self.forms)
        self.seed = draw(32)
        made = make_envelope(
            Kind.REPORT if self.kind is RecordKind.REPORT else Kind.HELP,
            Channel.WEB,
            DEPLOYMENT,
            self.world.readers,
            self.public,
            forms,
            language="en",
            rng=draw,
            keys=self.keys,
            files=files,
            **self.options,
        )
        self.envelope: Envelope = sign(made, self.seed)

    def _parts(self) -> Iterable[tuple[Enclosed, Field, int]]:
        for number, one in enumerate(self.enclosed, 1):
            yield one, Field.FILE, 2 * number
            if one.cleaned is not None:
                copy = Enclosed(one.name, one.cleaned_type or one.type, one.cleaned)
                yield copy, Field.CLEANED, 2 * number + 1

    def _attach(self, one: Enclosed, what: Field, version: int) -> AttachedFile:
        place = self.keys.place(Compartment.EVIDENCE, what, version)
        epoch, public = self.keys.publics[Compartment.EVIDENCE]
        made, body = attach(place, public, one.name, one.type, one.data, epoch=epoch, rng=draw)
        self.bodies[made.attached.id] = body
        return made

    def take_in(self, idx: int, day: date | None = None) -> Record:
        """The report at the desk, as carry would bring it."""
        on = day or datetime.now(UTC).date()
        sealed, key = envelopes.encode(self.envelope), draw(32)
        event: dict[str, Any] = {
            "v": 1,
            "kind": "report.received" if self.kind is RecordKind.REPORT else "help.received",
            "case": self.handle,
            "seq": 0,
            "prev": None,
            "at": on.isoformat(),
            "by": "reporter",
            "procedure": None,
            "after": {"root": base64.b64encode(bytes(32)).decode(), "size": 1},
            "channel": "web",
            "ciphertext_sha256": sha256(sealed).hexdigest(),
            "consent": [],
            "policy": DEPLOYMENT.hex(),
            "obligation": {"due": None, "duty": "answer_the_reporter"},
        }
        leaf = tree.leaf_hash(commit.seal(event, commit.case_event_key(key, 0)))
        files = []
        for attached in self.envelope.files:
            path = self.world.folder / f"carried-{attached.id.hex()}"
            path.write_bytes(self.bodies[attached.id])
            files.append((attached, path))
        incoming = Incoming(sealed, key, event, leaf, idx, on, tuple(files))
        taken = actions.take_in(incoming)
        assert taken.record is not None
        return taken.record

    @property
    def thread(self) -> Compartment:
        return THREAD[self.kind]


def narrative(text: str) -> bytes:
    return json.dumps({"v": 1, "what": text, "want": "report"}).encode()
