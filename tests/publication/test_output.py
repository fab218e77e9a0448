"""A site replaces an older one all at once, and nothing else ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.publication import output
from answerable.publication.errors import PublicationError

OLD = {output.MARKER: b"{}", "index.html": b"old", "letters/L1.html": b"old"}
NEW = {output.MARKER: b"{}", "index.html": b"new"}


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_new_site_is_written_where_nothing_was(tmp_path: Path) -> None:
    output.put_tree(OLD, tmp_path / "deep" / "site")
    assert tree(tmp_path / "deep" / "site") == OLD


@pytest.mark.parametrize("at_once", [True, False])
def test_an_older_site_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    if not at_once:
        monkeypatch.setattr(output, "_exchange_at_once", lambda *_: False)
    output.put_tree(OLD, tmp_path / "site")
    output.put_tree(NEW, tmp_path / "site")
    assert tree(tmp_path / "site") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_that_is_no_site_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(PublicationError, match="not a site"):
        output.put_tree(NEW, tmp_path)
    assert tree(tmp_path) == {"thesis.txt": b"years of work"}


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file")
    with pytest.raises(PublicationError, match="not a folder"):
        output.put_tree(NEW, tmp_path / "site")


@pytest.mark.parametrize("step", ["_write", "_exchange"])
def test_an_interruption_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    output.put_tree(OLD, tmp_path / "site")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        output.put_tree(NEW, tmp_path / "site")
    assert tree(tmp_path / "site") == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_full_disk_is_a_sentence_and_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output.put_tree(OLD, tmp_path / "site")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PublicationError, match="No space left"):
        output.put_tree(NEW, tmp_path / "site")
    monkeypatch.undo()
    assert tree(tmp_path / "site") == OLD
