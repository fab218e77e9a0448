"""The demo's reports, all made up: `python -m answerable.cli.demo_reports HOME` files them and prints their codes.

They are filed as the path without script files them: sealed on arrival to the readers of the signed note. Nobody in
them exists, and no place in them is one. One says it came nine days ago, so that something is late.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from answerable.cli.intake import reporter

#: Days for which one of them has lain there unanswered: more than the five working days in which a person answers.
LATE = 9
_NOTE = "[Made up for this demonstration. Nobody in it exists.] "
REPORTS: tuple[dict[str, Any], ...] = (
    {
        "language": "en",
        "want": "report",
        "texts": {
            "want": "report",
            "what": _NOTE
            + "A driver of the imaginary mission in Ruritania asks women at the well of Lower Strelsau for"
            " sex in return for water. He said nobody would believe me.",
            "where": "the well of Lower Strelsau, Ruritania",
            "when": "every market day since the rains",
            "relation": "witness",
            "who": "a driver of white car 00, called “the Captain”",
            "contact": "no phone; leave word in this mailbox",
        },
    },
    {
        "language": "fr",
        "want": "both",
        "texts": {
            "want": "both",
            "what": "[Inventé pour cette démonstration. Personne n’y existe.] Un policier de la mission imaginaire en"
            " Syldavie m’a promis un emploi à Klow, puis m’a demandé de venir la nuit. J’ai refusé et j’ai perdu le"
            " travail.",
            "where": "Klow, Syldavie",
            "when": "au mois de mai",
            "relation": "victim",
            "name": "« Hirondelle »",
            "contact": "dans cette boîte",
            "need": "Parler à quelqu’un, en français, sans mon employeur.",
            "interviewer_sex": "female",
            "interviewer_language": "fr",
        },
    },
    {
        "language": "ar",
        "want": "report",
        "texts": {
            "want": "report",
            "what": "[قصة مختلقة لهذا العرض ولا وجود لأحد فيها.] رأيت موظفًا من البعثة الخيالية في بلاد قمرستان يطلب من"
            " فتاة مالًا وأشياء أخرى مقابل بطاقة التموين.",
            "where": "سوق قمرستان",
            "relation": "witness",
        },
        "urgent": True,
    },
    {
        "language": "es",
        "want": "report",
        "texts": {
            "want": "report",
            "what": "[Inventado para esta demostración. Nadie de aquí existe.] Un conductor de la misión imaginaria en"
            " Costaguana pide favores a las mujeres que lavan en el río de Sulaco. Se lo conté a la oficina y nadie me"
            " ha contestado.",
            "where": "el río de Sulaco, Costaguana",
            "relation": "third_party",
        },
        # Nobody has answered it: what is late can be seen as soon as the demo runs.
        "days_ago": LATE,
    },
)


def make(home: Path) -> list[dict[str, str]]:
    """File every report. The code of each, in words."""
    reporter(home)
    return [_file(report) for report in REPORTS]


def _file(report: dict[str, Any]) -> dict[str, str]:
    from answerable.intake import actions
    from answerable.intake.contents import Answers
    from answerable.intake.filing import Means, file_all
    from answerable.sealing import codes
    from answerable.sealing.envelope import Channel
    from answerable.sealing.wordlists import list_for

    readers, _ = actions.current_readers()
    code = codes.new_code(list_for(report["language"]), secrets.token_bytes)
    answers = Answers(
        report["want"], report["language"], bool(report.get("urgent")), False, (), {**report["texts"]}, ()
    )
    filed = file_all(
        answers,
        readers,
        codes.derive(code, readers.deployment),
        channel=Channel.PLAIN,
        submission=secrets.token_bytes(16),
        second=secrets.token_bytes(16),
        means=Means(secrets.token_bytes, lambda _data, _type: "not cleaned", actions.store_file),
    )
    now = int(time.time()) - 86_400 * int(report.get("days_ago", 0))
    for one in filed:
        actions.receive(one.delivery, door="plain", now=now)
    return {"language": report["language"], "want": report["want"], "words": " ".join(code.words)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(make(Path(sys.argv[1])), ensure_ascii=False) + "\n")
