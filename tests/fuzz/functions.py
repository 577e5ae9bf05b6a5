"""Definitions as a generated file may hold them: decorators, headers and bodies in every legal spelling.

A definition is a list of lines at the left margin; `placed` moves it into blocks.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from . import outbound
from .ink import Ink, between, trailing

NAMES = ("read", "write", "größe", "naïve", "ﬁnd", "x", "observe", "日本", "list_all", "a" * 60)
_OWN = (
    "@logged",
    "@cached(60)",
    "@cached(\n{i}60,  # seconds\n)",
    "@(\n{i}logged\n)",
    "@ logged",
    "@logged \\\n{i}",
    '@tagged("""\n@not a decorator\n""")',
    "@tagged[0]",
    "@tagged(lambda: 1)",
    "@observe.it",
)
_PARAMS = (
    "",
    "request",
    "a, b=1",
    "a: int = 0, *, b: str = ':'",
    "*args, **kwargs",
    "a, /, b=(lambda: 1)",
    "a={'x': 1}",
)
_RETURNS = ("", "", " -> int", ' -> "dict[str, int]"', " -> (lambda: 0)", " -> lambda: 0")
_BODIES: tuple[tuple[str, ...], ...] = (
    ('return ""',),
    ('"""One."""', "return {}"),
    ("'''Two\n\n  lines: \\d'''", "return 1"),
    ("yield 1", "yield 2"),
    ("x = 1; return x",),
    ("if 1: return 1", "return 0"),
    ("with open('x') as f:", "{i}return f.read()"),
    ("try:", "{i}return 1", "finally:", "{i}pass"),
    ("def inner():", "{i}return 1", "", "return inner()"),
    ("@logged", "def inner(): return 1", "return inner"),
    ("return '''", "def fake():", "  @observed('x')", "'''"),
    ("raise ValueError('é')",),
    ("...",),
    ("observed = 1", "return observed"),
    ("# only a comment above", "return f'{1 + 1!r:>{10}}'"),
    ("return (1 +", "{i}2)"),
    ("x = [", "1,", "  ]", "return x"),
    ("global state", "state = 1"),
)


@st.composite
def definition(
    draw: DrawFn, ink: Ink, name: str, registering: Sequence[str] = (), params: str | None = None
) -> list[str]:
    """A function with these decorators at the top, and perhaps some of its own below them."""
    lines: list[str] = []
    own = draw(st.lists(st.sampled_from(_OWN), max_size=2)) if draw(st.booleans()) else []
    for decorator in (*registering, *own):
        lines += draw(between(ink))
        text = decorator.replace("{i}", ink.unit)
        lines.append(text if text.endswith(ink.unit) else text + draw(trailing(ink)))
    lines += draw(between(ink))
    given = params if params is not None else draw(st.sampled_from(_PARAMS))
    returns = draw(st.sampled_from(_RETURNS))
    keyword = "def" if draw(st.integers(0, 2)) < 2 else "async def"
    if ink.talks and draw(st.integers(0, 3)) < 3:
        body = draw(outbound.body(ink, keyword))
    else:
        fitting = [lines for lines in _BODIES if ink.fits(lines) == list(lines)]
        body = [line.replace("{i}", ink.unit) for line in draw(st.sampled_from(fitting))]
    return [*lines, *draw(_header(ink, keyword, name, given, returns, body))]


@st.composite
def _header(draw: DrawFn, ink: Ink, keyword: str, name: str, params: str, returns: str, body: list[str]) -> list[str]:
    """The `def` line in one of its spellings, and the body."""
    i = ink.unit
    plain = f"{keyword} {name}({params}){returns}:"
    shape = draw(st.integers(0, 6 if ink.noisy else 1))
    if shape == 1 and params:
        closed = params if params.startswith("*") else f"{params},  # : {{"
        return [f"{keyword} {name}(", f"{i}{closed}", f"){returns}:", *ink.inner(body)]
    if shape == 2 and len(body) == 1 and "\n" not in body[0]:
        return [f"{plain} {body[0]}" + draw(trailing(ink))]
    if shape == 3:
        return [f"{keyword} \\", f"{i}{name}({params}){returns}:", *ink.inner(body)]
    if shape == 4:
        return [plain + draw(trailing(ink)), "", f"{i}{i}# far in", *ink.inner(body)]
    if shape == 5:
        return [plain, "# at the margin", *ink.inner(body)]
    return [plain, *ink.inner(body)]


@st.composite
def placed(draw: DrawFn, ink: Ink, lines: list[str], *, deep: bool = True) -> list[str]:
    """Lines at the margin, or in a block; a block may stand in another."""
    i = ink.unit
    inner = ink.inner(lines)
    shape = draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6])) if deep else 0
    if shape == 0:
        return lines
    blocks = {
        1: ["if True:", *inner],
        2: ["try:", *inner, "except Exception:", f"{i}raise"],
        3: ["with open('x'):", *inner],
        4: ["if 0:", f"{i}pass", "else:", *inner],
        5: ["for n in (1, 2):", *inner],
        6: ["if True: # why", "", "# odd", *inner, f"{i}x = 1"],
    }
    return draw(placed(ink, blocks[shape], deep=draw(st.booleans())))
