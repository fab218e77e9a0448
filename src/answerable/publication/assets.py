"""Files of the site that are not pages: the style sheet, documents, the log's policy and keys, the verifier."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path, PurePosixPath

from answerable.correspondence.letters import Document, Letter
from answerable.correspondence.statements import Version
from answerable.correspondence.whole import Correspondence
from answerable.publication.errors import PublicationError
from answerable.publication.log_view import LogView
from answerable.ui.languages import Language

_STATIC = Path(__file__).resolve().parents[1] / "ui" / "static" / "ui"


def styles() -> dict[str, bytes]:
    """The one style sheet, and the picture that stands for the site in a browser's tab.

    ``favicon.ico`` is the same picture where browsers look for it beside a file that names none, such as a receipt.
    """
    files = {f"assets/{name}": (_STATIC / name).read_bytes() for name in ("icon.svg", "site.css")}
    return files | {"favicon.ico": (_STATIC / "favicon.ico").read_bytes()}


def document_path(letter: Letter, document: Document) -> str | None:
    """Where a letter's document stands in the site, None when no bytes of it are at hand."""
    if not document.content:
        return None
    return f"documents/{letter.label}-{document.sha256[:12]}{_suffix(document.file)}"


def version_path(version: Version) -> str | None:
    """Where a version of a statement stands in the site, None when no bytes of it are at hand."""
    return f"documents/{version.sha256[:16]}{_suffix(version.file)}" if _bytes_of(version) else None


def documents(correspondence: Correspondence) -> dict[str, bytes]:
    """Every held file, each checked against the hash that the pages print beside it."""
    files: dict[str, bytes] = {}
    for letter in correspondence.letters:
        for document in letter.documents:
            if path := document_path(letter, document):
                files[path] = _checked(document.content, document.sha256, letter.label)
    for statement in correspondence.statements:
        for version in statement.versions:
            if path := version_path(version):
                files[path] = _checked(_bytes_of(version), version.sha256, f"{statement.id}, version {version.id}")
    return files


def log_files(log: LogView) -> dict[str, bytes]:
    """What a reader needs to check receipts, the policy and the keys, and the checkpoint that the pages rest on."""
    files = {"record.policy": log.policy_text.encode(), "vkeys.txt": log.vkeys_text.encode()}
    return files | ({"checkpoint.txt": log.checkpoint} if log.checkpoint else {})


def verifier(log: LogView, language: Language) -> dict[str, bytes]:
    """The page that checks a receipt in the browser, with this log's policy inside, in one language."""
    from answerable.publication.verifier import write_verifier

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_verifier(
            root, policy_text=log.verifier_policy or log.policy_text, language=language.code, home="../index.html"
        )
        return {
            language.folder + path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


def _bytes_of(version: Version) -> bytes:
    return version.content or version.text.encode()


def _checked(content: bytes, sha256: str, where: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise PublicationError(
            "the bytes of a document are not those its published hash names",
            where=where,
            todo="nothing was written; restore the document or publish a correction",
        )
    return content


def _suffix(name: str | None) -> str:
    """A harmless file name ending: what we serve under a type of its own, else plain bytes."""
    suffix = PurePosixPath(name or "").suffix.lower()
    return suffix if suffix in (".pdf", ".txt") else ".bin"
