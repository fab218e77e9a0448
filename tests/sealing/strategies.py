"""What property tests of sealing draw from."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from answerable.sealing.envelope import Attached, Channel, Envelope, Kind, Sealed, Value, Wrapped
from answerable.sealing.place import COMPARTMENTS, RECOVERY, REPORTER, Compartment, Field, Place, Record
from answerable.sealing.readers import Reader, ReadersNote, Recovery

U32 = st.integers(0, 2**32 - 1)
IDS = st.binary(min_size=16, max_size=16)
KEYS = st.binary(min_size=32, max_size=32)
SIGNATURES = st.binary(min_size=64, max_size=64)
BYTES = st.binary(max_size=60)
CODES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,20}", fullmatch=True)
PAIRS = [(record, one) for record, compartments in COMPARTMENTS.items() for one in compartments]


@st.composite
def places(draw: st.DrawFn, fields: st.SearchStrategy[Field] | None = None) -> Place:
    record, compartment = draw(st.sampled_from(PAIRS))
    field = draw(fields or st.sampled_from([one for one in Field if one != Field.NONE]))
    return Place(draw(KEYS), record, draw(IDS), compartment, field, draw(U32))


@st.composite
def sealed(draw: st.DrawFn) -> Sealed:
    holders = sorted(draw(st.sets(IDS, max_size=3)))
    wraps = tuple(Wrapped(holder, draw(BYTES)) for holder in holders)
    return Sealed(draw(st.sampled_from(Compartment)), draw(U32), draw(KEYS), wraps, draw(SIGNATURES))


FIELDS = st.sampled_from([one for one in Field if one != Field.NONE])
VALUES = st.builds(Value, st.sampled_from(Compartment), FIELDS, U32, BYTES)
FILES = st.builds(Attached, U32, IDS, st.integers(0, 2**63 - 1), KEYS)
PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    compartments = draw(st.lists(sealed(), max_size=3, unique_by=lambda one: (one.compartment, one.epoch)))
    values = draw(st.lists(VALUES, max_size=4, unique_by=lambda one: (one.compartment, one.field, one.version)))
    return Envelope(
        draw(st.sampled_from(Kind)),
        draw(st.sampled_from(Channel)),
        draw(KEYS),
        draw(st.sampled_from(Record)),
        draw(IDS),
        draw(IDS),
        draw(PRINTABLE),
        draw(st.booleans()),
        draw(st.booleans()),
        tuple(sorted(draw(st.sets(IDS, max_size=3)))),
        tuple(sorted(draw(st.sets(PRINTABLE, max_size=3)))),
        tuple(sorted(compartments, key=lambda one: (one.compartment, one.epoch))),
        tuple(sorted(values, key=lambda one: (one.compartment, one.field, one.version))),
        tuple(
            sorted(draw(st.lists(FILES, max_size=3, unique_by=lambda one: one.version)), key=lambda one: one.version)
        ),
        *(draw(KEYS), draw(KEYS), draw(SIGNATURES)),
    )


@st.composite
def readers(draw: st.DrawFn) -> Reader:
    return Reader(
        draw(IDS.filter(lambda one: one not in (REPORTER, RECOVERY))),
        draw(KEYS),
        draw(KEYS),
        draw(CODES),
        draw(st.just("") | CODES),
        draw(st.just("") | st.from_regex(r"[A-Z]{3}", fullmatch=True)),
        tuple(sorted(draw(st.sets(st.sampled_from(["ar", "en", "fr", "pt-br", "sw", "zh-hans"]))))),
        tuple(sorted(draw(st.sets(st.sampled_from(PAIRS))))),
    )


@st.composite
def notes(draw: st.DrawFn) -> ReadersNote:
    n = draw(st.integers(1, 255))
    people = draw(st.lists(readers(), max_size=4, unique_by=lambda one: one.id))
    return ReadersNote(
        draw(KEYS),
        draw(U32),
        draw(st.dates(date(1, 1, 1), date(9999, 12, 31))),
        Recovery(draw(KEYS), draw(st.integers(1, n)), n),
        tuple(draw(st.lists(KEYS, min_size=1, max_size=8, unique=True))),
        tuple(sorted(people, key=lambda one: one.id)),
    )
