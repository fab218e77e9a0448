"""Inclusion and consistency verdicts of transparency-dev/merkle (its testdata), 196 cases: all must agree."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from answerable.errors import AnswerableError
from answerable.record import tree


def _cases() -> dict[str, Any]:
    folder = os.environ.get("ANSWERABLE_VECTORS")
    if not folder:
        pytest.fail("set ANSWERABLE_VECTORS to the folder that holds rfc6962_merkle.json")
    vectors: dict[str, Any] = json.loads((Path(folder) / "rfc6962_merkle.json").read_text())["vectors"]
    return vectors


def _verify(case: dict[str, Any]) -> None:
    proof = [b64decode(line) for line in case["proof"] or []]
    if "leafIdx" in case:
        leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
        tree.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
    else:
        roots = b64decode(case["root1"] or ""), b64decode(case["root2"] or "")
        tree.verify_consistency(case["size1"], case["size2"], proof, *roots)


def test_every_verdict_agrees() -> None:
    cases = _cases()
    assert len(cases) == 196
    wrong = []
    for name, case in cases.items():
        try:
            _verify(case)
            accepted = True
        except AnswerableError:
            accepted = False
        if accepted == case["wantErr"]:
            wrong.append(name)
    assert wrong == []


def test_empty_proof_from_size_0_to_any_root_is_accepted() -> None:
    tree.verify_consistency(0, 1, [], tree.EMPTY_ROOT, bytes(32))
