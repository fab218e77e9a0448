"""The closed lists of the desk: standards, outcomes, routes of appeal, grounds, reasons. Pages give the words."""

from __future__ import annotations

#: Standards of the first assessment. They are never ranked, and none is turned into another.
STANDARDS = ("credible", "prima_facie", "sufficient_evidence", "well_founded", "substantiated", "reason_to_believe")
#: What a first assessment may find, and the stage of the case after it.
OUTCOMES = {
    "proceed": "active",
    "no_further_action": "no_further_action",
    "not_credible": "no_further_action",
    "not_substantiated": "no_further_action",
    "closed_other": "no_further_action",
}
#: Outcomes that end something for the person concerned.
NEGATIVE = ("no_further_action", "not_credible", "not_substantiated", "closed_other")
#: Why something was not substantiated. None of them means that it did not happen.
CAUSES = ("person_unidentified", "distant_recall", "withdrawn", "conflicting_accounts")
#: Bodies that an appeal goes to; none was involved before.
APPEAL_ROUTES = ("panel", "independent_reviewer", "court")
#: Why somebody stands back.
GROUNDS = ("conflict", "kin", "employer", "nationality", "other", "tie")
#: Why panel members are asked to help open a compartment.
RECOVERY_REASONS = ("lost_passphrase", "no_holder_left", "holder_unavailable")
#: Why an original is opened, where the cleaned copy is not enough.
OPENING_REASONS = ("no_cleaned_copy", "metadata_is_evidence", "copy_unreadable", "asked_by_reporter")
#: What was done about something late.
LATE_REASONS = ("taken_up_with_owner", "replacement_asked", "done_since", "other")
#: What the panel finds of something that did not open where it lies.
ALTERED_ANSWERS = ("put_back", "explained", "inquiry_begun", "other")
#: Days in which the panel answers it: a limit of our own.
ALTERED_DAYS = 7
#: What the person concerned can agree to.
CONSENTS = ("assistance", "contact", "investigation", "panel", "state")
#: The longest time between two contacts, in days.
CONTACT_DAYS = 30
#: How long a recorded withdrawal may take until the last backup that holds keys is gone, in days.
BACKUP_DAYS = 30
#: The act by which a decision of this kind is known in the ledger.
FIRST_ASSESSMENT = "first_assessment"
