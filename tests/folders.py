"""Folders for what is made once and serves many tests: they go when the process that made them ends."""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp


def until_the_end(name: str) -> Path:
    """An empty folder of this process, which removes it when it ends; what it forked leaves it alone."""
    folder, owner = Path(mkdtemp(prefix=f"answerable-{name}-")), os.getpid()
    atexit.register(lambda: shutil.rmtree(folder) if os.getpid() == owner else None)
    return folder
