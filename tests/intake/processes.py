"""A database of the door's own, which outlives the process that writes to it: for deaths, threads and rights."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connections
from django.test.utils import override_settings

from answerable.ledger.actions.preparing import prepare
from answerable.ledger.databases import database
from tests.folders import until_the_end
from tests.intake.world import World
from tests.postgres import Server


@contextmanager
def behind(settings: dict[str, Any]) -> Iterator[None]:
    """Put a database behind the alias ``intake``, in a process that has no other."""
    kept = connections.settings["intake"], connections["intake"]
    connections.settings["intake"] = connections.configure_settings({"default": {}, "intake": settings})["intake"]
    connections["intake"] = connections.create_connection("intake")
    try:
        with override_settings(ANSWERABLE_DATABASES={"intake": "intake"}):
            yield
    finally:
        connections["intake"].close()
        connections.settings["intake"], connections["intake"] = kept


@cache
def _file() -> Path:
    """A migrated file, made once: whoever needs one copies it."""
    path = until_the_end("intake") / "intake.db"
    with behind(database(path)):
        prepare("intake")
    return path


@cache
def template(server: Server, schema: str | None = None, after: Callable[[str], None] | None = None) -> str:
    """A migrated database on a server, made once: whoever needs one copies it. ``after`` gets its name."""
    name = server.fresh()
    with behind(database(server.url(name), schema=schema)):
        prepare("intake")
    if after:
        after(name)
    return name


@contextmanager
def own_database(world: World, server: Server | None) -> Iterator[None]:
    """An empty intake database behind the alias ``intake``: a file, or one on the server."""
    if server is None:
        place = world.folder / "intake.db"
        shutil.copy(_file(), place)
        with behind(database(place)):
            yield
        return
    name = server.fresh(template(server))
    with behind(database(server.url(name))):
        yield
    server.drop(name)
