"""The browser's source in node, asked from Python: one question a line, one answer a line."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from answerable.sealing import wordlists
from answerable.sealing.place import Place

WEB = Path(__file__).parents[2] / "web"
LISTS = WEB.parent / "src" / "answerable" / "sealing" / "lists"


class RefusedError(Exception):
    """What the twin answers where it refuses."""


class Twin:
    """The TypeScript in node: one question a line, one answer a line."""

    def __init__(self, script: Path) -> None:
        self._node = subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, act: str, **asked: Any) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps({"act": act, **_told(asked)}) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, f"the twin ended at {act}"
        answer = json.loads(line)
        if "refused" in answer:
            raise RefusedError(answer["refused"], answer["place"])
        return answer.get("is")

    def bytes(self, act: str, **asked: Any) -> bytes:
        return b64decode(self(act, **asked))

    def close(self) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.wait(timeout=20)
        self._node.stdout.close()


def _told(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Place):
        fields = asdict(value)
        return _told({("recordKind" if name == "record_kind" else name): one for name, one in fields.items()})
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items()}
    return value


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """The same source as the pages', compiled as they are."""
    assert (WEB / "node_modules" / "esbuild").is_dir(), "web/node_modules is missing: run make web"
    out = tmp_path_factory.mktemp("bridge")
    subprocess.run(["node", "test/run.mjs", "--compile", str(out)], cwd=WEB, check=True, timeout=120)
    made = Twin(out / "sealing-bridge.mjs")
    for path in sorted(LISTS.glob("*.txt")):
        one = wordlists.parse_list(path.read_text("utf-8"))
        told = made("list", text=path.read_text("utf-8"))
        assert told == [one.name, one.language, len(one.words), one.drawn, one.width]
    yield made
    made.close()
