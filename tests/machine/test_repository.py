"""What holds of the files of the repository itself: locks, licence, documents, and what must never be in them."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
ADRS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("requirements/*.md")])


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks and that is text."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return tuple(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_requirement_is_exact_and_hashed_and_no_address_is_named(lock: Path) -> None:
    # Given the requirements of a lock file, one logical line each
    text = lock.read_text()
    requirements = [
        line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")
    ]
    # Then each is pinned with at least one hash, and none says where to fetch from
    assert requirements
    for line in requirements:
        assert re.match(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==\S+ ", line), line
        assert "--hash=sha256:" in line, line
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_locks_agree_on_every_version_they_share() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)(?: \\| ;)", lock.read_text(), re.MULTILINE):
            versions.setdefault(f"{lock.name}:{name}", set()).add(version)
    by_name: dict[str, set[frozenset[str]]] = {}
    for key, found in versions.items():
        by_name.setdefault(key.partition(":")[2], set()).add(frozenset(found))
    assert {name: found for name, found in by_name.items() if len(found) > 1} == {}


def test_the_npm_lock_names_no_address() -> None:
    lock = (ROOT / "web/package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock


def test_the_licence_is_complete() -> None:
    # The published text of the GNU Affero General Public License, version 3, to the byte
    data = (ROOT / "LICENSE").read_bytes()
    assert len(data.splitlines()) == 661
    assert sha256(data).hexdigest() == "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"


def test_no_file_names_a_path_of_somebody_s_machine_or_a_registry() -> None:
    # Written in pieces, so that this file does not name them either
    homes = "|".join(["/" + "work/", "/" + "root/", "/" + r"home/[a-z]+/", "/" + r"Users/[A-Za-z]+/"])
    registries = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)"])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        for match in re.finditer(rf"(?<![\w.])({homes})|{registries}", line)
    ]
    assert found == []


def test_no_key_is_in_the_repository() -> None:
    secret = re.compile("PRIVATE" + r"\+KEY\+[^+\s<>…]+\+[0-9a-f]{8}\+|-----BEGIN [A-Z ]*PRIVATE KEY-----")
    allowed = {"tests", "web"}  # vectors that specifications print, and keys made for tests
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.relative_to(ROOT).parts[0] not in allowed and secret.search(path.read_text(errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize("adr", ADRS, ids=lambda path: path.name)
def test_every_decision_has_its_three_parts_and_its_own_number(adr: Path) -> None:
    text = adr.read_text()
    number = int(adr.name[:4])
    assert re.match(rf"# {number}\. \S", text), "the title begins with the number of the file"
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]
    assert len([other for other in ADRS if other.name.startswith(adr.name[:4])]) == 1
    assert f"({adr.name})" in (ROOT / "docs/adr/index.md").read_text(), "docs/adr/index.md does not list it"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("https://", "http://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_every_target_of_the_makefile_that_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        name for page in PAGES for name in re.findall(r"(?:`|^|\$ )make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
    }
    assert named - targets == set()


def test_every_test_has_a_marker_that_is_known_and_none_is_skipped() -> None:
    skip = re.compile(r"pytest\." + r"(mark\.(skip|skipif|xfail)|skip\(|xfail\()|it\." + r"skip")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.relative_to(ROOT).parts[0] in {"tests", "web"} and skip.search(path.read_text(errors="replace"))
    ]
    assert found == []
