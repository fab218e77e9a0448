"""How parties with pages log: that something failed, of what kind and where; never a message, a path or a value."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any


class PlaceOnly(logging.Formatter):
    """A formatter that leaves out whatever a person may have written: messages and arguments alike."""

    def format(self, record: logging.LogRecord) -> str:
        """``LEVEL logger: ErrorClass at file.py:12``."""
        said = f"{record.levelname} {record.name}"
        if not record.exc_info or record.exc_info[0] is None:
            return f"{said} at {Path(record.pathname).name}:{record.lineno}"
        frames = traceback.extract_tb(record.exc_info[2])
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]]
        return f"{said}: {record.exc_info[0].__name__} at {' > '.join(places) or '?'}"


def errors_only(*names: str) -> dict[str, Any]:
    """Django's setting LOGGING: of Django's loggers and of those named beside it, errors alone, and each as a place.

    ``""`` names the root: then nothing of any library is told in its own words.
    """
    one = {"handlers": ["error"], "level": "ERROR", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"place": {"()": "answerable.ui.logs.PlaceOnly"}},
        "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "place"}},
        # Those below Django's own have none of theirs, so that each error is told once.
        "loggers": {
            "django": one,
            **dict.fromkeys(names, one),
            "django.server": {**one, "handlers": [], "propagate": True},
        },
    }
