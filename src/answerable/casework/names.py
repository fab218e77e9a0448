"""Two-word names for records, so that staff can speak of one without a number or a person's name."""

from __future__ import annotations

from collections.abc import Callable

_FIRST = (
    "amber ancient arctic autumn bronze calm cedar clear coastal copper coral crimson distant dusty early eastern"
    " evening fallow feather gentle golden granite green grey hidden highland hollow indigo island ivory jade late"
    " level linen lofty lunar maple marble meadow midday misty mossy northern ochre olive opal orchard pale pebble"
    " pine plain polar quiet rapid red river rocky russet saffron sandy scarlet shaded silent silver slate slender"
    " small smooth snowy southern spring stone summer sunlit swift tall tawny tidal timber upland velvet violet warm"
    " western white wide willow windy winter wooden yellow"
)
_SECOND = (
    "acorn alder anchor antler arch ash basin bay beacon birch bluff bough brook cairn canyon cape cliff cloud cove"
    " crane creek delta dune eagle egret falcon fern field finch fjord forest fox garden glacier glade gorge grove"
    " gull harbor hare hawk hazel heath heron hill inlet ivy kestrel lagoon lake lantern lark lichen lily linden"
    " marsh mesa mill moor nest oak oasis otter owl pass path peak plateau plover pond quarry raven reed reef ridge"
    " robin sail shore sparrow star swan teal tern thicket thistle tower trail valley wharf wood wren"
)
FIRST = tuple(_FIRST.split())
SECOND = tuple(_SECOND.split())
#: With so many names there are enough for a while; then a number follows, which says nothing.
PAIRS = len(FIRST) * len(SECOND)


def name(rng: Callable[[int], bytes], taken: Callable[[str], bool]) -> str:
    """A name that is not ``taken``, drawn with ``rng``; after forty misses, with two random digits more, and so on."""
    digits = 0
    while True:
        for _ in range(40):
            number = int.from_bytes(rng(8), "big")
            one = f"{FIRST[number % len(FIRST)]} {SECOND[number // len(FIRST) % len(SECOND)]}"
            if digits:
                one = f"{one} {number // PAIRS % 10**digits:0{digits}d}"
            if not taken(one):
                return one
        digits += 2
