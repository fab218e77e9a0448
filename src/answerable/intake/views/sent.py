"""After sending: the acknowledgement, the words, two of them asked again, and what happens next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from answerable.intake.forms.words import CheckForm
from answerable.intake.page_session import MINUTES, Fresh
from answerable.intake.views.page import page, show
from answerable.intake.views.sentences import file_reason
from answerable.intake.views.visit import Visit
from answerable.sealing import codes
from answerable.sealing.wordlists import lists


@page
def sent(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The words, shown until two of them are confirmed or half an hour is over."""
    fresh = visit.state()
    if not isinstance(fresh, Fresh):
        return show(request, visit, "sent-over", status=404, minutes=MINUTES)
    form = CheckForm(request.POST if request.method == "POST" else None, asked=fresh.asked)
    if request.method == "POST" and form.is_valid():
        typed = (form.cleaned_data["first"], form.cleaned_data["second"])
        code = codes.Code(fresh.list_name, fresh.words)
        if codes.confirms(code, fresh.asked, typed, lists()[fresh.list_name]):
            visit.close()
            return show(request, visit, "confirmed", received=_received(fresh), one_time=fresh.one_time)
        form.add_error(None, _("These are not the two words. Look at the list above and try again."))
    return words_page(request, visit, fresh, form)


def words_page(request: HttpRequest, visit: Visit, fresh: Fresh, form: CheckForm | None) -> HttpResponseBase:
    """The page with the words. Without ``form`` they could not be kept: this answer is the only one that has them."""
    return show(
        request,
        visit,
        "sent",
        status=422 if form and form.errors else 200,
        form=form,
        token=visit.token() if form else "",
        words=fresh.words,
        words_language=lists()[fresh.list_name].language,
        digits=fresh.list_name == "digits",
        one_time=fresh.one_time,
        received=_received(fresh),
        refused=[(name, file_reason(reason)) for name, reason in fresh.refused],
        uncleaned=[name for name, _reason in fresh.uncleaned],
        minutes=MINUTES,
        again=request.GET.get("again") == "1",
    )


def _received(fresh: Fresh) -> list[dict[str, Any]]:
    return [
        {**each, "by": datetime.fromtimestamp(each["include_by"], UTC).date() if each["include_by"] else None}
        for each in fresh.received
    ]
