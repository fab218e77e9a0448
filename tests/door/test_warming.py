"""Before the door opens: pages are made once, and nothing is shared that a fork must not share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connections

from answerable.intake.views.warming import PAGES, warm
from tests.intake.processes import own_database
from tests.intake.world import World
from tests.intake_pages import world as worlds


def test_pages_are_made_once_in_each_language_and_the_database_is_closed_again(
    settings: Any, tmp_path: Path, django_db_blocker: Any
) -> None:
    worlds.make(settings, tmp_path)
    settings.ALLOWED_HOSTS = ["localhost"]
    application, seen = get_wsgi_application(), list[str]()

    def watched(environ: dict[str, Any], start: Any) -> Any:
        def said(status: str, *rest: Any) -> Any:
            seen.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']} {status[:3]}")
            return start(status, *rest)

        return application(environ, said)

    with django_db_blocker.unblock(), own_database(World(tmp_path / "data"), None):
        warm(watched)
        # No connection goes through a fork
        assert connections["intake"].connection is None
    assert sorted(seen) == sorted(f"{path}?l={code} 200" for code, _ in settings.LANGUAGES for path in PAGES)
