"""Every address of the desk. `tests/matrix` holds the list of who may use which."""

from __future__ import annotations

import re

from django.urls import include, path, register_converter

from answerable.casework.views import acts, api, base, exports, keys, people, queue, reading, records, recovery, rules


class Handle:
    """A handle: 32 lowercase hexadecimal digits. Anything else is looked for like any other, and is nobody's: some
    databases refuse to be asked for certain characters, which would show."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The handle, or one that nothing has."""
        return value if re.fullmatch("[0-9a-f]{32}", value) else "-"

    def to_url(self, value: str) -> str:
        """The handle as it is."""
        return value


register_converter(Handle, "handle")
handler404 = base.absent

_api = [
    path("", api.root, name="api"),
    path("openapi.json", api.described, name="openapi"),
    path("half/", keys.half, name="half"),
    path("lock/", keys.lock, name="lock"),
    path("words/", keys.words, name="words"),
    path("readers/", keys.readers, name="desk_readers"),
    path("recovery-key/", keys.recovery_key, name="recovery_key"),
    path("keys/", keys.register, name="register_keys"),
    path("queue/", api.queue, name="api_queue"),
    path("records/<handle:handle>/", api.record, name="api_record"),
    path("records/<handle:handle>/open/", reading.open_compartment, name="open"),
    path("records/<handle:handle>/files/<handle:file>/", reading.file_body, name="file"),
    path("records/<handle:handle>/case/", reading.new_case, name="new_case"),
    path("records/<handle:handle>/epoch/<str:compartment>/", reading.next_epoch, name="next_epoch"),
    path("records/<handle:handle>/do/<str:act>/", acts.do, name="do"),
    path("recoveries/<handle:handle>/request/", recovery.request_file, name="recovery_request"),
    path("recoveries/<handle:handle>/partials/", recovery.partials, name="recovery_partials"),
]

urlpatterns = [
    path("", queue.home, name="home"),
    path("deployment.js", keys.deployment, name="deployment"),
    path("desk/", queue.desk, name="desk"),
    path("desk/replacements/", queue.replacements, name="replacements"),
    path("desk/keys/", keys.keys, name="keys"),
    path("desk/rules/", rules.rules, name="rules"),
    path("desk/report/<handle:handle>/", records.record, {"page": "report"}, name="report"),
    path("desk/case/<handle:handle>/", records.record, {"page": "case"}, name="case"),
    path("desk/person/<handle:handle>/", records.record, {"page": "person"}, name="person"),
    path("desk/case/<handle:handle>/hand-over/", records.hand_over, name="hand_over"),
    path("desk/case/<handle:handle>/decide/", records.decide, name="decide"),
    path("desk/export/<handle:handle>/", exports.export, name="export"),
    path("desk/recovery/<handle:handle>/", recovery.recovery, name="recovery"),
    path("desk/people/", people.people, name="people"),
    path("desk/people/invite/", people.invite, name="people_invite"),
    path("desk/people/<handle:handle>/second/", people.second, name="people_second"),
    path("desk/people/<handle:handle>/revoke/", people.revoke, name="people_revoke"),
    path("desk/invitation/<str:token>/", people.invitation, name="invitation"),
    path("desk/api/v1/", include(_api)),
    path("account/", include("answerable.ui.accounts.urls")),
]
