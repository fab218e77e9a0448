"""The sites that a browser reads, served by the public party's own application on the loopback interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from answerable.publication import log_reading, output, pages, plain_files
from answerable.publication.serving import PublicFiles
from answerable.record.obligations import fold
from tests.publication.conftest import EXAMPLE
from tests.publication.small_log import SmallLog


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="session")
def served_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a whole site: the shipped example, anchored in a small log, in every language."""
    root = tmp_path_factory.mktemp("served")
    files = plain_files.read(EXAMPLE)
    log = SmallLog.of(files.correspondence, root)
    with _serving(PublicFiles(root / "site", root / "public")) as address:
        read = log_reading.read(str(log.folder), url=f"{address}/record")
        published = plain_files.found_in(files.correspondence, read.covered)
        silence = fold(read.covered, date(2026, 12, 3))
        written = pages.site_files(published, silence, log=read.view, base_url=f"{address}/")
        output.put_tree(written, root / "site")
        yield address


class _serving:  # noqa: N801  # reads as a verb where it is used
    """A server on a free port, stopped at the end."""

    def __init__(self, application: PublicFiles) -> None:
        self.server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
