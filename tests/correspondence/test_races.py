"""Two people at once: one of them wins, the other is told, and nothing is published twice."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from answerable.correspondence import actions
from answerable.correspondence.models import Act, Draft
from answerable.correspondence.whole import Correspondence
from answerable.errors import AnswerableError
from answerable.ledger.models import Outbox
from tests.correspondence.test_attacks import CLAIM

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def on_disk(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """SQLite in memory locks otherwise than a file does, so the test's database moves into one."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    file = sqlite3.connect(tmp_path / "desk.db")
    memory.backup(file)
    file.close()
    connection.connection, connection.settings_dict["NAME"] = None, str(tmp_path / "desk.db")
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture
def people(on_disk: None, people: dict[str, Any]) -> dict[str, Any]:
    """The people, in that database."""
    return people


@pytest.fixture
def record(people: dict[str, Any], example: Correspondence) -> dict[str, Any]:
    """The shipped correspondence on record, and the people."""
    actions.import_folder(example, author="ada", reviewer="cleo")
    return people


def waiting(people: dict[str, Any], author: str = "ada", **changes: str) -> Draft:
    draft = actions.save_draft(None, "claim", CLAIM | changes, None, author=people[author])
    actions.submit(draft, author=people[author])
    return draft


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of them in threads of their own that start together; results, or the errors of ours that they raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[number] = act()
        except AnswerableError as error:
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    return results


def won(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, AnswerableError)]


def test_two_reviewers_approve_at_once(record: dict[str, Any]) -> None:
    draft = waiting(record)
    results = at_once(
        *(
            lambda who=who: actions.approve(Draft.objects.get(pk=draft.pk), draft.revision, reviewer=record[who])
            for who in ("cleo", "dora")
        )
    )
    assert len(won(results)) == 1
    assert Act.objects.filter(key="claim:L7-more").count() == 1
    assert Outbox.objects.count() == Act.objects.count()


def test_an_approval_while_the_author_revises(record: dict[str, Any]) -> None:
    draft = waiting(record)

    def revise() -> None:
        mine = Draft.objects.get(pk=draft.pk)
        actions.withdraw(mine, author=record["ada"])
        actions.save_draft(mine, "claim", CLAIM | {"says": "Something else."}, None, author=record["ada"])
        actions.submit(mine, author=record["ada"])

    at_once(revise, lambda: actions.approve(Draft.objects.get(pk=draft.pk), draft.revision, reviewer=record["cleo"]))
    act = Act.objects.filter(key="claim:L7-more").first()
    assert act is None or "All of it." in act.content, "what was seen is published, or nothing is"
    assert (act is None) == (Draft.objects.get(pk=draft.pk).state == "waiting")


def test_two_drafts_of_one_thing_in_different_words(record: dict[str, Any]) -> None:
    first, second = waiting(record), waiting(record, "ben", says="Not all of it.")
    results = at_once(
        lambda: actions.approve(Draft.objects.get(pk=first.pk), first.revision, reviewer=record["cleo"]),
        lambda: actions.approve(Draft.objects.get(pk=second.pk), second.revision, reviewer=record["dora"]),
    )
    assert len(won(results)) == 1
    assert Act.objects.filter(key="claim:L7-more").count() == 1
    assert Outbox.objects.count() == Act.objects.count()
    assert sorted(Draft.objects.values_list("state", flat=True)) == ["published", "waiting"]


def test_two_imports_of_the_same_folder(people: dict[str, Any], example: Correspondence) -> None:
    results = at_once(
        *([lambda: actions.import_folder(example, author="ada", reviewer="cleo")] * 2),
    )
    assert sorted(map(len, won(results))) == [0, 40]
    assert Outbox.objects.count() == Act.objects.count() == 40


def test_two_clocks_record_a_missed_deadline_once(record: dict[str, Any]) -> None:
    letter = {
        "label": "L9", "dated": "2018-04-01", "from": "code-blue", "to": "secretary-general", "subject": "A letter",
        "language": "en", "obligor": "secretary-general", "due": "2018-05-01", "rule": "asked, not binding",
        "summary": "It asks.", "summary_by": "us", "source": "the letter", "held": "document", "title": "The letter",
    }  # fmt: skip
    draft = actions.save_draft(None, "letter", letter, b"Why?\n", author=record["ada"])
    actions.submit(draft, author=record["ada"])
    actions.approve(draft, draft.revision, reviewer=record["cleo"])
    seen = {"root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "size": 0}
    results = at_once(*([lambda: actions.record_overdue(date(2018, 5, 2), seen)] * 2))
    assert sorted(map(len, won(results))) == [0, 1]


def test_one_link_followed_twice_at_once(people: dict[str, Any]) -> None:
    token = actions.invite("fay", "reviewer")
    words = ("a calm and quiet sentence", "another quiet sentence")
    results = at_once(*(lambda word=word: actions.accept(token, word) for word in words))
    assert len(won(results)) == 1


def test_two_authors_name_the_correspondence(people: dict[str, Any]) -> None:
    results = at_once(
        *(
            lambda who=who: actions.name_correspondence({"title": who, "languages": "en"}, author=people[who])
            for who in ("ada", "ben")
        )
    )
    assert won(results)
    assert actions.heading().title in ("ada", "ben")
