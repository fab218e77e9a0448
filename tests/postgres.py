"""A real PostgreSQL server for tests: Debian's binaries, started as an unprivileged user in a folder of its own.

The server refuses to run as root, so as root it is started as ``postgres`` or ``nobody``. It listens on a Unix socket
only. Its durability settings are the defaults: the log holds on anything weaker, and that is tested too.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg


class Server:
    """A running server. ``url`` is its first database; :meth:`fresh` gives an empty one or a copy of a template."""

    def __init__(self, place: str | None = None) -> None:
        """Start one whose data lie below ``place``: in memory, where nothing else is said and there is room."""
        self.folder = Path(tempfile.mkdtemp(prefix="answerable-pg-", dir=place or _memory()))
        self.data, self.socket = self.folder / "data", self.folder / "s"
        self._as = _unprivileged()
        self._names = itertools.count()
        self.socket.mkdir()
        if self._as:
            owner = pwd.getpwnam(self._as)
            for path in (self.folder, self.socket):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        self._run("initdb", "-D", str(self.data), "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start the server, or start it again after :meth:`stop`."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.socket} -c max_connections=60"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, how: str = "fast") -> None:
        """Stop the server and keep its data."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def close(self) -> None:
        """Stop the server and remove its data."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        """The address of the database ``name``."""
        return f"postgresql://test@/{name}?host={self.socket}"

    def fresh(self, template: str = "template0") -> str:
        """A new database, a copy of ``template``; its name."""
        name = f"t{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        with psycopg.connect(self.conninfo(database), autocommit=True) as connection:
            connection.execute(statement)

    def conninfo(self, database: str = "postgres") -> str:
        """The address in libpq's own form."""
        return f"host={self.socket} dbname={database} user=test"

    def _run(self, program: str, *arguments: str) -> None:
        prefix = ["setpriv", f"--reuid={self._as}", f"--regid={self._as_group()}", "--clear-groups"] if self._as else []
        environment: dict[str, Any] = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)}
        with (self.folder / "said").open("wb") as said:  # a file: pg_ctl leaves the server holding its output
            done = subprocess.run(
                [*prefix, str(binaries() / program), *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=120,
                check=False,
            )
        if done.returncode:
            told = [path.read_text() for path in (self.folder / "said", self.folder / "log") if path.exists()]
            raise RuntimeError(f"{program} failed: {''.join(told)}")

    def _as_group(self) -> str:
        return str(pwd.getpwnam(self._as).pw_gid) if self._as else ""


def _memory() -> str | None:
    """A folder in memory when there is one with room: the server asks for every fsync, and none of them costs."""
    place = Path("/dev/shm")  # mkdtemp makes a folder of our own there
    room = place.is_dir() and os.access(place, os.W_OK) and shutil.disk_usage(place).free > 4 * 2**30
    return str(place) if room else None


def binaries() -> Path:
    """Where the newest installed server's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise RuntimeError("PostgreSQL's server is not installed: apt-get install postgresql")


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("running as root, and there is no unprivileged user to start PostgreSQL as")


SPELLINGS = ("postgres", "postgresql")


def chosen() -> str:
    """``sqlite``, or ``postgresql`` when ANSWERABLE_TEST_DATABASE or ``--database`` says so.

    Read from the command line itself, because Django's settings load before pytest has read its options.
    """
    words = " ".join(sys.argv).replace("=", " ").split()
    given = os.environ.get("ANSWERABLE_TEST_DATABASE", "sqlite")
    if "--database" in words[:-1]:
        given = words[words.index("--database") + 1]
    if given not in SPELLINGS:
        return "sqlite"
    os.environ["ANSWERABLE_TEST_DATABASE"] = "postgresql"  # workers of xdist inherit it
    return "postgresql"


@functools.cache
def running() -> Server:
    """This process's server, started at the first call and removed at exit."""
    server = Server()
    owner = os.getpid()
    atexit.register(lambda: server.close() if os.getpid() == owner else None)
    return server
