"""A desk of the tests' own: keys, staff who sign and open as their browsers do, and people who report to them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.models import User
from django.test.utils import override_settings

from answerable.casework import actions, queries, signing
from answerable.casework import models as rows
from answerable.casework.arrivals import COPY
from answerable.casework.shapes import Given, Incoming, KeySet, NewKey, Sealed
from answerable.ledger.openings import write_secret
from answerable.record import commit, tree
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import write_key_file
from answerable.sealing import envelope as envelopes
from answerable.sealing import hpke, making
from answerable.sealing.answers import office_public
from answerable.sealing.envelope import Channel, Envelope, Kind, Wrapped
from answerable.sealing.files import open_file
from answerable.sealing.making import RecordKeys, attach, make_addition, make_envelope
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, THREAD, Compartment, Field, Place, Record
from answerable.sealing.readers import Reader, ReadersNote, Recovery
from answerable.sealing.recovery import RecoveryKey
from answerable.sealing.signing import sign
from answerable.sealing.values import open_value, open_wrap, seal_value, seal_wrap
from tests.sealing.panel import panel

LEDGER = "ledger.example.org"
DEPLOYMENT = sha256(b"tests of casework").digest()
OFFICE = office_public(sha256(b"an office of the tests").digest())
#: 2026-03-02T10:07:00Z, a Monday.
NOW = 1_772_446_020
DAY = 86_400


def draw(size: int) -> bytes:
    return secrets.token_bytes(size)


def day(now: int) -> date:
    return datetime.fromtimestamp(now, UTC).date()


@dataclass
class Staff:
    """A member of staff with their browser: private keys that the server never has."""

    desk: Desk
    person: rows.Person
    private: bytes
    public: bytes
    signs: Ed25519PrivateKey

    def sign(self, act: str, record: str | None, *, now: int | None = None, body: bytes = b"{}") -> signing.Signed:
        signer = signing.Signer(DEPLOYMENT, self.person.holder, self.signs.public_key().public_bytes_raw())
        about = bytes.fromhex(record) if record else None
        today = day(self.desk.now if now is None else now)
        text = signing.act_text(signer, act, about, day=today, nonce=draw(16), body=body)
        return signing.check(signer, act, about, text=text, signature=self.signs.sign(text), body=body, today=today)

    def do(self, act: str, handle: str, *more: Any, on: str | None = None, **named: Any) -> Any:
        """Do an act of the desk, signed as its page signs it: about ``handle``, or about ``on``."""
        doing = getattr(actions, act)
        signed = self.sign(act, on or handle)
        return doing(self.person, handle, *more, signed=signed, now=self.desk.now, **named)

    def open(self, handle: str, part: Compartment, kind: Record) -> list[bytes]:
        """Every value of a compartment, opened as the browser opens it. Raises when the desk gives nothing."""
        found = actions.fetch_wrap(self.person, handle, part, now=self.desk.now)
        assert found is not None
        place = Place(DEPLOYMENT, kind, bytes.fromhex(handle), part, Field.NONE, 0)
        keys = {epoch: open_wrap(place, self.person.holder, self.private, wrap) for epoch, wrap in found.wraps}
        return [
            open_value(
                Place(DEPLOYMENT, kind, bytes.fromhex(handle), part, Field(value.field), value.version % COPY),
                keys[value.epoch],
                bytes(value.sealed),
            )
            for value in found.values
            if value.field != Field.FILE
        ]

    def noticed(self, decision: rows.Decision) -> dict[str, str]:
        """The notices of a proposal as the desk shows them to this person: what agreeing to it names."""
        places = {(one.record.handle, one.version) for one in decision.notices.select_related("record")}
        found = {}
        for handle in sorted({handle for handle, _ in places}):
            opened = actions.fetch_wrap(self.person, handle, Compartment.NARRATIVE, now=self.desk.now)
            for value in opened.values if opened else ():
                if value.field == Field.NOTICE and (handle, value.version) in places:
                    found[handle] = sha256(bytes(value.sealed)).hexdigest()
        return found

    def give(self, handle: str, part: Compartment, kind: Record, to: Staff) -> list[Given]:
        """Wraps of every epoch this person holds, made anew for somebody else."""
        place = Place(DEPLOYMENT, kind, bytes.fromhex(handle), part, Field.NONE, 0)
        given = []
        for row in rows.Wrap.objects.filter(record=handle, compartment=int(part), holder=self.person.handle):
            key = open_wrap(place, self.person.holder, self.private, bytes(row.wrap))
            wrap = seal_wrap(place, to.person.holder, to.public, key, epoch=row.epoch % COPY, rng=draw)
            given.append(Given(handle, part, row.epoch, Wrapped(to.person.holder, wrap)))
        return given

    def seal(self, handle: str, part: Compartment, what: Field, data: bytes) -> Sealed:
        """A value sealed to the compartment's current key, at a place of its own."""
        record = rows.Record.objects.get(handle=handle)
        current = rows.Compartment.objects.get(record=record, compartment=int(part), until=None)
        version = making.new_version(draw)
        place = Place(DEPLOYMENT, Record.of(record.kind), record.id16, part, what, version)
        data = seal_value(place, bytes(current.public), data, epoch=current.number, rng=draw)
        return Sealed(part, what, version, data)

    def take(self, report: str) -> rows.Record:
        """Open a case of a report, with all its keys made here."""
        case = draw(16)
        holders = queries.new_case_holders(self.person, report, on=day(self.desk.now))
        assert holders is not None
        keys = [self.new_key(case, Record.CASE, part, [(bytes.fromhex(h), bytes.fromhex(x)) for h, x, _ in several])
                for part, several in holders.items()]  # fmt: skip
        found: rows.Record = self.do("take_report", report, keys=keys, case=case)
        return found

    def new_key(
        self,
        record: bytes,
        kind: Record,
        part: Compartment,
        holders: Iterable[tuple[bytes, bytes]],
        *,
        epoch: int = 1,
    ) -> NewKey:
        private, public = hpke.generate(draw)
        place = Place(DEPLOYMENT, kind, record, part, Field.NONE, 0)
        everyone = sorted({(RECOVERY, self.desk.recovery[1]), *holders})
        wraps = tuple(Wrapped(h, seal_wrap(place, h, x, private, epoch=epoch, rng=draw)) for h, x in everyone)
        hers = next((x for h, x in everyone if h == REPORTER), b"")
        return NewKey(part, public, wraps, hers)


@dataclass
class Reporter:
    """Someone who reported: what she sent, and her key."""

    desk: Desk
    kind: Record
    record: bytes
    private: bytes
    public: bytes
    envelope: Envelope
    opening_key: bytes
    seed: bytes
    bodies: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def handle(self) -> str:
        return self.record.hex()

    def sends(self, envelope: Envelope, **changed: Any) -> Incoming:
        """Later material as carry hands it over."""
        data = envelopes.encode(envelope)
        key = draw(32)
        event = {
            "v": 1,
            "kind": "intake.sealed",
            "at": day(self.desk.now).isoformat(),
            "door": "web",
            "ciphertext_sha256": sha256(data).hexdigest(),
        }
        return self.desk.incoming(data, event, key, key, **changed)

    def adds(self, text: bytes, kind: Kind = Kind.ADDITION, **more: Any) -> Incoming:
        part = THREAD[self.kind]
        current = rows.Compartment.objects.get(record__handle=self.handle, compartment=int(part), until=None)
        publics = {part: (current.number, bytes(current.public))}
        values = [(part, Field.MESSAGE, text)] if text else []
        made = make_addition(
            DEPLOYMENT, self.kind, self.record, self.public, publics, values, rng=draw, kind=kind, **more
        )
        return self.sends(sign(made, self.seed))

    def opens(self, reply: rows.Reply) -> bytes:
        """What a reply says, with the key of the mailbox."""
        part = Compartment(reply.compartment)
        place = Place(DEPLOYMENT, self.kind, self.record, part, Field.NONE, 0)
        own = next(one for one in self.envelope.compartments if one.compartment == part)
        wrap = next(one.wrap for one in own.wraps if one.holder == REPORTER)
        key = open_wrap(place, REPORTER, self.private, wrap)
        at = Place(DEPLOYMENT, self.kind, self.record, part, Field(reply.field), reply.version)
        return open_value(at, key, bytes(reply.sealed))


class Desk:
    """A desk in a folder. ``now`` is its clock, which tests move."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.recovery = hpke.generate(draw)
        self.ack = SigningKey.generate(f"{LEDGER}/ack/desk", ED25519, draw(32))
        self.staff: dict[str, Staff] = {}
        self._index = itertools.count(7)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "files").mkdir(exist_ok=True)
        write_secret(folder / "wrapping", draw(32))
        write_key_file(folder / "ack.key", self.ack)
        # Two of three open what recovery covers; their shares are no part of these tests.
        (folder / "recovery_key").write_bytes(RecoveryKey(DEPLOYMENT, panel(2, 3).key, "dealer").encode())

    @contextmanager
    def in_force(self) -> Iterator[Desk]:
        with override_settings(
            ANSWERABLE_DEPLOYMENT={"v": 1, "deployment": DEPLOYMENT.hex()},
            ANSWERABLE_CASEWORK={name: self.folder / name for name in ("wrapping", "files", "recovery_key")},
            ANSWERABLE_PARTY={"name": "desk", "ledger_name": LEDGER, "ack_key": self.folder / "ack.key"},
        ):
            yield self

    def hire(self, name: str, role: str, **facts: Any) -> Staff:
        """A member of staff with keys, a role of the desk and a line of their own."""
        user = User.objects.create(username=name)
        facts = {"line": name, "trained_child": role in ("advocate", "assistance_worker"), **facts}
        person = rows.Person.objects.create(user=user, handle=secrets.token_hex(16), **facts)
        rows.Assignment.objects.create(person=person, role=role, since=day(NOW))
        private, public = hpke.generate(draw)
        signs = Ed25519PrivateKey.generate()
        keys = KeySet(public, signs.public_key().public_bytes_raw(), draw(16), b"wrapped", b"wrapped")
        actions.set_keys(person, keys, now=NOW)
        self.staff[name] = Staff(self, person, private, public, signs)
        return self.staff[name]

    def readers(self) -> ReadersNote:
        readers = []
        for one in self.staff.values():
            role = one.person.assignments.filter(record=None).values_list("role", flat=True).get()
            grants = _GRANTS.get(role, ())
            reader = Reader(
                one.person.holder, one.public, one.signs.public_key().public_bytes_raw(), role, "", "", (), grants
            )
            readers.append(reader)
        order = tuple(sorted(readers, key=lambda reader: reader.id))
        return ReadersNote(DEPLOYMENT, 1, day(NOW), Recovery(self.recovery[1], 2, 3), (OFFICE,), order)

    def incoming(self, data: bytes, event: Mapping[str, Any], key: bytes, chain: bytes, **changed: Any) -> Incoming:
        leaf = tree.leaf_hash(commit.seal(dict(event), key))
        made = {
            "envelope": data,
            "opening_key": chain,
            "event": dict(event),
            "leaf": leaf,
            "idx": next(self._index),
            "day": day(self.now),
        }
        return Incoming(**{**made, **changed})

    def report(
        self,
        text: bytes = b"what happened",
        *,
        kind: Kind = Kind.REPORT,
        struck: Sequence[Staff] = (),
        consents: Sequence[str] = ("contact",),
        files: Sequence[bytes] = (),
        **more: Any,
    ) -> tuple[Reporter, Incoming]:
        """Somebody reports (or asks for help); what carry will hand over."""
        private, public = hpke.generate(draw)
        record_kind = Record.FILE if kind == Kind.HELP else Record.REPORT
        record = draw(16)
        keys = RecordKeys.draw(DEPLOYMENT, record_kind, draw, record=record)
        attached = [
            attach(keys.place(making.FILES[record_kind], Field.FILE, making.new_file_version(draw)),
                   keys.publics[making.FILES[record_kind]][1], "a.jpg", "image/jpeg", data, epoch=1, rng=draw)
            for data in files
        ]  # fmt: skip
        forms = dict.fromkeys(COMPARTMENTS[record_kind], b"{}") | {THREAD[record_kind]: text}
        made = make_envelope(
            kind,
            Channel.PLAIN,
            DEPLOYMENT,
            self.readers(),
            public,
            forms,
            language="en",
            struck=sorted(one.person.holder for one in struck),
            consents=sorted(consents),
            files=[one for one, _ in attached],
            rng=draw,
            keys=keys,
            **more,
        )
        seed, chain = draw(32), draw(32)
        made = sign(made, seed)
        data = envelopes.encode(made)
        event = self.first_event(made, data)
        reporter = Reporter(self, record_kind, record, private, public, made, chain, seed)
        paths = []
        for one, body in attached:
            path = self.folder / one.attached.id.hex()
            path.write_bytes(body)
            reporter.bodies[one.attached.id] = body
            paths.append((one.attached, path))
        key = commit.case_event_key(chain, 0)
        return reporter, self.incoming(data, event, key, chain, files=tuple(paths))

    def first_event(self, made: Envelope, data: bytes) -> dict[str, Any]:
        return {
            "v": 1,
            "kind": "help.received" if made.kind == Kind.HELP else "report.received",
            "case": made.record.hex(),
            "seq": 0,
            "prev": None,
            "at": day(self.now).isoformat(),
            "by": "reporter",
            "procedure": None,
            "after": {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "size": 0},
            "channel": "plain",
            "ciphertext_sha256": sha256(data).hexdigest(),
            "consent": list(made.consents),
            "policy": "00" * 32,
            "obligation": {"due": "2026-03-09", "duty": "answer_the_reporter"},
        }

    def taken_in(self, text: bytes = b"what happened", **more: Any) -> Reporter:
        reporter, incoming = self.report(text, **more)
        assert actions.take_in(incoming, now=self.now).new
        return reporter


_R, _F = Record.REPORT, Record.FILE
_INTAKE = ((_R, Compartment.NARRATIVE), (_R, Compartment.ACCUSED_IDENTITY), (_R, Compartment.EVIDENCE))
_GRANTS: dict[str, tuple[tuple[Record, Compartment], ...]] = {
    "intake_officer": _INTAKE,
    "independent_reader": _INTAKE,
    "advocate": ((_R, Compartment.REPORTER_IDENTITY), (_F, Compartment.VICTIM_IDENTITY)),
    "assistance_worker": ((_F, Compartment.VICTIM_IDENTITY), (_F, Compartment.MEDICAL_ASSISTANCE)),
}

__all__ = ["DAY", "DEPLOYMENT", "NOW", "Desk", "Reporter", "Staff", "day", "draw", "open_file"]
