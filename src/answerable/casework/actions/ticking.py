"""What time itself does: a limit that passed becomes an event, once; a day of reads gets its entry; deletions end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from answerable.casework import folding
from answerable.casework.actions.chains import (
    after,
    code_of,
    day_of,
    deed,
    done,
    enact,
    entered_as,
    moment,
    refresh,
    rules,
    wrapping,
)
from answerable.casework.actions.retention import finish
from answerable.casework.folding import MISSED, Done, Owed
from answerable.casework.models import Act, Duty, Read, ReadsHead, Record
from answerable.casework.shapes import Late
from answerable.ledger.actions import acting, record_sealed
from answerable.ledger.actions.wrapping import keep_opening_key

#: The ledger's tick, in seconds.
TICK = 900


def clocks_once(now: int | None = None) -> list[Late]:
    """Write `deadline.missed`, once, for each duty whose day has passed, and open what follows. Oldest first.

    Also for what was done after its day and before the clock looked: that it was late is an entry, however it ended.

    Also enters the reads of past days, and finishes deletions that an act asked for. Safe to repeat at any time.
    """
    finish(now)
    close_reads(now)
    today = day_of(now)
    waiting = Duty.objects.missed(today).order_by("record__handle")
    found: list[Late] = []
    for handle in waiting.values_list("record__handle", flat=True).distinct():
        found += _missed(handle, now)
    return sorted(found, key=lambda late: (late.due, late.name, late.act))


def _missed(handle: str, now: int | None) -> list[Late]:
    said: list[Late] = []
    with deed(handle) as record:
        today = day_of(now)
        past = done(record)
        known = {_key_of(one) for one in past if one.body["kind"] == "deadline.missed"}
        for owed in rules().duties(record.kind, past, today):
            if owed.state in MISSED and owed.due and (key := _key(record, owed, past)) not in known:
                _enter(record, owed, key[0], now)
                known.add(key)
                said.append(Late(record.name, owed.act, owed.due))
        refresh(record, today)
    return said


def _key(record: Record, owed: Owed, past: Sequence[Done]) -> tuple[str, str, str]:
    """What names a duty among a record's missed deadlines: the event that created it, its act, its day."""
    seq = owed.trigger - 1
    act = Act.objects.filter(record=record, seq=seq).first()
    created = bytes(act.commitment).hex() if act else str(_second_prev(past) or bytes(record.head or b"").hex())
    return created, code_of(owed.act), owed.due.isoformat() if owed.due else ""


def _second_prev(past: Sequence[Done]) -> str | None:
    # The commitment of a chain's first event is what its second one names as the event before it.
    return str(past[1].body["prev"]) if len(past) > 1 else None


def _key_of(one: Done) -> tuple[str, str, str]:
    return str(one.body["obligation_of"]), *entered_as(one)


def _enter(record: Record, owed: Owed, created: str, now: int | None) -> None:
    own = {
        "obligation_of": created,
        "obligation": {"due": owed.due.isoformat() if owed.due else None, "duty": code_of(owed.act)},
        "obligor": owed.bearer,
        "seen": after(),
    }
    enact(record, "deadline.missed", own, act=None, role="clock", person=None, signed=None, now=now)


def close_reads(now: int | None = None) -> int:
    """Enter the head of the chain of reads for each past day that had any; how many days."""
    today = day_of(now)
    entered = 0
    last = ReadsHead.objects.order_by("-on").first()
    rows = Read.objects.filter(n__gt=last.count if last else 0, at__lt=today.isoformat()).order_by("n")
    days: dict[date, Read] = {}
    for row in rows.iterator():
        days[date.fromisoformat(row.at[:10])] = row
    for day, row in sorted(days.items()):
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        event = {
            "v": 1,
            "kind": "reads.head",
            "tick": int(end.timestamp()) // TICK,
            "head": bytes(row.h).hex(),
            "count": row.n,
        }
        with acting():
            if ReadsHead.objects.filter(on=day).exists():
                continue
            made = record_sealed(event, (key := secrets.token_bytes(32)), now=moment(now))
            keep_opening_key(made.leaf, key, wrapping())
            ReadsHead.objects.create(on=day, count=row.n, head=row.h, outbox=made.outbox)
        entered += 1
    return entered


def rebuild_duties(now: int | None = None) -> int:
    """Make the whole index of duties anew from the events; how many there are."""
    count = 0
    for handle in Record.objects.values_list("handle", flat=True):
        with deed(handle) as record:
            refresh(record, day_of(now))
            count += Duty.objects.filter(record=record).count()
    return count


def index_differs(now: int | None = None) -> list[str]:
    """Names of records whose index of duties, or stage, is not what their events say. Nothing when all is well."""
    on = day_of(now)
    wrong: list[str] = []
    for record in Record.objects.order_by("id"):
        fold = sorted(
            (one.act, one.trigger, one.after, one.state, str(one.due))
            for one in rules().duties(record.kind, done(record), on)
        )
        rows = Duty.objects.filter(record=record).values_list("act", "trigger", "after", "state", "due")
        index = sorted((act, trigger, late, state, str(due)) for act, trigger, late, state, due in rows)
        own = folding.stage(record.kind, done(record))
        if fold != index or (record.case_id is None and record.stage != own):
            wrong.append(record.name)
    return wrong
