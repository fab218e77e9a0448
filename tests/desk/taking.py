"""What the browser does when it takes a report: keys of a case, made and wrapped."""

from __future__ import annotations

import base64
from typing import Any

from answerable.sealing import hpke
from answerable.sealing.place import COMPARTMENTS, RECOVERY, Compartment, Field, Place, Record
from answerable.sealing.values import seal_value, seal_wrap
from tests.desk.world import DEPLOYMENT, World, draw


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def case_keys(
    world: World, name: str, report: str, case: bytes
) -> tuple[list[dict[str, Any]], dict[Compartment, bytes]]:
    """The keys as they are sent, and their private halves."""
    wanted = world.client(name).get(f"/desk/api/v1/records/{report}/case/").json()["holders"]
    keys, privates = [], {}
    for part in COMPARTMENTS[Record.CASE]:
        private, public = hpke.generate(draw)
        place = Place(DEPLOYMENT, Record.CASE, case, part, Field.NONE, 0)
        to = [(bytes.fromhex(one["id"]), bytes.fromhex(one["x25519"])) for one in wanted.get(part.code, [])]
        to = sorted([*to, (RECOVERY, world.recovery.key.public)])
        wraps = [
            {"holder": holder.hex(), "wrap": b64(seal_wrap(place, holder, key, private, epoch=1, rng=draw))}
            for holder, key in to
        ]
        keys.append({"compartment": part.code, "public": b64(public), "wraps": wraps})
        privates[part] = private
    return keys, privates


def take(world: World, name: str, report: str) -> str:
    """Take a report; the case's handle."""
    case = draw(16)
    keys, _ = case_keys(world, name, report, case)
    answer = world.do(name, report, "take_report", {"case": case.hex(), "keys": keys})
    assert answer.status_code == 200, answer.content
    return case.hex()


def value(handle: str, kind: Record, part: Compartment, field: Field, public: bytes, data: bytes) -> dict[str, Any]:
    """A value as the browser sends it."""
    version = int.from_bytes(draw(4), "big") or 1
    place = Place(DEPLOYMENT, kind, bytes.fromhex(handle), part, field, version)
    sealed = seal_value(place, public, data, epoch=1, rng=draw)
    return {"compartment": part.code, "version": version, "data": b64(sealed)}
