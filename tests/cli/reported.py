"""Somebody at a real reporter party, as its own user: `python -m tests.cli.reported file|say|open HOME [PERSON]`.

It prints what a person keeps, or what she reads in her box, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from answerable.cli.intake import reporter
from answerable.sealing.hpke import public_of


def main(what: str, home: Path, kept: str) -> Any:
    """Report with a file; write something; or open the box."""
    reporter(home)
    from answerable.intake import actions
    from tests.intake.world import Person

    note, _text = actions.current_readers()
    world: Any = SimpleNamespace(deployment=note.deployment, readers=note)
    now = int(time.time())
    person = Person(world)
    if what == "file":
        attached, body = person.file(b"a picture" * 9_000)
        actions.store_file(attached.attached.id, [body], now=now)
        person.report(files=[attached], now=now)
        return {"key": person.key.hex(), "private": person.private.hex(), "record": person.record.hex()}
    told = json.loads(kept)
    person.key, person.private = bytes.fromhex(told["key"]), bytes.fromhex(told["private"])
    person.record, person.public = bytes.fromhex(told["record"]), public_of(person.private)
    box = person.open(now)
    if what == "say":
        (key,) = [one for one in box.compartments if one.compartment is person.thread]
        from answerable.sealing.place import Field

        publics = {person.thread: (key.epoch, key.public)}
        person.add(person.addition([(person.thread, Field.MESSAGE, b"more")], publics=publics), now)
        return {}
    return {
        "texts": sorted(text.decode() for text in person.texts(now) if not text.startswith(b"{")),
        "receipts": [one.receipt is not None for one in box.submissions],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], Path(sys.argv[2]), (sys.argv[3:] or [""])[0])))
