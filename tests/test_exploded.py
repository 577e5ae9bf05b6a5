"""A line that an insertion makes too long is exploded by white space alone, as black and ruff would explode it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import black
import pytest

from splice import testing
from splice.model import Finding

FILE = "shop/app.py"
CONFIG = """\
codemods = ["auth", "retry", "timeouts"]
[timeouts]
connect = 5.0
read = 30.0
[auth]
mode = "enforce"
authenticate = "shop.auth:caller"
public = ["GET /public"]
[[auth.rules]]
operation = "* /**"
require = ["orders:read", "orders:write"]
"""
HEAD = """\
import fastapi
import requests

app = fastapi.FastAPI()
"""
AUTH = "def caller(request):\n    return None\n"
ROUTES = {
    "fits": '@app.get("/a")\ndef a():\n    return 1\n',
    "one inner line": '@app.get("/orders/{order_id}/lines/{line_id}")\ndef a():\n    return 1\n',
    "one per line": '@app.get("/orders/{order_id}/lines", response_model=None, tags=["orders"])\ndef a():\n    return 1\n',
    "a list inside": '@app.get("/orders", responses={404: {"a": 1}, 405: {"b": [1, 2, 3]}}, tags=["orders"])\ndef a():\n    return 1\n',
    "a list of its own": '@app.get("/orders/{order_id}", dependencies=[], tags=["orders"])\ndef a():\n    return 1\n',
    "a comment": '@app.get("/orders/{order_id}/lines", response_model=None)  # the lines\ndef a():\n    return 1\n',
    "exploded already": '@app.get(\n    "/orders/{order_id}/lines",\n    # why\n    response_model=None,\n)\ndef a():\n    return 1\n',
    "on an inner line": (
        "@app.get(\n"
        '    "/orders/{order_id}/lines/{line_id}", response_model=None, tags=["orders", "lines"]\n'
        ")\ndef a():\n    return 1\n"
    ),
    "two routes": (
        '@app.get("/orders/{order_id}/lines", response_model=None)\n'
        '@app.post("/orders/{order_id}/lines", response_model=None)\n'
        "def a():\n    return 1\n"
    ),
    "in a class": 'class Routes:\n    @app.get("/orders/{order_id}/lines", tags=["orders"])\n    def a():\n        return 1\n',
    "wide": '@app.get("/orders/漢字漢字漢字漢字漢字漢", tags=["漢"])\ndef a():\n    return 1\n',
}
CALLS = {
    "assigned": '    response = requests.get("https://rates.example/latest/daily", params=params)\n',
    "a method of it": '    rates = requests.get("https://rates.example/latest/daily", params=params).json()\n',
    "returned": '    return requests.get("https://rates.example/latest/daily", params=params).json()\n',
    "nested": '    return dict(list(requests.get("https://rates.example/latest", params=params).json()))\n',
    "with": '    with requests.get("https://rates.example/latest", params=params) as response:\n        return response\n',
    "for": '    for rate in requests.get("https://rates.example/latest/all", params=params).json():\n        print(rate)\n',
    "two": '    return print(requests.get("https://a.example"), requests.get("https://b.example/", params))\n',
    "an element": (
        "    return [\n"
        "        1,\n"
        '        requests.get("https://rates.example/latest/daily", params=params).json(),\n'
        "    ]\n"
    ),
    "with parts": '    return requests.get("https://rates.example", headers={"a": params, "b": [1, 2], "c": "long"})\n',
}
SOURCES = {
    **{f"route: {name}": text for name, text in ROUTES.items()},
    **{f"call: {name}": f"def rates(params):\n{text}" for name, text in CALLS.items()},
}
LENGTHS = (60, 79, 88, 100)


def service(root: Path, text: str, length: int = 88, indent: str = "    ") -> Path:
    """A service whose file is formatted as black formats it, and as ruff would leave it."""
    shown = black.format_str(f"{HEAD}\n\n{text}", mode=black.Mode(line_length=length)).replace("    ", indent)
    settings = f"[tool.black]\nline-length = {length}\n[tool.ruff]\nline-length = {length}\n"
    testing.put(root, {FILE: shown, "shop/auth.py": AUTH, "shop/__init__.py": "", "codemod.toml": CONFIG})
    testing.put(root, {"pyproject.toml": settings, "requirements.txt": "fastapi\nrequests\n"})
    return root


def blacked(text: str, length: int) -> str:
    return black.format_str(text, mode=black.Mode(line_length=length))


def ruffed(text: str, length: int) -> str:
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(length), "-"]
    return subprocess.run(words, input=text, capture_output=True, encoding="utf-8", check=True).stdout


def findings(root: Path, code: str = "reformat") -> list[Finding]:
    return [finding for finding in testing.run(root, rules=False).findings if finding.code == code]


def text_of(root: Path) -> str:
    return (root / FILE).read_text(encoding="utf-8")


def rates(root: Path) -> list[str]:
    """The lines of the function or class at the end."""
    lines = text_of(root).splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(("@", "def ", "class "))]
    return lines[next(n for n in starts if lines[n].startswith("@") or n == starts[-1]) :]


@pytest.mark.parametrize("length", LENGTHS)
def test_formatters_leave_what_run_writes_and_strip_gives_back_every_byte(length: int, tmp_path: Path) -> None:
    roots = {name: service(tmp_path / str(n), text, length) for n, (name, text) in enumerate(SOURCES.items())}
    plain = {name: testing.tree(root) for name, root in roots.items()}
    told = {name: findings(root) for name, root in roots.items()}
    texts = {name: text_of(root) for name, root in roots.items()}
    shown = ruffed("# ----\n".join(texts.values()), length).split("# ----\n")
    for (name, text), ruff in zip(texts.items(), shown, strict=True):
        assert "guard(" in text or "timeout=REQUESTS_TIMEOUT" in text, name
        if not told[name]:
            assert blacked(text, length) == text, name
            assert ruff.strip() == text.strip(), name
        root = roots[name]
        assert testing.run(root, rules=False).changes == (), name
        testing.run(root, strip=True, rules=False)
        assert testing.tree(root) == plain[name], name
    assert sum(map(len, told.values())) <= 2, told
