"""Who made the cleaned copy of a file: told by the way it came in, since whoever seals it can say anything of it.

A copy that a browser made was seen by nobody else: the desk treats it as unchecked. On the path without script the
reporting site cleans files itself, in a cell of their own. With a worker's help it may have been either.
"""

from __future__ import annotations

import json
from typing import Literal

Maker = Literal["browser", "site", "either"]
#: By the channel of a first submission, and by the door of a later one: both are the door's word, not the sender's.
_MAKERS: dict[str, Maker] = {"plain": "site", "assisted": "either", "assist": "either"}


def maker(event: bytes) -> Maker:
    """Who made the cleaned copies of the submission that this event entered. Unknown ways count as a browser's."""
    said = json.loads(event)
    return _MAKERS.get(str(said.get("channel") or said.get("door")), "browser")
