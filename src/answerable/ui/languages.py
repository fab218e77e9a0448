"""The languages of the interface: the six of the United Nations, and how far each is translated.

A language is *complete* when every interface text has its words; a test holds this list to the catalogues. In any other
language only what surrounds the page is translated, the page's own text stays English and is marked as English.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Language:
    """One language: its Django code, its BCP 47 tag, its own name, its direction, how its days are written, and how the
    first of a month is where that is another way."""

    code: str
    tag: str
    name: str
    direction: Literal["ltr", "rtl"]
    day_format: str
    complete: bool
    first_format: str = ""

    @property
    def folder(self) -> str:
        """Where its pages stand under the root of a site; the default language has the root itself."""
        return "" if self.code == DEFAULT else self.code.partition("-")[0] + "/"


#: Pages stand at the root of a site in this language; the messages in the code are written in it.
DEFAULT = "en"

LANGUAGES: tuple[Language, ...] = (
    Language("en", "en", "English", "ltr", "j F Y", complete=True),
    Language("ar", "ar", "العربية", "rtl", "j F Y", complete=True),
    Language("zh-hans", "zh-Hans", "简体中文", "ltr", "Y年n月j日", complete=False),
    Language("fr", "fr", "Français", "ltr", "j F Y", complete=False, first_format=r"j\e\r F Y"),
    Language("ru", "ru", "Русский", "ltr", "j E Y г.", complete=False),
    Language("es", "es", "Español", "ltr", r"j \d\e F \d\e Y", complete=False),
)

#: For Django's LANGUAGES setting.
CHOICES: list[tuple[str, str]] = [(language.code, language.name) for language in LANGUAGES]

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"})


def language(code: str) -> Language:
    """The language of a Django code; the default for one that we do not offer."""
    return next((each for each in LANGUAGES if each.code == code), LANGUAGES[0])


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """The direction of any BCP 47 tag, also of languages we only quote."""
    primary, _, rest = tag.lower().partition("-")
    return "rtl" if primary in _RIGHT_TO_LEFT and "latn" not in rest else "ltr"


def locale_path() -> Path:
    """Where the catalogues are: beside the installed package, or at the root of a checkout. For LOCALE_PATHS."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "locale"
    return installed if installed.is_dir() else package.parents[1] / "locale"
