"""Whoever runs the reporter party, or writes to its database, can seal anything to anybody and enter it.

None of it may count as hers: what comes later is believed when it is signed with the key of her code, and else stands
beside it under a finding and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from answerable.casework import actions, queries
from answerable.casework import models as rows
from answerable.casework.arrivals import COPY
from answerable.casework.errors import AlteredError, WrongStageError
from answerable.casework.models.records import Standing
from answerable.casework.shapes import Incoming
from answerable.record import commit
from answerable.sealing import codes, hpke
from answerable.sealing import envelope as envelopes
from answerable.sealing.envelope import Envelope, Kind
from answerable.sealing.making import RecordKeys, attach, holders_of, make_addition, make_envelope, make_epoch
from answerable.sealing.place import COMPARTMENTS, Compartment, Field, Record
from answerable.sealing.signing import sign, signer_of
from answerable.sealing.values import open_wrap
from tests.casework.world import DEPLOYMENT, Desk, Reporter, Staff, day, draw

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"])]
NARRATIVE = Compartment.NARRATIVE


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "desk")
    with made.in_force():
        made.hire("officer", "intake_officer")
        made.hire("advocate", "advocate")
        made.hire("member", "panel")
        yield made


class Liar:
    """A reporter party that was taken over: it knows all but the words, and has keys of its own."""

    def __init__(self, desk: Desk, her: Reporter) -> None:
        self.desk, self.her = desk, her
        self.seed = draw(32)
        self.private, self.public = hpke.generate(draw)

    def writes(self, text: bytes = b"forged", *, sealed_to: RecordKeys | None = None, **more: Any) -> Envelope:
        """Something later about her record, to be signed yet."""
        current = rows.Compartment.objects.filter(record__handle=self.her.handle, until=None)
        publics = {Compartment(one.compartment): (one.epoch, bytes(one.public)) for one in current}
        if sealed_to:
            publics = sealed_to.publics
        values = [(NARRATIVE, Field.MESSAGE, text)] if text else []
        more = {"kind": Kind.ADDITION, **more}
        return make_addition(DEPLOYMENT, self.her.kind, self.her.record, self.public, publics, values, rng=draw, **more)

    def sends(self, made: Envelope, seed: bytes | None = None, **signs: Any) -> Incoming:
        """It, signed with the liar's key or another, as carry hands it over."""
        return self.her.sends(sign(made, seed or self.seed, **signs))

    def epochs(self, number: int = 2) -> tuple[RecordKeys, tuple[envelopes.Sealed, ...]]:
        """New keys of every compartment, whose private halves the liar has, wrapped to staff as they must be."""
        keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=self.her.record, epoch=number)
        note = self.desk.readers()
        holders = {one: holders_of(note, Record.REPORT, one, self.public) for one in keys.pairs}
        return keys, make_epoch(keys, holders, draw)


def current(her: Reporter, part: Compartment = NARRATIVE) -> bytes:
    """What staff seals to."""
    found = rows.Compartment.objects.get(record__handle=her.handle, compartment=int(part), until=None)
    return bytes(found.public)


def read(staff: Staff, her: Reporter) -> list[bytes]:
    return staff.open(her.handle, NARRATIVE, Record.REPORT)


def changed(desk: Desk, her: Reporter, seed: bytes, number: int = 2, by: bytes | None = None) -> tuple[Incoming, bytes]:
    """Her own change of the code, as she makes it: signed with the old one, naming the new one; her new public key."""
    public = hpke.generate(draw)[1]
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record, epoch=number)
    holders = {one: holders_of(desk.readers(), Record.REPORT, one, public) for one in keys.pairs}
    made = make_addition(
        DEPLOYMENT, Record.REPORT, her.record, public, {}, (), rng=draw, compartments=make_epoch(keys, holders, draw)
    )
    return her.sends(sign(made, by or her.seed, seed)), public


def takes(incoming: Incoming, desk: Desk) -> rows.Submission:
    assert actions.take_in(incoming, now=desk.now).new
    return rows.Submission.objects.get(leaf=incoming.leaf)


def told(desk: Desk) -> list[str]:
    """What the panel is asked about."""
    member = desk.staff["member"].person
    return [row.thing for row in queries.altered(member, on=day(desk.now))]


def test_a_forged_addition_is_kept_beside_hers_and_the_panel_is_told(desk: Desk) -> None:
    # Given a report, and words in her name that somebody else sealed and signed
    her = desk.taken_in(b"what happened")
    liar = Liar(desk, her)
    forged = takes(liar.sends(liar.writes(b"I made it all up")), desk)
    # Then nothing vanished, and nothing is believed
    assert (forged.standing, forged.line) == (Standing.UNSIGNED, None)
    value = rows.Value.objects.get(submission=forged)
    assert value.version > COPY
    assert told(desk) == [forged.handle]
    # And an officer opens it, beside what is hers
    assert sorted(read(desk.staff["officer"], her)) == sorted([b"what happened", b"I made it all up"])
    # And what she writes herself is hers as ever
    assert takes(her.adds(b"true words"), desk).standing == Standing.HERS
    # And many forgeries ask the panel once, until it has answered
    for _ in range(3):
        takes(liar.sends(liar.writes(b"again")), desk)
    assert told(desk) == [forged.handle]


def test_a_forged_epoch_is_sealed_to_by_nobody(desk: Desk) -> None:
    # Given new keys of her record, made by whoever runs the reporter party
    her = desk.taken_in()
    liar = Liar(desk, her)
    before, key_before = current(her), rows.Record.objects.get().reporter_key
    keys, sealed = liar.epochs()
    made = liar.writes(b"to my own key", sealed_to=keys, compartments=sealed)
    forged = takes(liar.sends(made), desk)
    # Then staff goes on sealing to hers, and new keys are wrapped to her and not to the liar
    assert forged.standing == Standing.UNSIGNED
    assert current(her) == before
    assert bytes(rows.Record.objects.get().reporter_key or b"") == bytes(key_before or b"") == her.public
    officer = desk.staff["officer"]
    words = officer.seal(her.handle, NARRATIVE, Field.MESSAGE, b"for her alone")
    officer.do("write_to_person", her.handle, message=words)
    reply = actions.next_reply()
    assert reply is not None
    assert her.opens(reply) == b"for her alone"
    # And what was sealed to the false key can be looked at all the same
    assert b"to my own key" in read(officer, her)
    # And her own second epoch, which has the same number, is not kept out by it
    seed = draw(32)
    change, public = changed(desk, her, seed)
    assert takes(change, desk).standing == Standing.HERS
    assert current(her) not in (before, keys.public(NARRATIVE))
    assert bytes(rows.Record.objects.get().reporter_key or b"") == public
    found = actions.fetch_wrap(officer.person, her.handle, NARRATIVE, now=desk.now)
    assert found is not None
    place = keys.place(NARRATIVE, Field.NONE, 0)
    opened = {
        epoch: hpke.public_of(open_wrap(place, officer.person.holder, officer.private, w)) for epoch, w in found.wraps
    }
    assert opened[2] == current(her)


def test_her_key_named_anew_in_a_forgery_is_not_wrapped_to(desk: Desk) -> None:
    her = desk.taken_in()
    liar = Liar(desk, her)
    takes(liar.sends(liar.writes(b"")), desk)
    assert bytes(rows.Record.objects.get().reporter_key or b"") == her.public


def test_a_forged_consent_is_not_taken_up(desk: Desk) -> None:
    her = desk.taken_in(consents=("contact",))
    liar = Liar(desk, her)
    forged = takes(liar.sends(liar.writes(b"", kind=Kind.CONSENT, consents=("contact", "state"))), desk)
    assert forged.standing == Standing.UNSIGNED
    assert rows.Record.objects.get().consents == "contact"
    assert not rows.Act.objects.filter(kind="consent.changed").exists()
    assert told(desk) == [forged.handle]
    # And her own is
    takes(her.adds(b"", Kind.CONSENT, consents=("assistance", "contact")), desk)
    assert rows.Record.objects.get().consents == "assistance contact"


@pytest.mark.parametrize("read_first", [False, True])
def test_a_forged_withdrawal_takes_nothing_away(desk: Desk, read_first: bool) -> None:
    # Given a report, which nobody has read, or somebody has
    her = desk.taken_in()
    if read_first:
        read(desk.staff["officer"], her)
    liar = Liar(desk, her)
    stage = rows.Record.objects.get().stage
    forged = takes(liar.sends(liar.writes(b"please forget it", kind=Kind.WITHDRAWAL)), desk)
    actions.finish_erasures()
    # Then it is all there, where it was
    assert forged.standing == Standing.UNSIGNED
    assert rows.Record.objects.get().stage == stage
    assert b"what happened" in read(desk.staff["officer"], her)
    # And her own takes effect
    actions.take_in(her.adds(b"", Kind.WITHDRAWAL), now=desk.now)
    assert rows.Record.objects.filter(stage=stage).count() == 0


def test_a_forged_list_of_struck_readers_shuts_nobody_out(desk: Desk) -> None:
    her = desk.taken_in()
    liar = Liar(desk, her)
    everyone = tuple(sorted(one.person.holder for one in desk.staff.values()))
    takes(liar.sends(replace(liar.writes(b""), struck=everyone)), desk)
    assert not rows.Bar.objects.exists()
    assert read(desk.staff["officer"], her)


def test_a_signer_swapped_in_an_envelope_of_hers_is_not_hers(desk: Desk) -> None:
    # Given an envelope of hers in which the next signer, her key, or a word of its frame is another
    her = desk.taken_in()
    liar = Liar(desk, her)
    made = sign(replace(liar.writes(b"mine"), reporter=her.public), her.seed)
    for changes in ({"signer": signer_of(liar.seed)}, {"reporter": liar.public}, {"language": "fr"}):
        swapped = takes(her.sends(replace(made, submission=draw(16), **changes)), desk)
        assert swapped.standing == Standing.UNSIGNED
    # Then what the liar signs goes on being nobody's, and hers hers
    assert takes(liar.sends(liar.writes()), desk).standing == Standing.UNSIGNED
    assert takes(her.sends(made), desk).standing == Standing.HERS


def test_a_change_of_code_signed_by_another_key_gives_nobody_the_record(desk: Desk) -> None:
    # Given a change of the code that the new key signed itself
    her = desk.taken_in()
    liar = Liar(desk, her)
    _, sealed = liar.epochs()
    wrong = takes(liar.sends(liar.writes(b"", compartments=sealed), her.seed[::-1], following=liar.seed), desk)
    assert wrong.standing == Standing.UNSIGNED
    assert takes(liar.sends(liar.writes(b"", compartments=sealed)), desk).standing == Standing.UNSIGNED
    # Then the record is hers still
    assert takes(her.adds(b"still me"), desk).standing == Standing.HERS


def test_an_envelope_of_hers_moved_to_another_record_is_not_believed_there(desk: Desk) -> None:
    # Given two reports, and a consent that belongs to the first
    first, second = desk.taken_in(), desk.taken_in()
    given = sign(Liar(desk, first).writes(b"", kind=Kind.CONSENT, consents=("state",)), first.seed)
    # When it is entered for the second
    moved = replace(given, record=second.record)
    assert takes(second.sends(moved), desk).standing == Standing.UNSIGNED
    # Then the second agreed to nothing
    assert rows.Record.objects.get(handle=second.handle).consents == "contact"


def test_a_changed_code_moves_the_key_and_the_old_one_is_a_former_one(desk: Desk) -> None:
    # Given a code that was changed, because somebody else knew the old one
    her = desk.taken_in()
    old, new = her.seed, draw(32)
    change, _public = changed(desk, her, new)
    assert takes(change, desk).standing == Standing.HERS
    # When the old code signs
    liar = Liar(desk, her)
    late = takes(liar.sends(liar.writes(b"with the old words", kind=Kind.WITHDRAWAL), old), desk)
    # Then it is told apart from a stranger's, and takes nothing away; the new one is hers
    assert late.standing == Standing.FORMER
    assert rows.Record.objects.get().stage == "received"
    her.seed = new
    assert takes(her.adds(b"with the new words"), desk).standing == Standing.HERS


def test_nothing_sent_again_or_out_of_order_moves_the_key_back(desk: Desk) -> None:
    # Given two changes of the code, one after the other, and a withdrawal that was signed before both and held back
    her = desk.taken_in()
    seeds = [her.seed, draw(32), draw(32)]
    liar = Liar(desk, her)
    held_back = liar.sends(liar.writes(b"", kind=Kind.WITHDRAWAL), seeds[0])
    one, _ = changed(desk, her, seeds[1], 2)
    two, public = changed(desk, her, seeds[2], 3, by=seeds[1])
    for change in (one, two):
        assert takes(change, desk).standing == Standing.HERS
    # When the first change comes again: as it was, and under another entry
    assert not actions.take_in(one, now=desk.now).new
    event = {**one.event, "at": "2026-03-01"}
    again = desk.incoming(one.envelope, event, key := draw(32), key)
    with pytest.raises(AlteredError):
        actions.take_in(again, now=desk.now)
    # And the withdrawal of the old code at last
    assert takes(held_back, desk).standing == Standing.FORMER
    # Then the key is that of the last change, and so are the epoch and the key that new ones are wrapped to
    her.seed, her.public = seeds[2], public
    assert takes(her.adds(b"me"), desk).standing == Standing.HERS
    record = rows.Record.objects.get()
    assert (record.stage, bytes(record.reporter_key or b"")) == ("received", public)
    assert rows.Compartment.objects.get(compartment=int(NARRATIVE), until=None).epoch == 3


@pytest.mark.parametrize("ends", ["consents", "withdraws"])
def test_what_waited_for_a_change_of_code_is_hers_when_it_comes(desk: Desk, ends: str) -> None:
    # Given two changes of the code, the first of which the reporter party holds back; and what came after them
    her = desk.taken_in()
    first_seed, seeds = her.seed, [draw(32), draw(32)]
    one, _ = changed(desk, her, seeds[0], 2)
    liar = Liar(desk, her)
    keys, sealed = liar.epochs(3)
    two = sign(replace(liar.writes(b"", compartments=sealed), reporter=liar.public), seeds[0], seeds[1])
    place = keys.place(Compartment.EVIDENCE, Field.FILE, 8)
    file, body = attach(place, keys.public(Compartment.EVIDENCE), "a.jpg", "image/jpeg", b"it", epoch=3, rng=draw)
    (desk.folder / "body").write_bytes(body)
    words = sign(liar.writes(b"under the newest words", sealed_to=keys, files=[file]), seeds[1])
    kind = Kind.CONSENT if ends == "consents" else Kind.WITHDRAWAL
    last = sign(liar.writes(b"", kind=kind, consents=("state",) if ends == "consents" else ()), seeds[1])
    forged = takes(liar.sends(liar.writes(b"forged")), desk)
    for made, files in ((two, ()), (words, ((file.attached, desk.folder / "body"),)), (last, ())):
        assert takes(her.sends(made, files=files), desk).standing == Standing.UNSIGNED
    # Then nothing of it has taken effect, and all of it opens
    assert rows.Record.objects.get().consents == "contact"
    assert b"under the newest words" in read(desk.staff["officer"], her)
    # When the change comes at last
    taken = actions.take_in(one, now=desk.now)
    # Then what waited is hers, in its order, with its keys and its file; and a forgery is one still
    record = rows.Record.objects.get()
    if ends == "withdraws":
        assert (taken.new, record.stage) == (True, "withdrawn")
        return
    assert taken.new
    assert record.consents == "state"
    assert bytes(record.reporter_key or b"") == liar.public
    assert current(her) == keys.public(NARRATIVE)
    assert {s.standing for s in rows.Submission.objects.exclude(pk=forged.pk)} == {Standing.HERS}
    assert rows.Submission.objects.get(leaf=forged.leaf).standing == Standing.UNSIGNED
    assert rows.Value.objects.filter(version__lt=COPY, field=int(Field.MESSAGE)).get().epoch == 3
    assert b"under the newest words" in read(desk.staff["officer"], her)
    kept = rows.File.objects.get()
    assert (desk.folder / "files" / kept.handle).read_bytes() == body
    # And the old words are former ones, the newest sign
    assert takes(liar.sends(liar.writes(), first_seed), desk).standing == Standing.FORMER
    assert takes(liar.sends(liar.writes(b"me"), seeds[1]), desk).standing == Standing.HERS


def second(desk: Desk, her: Reporter, text: bytes, seed: bytes, public: bytes) -> tuple[Envelope, RecordKeys]:
    """A further first submission under her record's id, sealed anew."""
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record)
    forms = dict.fromkeys(COMPARTMENTS[Record.REPORT], b"{}") | {NARRATIVE: text}
    made = make_envelope(
        Kind.REPORT, her.envelope.channel, DEPLOYMENT, desk.readers(), public, forms, language="en", rng=draw,
        keys=keys, struck=[desk.staff["advocate"].person.holder], consents=("state",),
    )  # fmt: skip
    return sign(made, seed), keys


def test_a_second_first_submission_with_another_key_never_takes_the_place_of_the_first(desk: Desk) -> None:
    # Given a report, and another under its id, which has a key of its own
    her = desk.taken_in(b"what happened")
    liar = Liar(desk, her)
    made, keys = second(desk, her, b"nothing happened", liar.seed, liar.public)
    beside = takes(her.sends(made), desk)
    # Then it stands beside the first, with its own key, and strikes out nobody
    assert (beside.standing, beside.line, beside.copy) == (Standing.BESIDE, 1, 1)
    assert not rows.Bar.objects.exists()
    assert told(desk) == [beside.handle]
    record = rows.Record.objects.get()
    assert (record.consents, bytes(record.reporter_key or b"")) == ("contact", her.public)
    # And what its key signs later belongs to it, and takes no effect
    said = takes(liar.sends(liar.writes(b"I made it up", sealed_to=keys)), desk)
    gone = takes(liar.sends(liar.writes(b"", kind=Kind.WITHDRAWAL)), desk)
    anew = takes(
        liar.sends(liar.writes(b"", compartments=liar.epochs()[1]), liar.seed, following=(next_ := draw(32))), desk
    )
    assert [(one.standing, one.line) for one in (said, gone, anew)] == [(Standing.BESIDE, 1)] * 3
    assert takes(liar.sends(liar.writes(sealed_to=keys), next_), desk).line == 1
    assert takes(liar.sends(liar.writes()), desk).standing == Standing.UNSIGNED
    # And every word of both opens for the officer, and the record is hers
    texts = read(desk.staff["officer"], her)
    assert {b"what happened", b"nothing happened", b"I made it up"} <= set(texts)
    assert takes(her.adds(b"me"), desk).standing == Standing.HERS
    assert current(her) == bytes(her.envelope.compartments[1].public)


def test_a_first_submission_that_its_own_key_did_not_sign_is_altered(desk: Desk) -> None:
    her, _incoming = desk.report()
    data = envelopes.encode(replace(her.envelope, signer=signer_of(draw(32))))
    event = desk.first_event(her.envelope, data)
    chain = draw(32)
    with pytest.raises(AlteredError, match="not signed by the key"):
        actions.take_in(desk.incoming(data, event, commit.case_event_key(chain, 0), chain), now=desk.now)
    assert not rows.Record.objects.exists()


def test_a_forgery_occupies_no_name_that_hers_will_need(desk: Desk) -> None:
    # Given something of hers that the reporter party holds back, and a forgery with its ids, versions and file
    her = desk.taken_in()
    liar = Liar(desk, her)
    place = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record).place(
        Compartment.EVIDENCE, Field.FILE, 4
    )
    file, body = attach(place, current(her, Compartment.EVIDENCE), "a.jpg", "image/jpeg", b"hers", epoch=1, rng=draw)
    hers = sign(replace(liar.writes(b"hers", files=[file]), reporter=her.public), her.seed)
    path = desk.folder / "body"
    path.write_bytes(body)
    forged = her.sends(sign(replace(hers, signature=b"", signer=b""), liar.seed), files=((file.attached, path),))
    assert takes(forged, desk).standing == Standing.UNSIGNED
    # Then hers is taken in whole when it comes
    mine = takes(her.sends(hers, files=((file.attached, path),)), desk)
    assert mine.standing == Standing.HERS
    assert rows.Value.objects.filter(submission=mine, version__lt=COPY).count() == 2
    assert rows.File.objects.count() == 2


def test_what_failed_before_leaves_nothing_in_the_way(desk: Desk) -> None:
    # Given a forgery with new keys that is not taken in, because its file is not the one it names
    her = desk.taken_in()
    liar = Liar(desk, her)
    place = RecordKeys.draw(DEPLOYMENT, Record.REPORT, draw, record=her.record).place(
        Compartment.EVIDENCE, Field.FILE, 4
    )
    file, _body = attach(place, current(her, Compartment.EVIDENCE), "a.jpg", "image/jpeg", b"x", epoch=1, rng=draw)
    (desk.folder / "other").write_bytes(b"other")
    broken = liar.writes(b"", files=[file], compartments=liar.epochs()[1])
    with pytest.raises(AlteredError):
        actions.take_in(
            her.sends(sign(broken, liar.seed), files=((file.attached, desk.folder / "other"),)), now=desk.now
        )
    # Then the next one has its own keys, which open
    keys, sealed = liar.epochs()
    takes(liar.sends(liar.writes(b"sealed to these", sealed_to=keys, compartments=sealed)), desk)
    assert b"sealed to these" in read(desk.staff["officer"], her)


def test_material_of_a_record_that_is_not_here_leaves_no_keys(desk: Desk) -> None:
    her, _incoming = desk.report()
    liar = Liar(desk, her)
    keys, sealed = liar.epochs()
    with pytest.raises(WrongStageError):
        actions.take_in(liar.sends(liar.writes(b"", sealed_to=keys, compartments=sealed)), now=desk.now)
    assert not rows.Wrap.objects.exists()


def test_the_key_follows_from_the_words_and_shows_nothing_of_them(desk: Desk) -> None:
    # Given one code in two deployments and two kinds of mailbox
    code = codes.new_code(codes.lists()["eff-large"], draw)
    keys = [codes.derive(code, sha256(name).digest()) for name in (b"here", b"there")]
    signers = {signer_of(codes.signing_seed(key, box)) for key in keys for box in codes.BOXES}
    # Then no two signers are the same, so that they join nothing
    assert len(signers) == 4
    assert signer_of(codes.signing_seed(keys[0], 0)) in signers
