"""The headers that every page of ours is served with, by whichever server.

Nothing is loaded from another host, nothing inline is run, nobody frames us, and where a reader came from is told to
nobody. A page that needs a script names it: only our own files, never text in the page.
"""

from __future__ import annotations

from collections.abc import Mapping

_CLOSED = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}

#: Pages to read: no script at all.
PAGE: Mapping[str, str] = {**_CLOSED, "style-src": "'self'", "img-src": "'self'"}
#: The verifier: its one script, its style, and no request to anywhere, our own server included.
VERIFIER: Mapping[str, str] = {**_CLOSED, "script-src": "'self'", "style-src": "'self'"}
#: The staff's pages: our own forms and the passkey script.
STAFF: Mapping[str, str] = {
    **_CLOSED,
    "style-src": "'self'",
    "img-src": "'self' data:",
    "script-src": "'self'",
    "form-action": "'self'",
}

#: Headers besides the content security policy, the same everywhere.
HEADERS: Mapping[str, str] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def policy(directives: Mapping[str, str], *, header: bool = True) -> str:
    """A content security policy as text. ``frame-ancestors`` works in a header only, so a page's own meta omits it."""
    everything = {**directives, "frame-ancestors": "'none'"} if header else directives
    return "; ".join(f"{name} {value}" for name, value in everything.items())
