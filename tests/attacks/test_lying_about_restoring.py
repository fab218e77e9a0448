"""A reporter party that says it lost something, or erased it: what the desk holds is not taken from it by that word."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections

from answerable.casework.actions.crossing import next_epoch
from answerable.casework.models import Compartment, Erasure, Record, Value
from answerable.intake import actions as intake
from answerable.sealing.place import Compartment as Part
from tests.cli.test_carry import Between, between  # noqa: F401  # fixture
from tests.intake.world import Person, draw

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(databases=["default", "keys", "intake"], transaction=True),
]


@pytest.fixture
def carried(between: Between, tmp_path: Path) -> Person:  # noqa: F811
    """Somebody whose report is at the desk, and nobody has read it."""
    person = Person(between.world)
    person.report()
    between.tick()
    assert between.round().taken == 1
    return person


def looked_again(between: Between) -> None:  # noqa: F811
    """Carry compares both sides anew, as it does each quarter of an hour."""
    for _ in range(3):
        between.carry.swept = 0.0
        between.round()


def write(text: str, *values: bytes | int | str) -> None:
    """What whoever owns the reporters' database can write into it."""
    with connections["intake"].cursor() as cursor:
        cursor.execute(text, list(values))


def test_a_report_is_not_erased_because_the_reporter_party_says_that_it_was(
    between: Between,  # noqa: F811
    carried: Person,
) -> None:
    leaf = bytes(Record.objects.get().leaf or b"")
    values = Value.objects.count()
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT * FROM erased")
        columns = [one[0] for one in cursor.description]
    # A mark that carry did not make helps nobody
    row = {name: leaf if name == "leaf" else draw(32) for name in columns}
    marks = ", ".join(["%s"] * len(row))
    write(f"INSERT INTO erased ({', '.join(row)}) VALUES ({marks})", *row.values())
    looked_again(between)
    assert (Record.objects.count(), Value.objects.count(), Erasure.objects.count()) == (1, values, 0)


def test_a_key_that_the_reporter_party_says_the_desk_began_is_not_taken_back(
    between: Between,  # noqa: F811
    carried: Person,
) -> None:
    # Given an epoch in the mailbox with the largest number there is, which the office did not sign
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT mailbox_id FROM record WHERE id = %s", [carried.record])
        (mailbox,) = cursor.fetchone()
    write(
        "INSERT INTO reply (mailbox_id, id, record, record_kind, kind, compartment, field, version, epoch, public,"
        " sealed, signature, day) VALUES (%s, %s, %s, 1, 'epoch', %s, 0, 0, %s, %s, %s, %s, '2026-03-04')",
        *(mailbox, draw(16), carried.record, int(Part.NARRATIVE), 2**32 - 1, draw(32), b"", draw(64)),
    )
    looked_again(between)
    # Then the desk has heard of none, and can still begin the next one
    record = Record.objects.get()
    assert set(Compartment.objects.values_list("epoch", flat=True)) == {1}
    assert next_epoch(record, Part.NARRATIVE) == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [("compartment", 99), ("compartment", int(Part.MEDICAL_ASSISTANCE)), ("version", 2**40), ("epoch", 2**40)],
)
def test_a_row_that_nobody_of_ours_wrote_stops_no_comparison(
    between: Between,  # noqa: F811
    carried: Person,
    column: str,
    value: int,
) -> None:
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT mailbox_id FROM record WHERE id = %s", [carried.record])
        (mailbox,) = cursor.fetchone()
    row = {"mailbox_id": mailbox, "id": draw(16), "record": carried.record, "record_kind": 1, "kind": "epoch"}
    row |= {"compartment": int(Part.NARRATIVE), "field": 0, "version": 0, "epoch": 2, "public": draw(32)}
    row |= {"sealed": b"", "signature": draw(64), "day": "2026-03-04", column: value}
    write(f"INSERT INTO reply ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", *row.values())
    between.carry.swept = 0.0
    troubles = between.round().troubles
    assert not any("place" in one or "version" in one or "compartment" in one for one in troubles)
    assert between.carry.mended


def test_what_was_written_among_the_erased_before_does_not_stop_an_erasure(
    between: Between,  # noqa: F811
    carried: Person,
) -> None:
    leaf = bytes(Record.objects.get().leaf or b"")
    write("INSERT INTO erased (leaf, mark) VALUES (%s, %s)", leaf, draw(32))
    box = between.carry.box
    assert leaf not in intake.here(box).erased
    assert intake.shred(carried.record, box=box).rows
    assert leaf in intake.here(box).erased
