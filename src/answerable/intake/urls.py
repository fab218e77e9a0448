"""Every address of the reporter party."""

from __future__ import annotations

from django.urls import include, path

from answerable.intake.views import back, box, carry, change, errors, send, sent, start

urlpatterns = [
    path("", start.start, name="start"),
    path("report/", send.report, name="report"),
    path("report/sent/", sent.sent, name="sent"),
    path("help/", send.ask_help, name="help"),
    path("assist/", send.assist, name="assist"),
    path("carry-in/", carry.carry_in, name="carry-in"),
    path("return/", back.come_back, name="return"),
    path("box/", box.box, name="box"),
    path("box/receipt/", box.receipt, name="receipt"),
    path("box/rights/", box.rights, name="rights"),
    path("box/consent/", box.consent, name="consent"),
    path("box/code/", change.code, name="code"),
    path("box/withdraw/", box.withdraw, name="withdraw"),
    path("readers/", start.readers, name="readers"),
    path("how/", start.how, name="how"),
    path("leave/", start.leave, name="leave"),
    path("keys.note", start.keys_note, name="keys-note"),
    path("offline/", start.offline, name="offline"),
    path("deployment.js", start.deployment_js, name="deployment-js"),
    path("favicon.ico", start.favicon, name="favicon"),
    path("api/", include("answerable.intake.api.urls")),
]
handler404 = errors.not_found
handler500 = errors.broken
