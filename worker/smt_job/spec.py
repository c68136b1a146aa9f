"""`spec.json` read and checked against the JSON Schema that zod gives (the part of it that our schemas use)."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .problem import bad_input

SCHEMA_FILE = Path(__file__).parent / "schemas" / "job-spec.schema.json"
KINDS = ("train", "serve")

_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value),
}


def read_spec(run_dir: Path) -> dict:
    """The spec with every default filled in. Raises a `bad_input` problem that names the field."""
    file = run_dir / "spec.json"
    try:
        spec = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise bad_input(f"{file} is missing: this is not a run directory.") from None
    except ValueError as error:
        raise bad_input(f"{file} is not JSON: {error}") from None
    kind = spec.get("kind") if isinstance(spec, dict) else None
    if kind not in KINDS:
        raise bad_input(f'{file}: kind is "{kind}", and the worker runs {" and ".join(KINDS)} jobs only.')
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    branch = next(one for one in schema["oneOf"] if one["properties"]["kind"]["const"] == kind)
    complaint = check(spec, branch, "")
    if complaint:
        raise bad_input(f"{file}: {complaint}")
    return spec


def check(value, schema: dict, where: str) -> str | None:
    """The first complaint, or None; fills defaults into objects on the way."""
    if "anyOf" in schema:
        complaints = [check(value, one, where) for one in schema["anyOf"]]
        return None if None in complaints else complaints[0]
    place = where or "the spec"
    if "const" in schema and value != schema["const"]:
        return f"{place} must be {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place} must be one of {', '.join(map(str, schema['enum']))}"
    types = schema.get("type")
    if types:
        allowed = types if isinstance(types, list) else [types]
        if not any(_TYPES[name](value) for name in allowed):
            return f"{place} must be {' or '.join(allowed)}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{place} does not match {schema['pattern']}"
        if len(value) < schema.get("minLength", 0):
            return f"{place} must not be empty"
    if _TYPES["number"](value):
        return _range(value, schema, place)
    if isinstance(value, list) and "items" in schema:
        return next(filter(None, (check(v, schema["items"], f"{where}[{i}]") for i, v in enumerate(value))), None)
    if isinstance(value, dict):
        return _object(value, schema, where)
    return None


def _range(value: float, schema: dict, place: str) -> str | None:
    if "minimum" in schema and value < schema["minimum"]:
        return f"{place} must be at least {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        return f"{place} must be at most {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return f"{place} must be more than {schema['exclusiveMinimum']}"
    return None


def _object(value: dict, schema: dict, where: str) -> str | None:
    properties = schema.get("properties", {})
    for name, inner in properties.items():
        if name not in value and "default" in inner:
            value[name] = json.loads(json.dumps(inner["default"]))
    prefix = f"{where}." if where else ""
    for name in schema.get("required", []):
        if name not in value:
            return f"{prefix}{name} is missing"
    for name, inner in value.items():
        if name in properties:
            complaint = check(inner, properties[name], f"{prefix}{name}")
            if complaint:
                return complaint
        elif schema.get("additionalProperties") is False:
            return f"{prefix}{name} is not known here (written by a newer version?)"
    return None
