"""What lies in the intake database, opened as a member of the staff would open it."""

from __future__ import annotations

import json
from typing import Any

from django.db import connections

from answerable.sealing.files import open_file
from answerable.sealing.place import Compartment, Field, Place, Record
from answerable.sealing.values import open_value, open_wrap
from tests.intake_pages.world import DEPLOYMENT, World


def rows(table: str) -> list[dict[str, Any]]:
    """Every row of a table of the door's."""
    with connections["intake"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def keys(world: World, role: str) -> dict[tuple[bytes, int, int], bytes]:
    """The compartment keys that a role can unwrap, by record, compartment and epoch."""
    staff = world.staff[role]
    made = rows("compartment")
    found = {}
    for row in rows("wrap"):
        if row["holder"] != staff.reader.id:
            continue
        of = next(
            each
            for each in made
            if each["submission_id"] == row["submission_id"]
            and (each["compartment"], each["epoch"]) == (row["compartment"], row["epoch"])
        )
        place = Place(
            DEPLOYMENT, Record(of["record_kind"]), of["record"], Compartment(row["compartment"]), Field.NONE, 0
        )
        key = open_wrap(place, staff.reader.id, staff.private, row["wrap"])
        found[of["record"], row["compartment"], row["epoch"]] = key
    return found


def read(world: World, role: str) -> dict[tuple[str, str], list[Any]]:
    """(compartment, field) -> what a role reads there: JSON values, and (name, type, bytes) of files."""
    opened: dict[tuple[str, str], list[Any]] = {}
    own = keys(world, role)
    for row in rows("value"):
        epoch = int.from_bytes(row["sealed"][6:10], "big")
        key = own.get((row["record"], row["compartment"], epoch))
        if key is None:
            continue
        place = Place(
            DEPLOYMENT,
            Record(row["record_kind"]),
            row["record"],
            Compartment(row["compartment"]),
            Field(row["field"]),
            row["version"],
        )
        name = (place.compartment.code, place.field.code)
        if place.field in (Field.FILE, Field.CLEANED):
            file = next(each for each in rows("file") if each["version"] == row["version"])
            head, data = open_file(place, key, row["sealed"], (world.files / file["body"].hex()).read_bytes())
            opened.setdefault(name, []).append((head.name, head.type, data))
        else:
            opened.setdefault(name, []).append(json.loads(open_value(place, key, row["sealed"])))
    return opened
