"""The desk as people use it without JavaScript: invited, enrolled, named, a letter written, reviewed, published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import desk
from tests.journeys.desk import fill, hand_over, publish

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A desk that runs: its address and its folder. The tests below follow its life in order."""
    home, port = tmp_path_factory.mktemp("desk") / "editors", desk.free_port()
    url = desk.found(home, port)
    with desk.running(home, port):
        yield url, home


@pytest.fixture(scope="module")
def people(running_desk: tuple[str, Path], chromium: Any) -> Iterator[dict[str, Any]]:
    """Ada writes and Cleo reviews, each in a browser of her own that runs no script."""
    url, home = running_desk
    contexts = {name: chromium.new_context(java_script_enabled=False) for name in ("ada", "cleo")}
    pages = {name: context.new_page() for name, context in contexts.items()}
    for (name, page), role in zip(pages.items(), ("author", "reviewer"), strict=True):
        page.set_default_timeout(10_000)
        desk.accept(page, home, name, role)
        desk.set_up_app(page, url)
    yield pages
    for context in contexts.values():
        context.close()


def test_an_empty_desk_is_put_to_use_without_an_import(running_desk: tuple[str, Path], people: dict[str, Any]) -> None:
    url, home = running_desk
    ada, cleo = people["ada"], people["cleo"]
    # Given an empty desk, it says what to do first
    ada.goto(f"{url}/")
    ada.get_by_role("link", name="Give the correspondence its title").click()
    fill(ada, {"title": "Our letters", "languages": "en, ar"})
    ada.get_by_role("button", name="Save").click()
    for code, office in (("us", "Our association"), ("ministry", "Minister of Health")):
        ada.goto(f"{url}/parties/")
        fill(ada, {"code": code, "name": f"{office}, in full", "office": office})
        ada.get_by_role("button", name="Name it").click()
    # When a first letter is written, a due day without its rule is refused beside its field
    write_letter(ada, url)
    hand_over(ada)
    wrong = ada.locator(".field.wrong")
    assert wrong.count() == 1
    assert "rule" in wrong.inner_text()
    fill(ada, {"rule": "asked, not binding"})
    # Then it is published by somebody else, and by nobody else
    hand_over(ada)
    draft = ada.url
    assert ada.locator(".tag").first.inner_text() == "waiting for review"
    assert ada.locator("form[action$='/approve/']").count() == 0
    cleo.goto(draft)
    cleo.get_by_role("button", name="Approve and publish").click()
    assert cleo.locator(".tag").first.inner_text() == "published"
    (letter,) = desk.entries(home, "correspondence.letter")
    assert (letter["rule"], letter["by"], letter["obligor"]) == ("asked, not binding", "editors", "Minister of Health")
    assert len(letter["asks"]) == 1
    ada.goto(draft + "edit/")
    assert ada.url == draft, "what is published cannot be edited"
    # And the title stays from now on
    ada.goto(f"{url}/correspondence/")
    assert ada.locator("[name=title]").count() == 0
    correct(ada, cleo, url)
    (correction,) = desk.entries(home, "correspondence.correction")
    assert correction["reason"] == "The day was misread."
    ada.goto(f"{url}/")
    assert "corrected" in ada.get_by_role("row", name="letter:L9").inner_text()
    ada.goto(f"{url}/clocks/")
    assert "L9  2018-04-01  Minister of Health" in ada.locator("pre").inner_text()


def write_letter(page: Any, url: str, label: str = "L9") -> None:
    page.goto(f"{url}/new/letter/")
    fields = {
        "label": label, "dated": "2018-04-01", "subject": "A further letter", "summary": "It asks again.",
        "summary_by": "our office", "source": "The letter itself", "title": "The letter",
        "words": "When will you answer?", "questions": "When will you answer?", "due": "2018-05-01",
    }  # fmt: skip
    fill(page, fields, {"from": "us", "to": "ministry", "obligor": "ministry", "held": "document"})


def correct(ada: Any, cleo: Any, url: str) -> None:
    ada.goto(f"{url}/")
    ada.get_by_role("link", name="Correct letter:L9").click()
    fill(ada, {"id": "C1", "text": "The letter is of 2 April.", "reason": "The day was misread."})
    publish(ada, cleo)


def test_a_returned_draft_shows_the_remark(running_desk: tuple[str, Path], people: dict[str, Any]) -> None:
    url, _ = running_desk
    ada, cleo = people["ada"], people["cleo"]
    write_letter(ada, url, "L10")
    fill(ada, {"rule": "asked, not binding"})
    hand_over(ada)
    cleo.goto(ada.url)
    fill(cleo, {"remark": "Which annex?"})
    cleo.get_by_role("button", name="Return to its author").click()
    ada.goto(ada.url)
    assert "Which annex?" in ada.locator(".note").inner_text()
    ada.get_by_role("link", name="Go on writing").click()
    assert ada.locator("[name=subject]").input_value() == "A further letter"
