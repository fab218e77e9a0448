"""Openings of the register's entries, for whoever audits its slots: what each sealed entry of reporting commits to.

An opening holds codes, days and hashes, never a word that anybody wrote. What was erased has none: the event by which
it was erased lists the entries instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from answerable.casework.actions.chains import wrapping
from answerable.casework.models import Submission
from answerable.ledger.actions.wrapping import opening_key
from answerable.ledger.errors import OpeningKeyError
from answerable.ledger.models import Event
from answerable.ledger.openings import WrappingKey
from answerable.record import commit


def lines() -> Iterator[bytes]:
    """The full opening of every event that this desk took in or made and still has the key of, without line ends.

    Those that arrived come first, then those made here, each by leaf hash. Raises `SetupError` without a wrapping key.
    """
    key = wrapping()
    arrived = Submission.objects.order_by("leaf").values_list("event", "leaf")
    made = Event.objects.using("default").order_by("outbox__leaf_hash").values_list("body", "outbox__leaf_hash")
    for rows in (arrived, made):
        for body, leaf in rows.iterator():
            if body:
                yield from _opening(bytes(body), bytes(leaf), key)


def _opening(body: bytes, leaf: bytes, wrapped_by: WrappingKey) -> Iterator[bytes]:
    """One opening, or none where the key was destroyed. An event has a key of its own, or its chain's gives it."""
    event = json.loads(body)
    try:
        yield commit.full_opening(event, opening_key(leaf.hex(), wrapped_by))
    except OpeningKeyError:
        if "seq" not in event:
            return
        try:
            chain = opening_key(str(event["case"]), wrapped_by)
        except OpeningKeyError:
            return
        yield commit.full_opening(event, commit.case_event_key(chain, int(event["seq"])))
