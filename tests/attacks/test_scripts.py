"""What a reporter wrote is opened in the browsers of staff: it must never become markup or code there, nor stay."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from answerable.casework.views.base import POLICY as DESK
from answerable.intake.views.page import PLAIN_POLICY, POLICY
from answerable.ui import security

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "web/src").rglob("*.ts"))
#: What makes markup or code of text.
MAKES = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML|srcdoc"
    r"|\beval\(|new Function|setTimeout\(\s*[\"'`]|javascript:"
)
#: What stays on a device, or tells somebody.
KEEPS = re.compile(
    r"localStorage|indexedDB|caches\.|document\.cookie|serviceWorker|sendBeacon|console\.|history\.pushState"
)


def test_no_script_makes_markup_or_code_of_text() -> None:
    assert len(SOURCES) > 50
    assert [f"{path.name}: {found[0]}" for path in SOURCES if (found := MAKES.search(path.read_text("utf-8")))] == []


def test_no_script_keeps_anything_on_the_device() -> None:
    assert [f"{path.name}: {found[0]}" for path in SOURCES if (found := KEEPS.search(path.read_text("utf-8")))] == []
    # Half of what opens a member of staff's keys lies in the tab; the server has the other half.
    kept = {path.name for path in SOURCES if "sessionStorage" in path.read_text("utf-8")}
    assert kept == {"session.ts"}


@pytest.mark.parametrize("policy", [POLICY, PLAIN_POLICY, DESK])
def test_pages_can_be_framed_by_nobody_and_load_from_nowhere_else(policy: str) -> None:
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";") if part.strip())
    assert parts["default-src"] == "'none'"
    assert parts["frame-ancestors"] == "'none'"
    assert parts["base-uri"] == "'none'"
    assert parts["form-action"] == "'self'"
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert "script-src" not in parts or parts["script-src"] == "'self'"
    assert security.HEADERS["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("module", "secret"),
    [
        ("intake/actions/mine.py", r"auth|proof|stored"),
        ("intake/page_session.py", r"token|cookie"),
        ("intake/work.py", r"mark|marked"),
        ("intake/views/visit.py", r"token"),
    ],
)
def test_secrets_are_compared_in_constant_time(module: str, secret: str) -> None:
    tree = ast.parse((ROOT / "src/answerable" / module).read_text("utf-8"))
    compared = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops)
        and any(re.search(rf"\b({secret})\b", ast.unparse(side)) for side in (node.left, *node.comparators))
    ]
    # A cookie with its own other spelling, and lengths, tell nobody anything.
    assert [one for one in compared if not re.search(r"cookie_text|len\(", one)] == []
