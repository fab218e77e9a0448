"""The committed browser side is what its source gives, and what is written twice is the same.

That its types hold and its own tests pass, `make web-test` says (`npm --prefix web test`).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from answerable.publication.verifier import write_verifier
from answerable.publication.verifier_texts import SENTENCES, TEXTS

WEB = Path(__file__).parents[2] / "web"
BUILT = WEB.parent / "src" / "answerable" / "ui" / "static" / "ui" / "verify"
BUDGET = 10_000


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """The tools of the browser side."""
    assert (WEB / "node_modules" / "esbuild").is_dir(), "web/node_modules is missing: run make web"


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run node in web/."""
    return subprocess.run(["node", *arguments], cwd=WEB, capture_output=True, text=True, timeout=120, check=False)


def test_the_committed_build_is_what_the_source_gives(tmp_path: Path) -> None:
    # When the source is built again
    done = node("build.mjs", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    # Then every file is there, byte for byte, and no other
    for part in ("verify", "report", "desk", "offline"):
        made = {path.name: path.read_bytes() for path in (tmp_path / part).iterdir()}
        kept = {path.name: path.read_bytes() for path in (BUILT.parent / part).iterdir()}
        assert sorted(made) == sorted(kept), f"{part}: run make web"
        assert [name for name in made if made[name] != kept[name]] == [], f"{part} is out of date: run make web"
    # And the verifier is within its budget; the others' are held by the build itself
    assert len((BUILT / "verify.js").read_bytes()) <= BUDGET


def test_the_scripts_run_under_a_strict_policy() -> None:
    # Nothing is made from text and run, and no WebAssembly: our pages' policy allows neither
    for path in BUILT.parent.rglob("*.js"):
        text = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function\(|WebAssembly|innerHTML|outerHTML|insertAdjacentHTML", text), path
        # And nothing is kept: what a reporter's page knows dies with it
        if path.parent.name in ("report", "offline"):
            assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open", text), path


def test_the_table_of_kinds_is_current() -> None:
    check = [sys.executable, str(WEB / "kinds.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_lock_names_no_address() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_script_asks_for_nothing() -> None:
    # Given the script as it is served
    script = (BUILT / "verify.js").read_text("utf-8")
    # Then none of the ways to send, fetch, store, run or mark up is in it
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "EventSource", "import(", "eval(", "location"):
        assert word not in script
    for word in ("innerHTML", "insertAdjacent", "document.write", "Storage", "indexedDB", "cookie", "http:", "https:"):
        assert word not in script


def test_script_and_page_number_the_sentences_alike() -> None:
    enumerated = re.findall(r"^  ([A-Z][A-Za-z0-9]*),$", (WEB / "src" / "why.ts").read_text("utf-8"), re.MULTILINE)
    assert tuple(enumerated) == SENTENCES


def test_every_language_has_every_sentence() -> None:
    english = TEXTS["en"]
    assert english.keys() >= set(SENTENCES)
    for language, texts in TEXTS.items():
        assert texts.keys() == english.keys(), language
        assert all(text.strip() for text in texts.values()), language


def test_a_page_carries_its_policy_and_a_wild_one_stays_text(tmp_path: Path) -> None:
    # Given a policy with a comment that would like to be markup
    wild = "# </textarea><script>alert(1)</script> & $title\nquorum none\n"
    # When pages are written twice, in a language that is not complete
    for folder in ("one", "two"):
        write_verifier(tmp_path / folder, policy_text=wild, language="fr", home='"><b>')
    # Then they are the same bytes, English says that it is English, and nothing in them is markup of ours
    for name in ("index.html", "verifier.html"):
        page = (tmp_path / "one" / "verify" / name).read_text("utf-8")
        assert page == (tmp_path / "two" / "verify" / name).read_text("utf-8")
        assert '<html lang="en" dir="ltr">' in page
        assert "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; $title" in page
        assert "<b>" not in page
