"""A mailbox into which somebody put words and keys in the office's name, in a real browser with scripts."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from answerable.sealing.place import Field
from tests.intake_pages import forging
from tests.intake_pages.test_journeys import replied
from tests.web.test_sealing_reporter import Site, come_back, context, opened, page, report, site  # noqa: F401  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(databases=["default", "keys", "intake"])]


def test_words_and_keys_that_the_office_did_not_sign_are_told_and_not_used(page: Page, site: Site) -> None:  # noqa: F811
    # Given an answer of the office's, and a message, a status and a key that somebody put beside it
    words = report(page)
    desk = {"v": 1, "from": "desk", "day": "2026-11-23", "after": ""}
    replied(site.world, Field.STATUS, {"v": 1, "day": "2026-11-23", "stage": "taken", "due": []}, 7)
    replied(site.world, Field.MESSAGE, desk | {"text": "We have read it."}, 8)
    forging.put_value(Field.MESSAGE, desk | {"text": "COME ALONE"}, 9)
    forging.put_value(Field.STATUS, {"v": 1, "day": "2026-12-30", "stage": "ended", "due": []}, 10)
    forging.put_key()
    # When she comes back
    come_back(page, words)
    # Then she is told, and reads what the office signed, and nothing else
    page.get_by_text("Something here was not signed by the office, and is not shown: 2.").wait_for()
    page.get_by_text("Somebody put a key here that neither you nor the office signed.").wait_for()
    assert page.get_by_text("We have read it.").count() == 1
    assert page.get_by_text("COME ALONE").count() == 0
    assert page.get_by_text("An officer has taken charge of it.").count() == 1
    # And what she writes is sealed to the key that she and the office know
    page.get_by_label("Your message").fill("I am well.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("I am well.").wait_for()
    (record,) = opened(words)
    (mine,) = (each for each in record.messages if each.mine)
    assert int.from_bytes(mine.sealed[6:10], "big") == 1


def test_with_a_note_that_one_member_signed_no_key_is_the_offices(page: Page, site: Site) -> None:  # noqa: F811
    # Given an answer of the office's, and a server that shows a note which one member of the panel signed
    words = report(page)
    desk = {"v": 1, "from": "desk", "day": "2026-11-23", "after": ""}
    replied(site.world, Field.MESSAGE, desk | {"text": "We have read it."}, 8)

    def meddle(route: Route) -> bool:
        request = route.request
        if urlsplit(request.url).path != "/api/box/":
            return False
        body = request.post_data_buffer or b""
        answer = site.client.generic("POST", "/api/box/", body, content_type="application/octet-stream")
        if answer.status_code == 200:
            box = json.loads(answer.content)
            text, signatures = box["readers"].split("\n\n", 1)
            box["readers"] = f"{text}\n\n{signatures.splitlines()[0]}\n"
            route.fulfill(status=200, body=json.dumps(box), content_type="application/json")
        else:
            route.fulfill(status=answer.status_code, body=answer.content, content_type="application/json")
        return True

    site.meddle = meddle
    come_back(page, words)
    # Then what she is shown as the office's is nothing
    page.get_by_text("Something here was not signed by the office, and is not shown: 1.").wait_for()
    assert page.get_by_text("We have read it.").count() == 0
    # And from the true server it is the office's again
    site.meddle = lambda _route: False
    page.reload()
    come_back(page, words)
    page.get_by_text("We have read it.").wait_for()
