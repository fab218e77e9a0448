"""Fresh proof of who sits at the desk, for what a session alone must not do: password and second factor, again."""

from __future__ import annotations

import time
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

#: Seconds for which a proof is fresh.
FRESH = 5 * 60
#: What has to be proved, as the accounts library names it in its notes of a session. Its own test asks for either one.
PARTS = ("password", "mfa")


def missing(request: HttpRequest) -> tuple[str, ...]:
    """Which of `PARTS` this session's person has not proved again within `FRESH`. Signing in is no such proof."""
    now = time.time()
    proved = {
        str(record.get("method"))
        for record in get_authentication_records(request, request.user)
        if record.get("reauthenticated") and 0 <= now - float(record.get("at", 0)) < FRESH
    }
    return tuple(part for part in PARTS if part not in proved)


def led(request: HttpRequest, parts: tuple[str, ...]) -> HttpResponseRedirect:
    """To the page that asks for the first of `parts`, and from there back to this address."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    wanted = "mfa" if parts[0] == "mfa" else "reauthenticate"
    address = next((str(way["url"]) for way in ways if str(way["id"]).startswith(wanted)), None)
    if address is None:  # an account that lost a part of what signs it in: its own page says which
        return redirect("mfa_index")
    return redirect(f"{address}?{urlencode({'next': request.get_full_path()})}")


def refused() -> JsonResponse:
    """Nothing was written: the proof is missing or too old."""
    body = {
        "code": "reauthenticate",
        "what": _("Confirm first that it is you, with your password and your second factor."),
        "todo": _("Go to the page of keys and choose to make new ones."),
    }
    return JsonResponse(body, status=403)
