"""The public totals of a quarter, as `statement.counts` has them, and whether they agree with what was entered.

Received = joined + ended by decision + waiting + erased. The first three are exact; the rest are withheld below a
threshold, waiting and erased together, because either would give the other away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from answerable.casework.actions.chains import day_of
from answerable.casework.errors import CaseworkError
from answerable.casework.models import Act, Decision, Duty, Erasure, Record
from answerable.casework.models.acts import WITHDRAWN
from answerable.record import commit

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


@dataclass(frozen=True)
class Totals:
    """What became of the reports received in a quarter, as of a day: each is counted exactly once."""

    received: int
    joined: int
    ended: int
    waiting: int
    erased: int

    @property
    def whole(self) -> bool:
        """Whether everything received is somewhere."""
        return self.received == self.joined + self.ended + self.waiting + self.erased


def days(quarter: str) -> tuple[date, date]:
    """First day of the quarter, and of the one after it. Raises `CaseworkError`."""
    found = _QUARTER.fullmatch(quarter)
    if found is None:
        raise CaseworkError(f"{quarter!r} is no quarter", todo="write one such as 2026-Q4")
    year, number = int(found[1]), int(found[2])
    first = date(year, 3 * number - 2, 1)
    return first, date(year + number // 4, (3 * number) % 12 + 1, 1)


def totals(quarter: str) -> Totals:
    """Reports received in a quarter, by where they are now. Requests for help are no reports, and are not counted."""
    first, after = days(quarter)
    joined = ended = waiting = 0
    reports = Record.objects.filter(kind="report", opened__gte=first, opened__lt=after).select_related("case")
    # A withdrawn report waits until two have decided what becomes of the rest, and is ended by that decision.
    settled = set(Decision.objects.filter(act_code=WITHDRAWN, state="made").values_list("record_id", flat=True))
    for record in reports.iterator():
        if record.stage == "withdrawn":
            ended += record.pk in settled
            waiting += record.pk not in settled
        elif record.case and record.case.stage == "no_further_action":
            ended += 1
        elif record.case:
            joined += 1
        else:
            waiting += 1
    erased = Erasure.objects.filter(kind="report", received__gte=first, received__lt=after).count()
    return Totals(joined + ended + waiting + erased, joined, ended, waiting, erased)


def statement(quarter: str, *, threshold: int, slots_audited: int = 0, now: int | None = None) -> dict[str, object]:
    """The own fields of `statement.counts` for a quarter, from the acts and records of this desk.

    ``threshold``: below it, waiting and erased (together) and recoveries are null. ``slots_audited`` is what the open
    record last said of the quarter. Raises `CaseworkError` when the totals are not whole: such are never published.
    """
    first, after = days(quarter)
    found = totals(quarter)
    wrong = check(quarter)
    if wrong:
        raise CaseworkError(f"the totals of {quarter} do not agree: {wrong[0]}", todo="find out why before publishing")
    today = day_of(now)
    recoveries = Act.objects.filter(kind="recovery.used", on__gte=first, on__lt=after).count()
    open_ = Duty.objects.filter(state__in=["open", "overdue"])
    hidden = min(found.waiting, found.erased) < threshold
    authority = Erasure.objects.exclude(reason="withdrawal").filter(on__gte=first, on__lt=after).count()
    return {
        "period": quarter,
        "threshold": threshold,
        "received": found.received,
        "joined": found.joined,
        "ended": found.ended,
        "waiting": None if hidden else found.waiting,
        "erased": None if hidden else found.erased,
        "recoveries": None if recoveries < threshold else recoveries,
        "duties_open": open_.count(),
        "duties_late": open_.filter(due__lt=today).count(),
        "erased_by_authority": authority,
        "slots_audited": slots_audited,
    }


def audited(entries: Iterable[Mapping[str, object]], quarter: str) -> int:
    """How many slots of a quarter the last `slots.audited` among these open entries says were audited; 0 for none."""
    last = 0
    for entry in entries:
        match entry:
            case {"kind": "slots.audited", "period": str(period), "from": int(start), "to": int(stop)}:
                last = stop - start if period == quarter else last
    return last


def check(quarter: str, openings: Iterable[bytes] | None = None) -> list[str]:
    """What does not agree about a quarter, a sentence each; nothing when all does.

    Compared are the records here with the bodies of the events that began them, which the register committed to, and
    with ``openings`` (of the register's `report.received`, when whoever checks has them).
    """
    first, after = days(quarter)
    found = totals(quarter)
    wrong = [] if found.whole else ["received is not joined, ended, waiting and erased together"]
    begun = 0
    for record in Record.objects.filter(kind="report").iterator():
        event = json.loads(bytes(record.origin or b"{}"))
        if event.get("kind") != "report.received" or event.get("case") != record.handle:
            wrong.append(f"{record.name} does not begin with the entry it names")
        begun += first <= record.opened < after
    if begun + found.erased != found.received:
        wrong.append(f"{found.received} are counted, and {begun + found.erased} are here or were erased")
    joins = Act.objects.filter(kind="report.joined").count()
    here = Record.objects.filter(kind="report", case__isnull=False).count()
    if joins != here:
        wrong.append(f"{joins} joins are entered, and {here} reports have a case")
    if openings is not None:
        wrong += _compare(openings, quarter, found)
    return wrong


def _compare(openings: Iterable[bytes], quarter: str, found: Totals) -> list[str]:
    """Whether the register holds as many reports of the quarter as are counted: opened ones, and those erased."""
    first, after = days(quarter)
    opened = 0
    for data in openings:
        event = commit.open_entry(data)[1]
        at = date.fromisoformat(str(event.fields.get("at", "1970-01-01")))
        opened += event.kind == "report.received" and first <= at < after
    if opened + found.erased != found.received:
        return [f"the register opens to {opened} reports and {found.erased} were erased; {found.received} are counted"]
    return []
