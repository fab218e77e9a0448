"""As much of JSON Schema (2020-12) as the shipped schema uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "required", "properties", "additionalProperties",
    "items", "enum", "const", "pattern", "minimum", "anyOf",
}  # fmt: skip


def shipped() -> dict[str, Any]:
    """The schema in the package."""
    text = files("answerable.procedures").joinpath("schemas/procedures-1.json").read_text("utf-8")
    return dict(json.loads(text))


def wrong(value: Any) -> list[str]:
    """Where ``value`` does not keep to the shipped schema."""
    schema = shipped()
    return list(_wrong(value, schema, schema["$defs"], "report"))


def _wrong(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any], where: str) -> Iterator[str]:
    unknown = schema.keys() - _KNOWN
    assert not unknown, f"{where}: this check does not know {unknown}"
    if "$ref" in schema:
        yield from _wrong(value, defs[schema["$ref"].removeprefix("#/$defs/")], defs, where)
    if "anyOf" in schema and all(list(_wrong(value, one, defs, where)) for one in schema["anyOf"]):
        yield f"{where}: fits none"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "type" in schema and not _of_type(value, schema["type"]):
        yield f"{where}: {value!r} is no {schema['type']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where}: {value} is too small"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not look as it must"
    if isinstance(value, dict):
        yield from (f"{where}: no {name}" for name in schema.get("required", ()) if name not in value)
        for name, one in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if isinstance(inner, dict):
                yield from _wrong(one, inner, defs, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value):
            yield from _wrong(one, schema["items"], defs, f"{where}[{place}]")


def _of_type(value: Any, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    return any(isinstance(value, _TYPES[name]) and (name != "integer" or value is not True) for name in names)
