"""Lines broken by white space alone: what black and ruff make of them, and nothing where that is not known."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
import textwrap

import black
import pytest

from splice.edits import composed, shifted
from splice.model import Edit
from splice.source import Source
from splice.transformers.breaks import width
from splice.transformers.long_lines import Lines

NAMES = ("url", "params", "self.session", "ITEM_URL", "response_model")
CALLEES = ("requests.get", "Client", "retried(requests.get)", "self.client.post", "session.get")
KEYWORDS = ("timeout", "headers", "json", "dependencies", "tags")
TRAILERS = ("", "", "", "", ".json()", ".text", "[0]", ".get(1)", '.json()["a"]', ".raise_for_status().json()")
ATOMS = ('"/items/{item_id}"', '"漢字"', "None", "30", 'f"{base}/x"', "-1", *NAMES)


def value(some: random.Random, depth: int = 0) -> str:
    kind = some.random()
    if kind < 0.3 or depth > 2:
        return some.choice(ATOMS)
    items = [value(some, depth + 1) for _ in range(some.randint(0, 3))]
    if kind < 0.45:
        return f"[{', '.join(items)}]"
    if kind < 0.55:
        return "{" + ", ".join(f'"k{number}": {item}' for number, item in enumerate(items)) + "}"
    if kind < 0.65:
        return f"{value(some, depth + 1)} {some.choice(('+', 'or'))} {value(some, depth + 1)}"
    return call(some, depth + 1) if kind < 0.9 else some.choice(NAMES)


def call(some: random.Random, depth: int = 0) -> str:
    given = [value(some, depth) for _ in range(some.randint(0, 3))] + ["*rest"] * (some.random() < 0.05)
    given += [f"{word}={value(some, depth)}" for word in some.sample(KEYWORDS, some.randint(0, 3))]
    return f"{some.choice(CALLEES)}({', '.join(given)}){some.choice(TRAILERS)}"


def statement(some: random.Random) -> str:
    one, note = call(some), some.choice(("", "", "", "  # why"))
    shapes = (
        f"@{one}{note}\ndef f():\n    pass\n",
        f"{one}{note}\n",
        f"{some.choice(('x', 'data, other', 'self.x', 'x: int', 'x[1]'))} = {some.choice(('', 'await '))}{one}{note}\n",
        f"return {one}\n",
        f"{some.choice(('', 'async '))}with {one}{some.choice(('', ' as r'))}:{note}\n    pass\n",
        f"if {some.choice(('', 'not '))}{one}{some.choice(('.ok', ''))}:\n    pass\n",
        f"for each in {one}:\n    pass\n",
        f"yield {one}\n",
    )
    return "async def g():\n" + textwrap.indent(some.choice(shapes), "    ")


def broken(text: str, limit: int) -> str | None:
    """A text with its long lines broken; None where one of them is not known to break by white space."""
    source = Source.decode(text.encode())
    lines = Lines(source, ast.parse(text))
    edits: list[Edit] = []
    for line in range(1, len(source.starts) + 1):
        if lines.width(line) > limit:
            made = lines.broken(line, limit)
            if made is None:
                return None
            edits += made
    assert all(edit.start == edit.end and not edit.text.strip(", \n\t") for edit in edits)
    return source.apply(tuple(edits)).decode()


def blacked(text: str, length: int) -> str:
    return black.format_str(text, mode=black.Mode(line_length=length))


@pytest.mark.parametrize("limit", (48, 72, 88))
def test_what_is_broken_is_broken_as_black_and_ruff_do(limit: int) -> None:
    some = random.Random(limit)
    texts = [blacked(statement(some), 2000) for _ in range(120)]
    long = [text for text in texts if max(map(width, text.splitlines())) > limit]
    made = {text: after for text in long if (after := broken(text, limit)) is not None}
    assert len(made) > 20 and len(made) > len(long) / 4
    for text, after in made.items():
        assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(text))
        assert blacked(text, limit) == after
    whole = "\n\n".join(made.values())
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(limit), "-"]
    assert subprocess.run(words, input=whole, capture_output=True, encoding="utf-8", check=True).stdout == whole


@pytest.mark.parametrize(
    "line",
    [
        'x = first + requests.get("https://rates.example/latest")',
        'x = requests.get("https://rates.example").a().b().json()',
        'x = requests.get("https://rates.example/latest", *more, bbbb=12345678)',
        'x["a"] = requests.get("https://rates.example/latest", b)',
        'x = requests.get("https://rates.example/latest", b)  # noqa',
        'x = requests.get("https://rates.example/latest" "/daily", )',
        'x = requests.get("https://rates.example/latest"); y = 1234',
        'x = requests.get("""https://rates.example/latest/and/more\n""")',
        'if x: requests.get("https://rates.example/latest/and/more")',
        'lambda: requests.get("https://rates.example/latest/and/more")',
    ],
)
def test_other_shapes_are_left_to_a_formatter(line: str) -> None:
    assert broken(f"{line}\n", 50) is None


def test_widths_are_those_of_formatters() -> None:
    assert [width(text) for text in ("ab", "é", "漢字", "e\N{COMBINING ACUTE ACCENT}")] == [2, 1, 4, 1]


def test_edits_after_edits_come_to_the_same_at_once() -> None:
    some = random.Random(1)

    def edits(length: int) -> list[Edit]:
        places = sorted(some.sample(range(length + 1), min(6, length + 1)))
        pairs = list(zip(places[::2], places[1::2], strict=False))
        return [Edit(a, b if some.random() < 0.5 else a, some.choice(("", "x", "yz\n"))) for a, b in pairs]

    for _ in range(500):
        text = "".join(some.choice("abc\n") for _ in range(some.randint(0, 20)))
        now, rounds = text, []
        for _ in range(3):
            rounds.append(edits(len(now)))
            now = Source.decode(now.encode()).apply(tuple(rounds[-1])).decode()
        once = composed(text, *rounds)
        assert Source.decode(text.encode()).apply(once).decode() == now
        assert all(edit.start < edit.end or edit.text for edit in once)
    assert composed("a b", [Edit(1, 2, "")], [Edit(1, 1, " ")]) == ()
    assert [shifted(at, [Edit(2, 3, ""), Edit(4, 4, "xy")]) for at in range(6)] == [0, 1, 2, 2, 3, 6]
