"""The page on procedures shows a collection: it must load as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from answerable.procedures.collection import from_folder

PAGE = Path(__file__).resolve().parents[2] / "docs" / "procedures.md"


def test_the_collection_on_the_page_loads(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = dict(re.findall(r"^`([^`\n]+\.(?:yaml|txt))`\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert sorted(files) == ["notice-board.txt", "sources.yaml", "statements/notice.yaml", "vocabulary.yaml"]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    one = from_folder(tmp_path)
    assert [str(problem) for problem in one.problems] == []
    assert list(one.norms()) == ["notice/fine", "notice/waive"]
