"""What the browser's tests share."""

from __future__ import annotations

from tests.web.twin import twin as twin
