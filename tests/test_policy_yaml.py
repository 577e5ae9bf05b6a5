"""A YAML or JSON document of a repository: lines are right, and hostile ones cost little and make no object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.model import SpliceError
from splice.policies.yamltree import Node, parse, pointer


def plain(node: Node) -> object:
    if node.mapping is not None:
        return {key: plain(value) for key, (_, value) in node.mapping.items()}
    return [plain(item) for item in node.items] if node.items is not None else node.text


def refused(text: str | bytes, file: str = "a.yaml") -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), file)
    return caught.value


def test_every_key_and_value_has_its_line() -> None:
    root = parse(b"# top\na:\n  b: [x,\n    y]\n'c d': >\n  folded\n  text\n", "a.yaml")
    assert plain(root) == {"a": {"b": ["x", "y"]}, "c d": "folded text\n"}
    assert root.mapping is not None
    assert {key: line for key, (line, _) in root.mapping.items()} == {"a": 2, "c d": 5}
    inner = root.mapping["a"][1].mapping
    assert inner is not None and inner["b"][1].items is not None
    assert [item.line for item in inner["b"][1].items] == [3, 4]


JSON = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc /{}\"'\\", max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json_says(value: object, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=True)
    if "\\u" in text or "\\b" in text or "\\f" in text:
        return  # YAML takes fewer of JSON's escapes, and refuses the others
    assert plain(parse(text.encode(), "a.json")) == value


def test_aliases_and_merge_keys_are_followed() -> None:
    text = "base: &b {a: 1, s: &s [x]}\nother:\n  <<: *b\n  a: 2\n  t: *s\nmany: {<<: [{p: 1}, {p: 2, q: 3}]}\n"
    assert plain(parse(text.encode(), "a.yaml")) == {
        "base": {"a": "1", "s": ["x"]},
        "other": {"a": "2", "s": ["x"], "t": ["x"]},
        "many": {"p": "1", "q": "3"},
    }


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice, first in line 1"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("", 0, "is empty"),
        ("a: [1\n", 2, "not valid YAML"),
        ("a: \t1: 2\n", 1, "not valid YAML"),
        ("? [a]\n: 1\n", 1, "a key that is no string"),
        ("a: &x [*x]\n", 1, "used before it ends"),
        ("a: *y\n", 1, "before it ends"),
        ("a:\n  <<: 1\n", 2, "merges what is no mapping"),
        (b"a: \xff\n", 1, "UTF-8"),
        ("a: \x00\n", 0, "not valid YAML"),
        ("x: " + "[" * 5000, 1, "nested too deeply"),
        ("x:\n" + "".join(" " * n + "- \n" for n in range(1, 200)), 101, "nested too deeply"),
    ],
)
def test_what_two_readers_may_read_differently_is_refused(text: str | bytes, line: int, words: str) -> None:
    error = refused(text)
    assert words in str(error)
    assert line in (0, error.line) and error.file == "a.yaml"
    assert error.message.isprintable() and len(str(error)) < 300


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [" + ", ".join(["lol"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]
    root = parse("\n".join(lines).encode(), "a.yaml")
    assert root.mapping is not None and len(root.mapping) == 60


def test_a_bomb_of_merges_is_refused() -> None:
    big = "big: &big {" + ", ".join(f"k{n}: 1" for n in range(2000)) + "}\n"
    assert "holds more than" in str(refused(big + "".join(f"m{n}: {{<<: *big}}\n" for n in range(2000))))


def test_what_is_too_large_is_refused() -> None:
    assert "larger than" in str(refused(b"# " + b"x" * 5_000_000))


def test_no_tag_makes_an_object(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = f'a: !!python/object/apply:os.system ["touch {marker}"]\nb: !!python/name:os.system x\n'
    assert plain(parse(text.encode(), "a.yaml")) == {"a": [f"touch {marker}"], "b": "x"}
    assert not marker.exists()


def test_a_reference_names_a_part_of_the_document() -> None:
    root = parse(b"components: {pathItems: {'/a~b': {get: here}}}\n", "a.yaml")
    found = pointer(root, "#/components/pathItems/~1a~0b/get")
    assert found is not None and found.text == "here"
    for nowhere in (
        "other.yaml#/a",
        "#/nothing",
        "#/components/pathItems/x",
        "",
        "#/components/pathItems/~1a~0b/get/x",
    ):
        assert pointer(root, nowhere) is None
