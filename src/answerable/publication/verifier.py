"""The browser verifier: a page of the site, and the same page as one file to keep and use without any server.

Both carry the policy and every sentence inside, make no request once they have loaded, and say so to the browser by a
content security policy. The script comes built from ``web/``; this module writes only what stands around it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from answerable.publication.verifier_texts import SENTENCES, TEXTS

#: The security policy of the page as the site serves it. The one file names its script and style by their hashes.
PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"

_RIGHT_TO_LEFT = frozenset({"ar"})
_STATIC = "static/ui/verify"

_PAGE = Template("""\
<!doctype html>
<html lang="$language" dir="$dir">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$security">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
$style
</head>
<body>
<main>
$back<h1>$title</h1>
<p class="lead">$lead</p>
<div id="without">
<p>$without</p>
<pre dir="ltr" tabindex="0"><code>$command</code></pre>
</div>
<div id="with" hidden>
<div id="drop">
<label for="file">$file</label>
<p id="file-help" class="help">$file_help</p>
<input type="file" id="file" multiple aria-describedby="file-help">
</div>
<label for="paste">$paste</label>
<textarea id="paste" dir="ltr" rows="4" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea>
<button type="button" id="check">$check</button>
<section aria-label="$result">
<div id="said" role="status"></div>
<dl id="details" aria-label="$details"></dl>
</section>
</div>
<details>
<summary>$policy</summary>
<p class="help" id="policy-help">$policy_help</p>
<textarea id="policy" dir="ltr" rows="12" readonly spellcheck="false"
 aria-label="$policy" aria-describedby="policy-help">
$policy_text</textarea>
</details>
$keep</main>
<script type="application/json" id="texts">$sentences</script>
$script
</body>
</html>
""")

_KEEP = Template("""\
<h2>$keep</h2>
<p>$keep_help <a href="verifier.html" download>$keep_link</a></p>
""")


def write_verifier(out: Path, *, policy_text: str, language: str, home: str | None = None) -> None:
    """Write the folder ``verify`` below ``out``: ``index.html``, its script and style, and ``verifier.html``, one file.

    ``policy_text`` is built into both: the lines of every log whose receipts the page should know, the witnesses, one
    quorum. A language that is not complete gets the English page. ``home`` is a relative address back to the site.
    The bytes depend on the arguments alone. Raises OSError when the folder cannot be written.
    """
    folder = out / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    static = files("answerable.ui") / _STATIC
    script, style = (static / "verify.js").read_bytes(), (static / "verify.css").read_bytes()
    (folder / "verify.js").write_bytes(script)
    (folder / "verify.css").write_bytes(style)
    (folder / "index.html").write_text(_linked(language, policy_text, home), "utf-8")
    (folder / "verifier.html").write_text(_single(language, policy_text, script.decode(), style.decode()), "utf-8")


def _linked(language: str, policy_text: str, home: str | None) -> str:
    texts = _escaped(language)
    back = f'<p><a href="{escape(home)}">{texts["home"]}</a></p>\n' if home else ""
    return _page(
        language,
        policy_text,
        security=PAGE_POLICY,
        style='<link rel="stylesheet" href="verify.css">',
        script='<script src="verify.js"></script>',
        back=back,
        keep=_KEEP.substitute(texts),
    )


def _single(language: str, policy_text: str, script: str, style: str) -> str:
    security = PAGE_POLICY.replace("script-src 'self'", f"script-src '{_source(script)}'")
    security = security.replace("style-src 'self'", f"style-src '{_source(style)}'")
    return _page(
        language,
        policy_text,
        security=security,
        style=f"<style>{style}</style>",
        script=f"<script>{script}</script>",
        back="",
        keep="",
    )


def _page(language: str, policy_text: str, **parts: str) -> str:
    language = _complete(language)
    texts = TEXTS[language]
    # `<` as an escape of JSON: nothing in the sentences can then end the element that holds them.
    sentences = json.dumps([texts[name] for name in SENTENCES], ensure_ascii=False).replace("<", "\\u003c")
    return _PAGE.substitute(
        _escaped(language),
        **parts,
        language=language,
        dir="rtl" if language in _RIGHT_TO_LEFT else "ltr",
        policy_text=escape(policy_text),
        sentences=sentences,
    )


def _complete(language: str) -> str:
    return language if language in TEXTS else "en"


def _escaped(language: str) -> dict[str, str]:
    return {name: escape(text) for name, text in TEXTS[_complete(language)].items()}


def _source(content: str) -> str:
    """The hash by which a content security policy names an inline script or style (CSP Level 3, hash-source)."""
    return "sha256-" + b64encode(sha256(content.encode()).digest()).decode()
