"""The public site: every page of a correspondence, in every language, as files.

`write_site` is a function of what it is given: the same input gives the same bytes, on any machine and at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from answerable.correspondence import silence as silence_words
from answerable.correspondence.whole import Correspondence
from answerable.procedures.page import style as procedures_style
from answerable.publication import assets, clocks, data, feeds, output
from answerable.publication.edition import Edition
from answerable.publication.log_view import Anchors, LogView
from answerable.publication.material import Material
from answerable.publication.said import Said
from answerable.record.obligations import Silence
from answerable.ui.languages import LANGUAGES, Language


class Published(Protocol):
    """What is published: the correspondence, and for each key of it the hex leaf hashes of its entries."""

    @property
    def correspondence(self) -> Correspondence: ...

    @property
    def entries(self) -> Mapping[str, Sequence[str]]: ...


def write_site(
    published: Published,
    silence: Silence,
    out: Path,
    *,
    log: LogView | None,
    base_url: str,
    languages: Sequence[Language] = LANGUAGES,
    statements: Sequence[Said] = (),
) -> int:
    """Write the whole site to ``out``, all at once; the number of files written.

    ``base_url`` is where the site will stand, ending in a slash. Raises PublicationError when ``out`` is not ours.
    """
    output.refuse_foreign(out)
    files = site_files(published, silence, log=log, base_url=base_url, languages=languages, statements=statements)
    output.put_tree(files, out)
    return len(files)


def site_files(
    published: Published,
    silence: Silence,
    *,
    log: LogView | None,
    base_url: str,
    languages: Sequence[Language] = LANGUAGES,
    statements: Sequence[Said] = (),
) -> dict[str, bytes]:
    """Every file of the site by its path. ``statements`` are the collections shown under `procedures/`."""
    material = _material(published, silence, statements)
    anchors = Anchors(published.entries, log)
    files: dict[str, bytes] = {}
    for language in languages:
        edition = Edition(material, anchors, language, tuple(languages), base_url)
        for page in edition.pages():
            files[language.folder + page.path] = edition.html(page).encode()
            files[language.folder + page.data_path] = data.page(material, page, anchors)
        if log is not None:
            files |= assets.verifier(log, language)
    if statements:
        files["assets/procedures.css"] = procedures_style().encode()
    files |= assets.styles() | assets.documents(material.correspondence)
    files["feed.xml"] = feeds.atom(material, anchors, base_url)
    if log is not None:
        files |= assets.log_files(log) | anchors.receipts
    files[output.MARKER] = data.marker(material, log, sorted(files))
    return dict(sorted(files.items()))


def _material(published: Published, silence: Silence, statements: Sequence[Said]) -> Material:
    correspondence = published.correspondence
    as_of = silence.as_of
    return Material(
        correspondence,
        clocks.read(silence),
        as_of if isinstance(as_of, date) else date.fromisoformat(as_of),
        tuple(silence_words.lines(silence)),
        silence.any_rule,
        tuple(statements),
    )
