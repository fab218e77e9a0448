"""New records have all their parts and one shape; each part opens for those it was wrapped to, and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from answerable.sealing import envelope, files, hpke, making, values
from answerable.sealing.envelope import Channel, Envelope, Kind
from answerable.sealing.errors import OpenError, SealingError
from answerable.sealing.making import RecordKeys, make_addition, make_envelope
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, REPORTERS, Compartment, Field, Place, Record
from answerable.sealing.readers import ReadersNote, parse, write
from answerable.sealing.shape import check_shape
from answerable.sealing.signing import sign
from tests.sealing.make_known_answers import DEPLOYMENT, a_note, stream

NOTE, PRIVATES, RECOVERY_PRIVATE = a_note()
RNG = stream("making")
PRIVATE, PUBLIC = hpke.generate(RNG)
SEED = RNG(32)


def reader(role: str) -> bytes:
    return next(one.id for one in NOTE.readers if one.role == role)


def made(kind: Kind = Kind.REPORT, forms: dict[Compartment, bytes] | None = None, **extra: Any) -> Envelope:
    given: dict[str, Any] = {"language": "en", "rng": RNG} | extra
    return sign(make_envelope(kind, Channel.PLAIN, DEPLOYMENT, NOTE, PUBLIC, forms or {}, **given), SEED)


def place(one: Envelope, compartment: Compartment, field: Field, version: int) -> Place:
    return Place(one.deployment, one.record_kind, one.record, compartment, field, version)


def opens(one: Envelope, holder: bytes, private: bytes) -> set[Compartment]:
    """The compartments whose form this holder reads."""
    found = set()
    for sealed in one.compartments:
        for wrapped in sealed.wraps:
            if wrapped.holder != holder:
                continue
            key = values.open_wrap(place(one, sealed.compartment, Field.NONE, 0), holder, private, wrapped.wrap)
            assert hpke.public_of(key) == sealed.public
            form = next(v for v in one.values if (v.compartment, v.field) == (sealed.compartment, Field.FORM))
            values.open_value(place(one, sealed.compartment, Field.FORM, 0), key, form.data)
            found.add(sealed.compartment)
    return found


def test_each_reads_what_is_granted_to_each() -> None:
    one = made(forms={Compartment.NARRATIVE: b'{"v":1}'})
    check_shape(one)
    officer, advocate = reader("intake_officer"), reader("advocate")
    narrative, accused, evidence = Compartment.NARRATIVE, Compartment.ACCUSED_IDENTITY, Compartment.EVIDENCE
    assert opens(one, officer, PRIVATES[officer]) == {narrative, accused, evidence}
    assert opens(one, advocate, PRIVATES[advocate]) == {Compartment.REPORTER_IDENTITY}
    assert opens(one, REPORTER, PRIVATE) == set(REPORTERS[Record.REPORT])
    assert opens(one, RECOVERY, RECOVERY_PRIVATE) == set(COMPARTMENTS[Record.REPORT])
    # And nobody with another's key
    with pytest.raises(OpenError):
        opens(one, officer, PRIVATES[advocate])


def test_an_independent_reader_reads_only_where_she_wants_one() -> None:
    independent = reader("independent_reader")
    assert opens(made(), independent, PRIVATES[independent]) == set()
    assert Compartment.NARRATIVE in opens(made(independent=True), independent, PRIVATES[independent])


def test_a_reader_struck_out_gets_no_wrap() -> None:
    officer = reader("intake_officer")
    one = made(struck=[officer], independent=True)
    check_shape(one)
    assert one.struck == (officer,)
    assert opens(one, officer, PRIVATES[officer]) == set()


def test_somebody_must_remain() -> None:
    with pytest.raises(SealingError, match="nobody would be able to read this"):
        made(struck=[reader("intake_officer")])


def shape(one: Envelope) -> tuple[Any, ...]:
    """What an observer sees of an envelope's form."""
    return (
        len(envelope.encode(one)),
        [(part.compartment, part.epoch, [wrapped.holder for wrapped in part.wraps]) for part in one.compartments],
        [(value.compartment, value.field, value.version, len(value.data)) for value in one.values],
    )


FULL = {
    Compartment.REPORTER_IDENTITY: "اسم".encode() * 300,
    Compartment.NARRATIVE: b"w" * 16_380,
    Compartment.ACCUSED_IDENTITY: b"a" * 2_000,
    Compartment.EVIDENCE: b'{"v":1}',
}


def test_a_report_with_a_name_looks_like_one_without() -> None:
    assert shape(made(forms=FULL)) == shape(made())


def test_requests_for_help_have_one_shape_too() -> None:
    full = {Compartment.VICTIM_IDENTITY: b"v" * 2_044, Compartment.MEDICAL_ASSISTANCE: b"m" * 16_380}
    one = made(Kind.HELP, full)
    check_shape(one)
    assert shape(one) == shape(made(Kind.HELP))
    worker = reader("assistance_worker")
    assert opens(one, worker, PRIVATES[worker]) == set(COMPARTMENTS[Record.FILE])
    assert opens(one, REPORTER, PRIVATE) == {Compartment.VICTIM_IDENTITY}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": Kind.ADDITION},
        {"forms": {Compartment.DELIBERATION: b""}},
        {"forms": {Compartment.VICTIM_IDENTITY: b""}},
        {"forms": {Compartment.NARRATIVE: bytes(65_533)}},
        {"keys": RecordKeys.draw(DEPLOYMENT, Record.FILE, RNG)},
        {"language": "two words"},
        {"consents": ["é"]},
    ],
    ids=str,
)
def test_envelopes_that_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(SealingError):
        made(**wrong)


def test_another_deployments_readers_are_refused() -> None:
    with pytest.raises(SealingError, match="deployment of its readers' note"):
        make_envelope(Kind.REPORT, Channel.PLAIN, bytes(32), NOTE, PUBLIC, {}, language="en", rng=RNG)


def test_a_file_travels_with_its_envelope() -> None:
    # Given keys drawn first, and a file and its cleaned copy sealed to them
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, RNG)
    where, version = making.FILES[Record.REPORT], making.new_file_version(RNG)
    assert version % 2 == 0 < version
    sealed = [
        making.attach(keys.place(where, field, number), keys.public(where), "a.png", "i/p", b"x" * 9, epoch=1, rng=RNG)
        for field, number in ((Field.CLEANED, version + 1), (Field.FILE, version))
    ]
    # When the envelope is made
    one = made(keys=keys, files=[attached for attached, _ in sealed])
    check_shape(one)
    # Then its reader opens both
    officer = reader("intake_officer")
    evidence = next(one for one in one.compartments if one.compartment == where)
    wrap = next(wrapped.wrap for wrapped in evidence.wraps if wrapped.holder == officer)
    key = values.open_wrap(place(one, where, Field.NONE, 0), officer, PRIVATES[officer], wrap)
    heads = [value for value in one.values if value.field in (Field.FILE, Field.CLEANED)]
    for head, (_, body) in zip(heads, reversed(sealed), strict=True):
        assert files.open_file(place(one, where, head.field, head.version), key, head.data, body)[1] == b"x" * 9


def test_later_material_is_sealed_to_keys_that_exist() -> None:
    keys = RecordKeys.draw(DEPLOYMENT, Record.REPORT, RNG)
    message = (Compartment.NARRATIVE, Field.MESSAGE, b"yes")
    one = make_addition(DEPLOYMENT, Record.REPORT, keys.record, PUBLIC, keys.publics, [message, message], rng=RNG)
    check_shape(one)
    first, second = one.values
    assert first.version != second.version
    for value in one.values:
        at = keys.place(Compartment.NARRATIVE, Field.MESSAGE, value.version)
        assert values.open_value(at, keys.pairs[Compartment.NARRATIVE][0], value.data) == b"yes"
    # A short answer is as long as a longer one
    other = make_addition(
        DEPLOYMENT, Record.REPORT, keys.record, PUBLIC, keys.publics, [(*message[:2], b"no" * 900)], rng=RNG
    )
    assert len(other.values[0].data) == len(first.data)
    with pytest.raises(SealingError, match="no key of medical_assistance"):
        make_addition(
            DEPLOYMENT,
            Record.FILE,
            keys.record,
            PUBLIC,
            {},
            [(Compartment.MEDICAL_ASSISTANCE, Field.MESSAGE, b"")],
            rng=RNG,
        )
    with pytest.raises(SealingError, match="make_envelope"):
        make_addition(DEPLOYMENT, Record.REPORT, keys.record, PUBLIC, keys.publics, [], kind=Kind.REPORT, rng=RNG)


def test_whoever_knew_a_one_time_code_reads_nothing_written_after_the_change() -> None:
    # Given a report, and a new key and a new epoch of her compartments
    first = made()
    private, public = hpke.generate(RNG)
    keys = RecordKeys.draw(
        DEPLOYMENT, Record.REPORT, RNG, record=first.record, epoch=2, compartments=REPORTERS[Record.REPORT]
    )
    holders = {one: making.holders_of(NOTE, Record.REPORT, one, public) for one in keys.pairs}
    change = make_addition(
        DEPLOYMENT,
        Record.REPORT,
        first.record,
        public,
        keys.publics,
        [(Compartment.NARRATIVE, Field.MESSAGE, b"only now")],
        compartments=making.make_epoch(keys, holders, RNG),
        rng=RNG,
    )
    check_shape(change)
    # Then the new key opens what is written to it, and the old one does not
    narrative = next(one for one in change.compartments if one.compartment == Compartment.NARRATIVE)
    wrap = next(wrapped.wrap for wrapped in narrative.wraps if wrapped.holder == REPORTER)
    at = place(change, Compartment.NARRATIVE, Field.NONE, 0)
    key = values.open_wrap(at, REPORTER, private, wrap)
    message = change.values[0]
    assert values.epoch_of(message.data) == 2
    where = place(change, Compartment.NARRATIVE, Field.MESSAGE, message.version)
    assert values.open_value(where, key, message.data) == b"only now"
    with pytest.raises(OpenError):
        values.open_wrap(at, REPORTER, PRIVATE, wrap)


GOOD = made(independent=True, struck=[reader("assistance_worker")])
NARRATIVE = next(one for one in GOOD.compartments if one.compartment == Compartment.NARRATIVE)
FORM = GOOD.values[0]


def without(holder: bytes) -> tuple[envelope.Sealed, ...]:
    return tuple(
        replace(one, wraps=tuple(wrapped for wrapped in one.wraps if wrapped.holder != holder))
        for one in GOOD.compartments
    )


BAD: dict[str, dict[str, Any]] = {
    "a compartment left out": {"compartments": GOOD.compartments[1:]},
    "a compartment of a victim file": {"record_kind": Record.FILE},
    "another epoch": {"compartments": tuple(replace(one, epoch=2) for one in GOOD.compartments)},
    "no wrap for recovery": {"compartments": without(RECOVERY)},
    "no wrap for the reporter": {"compartments": without(REPORTER)},
    "a wrap to a reader struck out": {"struck": (reader("intake_officer"),)},
    "a form left out": {"values": GOOD.values[1:]},
    "an answer already": {"values": (*GOOD.values, replace(GOOD.values[-1], field=Field.MESSAGE))},
    "a form that is not padded": {"values": (replace(FORM, data=FORM.data[:-1]), *GOOD.values[1:])},
    "a form padded to less": {"values": (replace(FORM, data=FORM.data[: 58 + 512]), *GOOD.values[1:])},
    "a file without a head": {"files": (envelope.Attached(2, bytes(16), 16, bytes(32)),)},
    "a head without a file": {"values": (*GOOD.values, envelope.Value(Compartment.EVIDENCE, Field.FILE, 2, b""))},
    "an addition with a first form": {"kind": Kind.ADDITION},
}


@pytest.mark.parametrize("how", BAD)
def test_envelopes_of_another_shape_are_refused(how: str) -> None:
    check_shape(GOOD)
    with pytest.raises(SealingError):
        check_shape(replace(GOOD, **BAD[how]))


def test_readers_notes_that_break_a_rule() -> None:
    text = write(NOTE)
    lines = text.splitlines()
    # Behind recovery come two keys of the office, then the readers
    assert [line.split()[0] for line in lines[4:8]] == ["recovery", "office", "office", "reader"]
    for wrong in (
        text[:-1],
        text + "\n",
        text.replace("answerable/readers@v1", "answerable/readers@v2"),
        text.replace("epoch 4", "epoch 04"),
        text.replace("2027-03-01", "2027-02-30"),
        text.replace(" 3 5\n", " 6 5\n"),
        text.replace("CHE", "che"),
        text.replace(" CHE ", "  "),
        text.replace("report/narrative", "report/deliberation"),
        text.replace("report/narrative,report/accused_identity", "report/accused_identity,report/narrative"),
        text.replace(NOTE.readers[0].id.hex(), "00" * 16),
        text.replace(NOTE.readers[0].id.hex(), NOTE.readers[0].id.hex().upper()),
        "\n".join((*lines[:6], lines[7], lines[6], *lines[8:], "")),
        "\n".join((*lines[:7], lines[6], *lines[7:], "")),
        "\n".join((*lines[:7], lines[8], lines[7], *lines[9:], "")),
        "\n".join((*lines[:8], lines[7], *lines[8:], "")),
        "\n".join((*lines[:5], *lines[7:], "")),
        "\n".join((*lines[:7], *(f"office {n:064x}" for n in range(7)), *lines[7:], "")),
        text.replace("office ", "office  "),
        text.replace(NOTE.office[0].hex(), NOTE.office[0].hex().upper()),
    ):
        assert wrong != text
        with pytest.raises(SealingError):
            parse(wrong)
    with pytest.raises(SealingError, match="line 4"):
        parse(text.replace("2027-03-01", "yesterday"))


def test_an_independent_reader_holds_nothing_unless_wanted() -> None:
    note: ReadersNote = parse(write(NOTE))
    asked = note.holders(Record.REPORT, Compartment.NARRATIVE, (), independent=True)
    assert {one.role for one in asked} == {"intake_officer", "independent_reader"}
    asked = note.holders(Record.REPORT, Compartment.NARRATIVE, (), independent=False)
    assert {one.role for one in asked} == {"intake_officer"}
