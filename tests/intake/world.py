"""A deployment of the tests' own: a panel, readers, keys of the door; and people who report to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

from answerable.intake import actions, guards, work
from answerable.intake.box import Box
from answerable.intake.exchange import Received, Reply
from answerable.ledger.openings import write_secret
from answerable.ledger.routers import INTAKE, alias_of
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import add_signatures, sign_text, write_key_file
from answerable.sealing import codes, envelope, hpke, readers
from answerable.sealing.answers import office_public, sign_epoch, sign_value
from answerable.sealing.delivery import Delivery, encode_delivery
from answerable.sealing.envelope import Channel, Envelope, Kind, Sealed, Wrapped
from answerable.sealing.mailbox import Credentials, make_credentials
from answerable.sealing.making import AttachedFile, RecordKeys, attach, make_addition, make_envelope
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, THREAD, Compartment, Field, Place, Record
from answerable.sealing.readers import Reader, ReadersNote, Recovery
from answerable.sealing.signing import sign
from answerable.sealing.values import open_value, open_wrap, seal_wrap

LEDGER = "ledger.example.org"
#: A moment in the past, so that what it leaves behind has expired by the database's own clock: 2026-03-03T10:07:00Z.
NOW = 1_772_532_420
_GRANTS = tuple((record, one) for record in (Record.REPORT, Record.FILE) for one in COMPARTMENTS[record])


def draw(size: int) -> bytes:
    return secrets.token_bytes(size)


@dataclass(frozen=True)
class Staff:
    reader: Reader
    private: bytes

    @classmethod
    def new(cls, role: str) -> Staff:
        private, public = hpke.generate(draw)
        return cls(Reader(draw(16), public, draw(32), role, "", "", (), _GRANTS), private)


class World:
    """Folders, keys and settings of a reporter party; `settings` puts them in force."""

    def __init__(self, folder: Path, *, quota: int = 50_000_000) -> None:
        self.folder = folder
        self.deployment = sha256(b"tests").digest()
        self.panel = [SigningKey.generate(f"panel.example/{n}", ED25519, draw(32)) for n in range(3)]
        self.staff = [Staff.new("intake_officer"), Staff.new("advocate"), Staff.new("independent_reader")]
        self.recovery = hpke.generate(draw)
        self.box_private, self.box_public = hpke.generate(draw)
        self.office = draw(32)
        self.noted = (office_public(self.office),)
        self.ack = SigningKey.generate(f"{LEDGER}/ack/reporter", ED25519, draw(32))
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("pepper", "work_key"):
            write_secret(folder / name, draw(32))
        write_key_file(folder / "ack.key", self.ack)
        (folder / "readers.note").write_text(self.note())
        self.quota = quota

    @cached_property
    def readers(self) -> ReadersNote:
        return self.readers_of(self.staff)

    def reply(
        self, place: Place, sealed: bytes, day: str, epoch: int = 0, public: bytes = b"", reporter: bytes = b""
    ) -> Reply:
        """An answer of the desk's as carry delivers it, signed by the office: a new epoch where ``public`` is one,
        wrapped to ``reporter``."""
        if public:
            signature = sign_epoch(self.office, place, epoch, public)
        else:
            signature = sign_value(self.office, place, sealed)
        where = (place.compartment, place.field, place.version)
        kind = "epoch" if public else "value"
        return Reply(draw(16), place.record, kind, *where, sealed, day, epoch, public, signature, reporter)

    def readers_of(self, staff: Iterable[Staff], epoch: int = 1) -> ReadersNote:
        several = tuple(sorted((one.reader for one in staff), key=lambda reader: reader.id))
        recovery = Recovery(self.recovery[1], 2, 3)
        return ReadersNote(self.deployment, epoch, date(2026, 3, 1), recovery, self.noted, several)

    def note(self, staff: Iterable[Staff] | None = None, signers: int = 2, epoch: int = 1) -> str:
        text = readers.write(self.readers_of(self.staff if staff is None else staff, epoch))
        signed = [sign_text(text, key) for key in self.panel[:signers]]
        return add_signatures(signed[0].to_bytes(), [line for one in signed[1:] for line in one.signatures]).decode()

    def settings(self) -> dict[str, Any]:
        return {
            "ANSWERABLE_DEPLOYMENT": {
                "v": 1,
                "deployment": self.deployment.hex(),
                "ledger_name": LEDGER,
                "panel": [str(key.verifier) for key in self.panel],
                "opening_box": self.box_public.hex(),
                "languages": ["en"],
            },
            "ANSWERABLE_READERS": self.folder / "readers.note",
            "ANSWERABLE_INTAKE": {
                "pepper": self.folder / "pepper",
                "files": self.folder / "files",
                "work_key": self.folder / "work_key",
                "quota_bytes": self.quota,
            },
            "ANSWERABLE_PARTIES": {
                "intake": {"name": "reporter", "ledger_name": LEDGER, "ack_key": self.folder / "ack.key"}
            },
        }

    @contextmanager
    def in_force(self) -> Iterator[World]:
        with override_settings(**self.settings()):
            yield self


@contextmanager
def as_reporter() -> Iterator[None]:
    """What is done in this block is done with the reporter's own rights, where the connection carries them (SQLite)."""
    connection = connections[alias_of(INTAKE)]
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        yield
        return
    connection.connection.set_authorizer(guards.authorize)
    try:
        yield
    finally:
        own = connection.alias in getattr(settings, "ANSWERABLE_REPORTER", ())
        if connection.connection is not None:  # it was let go of when its file went
            connection.connection.set_authorizer(guards.authorize if own else None)


@dataclass
class Person:
    """Someone with a code: what she sends, and what she reads in her mailbox."""

    world: World
    record_kind: Record = Record.REPORT
    one_time: bool = False
    record: bytes = field(default_factory=lambda: draw(16))
    submission: bytes = field(default_factory=lambda: draw(16))

    def __post_init__(self) -> None:
        self.key = draw(32)  # stands for K: the derivation itself is tested with codes
        self.private, self.public = hpke.generate(draw)
        self.keys = RecordKeys.draw(self.world.deployment, self.record_kind, draw, record=self.record)
        self.box = 0 if self.record_kind is Record.REPORT else 1
        self.credentials = self.credentials_for(self.key, self.private, one_time=self.one_time)

    def credentials_for(self, key: bytes, private: bytes, *, one_time: bool = False) -> Credentials:
        return make_credentials(key, self.world.deployment, self.box, private, one_time=one_time, rng=draw)

    @property
    def l(self) -> bytes:  # noqa: E743
        return codes.keys(self.key, self.box).l

    @property
    def auth(self) -> bytes:
        return codes.keys(self.key, self.box).auth

    @property
    def seed(self) -> bytes:
        return codes.signing_seed(self.key, self.box)

    @property
    def thread(self) -> Compartment:
        return THREAD[self.record_kind]

    def envelope(self, text: str = "what happened", channel: Channel = Channel.PLAIN, **options: Any) -> Envelope:
        kind = Kind.REPORT if self.record_kind is Record.REPORT else Kind.HELP
        options.setdefault("submission", self.submission)
        made = make_envelope(
            kind,
            channel,
            self.world.deployment,
            options.pop("readers", self.world.readers),
            self.public,
            {self.thread: text.encode()},
            language="en",
            rng=draw,
            keys=self.keys,
            **options,
        )
        return sign(made, self.seed)

    def delivery(self, made: Envelope, *, worked: bytes = b"", credentials: Credentials | None = None) -> bytes:
        found = credentials or self.credentials
        if made.channel is Channel.OFFLINE:
            found = found.carried()
        return encode_delivery(Delivery(worked, found, envelope.encode(made)))

    def report(self, door: str = "plain", now: int = NOW, **options: Any) -> Received:
        channel = {"plain": Channel.PLAIN, "assist": Channel.ASSISTED, "carry-in": Channel.OFFLINE, "web": Channel.WEB}
        made = self.envelope(channel=channel[door], **options)
        worked = solved(envelope.encode(made), now) if door == "web" else b""
        with as_reporter():
            return actions.receive(self.delivery(made, worked=worked), door=door, now=now)

    def addition(self, values: Iterable[tuple[Compartment, Field, bytes]] = (), **options: Any) -> Envelope:
        publics = options.pop("publics", self.keys.publics)
        where = (self.world.deployment, self.record_kind, self.record, self.public)
        return sign(make_addition(*where, publics, values, rng=draw, **options), self.seed)

    def add(self, made: Envelope, now: int = NOW, door: str = "plain") -> Received:
        data = encode_delivery(Delivery(b"", None, envelope.encode(made)))
        with as_reporter():
            return actions.add(self.l, self.auth, self.box, data, door=door, now=now)

    def say(self, text: str, now: int = NOW) -> Received:
        return self.add(self.addition([(self.thread, Field.MESSAGE, text.encode())]), now)

    def open(self, now: int = NOW) -> Box:
        with as_reporter():
            return actions.open_box(self.l, self.auth, self.box, now=now)

    def texts(self, now: int = NOW) -> list[bytes]:
        """What she can read in her mailbox with her key: every value of a compartment she has a wrap of."""
        return [data for _, data in self.read(self.open(now))]

    def read(self, box: Box) -> list[tuple[int, bytes]]:
        privates = {}
        for one in box.compartments:
            if one.wrap is not None:
                place = Place(self.world.deployment, one.record_kind, one.record, one.compartment, Field.NONE, 0)
                opened = open_wrap(place, REPORTER, self.private, one.wrap)
                privates[one.record, one.compartment, one.epoch] = opened
        found = []
        for value in box.values:
            epoch = int.from_bytes(value.sealed[6:10], "big")
            private = privates.get((value.record, value.compartment, epoch))
            if private is not None and value.field not in (Field.FILE, Field.CLEANED):
                place = Place(
                    self.world.deployment,
                    value.record_kind,
                    value.record,
                    value.compartment,
                    Field(value.field),
                    value.version,
                )
                found.append((value.field, open_value(place, private, value.sealed)))
        return found

    def change(self, box: Box, now: int = NOW) -> Received:
        """A new code of hers: a new epoch, her old keys wrapped anew; then she is the one with the new code."""
        new_key, (private, public) = draw(32), hpke.generate(draw)
        new = self.credentials_for(new_key, private)
        several = [
            envelope.encode(self.rekeyed(box, record, public, key=new_key))
            for record in {one.record for one in box.compartments}
        ]
        with as_reporter():
            received = actions.change_code(self.l, self.auth, self.box, new, several, door="plain", now=now)
        self.key, self.private, self.public, self.credentials = new_key, private, public, new
        return received

    def rekeyed(
        self, box: Box, record: bytes, public: bytes, channel: Channel = Channel.PLAIN, key: bytes | None = None
    ) -> Envelope:
        """New epochs under a new code, whose K is ``key``; signed with the code she has."""
        kind = next(one.record_kind for one in box.compartments if one.record == record)
        mine = [one for one in box.compartments if one.record == record]
        newest = {one.compartment: max(k.epoch for k in mine if k.compartment is one.compartment) for one in mine}
        epoch = max(newest.values()) + 1
        fresh = RecordKeys.draw(self.world.deployment, kind, draw, record=record, epoch=epoch, compartments=newest)
        parts: list[Sealed] = []
        for one in newest:
            holders = [*box.holders[record][one], (RECOVERY, self.world.recovery[1])]
            if any(k.compartment is one and k.wrap for k in mine):
                holders.append((REPORTER, public))
            parts.append(fresh.wrapped(one, holders, draw))
        for one_ in mine:
            if one_.wrap is not None:
                place = Place(self.world.deployment, kind, record, one_.compartment, Field.NONE, 0)
                opened = open_wrap(place, REPORTER, self.private, one_.wrap)
                wrap = seal_wrap(place, REPORTER, public, opened, epoch=one_.epoch, rng=draw)
                parts.append(Sealed(one_.compartment, one_.epoch, one_.public, (Wrapped(REPORTER, wrap),)))
        self.fresh = fresh
        where = (self.world.deployment, kind, record, public, fresh.publics, ())
        made = make_addition(*where, rng=draw, compartments=parts, channel=channel)
        return sign(made, self.seed, codes.signing_seed(key or draw(32), self.box))

    def file(self, data: bytes, version: int = 2) -> tuple[AttachedFile, bytes]:
        compartment = Compartment.EVIDENCE if self.record_kind is Record.REPORT else Compartment.MEDICAL_ASSISTANCE
        place = self.keys.place(compartment, Field.FILE, version)
        return attach(place, self.keys.public(compartment), "a.bin", "x/y", data, epoch=self.keys.epoch, rng=draw)


def solved(subject: bytes, now: int = NOW) -> bytes:
    """Work for the SHA-256 of ``subject``."""
    return work.solve(actions.challenge(now), sha256(subject).digest())


def without(made: Envelope, **parts: Any) -> Envelope:
    """An envelope with some of its parts changed."""
    return replace(made, **parts)


def give_indices(start: int = 0) -> None:
    """What the sequencer does to the outbox: every waiting row gets an index."""
    with connections[alias_of(INTAKE)].cursor() as cursor:
        cursor.execute("SELECT id FROM outbox WHERE idx IS NULL ORDER BY leaf_hash")
        for number, (id_,) in enumerate(cursor.fetchall(), start):
            cursor.execute("UPDATE outbox SET idx = %s WHERE id = %s", [number, id_])


def counts() -> Mapping[str, int]:
    """How many rows each table has, all at one moment: a PostgreSQL server may still end what a killed client began."""
    from answerable.intake import schema

    tables = (*schema.TABLES, "outbox", "event")
    with connections[alias_of(INTAKE)].cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))
        return dict(zip(tables, map(int, cursor.fetchone()), strict=True))
