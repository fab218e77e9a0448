"""The verifier page in a real Chromium: served and as one file, in both languages, a receipt given in every way."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from answerable.publication.verifier import write_verifier
from answerable.publication.verifier_texts import TEXTS
from tests.web import samples

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
ENGLISH, ARABIC = TEXTS["en"], TEXTS["ar"]


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """A browser with nothing of its own to fetch."""
    return chromium


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: the test counts the browser's requests itself."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The pages in both languages, on disk and served on loopback, and the receipts beside them."""
    root = tmp_path_factory.mktemp("verifier")
    for language in ("en", "ar"):
        write_verifier(root / language, policy_text=samples.policy(), language=language, home="../index.html")
    given = root / "given"
    given.mkdir()
    for name, data in samples.receipts().items():
        (given / f"{name}.tlog-proof").write_bytes(data)
    for name, data in samples.openings().items():
        (given / f"{name}.json").write_bytes(data)
    (given / "log-alone.policy").write_text(samples.log_lines() + "quorum none\n", "utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["served", "one file"])
def address(request: pytest.FixtureRequest, site: tuple[str, Path]) -> str:
    """The English page: from a server, and as the file that needs none."""
    url, root = site
    return f"{url}/en/verify/index.html" if request.param == "served" else (root / "en/verify/verifier.html").as_uri()


class Visit:
    """A page that is open, and everything it did that it should not have done."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1000, javascript: bool = True) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=javascript)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        self.page.on("console", lambda message: self.faults.append(f"console {message.text}"))
        self.page.goto(address, wait_until="load")
        self.page.on("request", lambda request: self.faults.append(f"request {request.url}"))
        self.page.on("framenavigated", lambda frame: self.faults.append(f"navigation {frame.url}"))
        self.page.on("popup", lambda page: self.faults.append(f"window {page.url}"))

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.faults == []

    def choose(self, *files: Path) -> None:
        """Give files by the file input."""
        self.page.set_input_files("#file", [str(file) for file in files])

    def drop(self, *files: Path, on: str = "#drop") -> None:
        """Give files by dropping them on an element."""
        given = [(file.name, list(file.read_bytes())) for file in files]
        transfer = self.page.evaluate_handle(
            """given => { const t = new DataTransfer();
            for (const [name, bytes] of given) t.items.add(new File([new Uint8Array(bytes)], name)); return t; }""",
            given,
        )
        for event in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event(on, event, {"dataTransfer": transfer})

    def says(self, answer: str, *more: str) -> None:
        """The answer in words, and what stands below it."""
        expect(self.page.locator("#said h2")).to_have_text(answer)
        for text in more:
            expect(self.page.locator("section")).to_contain_text(text)


def test_a_receipt_is_verified_however_it_is_given(browser: Browser, address: str, site: tuple[str, Path]) -> None:
    # Given the page and a receipt of a public entry
    receipt = site[1] / "given" / "open.tlog-proof"
    with Visit(browser, address) as visit:
        # When it is chosen, dropped in the area, dropped beside it, and pasted without its last line break
        for give in (
            lambda: visit.choose(receipt),
            lambda: visit.drop(receipt),
            lambda: visit.drop(receipt, on="body"),
        ):
            give()
            # Then the answer stands in words, with the entry as text and never as markup
            visit.says(ENGLISH["Verified"], ENGLISH["InLog"], "December 1, 2026", samples.LETTER["reason"])  # type: ignore[arg-type]
            expect(visit.page.locator("#details")).to_contain_text("Editors <script>alert(1)</script>")
            visit.page.click("#check")  # with nothing pasted this checks the same receipt again
            visit.says(ENGLISH["Verified"])
    with Visit(browser, address) as visit:
        visit.page.click("#check")
        visit.says(ENGLISH["Waiting"], ENGLISH["NeedReceipt"])
        visit.page.fill("#paste", receipt.read_text("utf-8").rstrip("\n"))
        visit.page.press("#paste", "Tab")
        visit.page.keyboard.press("Enter")
        visit.says(ENGLISH["Verified"])


def test_the_three_answers(browser: Browser, address: str, site: tuple[str, Path]) -> None:
    # Given the page
    given = site[1] / "given"
    wrong = given / "wrong.tlog-proof"
    wrong.write_bytes((given / "open.tlog-proof").read_bytes().replace(b"index 4", b"index 5"))
    with Visit(browser, address) as visit:
        # When a receipt is changed, the answer is no, and the reason is said
        visit.choose(wrong)
        visit.says(ENGLISH["Refused"], ENGLISH["Inclusion"])
        # When only signatures that no browser checks meet the quorum, the answer is neither yes nor no
        visit.choose(given / "only-pq.tlog-proof")
        visit.says(ENGLISH["Unable"], "answerable record verify")
        # When both kinds of signature are there, the ones left unchecked are counted
        visit.choose(given / "both.tlog-proof")
        visit.says(ENGLISH["Verified"], ENGLISH["Mldsa"])
        # When what is given is no receipt
        visit.choose(AXE)
        visit.says(ENGLISH["Refused"], "c2sp.org/tlog-proof@v1")


def test_an_opening_and_a_policy_are_dropped_beside_a_receipt(
    browser: Browser, address: str, site: tuple[str, Path]
) -> None:
    given = site[1] / "given"
    with Visit(browser, address) as visit:
        # Given a bare receipt: the entry is there, and says nothing
        visit.drop(given / "bare.tlog-proof")
        visit.says(ENGLISH["Verified"], ENGLISH["Sealed"])
        assert "NOR" not in visit.page.inner_text("#details")
        # When its opening comes after it, then together with it
        visit.drop(given / "part.json")
        visit.says(ENGLISH["Verified"], ENGLISH["Part"], "NOR")
        assert "criminal" not in visit.page.inner_text("#details")
        visit.drop(given / "full.json", given / "bare.tlog-proof")
        visit.says(ENGLISH["Verified"], ENGLISH["Full"], "criminal", "due: 2026-12-30")
        # When the opening is of another entry
        visit.drop(given / "other.json")
        visit.says(ENGLISH["Refused"], ENGLISH["OtherOpening"])
        # When another receipt comes, the opening of the last one is forgotten
        visit.drop(given / "part.tlog-proof")
        visit.says(ENGLISH["Verified"], ENGLISH["Part"])
        # When a policy that asks for no witness is dropped, that is said
        visit.drop(given / "log-alone.policy")
        visit.says(ENGLISH["Verified"], ENGLISH["NoTime"])
        assert visit.page.input_value("#policy") == (given / "log-alone.policy").read_text("utf-8")


@pytest.mark.parametrize("missing", ["Object.defineProperty(crypto, 'subtle', {value: undefined})", "noEd25519()"])
def test_a_browser_without_the_features_never_passes(
    browser: Browser, address: str, site: tuple[str, Path], missing: str
) -> None:
    # Given a browser that lacks WebCrypto, or Ed25519 in it
    lacking = """function noEd25519() { const real = crypto.subtle.importKey;
        crypto.subtle.importKey = (...given) => given[2] === 'Ed25519'
          ? Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))
          : real.apply(crypto.subtle, given); }
    """
    with Visit(browser, address) as visit:
        visit.page.evaluate(f"(() => {{ {lacking} {missing} }})()")
        # When a good receipt is given
        visit.choose(site[1] / "given" / "open.tlog-proof")
        # Then the page says that it cannot tell, and how to
        visit.says(ENGLISH["Unable"], "answerable record verify")


def test_arabic_reads_from_right_to_left(browser: Browser, site: tuple[str, Path]) -> None:
    with Visit(browser, f"{site[0]}/ar/verify/", width=320) as visit:
        visit.choose(site[1] / "given" / "open.tlog-proof")
        visit.says(ARABIC["Verified"], ARABIC["InLog"], "ledger.example.org/record")
        assert visit.page.evaluate("getComputedStyle(document.body).direction") == "rtl"


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("file", ["index.html", "verifier.html"])
@pytest.mark.parametrize("name", ["open", "only-pq", "full", None])
def test_nothing_for_axe_and_no_sideways_scrolling(
    browser: Browser, site: tuple[str, Path], language: str, file: str, name: str | None
) -> None:
    # Given the page on the narrowest phone, with each kind of answer on it and the policy unfolded
    assert AXE.exists(), f"{AXE} is missing: run make web"
    with Visit(browser, (site[1] / language / "verify" / file).as_uri(), width=320) as visit:
        if name:
            visit.choose(site[1] / "given" / f"{name}.tlog-proof")
            expect(visit.page.locator("#said h2")).not_to_have_text(TEXTS[language]["Waiting"])
        visit.page.click("summary")
        # Then it does not scroll sideways
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        # And axe has nothing to say
        visit.page.evaluate(AXE.read_text("utf-8"))
        found = visit.page.evaluate(
            "axe.run({preload: false}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
        )
        assert found == []


def test_without_javascript_the_page_says_what_to_do(browser: Browser, site: tuple[str, Path]) -> None:
    with Visit(browser, f"{site[0]}/en/verify/", javascript=False) as visit:
        expect(visit.page.locator("#without")).to_contain_text("answerable record verify")
        expect(visit.page.locator("#with")).to_be_hidden()


def test_the_file_to_keep_is_offered_and_whole(browser: Browser, site: tuple[str, Path]) -> None:
    # Given the served page
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.goto(f"{site[0]}/en/verify/")
    # When its file is downloaded
    with page.expect_download() as download:
        page.get_by_role("link", name=ENGLISH["keep_link"]).click()
    kept = Path(download.value.path()).read_text("utf-8")
    context.close()
    # Then it is the one file, and it refers to nothing
    assert kept == (site[1] / "en/verify/verifier.html").read_text("utf-8")
    assert "src=" not in kept
    assert "href=" not in kept
    assert "'unsafe-inline'" not in kept
