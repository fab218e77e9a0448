"""`answerable demo --check`, the way of somebody who reports, in a real browser, with scripts and without.

Two reports are filed, opened at the desk by an officer who unlocks her keys in the browser, and answered; each person
comes back with her words and reads the answer, and both receipts are verified offline. What is written has a mark that
stands nowhere else, so that it can be looked for afterwards.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.cli.demo_browser import PATIENCE, browser, sign_in
from answerable.cli.demo_late import see_what_is_late
from answerable.cli.demo_places import Places
from answerable.cli.demo_processes import DemoError, run_command
from answerable.cli.demo_reporting import Staff
from answerable.cli.output import say
from answerable.errors import AnswerableError

#: The two ways of reporting.
NAMES = ("plain", "script")
_SECONDS = 180.0
_PAUSE = 1.0


def report(mark: str, name: str) -> str:
    """What is reported, made up; ``mark`` stands nowhere else."""
    return f"[made up] the kingfisher counted seven lanterns, {mark}-{name}"


def answer(mark: str, name: str) -> str:
    """What is answered."""
    return f"[made up] we shall write on thursday, {mark}-answer-{name}"


@dataclass
class Walk:
    """Where the journey goes, in which browser, and the ``mark`` that its texts have."""

    places: Places
    staff: Staff
    chromium: Any
    check: Callable[[], None]
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    words: dict[str, str] = field(default_factory=dict, repr=False)

    def page(self, *, script: bool) -> Any:
        """A page of a new visitor. What goes wrong in a page's script ends the journey."""
        context = self.chromium.new_context(java_script_enabled=script, locale="en-GB")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        return page

    _wrong: list[str] = field(default_factory=list)

    def until(self, what: str, true: Callable[[], bool]) -> None:
        """Wait for something that other processes do. Raises `DemoError` when it takes too long."""
        deadline = time.monotonic() + _SECONDS
        while not true():
            self.check()
            if self._wrong:
                raise DemoError(f"a page's script failed: {self._wrong[0]}")
            if time.monotonic() > deadline:
                raise DemoError(f"waited {_SECONDS:.0f} seconds for {what} in vain", where=str(self.places.logs))
            time.sleep(_PAUSE)


def journey(places: Places, staff: Staff, folder: Path, check: Callable[[], None], chromium: str) -> Walk:
    """Walk it; what was walked. Raises `DemoError` at the first thing that is untrue."""
    from playwright.sync_api import Error

    try:
        with browser(chromium) as found:
            walk = Walk(places, staff, found, check)
            walk.words["plain"] = _report_plainly(walk)
            say("reported", "without script: sealed on arrival, in a process that has ended")
            walk.words["script"] = _report_by_script(walk)
            say("reported", "with script: sealed in the browser")
            _answer(walk)
            say("answered", "both, by an officer who unlocked her keys in her browser")
            _come_back_plainly(walk, folder)
            _come_back_by_script(walk, folder)
            say("read", "both answers, with the words of each report; both receipts are verified offline")
            see_what_is_late(walk.page(script=True), places, staff)
            say("late", "entered once by the clock; the panel sees that it is stuck, and not whose it is")
            return walk
    except Error as error:
        raise DemoError(f"a page did not do what it says: {str(error)[:600]}", where=places.url("reporter")) from error


def _report_plainly(walk: Walk) -> str:
    """File a report in a browser without script; its words."""
    page = walk.page(script=False)
    page.goto(f"{walk.places.url('reporter')}/report/?want=report&l=en")
    page.locator("[name=what]").fill(report(walk.mark, "plain"))
    page.locator("#intake-form button[type=submit]").click()
    page.wait_for_url(re.compile("/report/sent/"))
    words = page.locator("ol.words li").all_inner_texts()
    for name in ("first", "second"):
        box = page.locator(f"[name={name}]")
        label = page.locator(f"label[for={box.get_attribute('id')}]").inner_text()
        number = re.search(r"\d+", label)
        if number is None:
            raise DemoError(f"the page does not say which word it asks for: {label}", where=page.url)
        box.fill(words[int(number[0]) - 1])
    page.locator("button[type=submit]").click()
    page.context.close()
    return " ".join(words)


def _report_by_script(walk: Walk) -> str:
    """File a report that the browser seals; its words."""
    page = walk.page(script=True)
    page.goto(f"{walk.places.url('reporter')}/report/?want=report&l=en")
    page.locator("[name=what]").fill(report(walk.mark, "script"))
    page.locator("#script-send button").first.click()
    page.locator("ol.words li").first.wait_for()
    words = page.locator("ol.words li").all_inner_texts()
    page.get_by_role("heading", name="It has been received").wait_for()
    page.context.close()
    return " ".join(words)


def _answer(walk: Walk) -> None:
    """Sign in as the officer, unlock, find each report, and write to each person."""
    from playwright.sync_api import Error

    officer = walk.staff.who("intake_officer")
    desk = walk.places.url("desk")
    page = walk.page(script=True)
    sign_in(page, desk, officer)
    page.goto(f"{desk}/desk/keys/?next=/desk/")
    page.locator("#phrase").fill(officer["passphrase"])
    page.locator("#unlock button").click()
    page.wait_for_url(f"{desk}/desk/")
    looked: dict[str, str] = {}
    others: set[str] = set()
    walk.until("both reports to be carried to the desk", lambda: _found(walk, page, looked, others))
    for name, address in looked.items():
        page.goto(address)
        part = page.locator("[data-compartment=narrative]").first
        part.locator("[data-open]").click()
        part.locator("[data-shown]").get_by_text(report(walk.mark, name)).wait_for()
        page.locator("#text-narrative").fill(answer(walk.mark, name))
        form = page.locator("[data-act=write_to_person]")
        form.locator("button").click()
        kept = form.get_by_text("Sealed and sent")
        try:
            kept.first.wait_for()
        except Error:
            raise DemoError(f"the answer was not kept: {form.inner_text()[-400:]}", where=address) from None
    page.context.close()


def _found(walk: Walk, page: Any, looked: dict[str, str], others: set[str]) -> bool:
    """Whether both reports stand in the queue and open; those found are added to ``looked``, the rest to ``others``."""
    page.goto(f"{walk.places.url('desk')}/desk/")
    rows = page.locator("a[href^='/desk/report/']").evaluate_all("links => links.map(link => link.href)")
    for address in reversed(dict.fromkeys(rows)):
        if address in others or address in looked.values():
            continue
        page.goto(address)
        button = page.locator("[data-compartment=narrative] [data-open]").first
        if not button.count():
            continue
        button.click()
        shown = page.locator("[data-compartment=narrative] [data-shown]").first
        shown.locator(".written, .warn, dl").first.wait_for()
        text = shown.inner_text()
        others.add(address)
        looked |= {name: address for name in NAMES if report(walk.mark, name) in text}
        if len(looked) == len(NAMES):
            return True
    return False


def _come_back_plainly(walk: Walk, folder: Path) -> None:
    """Without script: open the mailbox, read the answer, take the receipt, verify it offline."""
    site = walk.places.url("reporter")
    page = walk.page(script=False)
    page.goto(f"{site}/return/?l=en")
    page.locator("[name=words]").fill(walk.words["plain"])
    page.locator("#return-form button[type=submit]").click()
    page.wait_for_url(re.compile("/box/"))

    def answered() -> bool:
        page.goto(f"{site}/box/?l=en")
        return answer(walk.mark, "plain") in page.locator("main").inner_text()

    walk.until("the answer to come to the mailbox", answered)
    page.goto(f"{site}/box/receipt/?l=en")
    link = page.locator("a[download='receipt.txt']").first.get_attribute("href")
    proof = folder / "plain.tlog-proof"
    proof.write_bytes(page.context.request.get(f"{site}{link}").body())
    _verified(walk, proof)
    page.context.close()


def _come_back_by_script(walk: Walk, folder: Path) -> None:
    """With script: the words open the mailbox in the browser, which checks the receipt; what it keeps verifies here."""
    page = walk.page(script=True)
    site = walk.places.url("reporter")

    def answered() -> bool:
        page.goto(f"{site}/return/?l=en")
        page.locator("[name=words]").fill(walk.words["script"])
        page.locator("#return-form button").first.click()
        page.get_by_text(report(walk.mark, "script")).first.wait_for()
        return bool(page.get_by_text(answer(walk.mark, "script")).count())

    walk.until("the answer to come to the mailbox that the browser opens", answered)
    page.locator("summary", has_text="My proofs").click()
    page.get_by_text("The receipt was checked here: it stands in the register").wait_for()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Save the receipt").click()
    proof = folder / "script.tlog-proof"
    kept.value.save_as(proof)
    _verified(walk, proof)
    page.context.close()


def _verified(walk: Walk, proof: Path) -> None:
    """The receipt verifies under the register's policy; with one bit changed it does not."""
    policy = str(walk.places.ledger / "register.policy")
    said = run_command("record", "verify", str(proof), "--policy", policy)
    if not any(line.startswith("PASS") for line in said.splitlines()):
        raise DemoError(f"the receipt of a report does not verify: {said.strip()}", where=str(proof))
    data = bytearray(proof.read_bytes())
    data[len(data) // 2] ^= 1
    proof.write_bytes(data)
    try:
        run_command("record", "verify", str(proof), "--policy", policy)
    except AnswerableError:
        return
    raise DemoError("a receipt of a report with one bit changed is still accepted", where=str(proof))
