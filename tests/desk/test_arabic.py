"""Every page of the desk in Arabic: no word of the interface is left in another language, and no code word shows."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from answerable.casework import actions
from answerable.casework.models import Record
from answerable.casework.views.base import today
from answerable.sealing.place import Record as RecordKind
from tests.desk.proving import prove
from tests.desk.taking import take
from tests.desk.test_settling import propose, taken_back
from tests.desk.world import Report, World

pytestmark = [pytest.mark.database, pytest.mark.django_db(databases=["default", "keys"], transaction=True)]
#: What stays in Latin letters: names of the product, of formats and technologies, and examples of codes.
LATIN = re.compile(r"Answerable|JSON|JavaScript|FRA|prima facie|en، fr")
#: Elements whose text is not the interface's own: the script's facts, names of people and rules, marks.
OTHERS = {"script", "style", "bdi", "code", "noscript"}
VOID = {"br", "input", "meta", "link", "img", "hr", "progress"}


class Words(HTMLParser):
    """The interface's own words on a page, those of named attributes included."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[bool] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.found += [
            named[name] or "" for name in ("aria-label", "alt", "placeholder", "data-label") if name in named
        ]
        if tag not in VOID:
            self.inside.append(tag in OTHERS or "hash" in (named.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.inside):
            self.found.append(data)


def foreign(answer: Any, names: list[str]) -> list[str]:
    """What of a page is not in Arabic, nor a name."""
    words = Words()
    words.feed(answer.content.decode())
    own = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))), re.IGNORECASE)
    return [text.strip() for text in words.found if re.search("[A-Za-z]{3}", own.sub("", LATIN.sub("", text)))]


def test_no_word_is_left_in_another_language(world: World) -> None:
    # Given something late, a case that is offered, a withdrawn report that waits for the second person, one who asks
    late, first = Report(world), Report(world)
    late.take_in(1, today() - timedelta(days=20))
    first.take_in(2)
    actions.clocks_once()
    case = take(world, "ida", first.handle)
    offer = {"taker": world.people["asa"].handle, "role": "assessor", "wraps": []}
    assert world.do("ida", case, "offer_handover", offer).status_code == 200
    left = taken_back(world, 3)
    assert propose(world, left).status_code == 200
    asks = Report(world, RecordKind.FILE)
    asks.take_in(4)
    shown = {
        "ida": [
            reverse("desk"), reverse("keys"), reverse("rules"), reverse("replacements"),
            reverse("report", args=[late.handle]), reverse("case", args=[case]), reverse("hand_over", args=[case]),
            reverse("decide", args=[case]), reverse("report", args=[left.handle]), "/desk/nowhere/",
        ],
        "ivo": [reverse("desk"), reverse("report", args=[left.handle])],
        "asa": [reverse("desk")],
        "rob": [reverse("desk")],
        "wim": [reverse("desk"), reverse("person", args=[asks.handle])],
        "pam": [reverse("desk")],
        "adm": [reverse("desk"), f"{reverse('people')}?confirm=1", f"{reverse('keys')}?new=1"],
    }  # fmt: skip
    names = [*Record.objects.values_list("name", flat=True), *world.people]
    # When each page is shown in Arabic, then nothing else is on it
    found: dict[str, list[str]] = {}
    for who, addresses in shown.items():
        browser = world.client(who)
        if who == "adm":
            prove(world, who, browser)
        for address in addresses:
            answer = browser.get(address, headers={"Accept-Language": "ar"})
            assert b'dir="rtl"' in answer.content, (who, address, answer.status_code)
            if words := foreign(answer, names):
                found[f"{who} {address}"] = words
    assert found == {}


def test_a_refusal_is_in_the_pages_language(world: World) -> None:
    report = Report(world)
    report.take_in(1)
    case = take(world, "ida", report.handle)
    world.people["asa"].assignments.update(until=today())
    client = world.client("ida")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ar"
    body = {"taker": world.people["asa"].handle, "role": "assessor", "wraps": []}
    told = world.do("ida", case, "offer_handover", body, client=client).json()
    assert told["what"] == "لا يستطيع ذلك الشخص تولّي هذه القضية."
    assert not re.search("[A-Za-z]", told["what"] + told["todo"])
