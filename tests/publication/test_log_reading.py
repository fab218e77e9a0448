"""Pages that rest on a log: found again from files and log alone, with receipts that verify."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from answerable.correspondence.silence import lines
from answerable.errors import AnswerableError
from answerable.publication import log_reading, pages, plain_files
from answerable.publication.errors import PublicationError
from answerable.publication.log_view import abridged
from answerable.record.obligations import fold
from answerable.record.policy import Policy
from answerable.record.tree import leaf_hash
from answerable.record.verify import verify_receipt
from answerable.ui.languages import LANGUAGES
from tests.publication import html_page
from tests.publication.small_log import ORIGIN, SmallLog

Site = dict[str, bytes]


@pytest.fixture(scope="module")
def read(small_log: SmallLog) -> log_reading.ReadLog:
    return log_reading.read(str(small_log.folder), url="https://site.example/record")


@pytest.fixture(scope="module")
def site(example: plain_files.FromFiles, read: log_reading.ReadLog) -> Site:
    published = plain_files.found_in(example.correspondence, read.covered)
    silence = fold(read.covered, date(2026, 12, 3))
    return pages.site_files(
        published, silence, log=read.view, base_url="https://site.example/", languages=LANGUAGES[:2]
    )


def test_every_thing_in_the_files_is_found_in_the_log(
    example: plain_files.FromFiles, read: log_reading.ReadLog, small_log: SmallLog
) -> None:
    found = plain_files.found_in(example.correspondence, read.covered).entries
    assert found.keys() == set(example.correspondence.keys())
    assert {leaf for leaves in found.values() for leaf in leaves} == {leaf_hash(data).hex() for data in small_log.data}


def test_each_entry_knows_the_day_on_which_it_was_first_witnessed(
    read: log_reading.ReadLog, small_log: SmallLog
) -> None:
    days = [day for _, _, day in read.covered]
    assert days == ["2026-12-01"] * small_log.first + ["2026-12-03"] * 2
    assert read.witnessed_on == date(2026, 12, 3)


def test_every_receipt_of_the_site_verifies_offline(site: Site, small_log: SmallLog) -> None:
    policy = Policy.parse(site["record.policy"].decode())
    receipts = {path: data for path, data in site.items() if path.startswith("receipts/")}
    assert len(receipts) == len(small_log.data)
    for data in receipts.values():
        assert verify_receipt(data, policy).verdict == "PASS"


def test_pages_end_with_leaf_hashes_checkpoint_and_the_command(site: Site, small_log: SmallLog) -> None:
    text = site["letters/L3.html"].decode()
    leaf = json.loads(site["letters/L3.json"])["entries"][0]["leaf"]
    assert f"{leaf}.tlog-proof --policy record.policy" in text
    assert ORIGIN in text
    assert (small_log.folder / "checkpoint").read_text().splitlines()[2] in text


def test_what_nobody_compares_by_eye_is_cut_on_pages_and_whole_in_files() -> None:
    # Given a policy line of an Ed25519 key and one of an ML-DSA-44 key
    short, long = f"log a+0a1b2c3d+{'A' * 44}", f"witness w a+0a1b2c3d+{'B' * 1752} http://w.example/"
    # When they are abridged, the first is whole and the second keeps its name, its id and its address
    shown = abridged(f"{short}\n{long}\nquorum w\n").split("\n")
    assert shown[0] == short
    assert shown[1].startswith("witness w a+0a1b2c3d+BBB")
    assert shown[1].endswith("… http://w.example/")
    assert len(shown[1]) < 200
    assert shown[2:] == ["quorum w", ""]


def test_the_whole_checkpoint_is_a_file_that_the_data_names(site: Site, small_log: SmallLog) -> None:
    note = (small_log.folder / "checkpoint").read_bytes()
    assert site["checkpoint.txt"] == note
    told = json.loads(site["letters/L3.json"])["checkpoint"]
    assert told["sha256"] == hashlib.sha256(note).hexdigest()
    assert [str(told["size"]), told["root"]] == note.decode().splitlines()[1:3]


def test_pages_with_a_log_are_valid_too(site: Site) -> None:
    for path, data in site.items():
        if path.endswith(".html") and "verify/" not in path:
            page = html_page.read(data.decode())
            assert page.wrong == [], path


def test_the_page_about_checking_names_real_commands_and_what_to_keep(site: Site) -> None:
    text = site["check.html"].decode()
    for words in (
        "answerable record verify https://site.example/record --policy record.policy",
        "answerable correspondence silence --from-log https://site.example/record --policy record.policy "
        "--as-of 2026-12-03",
        "answerable record monitor https://site.example/record",
        "verify/verifier.html",
        "quorum w1",
    ):
        assert words in text
    assert {"verify/index.html", "verify/verifier.html", "ar/verify/index.html", "vkeys.txt"} <= site.keys()


def test_clocks_are_those_of_the_log_alone(site: Site, read: log_reading.ReadLog) -> None:
    assert "\n".join(lines(fold(read.covered, date(2026, 12, 3)))) in site["silence.html"].decode()


def test_one_changed_byte_in_the_log_stops_everything(small_log: SmallLog, tmp_path: Path) -> None:
    for name in ("checkpoint", "tile"):
        copy = tmp_path / name / "record"
        for path in small_log.folder.rglob("*"):
            if path.is_file():
                place = copy / path.relative_to(small_log.folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                data = bytearray(path.read_bytes())
                if name in path.relative_to(small_log.folder).parts:
                    data[len(data) // 2] ^= 1
                place.write_bytes(data)
        with pytest.raises(AnswerableError):
            log_reading.read(str(copy), policy=small_log.policy)


def test_a_log_without_policy_or_checkpoint_is_a_sentence(small_log: SmallLog, tmp_path: Path) -> None:
    (tmp_path / "record" / "tile").mkdir(parents=True)
    with pytest.raises(PublicationError, match="no checkpoint"):
        log_reading.read(str(tmp_path / "record"), policy=small_log.policy)
    with pytest.raises(PublicationError, match="no policy"):
        log_reading.read(str(tmp_path / "record"))
