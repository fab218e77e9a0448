"""The desk's first page: how long it takes with 10,000 reports in the queue, beside the same page at 100.

    python -m bench.desk [--reports 10000] [--looks 60]

The page is asked of Django itself, as a worker of the party does: middleware, session, second factor, queries and
template.
Exits 1 when a gate is missed: 95 of 100 under 200 ms; at most 1.5 times the page at 100 reports; at most 8 queries.
SQLite, in a file on the disk that holds the temporary folder.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first
from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings, setup_test_environment  # noqa: E402
from tests.desk.world import Report, World  # noqa: E402

from answerable.casework.models import Duty, Record  # noqa: E402
from answerable.ledger.databases import database  # noqa: E402
from bench.figures import Figure, table  # noqa: E402

SLOWEST, GROWTH, QUERIES = 0.2, 1.5, 8
FEW, MANY = 100, 10_000


def own_databases(folder: Path) -> None:
    """Migrated files behind the aliases of the desk's party."""
    for alias in ("default", "keys"):
        connections.settings[alias].update(database(folder / f"{alias}.db"))
        connections[alias].close()
        del connections[alias]
        call_command("migrate", database=alias, verbosity=0)


def fill(known: Record, count: int) -> None:
    """Reports that wait, each with the duties that one just received has."""
    today = datetime.now(UTC).date()
    duties = list(Duty.objects.filter(record=known))
    made = [
        Record(
            handle=secrets.token_hex(16), kind="report", name=f"made {secrets.token_hex(6)}", opened=today,
            stage="received", seq=1, leaf=secrets.token_bytes(32), idx=secrets.randbits(62), origin=known.origin,
            channel="web", language="en", next_due=today + timedelta(days=number % 90 - 5), next_act=known.next_act,
        )
        for number in range(count)
    ]  # fmt: skip
    with transaction.atomic():
        Record.objects.bulk_create(made, batch_size=500)
        rows = [
            Duty(
                record=record, procedure=duty.procedure, act=duty.act, bearer=duty.bearer, after=duty.after,
                trigger=duty.trigger, opened=today, due=record.next_due if duty.due else None,
                state=duty.state, source=duty.source, live=duty.live,
            )
            for record in made
            for duty in duties
        ]  # fmt: skip
        Duty.objects.bulk_create(rows, batch_size=500)


def look(browser: Client, looks: int) -> tuple[list[float], int]:
    """Seconds of each look at the first page, and how many queries one asks."""
    for _ in range(3):
        browser.get("/desk/")
    with CaptureQueriesContext(connections["default"]) as asked, CaptureQueriesContext(connections["keys"]) as keys:
        browser.get("/desk/")
    queries = len(asked) + len(keys)
    found = []
    for _ in range(looks):
        start = time.perf_counter()
        answer = browser.get("/desk/")
        found.append(time.perf_counter() - start)
        assert answer.status_code == 200, answer.status_code
    return found, queries


def p95(times: list[float]) -> float:
    """The time under which 95 of 100 lie."""
    return statistics.quantiles(times, n=20)[-1]


def first_page(folder: Path, reports: int, looks: int) -> list[Figure]:
    """The figures of an officer's first page."""
    own_databases(folder)
    world = World(folder / "desk")
    with override_settings(**world.settings(), ALLOWED_HOSTS=["*"], DEBUG=False):
        world.staff()
        known = Report(world).take_in(1)
        browser = world.client("ida")
        fill(known, FEW - 1)
        few, _ = look(browser, looks)
        fill(known, reports - FEW)
        many, queries = look(browser, looks)
    small, large = p95(few), p95(many)
    growth = statistics.median(many) / statistics.median(few)
    return [
        Figure(f"first page, {FEW:,} reports, p95", f"{small * 1e3:.0f} ms", ""),
        Figure(
            f"first page, {reports:,} reports, p95",
            f"{large * 1e3:.0f} ms",
            f"under {SLOWEST * 1e3:.0f} ms",
            holds=large < SLOWEST,
        ),
        Figure(
            "median, beside the page at 100",
            f"{statistics.median(many) * 1e3:.0f} ms",
            f"at most {GROWTH} times",
            f"{growth:.2f}",
            holds=growth <= GROWTH,
        ),
        Figure("queries", str(queries), f"at most {QUERIES}", holds=queries <= QUERIES),
    ]


def main() -> int:
    """Measure, print, and say by the exit code whether every gate holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--reports", type=int, default=MANY)
    parser.add_argument("--looks", type=int, default=60)
    chosen = parser.parse_args()
    setup_test_environment(debug=False)
    settings.DEBUG = False
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        figures = first_page(Path(folder), chosen.reports, chosen.looks)
        for alias in ("default", "keys"):
            connections[alias].close()
    rows: list[tuple[str, ...]] = [(one.name, one.measured, one.budget, one.ratio, one.verdict) for one in figures]
    print(table(("what", "measured", "budget", "ratio", ""), rows))
    return 0 if all(figure.holds is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
