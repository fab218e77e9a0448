"""Writes `recovery_vectors.json`: a recovery key, a request and members' files made by Python, for the browser's twin.

Run as ``python -m tests.desk.make_recovery_vectors``; a test holds the file to what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path

from answerable.sealing import recovery
from tests.sealing.panel import DEPLOYMENT, asked, panel, rng

PLACE = Path(__file__).with_name("recovery_vectors.json")


def vectors() -> str:
    """Three of five members answer one request; a fourth answers another; a fifth signs another's share."""
    held, wanted, other = panel(3, 5), asked(panel(3, 5)), asked(panel(3, 5), seed="another")
    answers = {
        str(member): recovery.answer(wanted.request, held.shares[member], member, held.key, rng=rng(member)).encode()
        for member in (1, 3, 4, 5)
    }
    elsewhere = recovery.answer(other.request, held.shares[2], 2, held.key, rng=rng("other")).encode()
    key = recovery.RecoveryKey(DEPLOYMENT, held.key, "dealer").encode()
    found = {
        "key": key.decode(),
        "public": held.key.public.hex(),
        "request": wanted.request.encode().decode(),
        "private": wanted.private.hex(),
        "compartment": wanted.compartment.hex(),
        "answers": {name: data.decode() for name, data in answers.items()},
        "elsewhere": elsewhere.decode(),
    }
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(vectors(), "utf-8")
