"""The door's figures: sealed reports a second, none lost when killed, without script, with files, under attack.

    python -m bench.intake [--full]

Exits 1 when a gate is missed. Everything runs behind the party's own door with its own middleware and the reporter's
rights, on SQLite with synchronous=FULL (the first figures on PostgreSQL too), on the disk that holds /var/tmp. Clients
are threads of this process and take their share of the same cores, for the bare inserts too. The reports' proofs of
work ask for no bits: checking costs the same, and making hundreds of them is not what is measured.

GlobaLeaks publishes no rate of submissions to put beside these: its stress-test suite
(https://github.com/globaleaks/globaleaks-whistleblowing-software/issues/426, open since 2013) has no published result,
and of capacity its maintainers say "no known limits" of computation and 8 GB of memory for 5,000 sites
(https://github.com/orgs/globaleaks/discussions/3884). Its receipt has 16 decimal digits
(https://docs.globaleaks.org/en/main/security/ApplicationSecurity.html): 53 bits, put beside the 90 of a code below.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django is set up first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402
from tests.intake.processes import behind, database, prepare  # noqa: E402
from tests.intake.world import Person, World, counts, give_indices  # noqa: E402
from tests.postgres import Server  # noqa: E402

from answerable.intake import actions, work  # noqa: E402
from answerable.intake.actions import setting  # noqa: E402
from answerable.intake.errors import NothingOpens  # noqa: E402
from answerable.ledger.models import Outbox  # noqa: E402
from answerable.parties.reporter import pages  # noqa: E402
from answerable.sealing import envelope  # noqa: E402
from answerable.sealing.envelope import Channel  # noqa: E402
from bench.figures import Figure, rate, table  # noqa: E402
from bench.intake_door import OCTETS, Answer, Run, ask, behind_the_door, many  # noqa: E402
from bench.intake_files import SIZE, sealed_beside_age, sent_from_chromium  # noqa: E402
from bench.intake_floods import floods  # noqa: E402
from bench.intake_parts import parts  # noqa: E402
from bench.intake_peers import Bare, Rows, processor_of  # noqa: E402
from bench.intake_timing import compare  # noqa: E402

CLIENTS = 8
RATE, SLOWEST, RATIO = 50.0, 0.5, 0.5
FILE, AGE = 1.0, 2.0
#: Bits of a code, of a receipt of 16 digits, and seconds in a year: what guessing at the lookup takes.
CODE_BITS, DIGITS_BITS, YEAR = 90, math.log2(10**16), 31_557_600


class Bench:
    """One party, its door, and the figures so far."""

    def __init__(self, folder: Path, world: World, *, full: bool) -> None:
        self.folder, self.world, self.full = folder, world, full
        self.party = get_wsgi_application()
        self.figures: list[Figure] = []
        self.remarks: list[str] = []

    def figure(self, name: str, measured: str, budget: str = "", holds: bool | None = None, ratio: str = "") -> None:
        """Note one."""
        self.figures.append(Figure(name, measured, budget, ratio, holds))

    def times(self, short: int, full: int) -> int:
        """How often, in a short run and in a full one."""
        return full if self.full else short

    def reports(self, number: int) -> list[bytes]:
        """Deliveries of as many people, sealed as a browser seals them."""
        made = []
        for _ in range(number):
            person = Person(self.world)
            report = person.envelope(channel=Channel.WEB)
            made.append(person.delivery(report, worked=free_work(envelope.encode(report))))
        return made


@contextmanager
def asking_for_nothing() -> Iterator[None]:
    """For this block, doors ask for no bits of work, however many come."""
    asked = work.LEAST, work.MOST
    work.LEAST = work.MOST = 0
    try:
        yield
    finally:
        work.LEAST, work.MOST = asked


def free_work(subject: bytes) -> bytes:
    """Work for a challenge that asks for no bits."""
    asked = work.challenge(setting.work_key(), int(time.time()), 0, rng=secrets.token_bytes)
    return work.solve(asked, sha256(subject).digest())


def send(port: int, sent: list[bytes], path: str = "/api/reports/") -> dict[int, Any]:
    """What clients do: send each."""
    return {number: partial(ask, port, "POST", path, data, OCTETS) for number, data in enumerate(sent)}


def sustained(bench: Bench) -> None:
    """Sealed reports, beside bare inserts of the same bytes and of the same rows, in turns, so that what else happens
    falls on all."""
    number, rounds = bench.times(200, 1_000), 3
    (first,) = bench.reports(1)
    outbox = Outbox.objects.using("intake").get(leaf_hash=bytes.fromhex(actions.receive(first, door="web").leaf)).id
    rows = Rows(bench.folder / "rows.db", bench.folder / "intake.db", outbox)
    applications = (Bare(bench.folder / "bare.db"), rows, bench.party)
    runs: tuple[list[Run], ...] = ([], [], [])
    processor = [0.0, 0.0, 0.0]
    before = counts()["submission"]
    for _ in range(rounds):
        sent = bench.reports(number)
        for place, application in enumerate(applications):
            with behind_the_door(application) as door:
                runs[place].append(many(send(door.port, sent), CLIENTS))
            processor[place] += door.processor
    bare, same, ours = runs
    acknowledged = sum(run.count(201) for run in ours)
    found = counts()["submission"] - before
    each = [one for run in ours for one in run.each]
    slow = statistics.quantiles(each, n=20)[-1]
    bare_rate, same_rate, mean = (len(each) / sum(run.seconds for run in several) for several in runs)
    per = [seconds / (number * rounds) * 1e3 for seconds in processor]
    bench.figure(
        f"sealed reports of {len(first) / 1e3:.0f} kB, {CLIENTS} clients", rate(mean), f">= {RATE:.0f}/s", mean >= RATE
    )
    bench.figure("  95 of 100 within", f"{slow * 1e3:.0f} ms", f"< {SLOWEST * 1e3:.0f} ms", slow < SLOWEST)
    for name, peer, theirs in ((f"its {rows.count} rows", same, same_rate), ("one row of its bytes", bare, bare_rate)):
        ratio = statistics.median(one.rate / other.rate for one, other in zip(ours, peer, strict=True))
        budget, holds = (f">= {RATIO} x", ratio >= RATIO) if peer is same else ("", None)
        bench.figure(f"  beside bare inserts of {name}", rate(theirs), budget, holds, f"{ratio:.2f} x")
    said = f"bare {per[1]:.1f} and {per[0]:.1f} ms"
    bench.figure("  processor of the door, each", f"{per[2]:.1f} ms", "", None, said)
    bench.figure("  acknowledged and found", f"{acknowledged} and {found}", "equal", acknowledged == found)
    for name, milliseconds in parts(bench.reports(100)):
        bench.figure(f"  of it {name}", f"{milliseconds:.2f} ms")


def on_a_server(bench: Bench) -> None:
    """The same on PostgreSQL, whose data lie on the same disk with its own defaults of durability and whose processes
    share the same processors: sustained beside SQLite, in turns and with the same reports; and killed."""
    server, number, rounds = Server("/var/tmp"), bench.times(200, 1_000), 5
    there = database(server.url(server.fresh())) | {"CONN_MAX_AGE": None}
    runs: dict[str, list[Run]] = {"SQLite": [], "PostgreSQL": []}
    used = dict.fromkeys([*runs, "the server"], 0.0)
    try:
        with behind(there):
            prepare("intake")
        for _ in range(rounds):
            sent = bench.reports(number)
            for name, several in runs.items():
                with behind(there) if name == "PostgreSQL" else nullcontext():
                    before = processor_of(server)
                    with behind_the_door(bench.party) as door:
                        several.append(many(send(door.port, sent), CLIENTS))
                    used[name] += door.processor
                    used["the server"] += processor_of(server) - before
        with behind(there):
            _beside(bench, runs, {name: seconds / (number * rounds) * 1e3 for name, seconds in used.items()})
            found, acknowledged = counts()["submission"], sum(run.count(201) for run in runs["PostgreSQL"])
            said = f"{acknowledged} and {found}"
            bench.figure("  acknowledged and found", said, "equal", acknowledged == found == number * rounds)
            killed(bench)
    finally:
        connections["intake"].close()
        server.close()


def _beside(bench: Bench, runs: dict[str, list[Run]], used: dict[str, float]) -> None:
    here, there = runs["SQLite"], runs["PostgreSQL"]
    mean = sum(len(run.each) for run in there) / sum(run.seconds for run in there)
    ratio = statistics.median(one.rate / other.rate for one, other in zip(there, here, strict=True))
    slow = statistics.quantiles([one for run in there for one in run.each], n=20)[-1]
    bench.figure("the same on PostgreSQL", rate(mean), f">= {RATE:.0f}/s", mean >= RATE)
    bench.figure(
        "  beside SQLite, in turns",
        rate(statistics.median(run.rate for run in here)),
        "> 1 x",
        ratio > 1,
        f"{ratio:.2f} x",
    )
    bench.figure("  95 of 100 within", f"{slow * 1e3:.0f} ms", f"< {SLOWEST * 1e3:.0f} ms", slow < SLOWEST)
    said = f"SQLite {used['SQLite']:.1f} ms"
    bench.figure(
        "  processor of the door and of the server, each",
        f"{used['PostgreSQL']:.1f} and {used['the server']:.1f} ms",
        "",
        None,
        said,
    )


def killed(bench: Bench) -> None:
    """kill -9 at random points while reports come: what was acknowledged is there; what was not is sent again."""
    chance, rounds = random.Random(int.from_bytes(os.urandom(4), "big")), bench.times(5, 40)
    sent = bench.reports(rounds * 60)
    promised: dict[int, str] = {}
    for turn in range(rounds):
        batch = sent[turn * 60 : (turn + 1) * 60]
        with behind_the_door(bench.party) as door:
            moment = time.perf_counter() + chance.uniform(0.05, 0.6)
            works: dict[int, Any] = {len(batch): lambda: _kill_at(door, moment)}  # noqa: B023  # used in this turn alone
            run = many(send(door.port, batch) | works, CLIENTS + 1)
        for number, answer in run.answers.items():
            if answer is not None and answer.status == 201:
                promised[turn * 60 + number] = _leaf(answer)
    leaves = {row.leaf for row in Outbox.objects.using("intake").all()}
    lost = sum(leaf not in leaves for leaf in promised.values())
    # Everyone sends again, as the page does when no answer came: the same promise, or a first one
    with behind_the_door(bench.party) as door:
        again = many(send(door.port, sent), CLIENTS)
    changed = sum(_leaf(again.answers[number] or Answer(0)) != leaf for number, leaf in promised.items())
    said = f"{len(promised)} acknowledged, {lost} lost"
    bench.figure(f"kill -9 at {rounds} random points", said, "0 lost", lost == 0 and bool(promised))
    bench.figure("  sent again", f"{again.count(201)} of {len(sent)}, {changed} changed", "all, 0", changed == 0)


def _kill_at(door: Any, moment: float) -> Answer:
    time.sleep(max(0.0, moment - time.perf_counter()))
    door.kill()
    return Answer(0)


def _leaf(answer: Answer) -> str:
    return answer.body.partition(b'"leaf": "')[2][:64].decode()


def guessed(bench: Bench) -> None:
    """How many codes one machine tries through the API, at rest and while reports come; and what that means."""
    number = bench.times(300, 3_000)
    misses = [bytes((0,)) + secrets.token_bytes(64) for _ in range(number)]
    with behind_the_door(bench.party) as door:
        rest = many(send(door.port, misses, "/api/box/"), CLIENTS)
    sent = bench.reports(number // 2)
    with behind_the_door(bench.party) as door:
        guesses = send(door.port, misses, "/api/box/")
        reports = {number + place: one for place, one in send(door.port, sent).items()}
        mixed = dict(random.Random(0).sample([*(guesses | reports).items()], number + len(sent)))
        under = many(mixed, CLIENTS)
    opened = sum(answer is None or answer.status != 404 for answer in rest.answers.values())
    bench.figure("wrong codes by script, at rest", rate(rest.rate), "none open", opened == 0)
    bench.figure("  while reports come", rate(under.count(404) / under.seconds))
    for bits, name in ((CODE_BITS, "a code of 90 bits"), (DIGITS_BITS, "16 digits, such as GlobaLeaks' receipt")):
        years = 2 ** (bits - 1) / rest.rate / YEAR
        bench.figure(f"  years to find one: {name}", f"{years:.1e}")


def timed(bench: Bench) -> None:
    """Time of a code with a wrong proof against one that was never given: in this process, where nothing hides it."""
    several = [Person(bench.world) for _ in range(40)]
    for one in several[:20]:
        one.report("plain", int(time.time()))
    chance = random.Random(0)

    def tried(some: list[Person]) -> None:
        try:
            actions.open_box(chance.choice(some).l, secrets.token_bytes(32), 0)
        except NothingOpens:
            return
        raise RuntimeError("a wrong proof opened a mailbox")

    found = compare(lambda: tried(several[:20]), lambda: tried(several[20:]), bench.times(300, 3_000))
    bench.remarks.append(f"codes that exist (wrong proof) and others that do not: {found}")


def with_files(bench: Bench) -> None:
    """A file of 5 MB: sealed here, sealed in Chromium, and sealed and stored with a report that is sent from there."""
    ours, theirs = sealed_beside_age()
    ratio = None if theirs is None else ours / theirs
    said = "pyrage is not here" if ratio is None else f"{ratio:.2f} x"
    holds = None if ratio is None else ratio <= AGE
    bench.figure(f"sealing {SIZE // 10**6} MB", f"{ours * 1e3:.1f} ms", f"<= {AGE:.0f} x age", holds, said)
    with ExitStack() as doors:
        with asking_for_nothing():
            free = doors.enter_context(behind_the_door(bench.party))
        asking = doors.enter_context(behind_the_door(bench.party))
        sent = sent_from_chromium(free.port, asking.port, bench.times(9, 25))
    key, tries = sent.deriving.middle, 2**work.LEAST
    bench.figure("  sealing it in Chromium", str(sent.sealing), f"< {FILE:.0f} s", sent.sealing.middle < FILE)
    more = sent.with_one.middle - key
    bench.figure("report with it, Send to received, without the KDF", f"{more:.2f} s", f"< {FILE:.0f} s", more < FILE)
    bench.figure("  of it the report itself, without a file", f"{sent.without.middle - key:.2f} s")
    bench.figure("  and with two proofs of work at rest", f"{sent.lucky_with_one.middle - key:.2f} s")
    bench.figure("  a proof: each try", f"{sent.trying.middle * 1e3:.1f} ms", "", None, f"{tries} in the mean")
    bench.figure("  the KDF", str(sent.deriving))
    for name, times in (("without a file", sent.lucky_without), ("with one", sent.lucky_with_one)):
        bench.figure(f"  everything, {name}", str(times))


def carried(bench: Bench) -> None:
    """Submissions a second that carry takes from a full queue."""
    give_indices()
    number, began = 0, time.perf_counter()
    while number < bench.times(300, 100_000) and (out := actions.next_outgoing()) is not None:
        actions.mark_carried(out.id)
        number += 1
    bench.figure("submissions that carry takes", rate(number / (time.perf_counter() - began)))


def main() -> int:
    """Measure, print, and say whether every gate holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="longer runs, for figures that are published")
    chosen = parser.parse_args()
    party = pages()
    for name in ("MIDDLEWARE", "TEMPLATES", "ROOT_URLCONF", "WHITENOISE_USE_FINDERS", "WHITENOISE_AUTOREFRESH"):
        setattr(settings, name, party[name])
    settings.ALLOWED_HOSTS, settings.LOGGING_CONFIG = ["*"], None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        world = World(folder / "world", quota=10**9)
        stack.enter_context(world.in_force())
        stack.enter_context(behind(database(folder / "intake.db") | {"CONN_MAX_AGE": None}))
        prepare("intake")
        bench = Bench(folder, world, full=chosen.full)
        with asking_for_nothing():
            for part in (sustained, killed, on_a_server, guessed):
                part(bench)
        bench.figures += floods(bench.party, full=bench.full)
        with_files(bench)
        timed(bench)
        carried(bench)
    rows = [(one.name, one.measured, one.budget, one.ratio, one.verdict) for one in bench.figures]
    print(table(("figure", "measured", "budget", "beside", ""), rows))
    for remark in bench.remarks:
        print(remark)
    print("GlobaLeaks has published no rate of submissions; see this module's text for what it has said of capacity.")
    return 0 if all(one.holds is not False for one in bench.figures) else 1


if __name__ == "__main__":
    sys.exit(main())
