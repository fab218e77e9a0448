"""Chromium with nobody looking over its shoulder: a page is opened, and expressions are run in it.

Playwright records what every request carries, which takes a page that sends megabytes longer than sending them does.
Here nothing is recorded: the browser's own protocol (https://chromedevtools.github.io/devtools-protocol/), over a pair
of pipes, and of it no more than pages and expressions.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"),
    # A page that somebody looks at: not one behind others, whose timers and process wait.
    *("--disable-renderer-backgrounding", "--disable-background-timer-throttling"),
    "--disable-backgrounding-occluded-windows",
)


class Browser:
    """A running browser; ``page`` opens one in a profile of its own."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._sent = 0
        self._rest = b""

    @contextmanager
    def page(self, url: str) -> Iterator[Page]:
        """A page at ``url``, once it has loaded; its profile ends with the block."""
        profile = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        made = Page(self, session)
        made.ask("Page.navigate", url=url)
        made.run(f"until(() => location.href === {json.dumps(url)} && document.readyState === 'complete')")
        try:
            yield made
        finally:
            self.ask("Target.disposeBrowserContext", browserContextId=profile)

    def ask(self, method: str, session: str = "", **said: Any) -> dict[str, Any]:
        """What the browser answers. Raises RuntimeError for a refusal, or when it has ended."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": said, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while (answer := self._next()).get("id") != self._sent:
            pass  # what happens meanwhile is nothing to us
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        found: dict[str, Any] = answer["result"]
        return found

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._back, 1 << 20)
            if not part:
                raise RuntimeError("Chromium has ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found


class Page:
    """One page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def ask(self, method: str, **said: Any) -> dict[str, Any]:
        """As `Browser.ask`, about this page."""
        return self._browser.ask(method, self._session, **said)

    def run(self, expression: str) -> Any:
        """The value of an expression, or of its promise; ``until(check)`` is a promise that ``check()`` is true.

        Raises RuntimeError with what it throws.
        """
        return self._evaluated(f"{_UNTIL}; {expression}", returnByValue=True)["result"].get("value")

    def attach(self, selector: str, path: Path) -> None:
        """Choose a file in the field that ``selector`` finds."""
        field = self._evaluated(f"document.querySelector({json.dumps(selector)})")["result"]["objectId"]
        self.ask("DOM.setFileInputFiles", objectId=field, files=[str(path)])

    def _evaluated(self, expression: str, **said: Any) -> dict[str, Any]:
        found = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, **said)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found


#: Looked at each time the page changes, and now and then.
_UNTIL = """
var until = (check) => new Promise((done, fail) => {
  const end = (act, value) => { clearInterval(now); clearTimeout(late); watch.disconnect(); act(value); };
  const look = () => { if (check()) end(done); };
  const now = setInterval(look, 50), late = setTimeout(() => end(fail, new Error("it never came")), 60000);
  const watch = new MutationObserver(look);
  watch.observe(document, { subtree: true, childList: true, attributes: true });
  look();
})
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, which ends with the block."""
    theirs_in, to = os.pipe()
    back, theirs_out = os.pipe()
    # The protocol wants descriptors 3 and 4.
    program = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.Popen(
            ["/bin/sh", "-c", program, "sh", CHROMIUM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(to, back)
        finally:
            os.close(to)  # it ends when nobody can speak to it any more
            os.close(back)
            try:
                run.wait(10)
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
