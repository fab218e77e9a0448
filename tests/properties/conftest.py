"""How properties are tested: by what they find, never by how fast a shared machine happened to be."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
