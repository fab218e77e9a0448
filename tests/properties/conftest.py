"""Property tests run on loaded machines: an example may take its time, and only a wrong answer fails."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
