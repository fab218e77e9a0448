"""Every journey of a reporter without script: what is sealed opens for those addressed, and only for them."""

from __future__ import annotations

import pytest

from tests.intake_pages.world import Browser

pytestmark = [pytest.mark.django_db(databases=["default", "intake"])]


def test_a_report_is_received_and_its_words_open_it(browser: Browser) -> None:
    # Given the form
    browser.get("/report/")
    assert browser.status == 200
    # When it is sent with a few words
    browser.send("/report/", {"what": "He came at night.", "who": "A driver"})
    # Then the words are shown
    page = browser.follow()
    assert "It has been received" in page
    words = browser.words()
    assert len(words) == 8
    # And they open the mailbox
    browser.get("/return/")
    browser.send("/return/", {"words": " ".join(words)})
    page = browser.follow()
    assert "He came at night." in page
