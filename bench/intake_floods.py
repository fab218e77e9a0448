"""Many at once: reports without script, wrong words, mailboxes tried by script. Others look at pages meanwhile.

A key derivation costs memory and 20 ms: few run at a time, behind the workers that stay, so that no flood of them
keeps anybody from a page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.intake.world import draw
from tests.intake_pages.world import form_fields

from answerable.sealing import codes, wordlists
from bench.figures import Figure, rate
from bench.intake_door import FORM, OCTETS, Answer, Run, Served, ask, behind_the_door, many, others_look

PLAIN, OTHERS = 10.0, 0.2
FLOOD = 24
_REPORT = "/report/?want=report&l=en"
_RETURN = "/return/?l=en"


def floods(party: Any, *, full: bool) -> list[Figure]:
    """Each, and what others who look at pages meanwhile wait."""
    seconds = 30 if full else 6
    return [
        *_plainly(party, 300 if full else 60),
        *_flooded(party, "reports without script, 24 at once", reports, seconds, (303,)),
        *_flooded(party, "wrong words without script, 24 at once", wrong_words, seconds, (404, 422, 503)),
        *_flooded(party, "mailboxes tried by script, 24 at once", tries, seconds, (404,)),
    ]


def reports(door: Served) -> Callable[[], Answer]:
    """Somebody who writes a report without script: a form, filled in and sent."""

    def report() -> Answer:
        form = ask(door.port, "GET", _REPORT)
        return _posted(door.port, _REPORT, {**form_fields(form.body.decode()), "what": "what happened"}, form.cookie)

    return report


def wrong_words(door: Served) -> Callable[[], Answer]:
    """Somebody who tries words."""
    listed = next(iter(wordlists.lists().values()))
    form = ask(door.port, "GET", _RETURN)
    filled = form_fields(form.body.decode())

    def guess() -> Answer:
        words = codes.new_code(listed, draw).words
        said = " ".join([*words, codes.check_word(words, listed)])
        return _posted(door.port, _RETURN, filled | {"words": said}, form.cookie)

    return guess


def tries(door: Served) -> Callable[[], Answer]:
    """Somebody who asks for mailboxes that are not there, and derives nothing for it."""
    return lambda: ask(door.port, "POST", "/api/box/", bytes((0,)) + secrets.token_bytes(64), OCTETS)


def _plainly(party: Any, number: int) -> list[Figure]:
    with behind_the_door(party) as door:
        work = reports(door)
        with others_look(door.port) as looks:
            run = many(dict.fromkeys(range(number), work), 4)
    kept = run.count(303)
    return [
        Figure("reports without script, 4 people", rate(run.rate), f">= {PLAIN:.0f}/s", "", run.rate >= PLAIN),
        Figure("  received", f"{kept} of {number}", "all", "", kept == number),
        _others(looks),
    ]


def _flooded(
    party: Any, name: str, flood: Callable[[Served], Callable[[], Answer]], seconds: int, expected: tuple[int, ...]
) -> list[Figure]:
    with behind_the_door(party) as door:
        work = flood(door)
        with others_look(door.port) as looks:
            run = many(dict.fromkeys(range(1_000_000), work), FLOOD, seconds=seconds)
    answered = sum(answer is not None and answer.status in expected for answer in run.answers.values())
    said = f"each answered {' or '.join(map(str, expected))}"
    return [Figure(name, rate(run.rate), said, "", answered == len(run.answers)), _others(looks)]


def _posted(port: int, path: str, filled: dict[str, Any], cookie: str) -> Answer:
    return ask(port, "POST", path, urlencode(filled, doseq=True).encode(), {**FORM, "Cookie": cookie})


def _others(looks: Run) -> Figure:
    slow = f"{looks.slow * 1e3:.0f} ms"
    return Figure("  other pages meanwhile, 95 of 100", slow, f"< {OTHERS * 1e3:.0f} ms", "", looks.slow < OTHERS)
