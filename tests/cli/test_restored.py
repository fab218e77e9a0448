"""Each database restored from a copy of each moment: what can be there is there again, once; the rest is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.test.utils import override_settings

from answerable.casework import actions as casework
from answerable.casework import models as rows
from answerable.casework import signing
from answerable.casework.shapes import NewKey, Sealed
from answerable.intake import actions as intake
from answerable.intake.errors import NothingOpens
from answerable.ledger.openings import write_secret
from answerable.record.keys import ED25519, SigningKey
from answerable.record.note import write_key_file
from answerable.sealing import hpke
from answerable.sealing.envelope import Kind, Wrapped
from answerable.sealing.place import RECOVERY, REPORTER, Compartment, Field, Place, Record
from answerable.sealing.values import open_value, open_wrap, seal_value, seal_wrap
from tests.cli.restoring import KINDS, Run, Stores
from tests.cli.test_withdrawal_desk import Officer, works_here
from tests.intake.world import LEDGER, NOW, Person, World, draw
from tests.ledger.processes import forked, killed_after
from tests.postgres import Server

#: On PostgreSQL as well. There a copy costs a second, so what does not depend on the database stays out.
both = pytest.mark.database
NARRATIVE = Compartment.NARRATIVE
ANSWER, REPORT, MORE, LATER = b"we read it", b"what happened", b"more", b"later"
BEFORE, CARRIED, ANSWERED = range(3)


class Story:
    """Somebody reports with a file; an officer answers and makes a new key; she writes again. Copies of three moments:
    before it, once the report was carried, and once the answer was delivered and her next words had come."""

    def __init__(self, run: Run, stores: Stores) -> None:
        self.run, self.stores = run, stores
        self.copies = [stores.keep()]
        self.person = Person(run.world)
        attached, body = self.person.file(b"a picture")
        intake.store_file(attached.attached.id, [body], now=NOW)
        self.person.report(files=[attached])
        self.carried()
        self.copies.append(stores.keep())
        self.officer = works_here(run.world.staff[0], "ida")
        self.answers(ANSWER)
        self.carried()
        self.says(MORE)
        self.carried()
        self.copies.append(stores.keep())
        self.says(LATER)
        self.carried()
        run.remember()
        self.whole = stores.keep()

    @property
    def handle(self) -> str:
        return self.person.record.hex()

    def carried(self) -> None:
        assert self.run.until_quiet() == []

    def says(self, text: bytes) -> None:
        """She writes, to the newest key that her box shows her: the desk's."""
        keys = [one for one in self.person.open().compartments if one.compartment is NARRATIVE and one.wrap]
        newest = max(keys, key=lambda one: one.epoch)
        assert newest.epoch == 2
        publics = {NARRATIVE: (newest.epoch, newest.public)}
        self.person.add(self.person.addition([(NARRATIVE, Field.MESSAGE, text)], publics=publics))

    def sign(self, officer: Officer, act: str) -> signing.Signed:
        key = officer.signs.public_key().public_bytes_raw()
        signer = signing.Signer(self.run.world.deployment, officer.person.holder, key)
        today = date(2026, 3, 3)
        text = signing.act_text(signer, act, self.person.record, day=today, nonce=draw(16), body=b"{}")
        signature = officer.signs.sign(text)
        return signing.check(signer, act, self.person.record, text=text, signature=signature, body=b"{}", today=today)

    def place(self, field: Field, version: int) -> Place:
        return Place(self.run.world.deployment, Record.REPORT, self.person.record, NARRATIVE, field, version)

    def answers(self, text: bytes) -> None:
        """The officer writes to her, and begins a new key of the narrative."""
        current = rows.Compartment.objects.get(record__handle=self.handle, compartment=int(NARRATIVE), until=None)
        version = int.from_bytes(draw(3), "big") + 1
        place = self.place(Field.MESSAGE, version)
        sealed = seal_value(place, bytes(current.public), text, epoch=current.number, rng=draw)
        casework.write_to_person(
            self.officer.person,
            self.handle,
            message=Sealed(NARRATIVE, Field.MESSAGE, version, sealed),
            signed=self.sign(self.officer, "write_to_person"),
            now=NOW,
        )
        epoch = current.number + 1
        self.private, public = hpke.generate(draw)
        holders = [
            (REPORTER, self.person.public),
            (RECOVERY, self.run.world.recovery[1]),
            (self.officer.staff.reader.id, self.officer.staff.reader.x25519),
        ]
        wraps = [
            Wrapped(one, seal_wrap(self.place(Field.NONE, 0), one, to, self.private, epoch=epoch, rng=draw))
            for one, to in holders
        ]
        casework.new_epoch(
            self.officer.person,
            self.handle,
            NewKey(NARRATIVE, public, tuple(wraps), self.person.public),
            signed=self.sign(self.officer, "new_epoch"),
            now=NOW,
        )

    def opened_at_desk(self) -> list[bytes]:
        """What an officer of the readers' note opens of the narrative, with the wraps that the desk holds."""
        staff = self.run.world.staff[0]
        wraps = rows.Wrap.objects.filter(
            record=self.handle, compartment=int(NARRATIVE), holder=staff.reader.id.hex()
        ).values_list("epoch", "wrap")
        keys = {
            epoch: open_wrap(self.place(Field.NONE, 0), staff.reader.id, staff.private, bytes(wrap))
            for epoch, wrap in wraps
        }
        values = rows.Value.objects.filter(record__handle=self.handle, compartment=int(NARRATIVE))
        return sorted(
            open_value(self.place(Field(one.field), one.version), keys[one.epoch], bytes(one.sealed))
            for one in values
            if one.field in (Field.FORM, Field.MESSAGE) and one.epoch in keys
        )

    def hers(self) -> list[bytes]:
        """What she reads in her box: what she sent, and the answer."""
        return sorted(text for text in self.person.texts() if text in {REPORT, ANSWER, MORE, LATER})

    def missing(self) -> list[str]:
        return sorted(rows.Missing.objects.waiting().values_list("what", flat=True))

    def bodies(self) -> int:
        return len([path for path in (self.stores.folder / "desk" / "files").iterdir() if path.name[0] != "."])


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server | None, django_db_blocker: Any
) -> Iterator[tuple[Run, Stores, Story]]:
    """Both parties in their folders, carry between them, and what happened: made once, since every test restores it."""
    stores = Stores(tmp_path_factory.mktemp("restored"), postgres)
    world = World(stores.folder / "world")
    (world.folder / "files").mkdir()
    desk = stores.folder / "desk"
    (desk / "files").mkdir(parents=True)
    write_secret(desk / "wrapping", draw(32))
    write_key_file(desk / "ack.key", SigningKey.generate(f"{LEDGER}/ack/desk", ED25519, draw(32)))
    settings: dict[str, Any] = {
        **world.settings(),
        "ANSWERABLE_PARTY": {"name": "desk", "ledger_name": LEDGER, "ack_key": desk / "ack.key"},
        "ANSWERABLE_CASEWORK": {name: desk / name for name in ("wrapping", "files", "recovery_key")},
    }
    with django_db_blocker.unblock(), stores.open(), override_settings(**settings):
        run = Run(world, stores.folder)
        yield run, stores, Story(run, stores)


@pytest.fixture
def run(told: tuple[Run, Stores, Story], django_db_blocker: Any) -> Iterator[Run]:
    """Everything as it was when the story ended, with a carry that has just begun."""
    run, stores, story = told
    with django_db_blocker.unblock():
        for alias in KINDS:
            stores.restore(alias, story.whole)
        connections.close_all()
        run.carry = run.begin()
        assert run.until_quiet() == []
        yield run


@pytest.fixture
def stores(told: tuple[Run, Stores, Story]) -> Stores:
    return told[1]


@pytest.fixture
def story(told: tuple[Run, Stores, Story], run: Run) -> Story:
    return told[2]


@pytest.mark.parametrize("moment", [BEFORE, CARRIED, ANSWERED])
@pytest.mark.parametrize(
    "together",
    [pytest.param(("default", "keys"), marks=both, id="both"), pytest.param(("default",), id="desk"),
     pytest.param(("keys",), id="keys")],
)  # fmt: skip
def test_a_desk_that_was_restored(
    run: Run, stores: Stores, story: Story, together: tuple[str, ...], moment: int
) -> None:
    # When the desk's databases are copies of an earlier moment, under a carry that goes on
    for alias in together:
        stores.restore(alias, story.copies[moment])
    troubles = run.until_quiet()
    # Then the desk has the report with its file and all of her words, once, and its officer opens them
    assert rows.Record.objects.get().handle == story.handle
    assert rows.Submission.objects.count() == 3
    assert story.bodies() == rows.File.objects.count() == 1
    answer = [] if "default" in together and moment < ANSWERED else [ANSWER]
    # but for what she wrote to a key that the desk had begun since the copy, and that nobody has any more
    later = [] if "keys" in together and moment < ANSWERED else [MORE, LATER]
    assert story.opened_at_desk() == sorted([REPORT, *later, *answer])
    # And so does she, once, with the answer
    assert story.hers() == sorted([REPORT, MORE, LATER, ANSWER])
    # And what the desk's own copy has lost is named, until somebody says what was done about it
    lost_key = [] if later else ["key"]
    assert story.missing() == sorted([*(["answer"] if not answer else []), *lost_key])
    assert ["missing since a database was restored" in one for one in troubles] == [True] * bool(story.missing())
    if story.missing():
        again = run.until_quiet()
        assert again == troubles
        works_here(run.world.staff[1], "ada")
        person = rows.Person.objects.get(user__username="ada")
        handles = list(rows.Missing.objects.values_list("handle", flat=True))
        assert casework.answer_missing(person, handles, "told her so", now=NOW) == len(handles)
        assert run.until_quiet() == []
        assert story.missing() == []


def test_a_key_that_the_desk_forgot_keeps_its_number(run: Run, stores: Stores, story: Story) -> None:
    # When the desk is one from before its new key, and the keys are as they were
    stores.restore("default", story.copies[CARRIED])
    run.until_quiet()
    # Then the key is the current one again, since its holders have it; and where they have not, none gets its number
    here = rows.Compartment.objects.filter(record__handle=story.handle, compartment=int(NARRATIVE))
    assert list(here.order_by("epoch").values_list("epoch", "until")) == [(1, date(2026, 3, 3)), (2, None)]
    for alias in ("default", "keys"):
        stores.restore(alias, story.copies[CARRIED])
    run.until_quiet()
    assert list(here.order_by("epoch").values_list("epoch", "until")) == [(1, None), (2, date(2026, 3, 3))]
    assert rows.Grant.objects.filter(compartment=int(NARRATIVE), person=None, done=None).count() == 1


@both
@pytest.mark.parametrize("moment", [BEFORE, CARRIED, ANSWERED])
def test_mailboxes_that_were_restored(run: Run, stores: Stores, story: Story, moment: int) -> None:
    # When the reporter's database is a copy of an earlier moment
    stores.restore("intake", story.copies[moment])
    run.until_quiet()
    # Then the desk has everything, once
    assert rows.Record.objects.get().handle == story.handle
    assert story.opened_at_desk() == sorted([REPORT, MORE, LATER, ANSWER])
    # And she has what her box had, and the desk's answer, which it holds and gives again; the rest is named
    if moment == BEFORE:
        with pytest.raises(NothingOpens):
            story.person.open()
    else:
        hers = [REPORT, ANSWER, *([MORE] if moment == ANSWERED else [])]
        assert story.hers() == sorted(hers)
        assert len(story.person.open().compartments) == 5
        assert all(one.receipt for one in story.person.open().submissions)
    assert story.missing() == ["mailbox"] * [3, 2, 1][moment]
    # And when her entries are back from the rebuilt log, it is as it was: they are named once
    run.rebuild()
    run.until_quiet()
    assert story.missing() == ["mailbox"] * [3, 2, 1][moment]


def test_a_report_never_goes_into_a_file_that_was_replaced(run: Run, stores: Stores, story: Story) -> None:
    # Given a door that has the reporter's database open
    story.person.open()
    # When a copy takes the place of the file, and somebody reports, and writes
    stores.restore("intake", story.copies[CARRIED])
    person = Person(run.world)
    person.report()
    person.say("more")
    # Then what was acknowledged is in the file that is there
    connections.close_all()
    assert {b"what happened", b"more"} <= set(person.texts())


@both
def test_what_both_sides_have_lost_the_register_still_shows(run: Run, stores: Stores, story: Story) -> None:
    for alias in ("default", "keys", "intake"):
        stores.restore(alias, story.copies[BEFORE])
    assert run.until_quiet() == []
    # When the log was rebuilt, and gave the party's outbox its entries back
    run.rebuild()
    run.until_quiet()
    # Then each entry is named that was promised to somebody, with its index in the register
    leaves = [bytes(leaf) for _, leaf in story.run.theirs]
    found = {(one.what, one.leaf, one.idx) for one in rows.Missing.objects.all()}
    assert found == {("entry", leaf.hex(), run._index(data)) for data, leaf in run.theirs}
    assert len(leaves) == 3


@both
def test_what_was_erased_stays_erased(run: Run, stores: Stores, story: Story) -> None:
    # Given that somebody else's report was carried, copied, and then taken back before anybody read it
    other = Person(run.world)
    other.report()
    story.carried()
    copies = stores.keep()
    other.add(other.addition(kind=Kind.WITHDRAWAL))
    story.carried()
    assert rows.Record.objects.count() == 1
    # When the desk's databases are those of the copy
    for alias in ("default", "keys"):
        stores.restore(alias, copies)
    connections.close_all()
    assert rows.Record.objects.count() == 2
    run.until_quiet()
    # Then it is erased again, and entered as that; the other report is as it was
    assert rows.Record.objects.get().handle == story.handle
    assert rows.Erasure.objects.filter(reason="withdrawal").exists()
    assert story.opened_at_desk() == sorted([REPORT, MORE, LATER, ANSWER])
    # And when it is the reporter's database that is older, her box goes again
    stores.restore("intake", copies)
    run.until_quiet()
    with pytest.raises(NothingOpens):
        other.open()
    assert story.missing() == []


def test_spare_wraps_open_for_carry_alone_and_go_in_time(run: Run, stores: Stores, story: Story) -> None:
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT sealed FROM spare")
        (spare,) = [bytes(row[0]) for row in cursor.fetchall()]
        cursor.execute("SELECT holder FROM wrap")
        assert {bytes(row[0]) for row in cursor.fetchall()} == {REPORTER}
    held = [bytes(one.wrap) for one in rows.Wrap.objects.filter(record=story.handle, compartment=int(NARRATIVE))]
    assert not any(one in spare for one in held)
    # When a backup could not be so old any more, they go; and then the desk cannot be given it again, and that is named
    assert intake.drop_spares(NOW + 30 * 86_400) == 0
    assert intake.drop_spares(NOW + 31 * 86_400) == 1
    for alias in ("default", "keys"):
        stores.restore(alias, story.copies[BEFORE])
    run.until_quiet()
    assert story.missing() == ["submission"] * 3
    assert story.hers() == sorted([REPORT, MORE, LATER, ANSWER])
    # And a newer copy that is found later mends it
    for alias in ("default", "keys"):
        stores.restore(alias, story.copies[ANSWERED])
    assert run.until_quiet() == []
    assert (story.missing(), rows.Submission.objects.count()) == ([], 3)


@pytest.mark.parametrize("where", ["take_in", "carry_again", "mark_carried"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_it_carries_again(
    run: Run, stores: Stores, story: Story, monkeypatch: pytest.MonkeyPatch, where: str, after: bool
) -> None:
    for alias in ("default", "keys"):
        stores.restore(alias, story.copies[BEFORE])

    class Killed(BaseException):
        """The process ends here."""

    module: Any = casework if where == "take_in" else intake
    real = getattr(module, where)

    def killed(*words: Any, **named: Any) -> None:
        if after:
            real(*words, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, where, killed)
        with pytest.raises(Killed):
            run.until_quiet()
    # When another takes over
    run.carry = run.begin()
    run.until_quiet()
    assert rows.Record.objects.get().handle == story.handle
    assert story.opened_at_desk() == [REPORT]
    assert rows.Submission.objects.count() == 3
    assert story.hers() == sorted([REPORT, MORE, LATER, ANSWER])


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(run: Run, stores: Stores, story: Story) -> None:
    for alias in KINDS:
        stores.restore(alias, story.copies[BEFORE])
    connections.close_all()
    copies = story.copies[BEFORE]
    people = [Person(run.world) for _ in range(6)]
    for number, person in enumerate(people):
        attached, body = person.file(draw(100_000))
        intake.store_file(attached.attached.id, [body], now=NOW)
        person.report(text=f"report {number}", files=[attached])
    run.tick()

    def goes() -> None:
        while True:
            run.carry = run.begin()
            run.round()

    # When carry is killed again and again, first as it carries, then as it carries again to a desk from before
    for restored in (False, True):
        if restored:
            for alias in ("default", "keys"):
                stores.restore(alias, copies)
        for tenths in (1, 2, 3):
            killed_after(forked(goes), tenths / 10)
        run.carry = run.begin()
        assert run.until_quiet() == []
        # Then the desk has each once, with its file, and nothing half made
        assert {one.handle for one in rows.Record.objects.all()} == {person.record.hex() for person in people}
        assert rows.Submission.objects.count() == rows.File.objects.count() == len(people)
        names = set(rows.File.objects.values_list("handle", flat=True))
        run.carry.swept = 0.0
        run.round()
        run.carry.swept = 0.0
        run.round()
        assert {path.name for path in (stores.folder / "desk" / "files").iterdir()} == names
        for number, person in enumerate(people):
            assert f"report {number}".encode() in person.texts()
