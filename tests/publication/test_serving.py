"""The public server: exact headers, nothing outside its folders, nothing about readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from answerable.publication.serving import PublicFiles

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def folders(tmp_path: Path) -> PublicFiles:
    for name, data in {
        "site/index.html": "<!doctype html>",
        "site/ar/index.html": "<!doctype html>",
        "site/verify/verifier.html": "<!doctype html>",
        "site/assets/site.css": "a{}",
        "public/record/checkpoint": "ledger.example/record\n",
        "public/record/tile/0/000.p/3": "hashes",
        "public/record/tile/entries/000.p/3": "entries",
        "public/record/archive/003": "note",
        "public/record/status.json": "{}",
        "public/vkeys.txt": "keys",
        "secret.key": "never",
        "site/.git/config": "hidden",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(data)
    (tmp_path / "site" / "link.txt").symlink_to(tmp_path / "secret.key")
    return PublicFiles(tmp_path / "site", tmp_path / "public")


def ask(app: PublicFiles, path: str, method: str = "GET", **more: str) -> tuple[str, dict[str, str], bytes]:
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        assert len({name for name, _ in headers}) == len(headers), "a header is sent twice"
        said.update(status=status, headers=dict(headers))

    body = b"".join(app({"REQUEST_METHOD": method, "PATH_INFO": path, **more}, start))
    return said["status"], said["headers"], body


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("/record/checkpoint", "text/plain; charset=utf-8", "no-store"),
        ("/record/tile/0/000.p/3", "application/octet-stream", IMMUTABLE),
        ("/record/tile/entries/000.p/3", "application/octet-stream", IMMUTABLE),
        ("/record/archive/003", "text/plain; charset=utf-8", IMMUTABLE),
        ("/record/status.json", "application/json; charset=utf-8", "no-store"),
        ("/vkeys.txt", "text/plain; charset=utf-8", "no-cache"),
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/assets/site.css", "text/css; charset=utf-8", "no-cache"),
    ],
)
def test_each_file_has_its_headers(folders: PublicFiles, path: str, kind: str, cache: str) -> None:
    status, headers, body = ask(folders, path)
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == ("200 OK", kind, cache)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert int(headers["Content-Length"]) == len(body) > 0
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "path",
    ["/absent", "/record/tile/0/001", "/../secret.key", "/..%2fsecret.key", "//etc/passwd", "/link.txt", "/.git/config",
     "/assets/../../secret.key", "/\x00", "/a\\..\\b", "relative", "", "/record", "/caf\xc3\xa9"],
)  # fmt: skip
def test_whatever_is_not_ours_is_absent_and_not_kept(folders: PublicFiles, path: str) -> None:
    status, headers, body = ask(folders, path)
    assert status == "404 Not Found"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert b"never" not in body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60), st.sampled_from(["GET", "HEAD", "POST", "", "TRACE"]))
def test_any_request_gets_an_answer_and_never_the_secret(folders: PublicFiles, path: str, method: str) -> None:
    status, _, body = ask(folders, "/" + path, method)
    assert status[:3] in ("200", "308", "404", "405")
    assert b"never" not in body


def test_a_folder_without_its_slash_leads_to_it(folders: PublicFiles) -> None:
    status, headers, _ = ask(folders, "/ar")
    assert status.startswith("308")
    assert headers["Location"] == "/ar/"


def test_an_unchanged_page_is_not_sent_again(folders: PublicFiles) -> None:
    _, headers, _ = ask(folders, "/")
    status, again, body = ask(folders, "/", HTTP_IF_NONE_MATCH=headers["ETag"])
    assert (status, body) == ("304 Not Modified", b"")
    assert "Content-Length" not in again


def test_only_reading_is_possible(folders: PublicFiles) -> None:
    status, headers, _ = ask(folders, "/", "POST")
    assert status.startswith("405")
    assert headers["Allow"] == "GET, HEAD"
    assert ask(folders, "/", "HEAD")[2] == b""


def test_only_the_verifier_may_run_its_script(folders: PublicFiles) -> None:
    assert "script-src" not in ask(folders, "/")[1]["Content-Security-Policy"]
    headers = ask(folders, "/verify/verifier.html")[1]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"] == "attachment"


def test_a_site_without_a_log_serves_no_log(folders: PublicFiles) -> None:
    assert ask(PublicFiles(folders.site), "/record/checkpoint")[0] == "404 Not Found"
