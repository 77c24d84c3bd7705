"""`docs/reference/document.md` says what the JSON of a document is, and it is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import EnumMeta, StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from stele.domain.document import SCHEMA, Document, document_from_json, pack_pages, to_json, unpack_pages

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "document.md").read_text()
#: a document of version 1 with every field of every struct; never to be changed, only added to
SAMPLE = (Path(__file__).parent / "document-1.json").read_bytes().rstrip(b"\n")


def reachable(kind: inspect.Type, seen: dict[type, inspect.Type]) -> None:
    """Collect the structs and enumerations that a document may contain."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            if cls not in seen:
                seen[cls] = kind
                for field in fields:
                    reachable(field.type, seen)
        case inspect.EnumType(cls=cls):
            seen[cls] = kind
        case inspect.VarTupleType(item_type=item):
            reachable(item, seen)
        case inspect.UnionType(types=types):
            for one in types:
                reachable(one, seen)


def tree() -> dict[type, inspect.Type]:
    seen: dict[type, inspect.Type] = {}
    reachable(inspect.type_info(Document), seen)
    return seen


STRUCTS = [kind for kind in tree() if issubclass(kind, msgspec.Struct)]
ENUMS = [kind for kind in tree() if issubclass(kind, StrEnum)]


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/document.md has no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_field_is_documented_in_its_place(struct: type[msgspec.Struct]) -> None:
    table = rows(section(struct.__name__))
    assert [row[0].strip("`") for row in table] == list(struct.__struct_encode_fields__)
    optional = [row[0].strip("`") for row in table if "*(optional)*" in row[1]]
    expected = [
        field.encode_name
        for field in msgspec.structs.fields(struct)
        if not field.required and struct.__struct_config__.omit_defaults
    ]
    assert optional == expected


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_types_are_documented_as_they_are(struct: type[msgspec.Struct]) -> None:
    fields = {field.encode_name: field.type for field in tree()[struct].fields}
    for name, said, _ in rows(section(struct.__name__)):
        assert said.replace("*(optional)*", "").strip() == spelled(fields[name.strip("`")]), (struct, name)


def spelled(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType(types=types):
            return " or ".join(sorted((spelled(one) for one in types), key=lambda said: said == "null"))
        case inspect.VarTupleType(item_type=item):
            return f"{spelled(item)}[]"
        case inspect.TupleType(item_types=items) if len(items) == 4:
            return "polygon"
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(spelled(item) for item in items)}]"
        case inspect.StructType(cls=cls):
            return cls.__name__
        case inspect.EnumType(cls=cls):
            return "string" if issubclass(cls, StrEnum) else "integer"
    names = {
        inspect.StrType: "string",
        inspect.IntType: "integer",
        inspect.FloatType: "number",
        inspect.BoolType: "boolean",
        inspect.NoneType: "null",
    }
    return names[type(kind)]


def test_every_value_is_documented() -> None:
    listed = [(row[0], row[1].strip("`")) for row in rows(section("Values"))]
    assert sorted(listed) == sorted((kind.__name__, str(value)) for kind in ENUMS for value in kind)
    assert all(isinstance(kind, EnumMeta) for kind in ENUMS)


def test_nothing_is_documented_that_is_not_there() -> None:
    titles = set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))
    others = {"Conventions", "Values", "Example", "The same tree in other formats"}
    assert titles == {struct.__name__ for struct in STRUCTS} | others


def test_the_sample_decodes_and_encodes_to_the_same_bytes() -> None:
    document = document_from_json(SAMPLE)
    assert to_json(document) == SAMPLE
    assert unpack_pages(pack_pages(document.pages)) == document.pages


def test_the_example_on_the_page_is_the_sample() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert json.loads(example[1]) == json.loads(SAMPLE)
    assert SCHEMA in PAGE


def objects(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case dict():
            yield value
            for child in value.values():
                yield from objects(child)
        case list():
            for child in value:
                yield from objects(child)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_the_sample_has_every_field(struct: type[msgspec.Struct]) -> None:
    """So that a field that is renamed or gone breaks the test above."""
    assert any(set(struct.__struct_encode_fields__) == set(this) for this in objects(json.loads(SAMPLE)))
