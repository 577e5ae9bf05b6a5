"""A line that an insertion makes too long is exploded by white space alone, as black and ruff would explode it."""

from __future__ import annotations

import ast
import json
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
EVERYTHING = "\n\n".join(
    text.replace("def a(", f"def a{number}(")
    .replace("def rates(", f"def rates{number}(")
    .replace("Routes", f"R{number}")
    for number, text in enumerate(SOURCES.values())
)


def service(root: Path, text: str, length: int = 88) -> Path:
    """A service whose file is formatted as black formats it, and as ruff would leave it."""
    shown = blacked(f"{HEAD}\n\n{text}", length)
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


@pytest.mark.parametrize("length", LENGTHS)
def test_formatters_leave_what_run_writes_and_strip_gives_back_every_byte(length: int, tmp_path: Path) -> None:
    root = service(tmp_path, EVERYTHING, length)
    plain = testing.tree(root)
    assert not findings(root)
    text = text_of(root)
    assert text.count("guard(") == len(ROUTES) + 1 and text.count("timeout=REQUESTS_TIMEOUT") == len(CALLS) + 1
    assert blacked(text, length) == text
    assert ruffed(text, length) == text
    assert testing.run(root, rules=False).changes == ()
    testing.run(root, strip=True, rules=False)
    assert testing.tree(root) == plain


@pytest.mark.parametrize("length", (50, 72, 120))
def test_after_a_formatter_with_another_idea_run_changes_nothing_and_strip_takes_all(
    length: int, tmp_path: Path
) -> None:
    root, without = service(tmp_path / "with", EVERYTHING), service(tmp_path / "without", EVERYTHING)
    testing.run(root, rules=False)
    for each in (root, without):
        (each / FILE).write_text(blacked(text_of(each), length), encoding="utf-8")
    assert testing.run(root, rules=False).changes == ()
    testing.run(root, strip=True, rules=False)
    assert ast.dump(ast.parse(text_of(root))) == ast.dump(ast.parse(text_of(without)))


@pytest.mark.parametrize("length", (79,))
def test_codemods_that_go_and_come_leave_what_they_leave_together(length: int, tmp_path: Path) -> None:
    """Whether a line is exploded follows from all that stands in it, and not from what came first."""
    root, names = service(tmp_path / "one", EVERYTHING, length), ("auth", "retry", "timeouts")
    testing.run(root, rules=False)
    together = testing.tree(root)
    for gone in names:
        for codemods in ([gone], [name for name in names if name != gone], list(names)):
            config = CONFIG.replace('["auth", "retry", "timeouts"]', json.dumps(codemods))
            fresh = service(tmp_path / "-".join([gone, *codemods]), EVERYTHING, length)
            for each in (root, fresh):
                testing.put(each, {"codemod.toml": config})
                testing.run(each, rules=False)
            found, expected = testing.tree(root), testing.tree(fresh)
            for file in (FILE, "codemod.lock"):
                assert found.get(file) == expected.get(file), (gone, codemods, file)
    assert testing.tree(root)[FILE] == together[FILE]


def test_a_policy_that_asks_for_more_breaks_the_line_anew(tmp_path: Path) -> None:
    routes = EVERYTHING.partition("\n\ndef rates")[0]
    root, fresh = service(tmp_path / "one", routes), service(tmp_path / "two", routes)
    testing.run(root, rules=False)
    for scopes in ('["orders:read", "orders:write", "orders:delete", "carts:read"]', "[]"):
        config = CONFIG.replace('["orders:read", "orders:write"]', scopes)
        for each in (root, fresh):
            testing.put(each, {"codemod.toml": config})
        testing.run(root, rules=False)
        assert not findings(root, "proof-failed")
        assert blacked(text_of(root), 88) == text_of(root)
        testing.run(root, strip=True, rules=False)
        assert text_of(root) == text_of(fresh)
        testing.run(root, rules=False)


EDITED = {
    "an argument more": ("    response_model=None,\n", "    response_model=None,\n    status_code=201,\n"),
    "one less": ("    response_model=None,\n", ""),
    "another name": ("response_model=None", "status_code=201"),
    "a comment": ("    response_model=None,\n", "    response_model=None,  # why\n"),
}


@pytest.mark.parametrize("old_new", EDITED.values(), ids=EDITED)
def test_what_people_do_to_an_exploded_call_stays(old_new: tuple[str, str], tmp_path: Path) -> None:
    root = service(tmp_path, SOURCES["route: one per line"])
    testing.run(root, rules=False)
    before = text_of(root)
    assert old_new[0] in before
    (root / FILE).write_text(before.replace(*old_new), encoding="utf-8")
    testing.run(root, rules=False)  # the lock's row names the call by what it says
    assert text_of(root) == before.replace(*old_new)
    testing.run(root, strip=True, rules=False)
    flat = service(tmp_path / "flat", SOURCES["route: one per line"])
    kept = [part.strip() for part in old_new[1].strip().splitlines()]
    assert all(part in text_of(root) or part.rstrip(",") in text_of(root) for part in kept)
    assert "guard(" not in text_of(root)
    names = [node.arg for node in ast.walk(ast.parse(text_of(root))) if isinstance(node, ast.keyword)]
    expected = [node.arg for node in ast.walk(ast.parse(text_of(flat))) if isinstance(node, ast.keyword)]
    assert set(names) - {"status_code"} == set(expected) - ({"response_model"} - set(names))


@pytest.mark.parametrize("newline", ("\r\n", "\r"))
def test_newlines_are_those_of_the_file(newline: str, tmp_path: Path) -> None:
    root = service(tmp_path, EVERYTHING)
    plain = (root / FILE).read_bytes().replace(b"\n", newline.encode())
    (root / FILE).write_bytes(plain)
    testing.run(root, rules=False)
    after = (root / FILE).read_bytes()
    assert b"guard(" in after and b"\n" not in after.replace(newline.encode(), b"")
    assert ast.dump(ast.parse(after.replace(newline.encode(), b"\n"))) == ast.dump(ast.parse(after))
    assert blacked(after.decode().replace(newline, "\n"), 88).encode() == after.replace(newline.encode(), b"\n")
    testing.run(root, strip=True, rules=False)
    assert (root / FILE).read_bytes() == plain


def test_tabs_break_where_no_blank_stands_in_the_way(tmp_path: Path) -> None:
    """One inner line is a matter of inserting; one argument per line would leave a blank beside the tab."""
    fits = 'class A:\n\t@app.get("/orders/{id}", tags=[])\n\tdef a():\n\t\treturn 1\n'
    not_so = fits.replace("tags=[]", 'tags=["orders", "lines"], response_model=None')
    for number, (text, told) in enumerate(((fits, 0), (not_so, 1))):
        root = service(tmp_path / str(number), "pass\n")
        testing.put(root, {FILE: f"{HEAD}\n\n{text}", "pyproject.toml": "[tool.ruff.format]\nindent-style='tab'\n"})
        plain = testing.tree(root)
        assert len(findings(root)) == told
        words = [sys.executable, "-m", "ruff", "format", "--no-cache", "--diff", FILE]
        done = subprocess.run(words, cwd=root, capture_output=True, check=False)
        assert "guard(" in text_of(root) and bool(done.returncode) == bool(told), done.stdout
        testing.run(root, strip=True, rules=False)
        assert testing.tree(root) == plain


LEFT = {
    "an operator": 'x = "https://rates.example/latest/daily" and requests.get("https://rates.example", 1)\n',
    "a pragma": 'x = requests.get("https://rates.example/latest/daily", params=1)  # noqa: S113\n',
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_only_a_formatter_can_wrap_stays_on_its_line_and_is_told(text: str, tmp_path: Path) -> None:
    root = service(tmp_path, "pass\n")
    testing.put(root, {FILE: f"{HEAD}{text}"})
    told = findings(root)
    assert [(finding.level, finding.file) for finding in told] == [("note", FILE)]
    line = text_of(root).splitlines()[told[0].line - 1]
    assert "timeout=REQUESTS_TIMEOUT" in line and len(line) > 88
    assert not testing.run(root, rules=False).changes


QUIET = {
    "too long before": 'x = requests.get("https://rates.example/latest/daily/for/everybody/everywhere", params=None)\n',
    "fmt: skip": 'x = requests.get("https://rates.example/latest/daily", params=1)  # fmt: skip\n',
    "fmt: off": '# fmt: off\nx = requests.get("https://rates.example/latest/daily", params=1)\n# fmt: on\n',
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_lines_that_no_formatter_looks_after_stay_as_they_are(text: str, tmp_path: Path) -> None:
    root = service(tmp_path, "pass\n")
    testing.put(root, {FILE: f"{HEAD}{text}"})
    assert not findings(root)
    assert len(max(text_of(root).splitlines(), key=len)) > 88


SETTINGS: dict[str, tuple[dict[str, str], int]] = {
    "nothing": ({}, 88),
    "black": ({"pyproject.toml": "[tool.black]\nline-length = 70\n"}, 70),
    "black and a linter": ({"pyproject.toml": "[tool.black]\n[tool.ruff]\nline-length = 70\n"}, 70),
    "black formats": ({"pyproject.toml": "[tool.black]\nline-length = 70\n[tool.ruff]\nline-length = 120\n"}, 70),
    "ruff formats": (
        {"pyproject.toml": "[tool.black]\nline-length = 120\n[tool.ruff]\nline-length = 70\n[tool.ruff.format]\n"},
        70,
    ),
    "ruff": ({"ruff.toml": "line-length = 70\n"}, 70),
    "a hidden file": ({".ruff.toml": "line-length = 70\n"}, 70),
    "a linter alone": ({"setup.cfg": "[flake8]\nmax-line-length = 70\n"}, 70),
    "a linter in tox.ini": ({"tox.ini": "[flake8]\nmax_line_length = 70\n"}, 70),
    "a linter and a formatter": (
        {"tox.ini": "[flake8]\nmax-line-length = 70\n", "pyproject.toml": "[tool.black]\n"},
        88,
    ),
    "a formatter that hooks run": (
        {".flake8": "[flake8]\nmax-line-length = 70\n", ".pre-commit-config.yaml": "- hooks:\n    - id: black\n"},
        88,
    ),
}


@pytest.mark.parametrize(("files", "length"), SETTINGS.values(), ids=SETTINGS)
def test_the_line_length_is_the_formatters_else_the_linters(files: dict[str, str], length: int, tmp_path: Path) -> None:
    root = service(tmp_path, "pass\n")
    (root / "pyproject.toml").unlink()
    call = 'x = requests.post("")\n'
    fits = len(call) - 1 + len(", timeout=REQUESTS_TIMEOUT")
    texts = [call.replace('""', f'"{"a" * (length - fits + more)}"') for more in (0, 1)]
    testing.put(root, {FILE: HEAD + "".join(texts), **files})
    testing.run(root, rules=False)
    assert [line for line in text_of(root).splitlines() if line.startswith("x = ")] == [
        texts[0].replace(")\n", ", timeout=REQUESTS_TIMEOUT)"),
        "x = requests.post(",
    ]


def test_without_a_lock_what_is_exploded_is_ours_all_the_same(tmp_path: Path) -> None:
    root = service(tmp_path, EVERYTHING)
    plain = text_of(root)
    testing.run(root, rules=False)
    (root / "codemod.lock").unlink()
    assert [change.file for change in testing.run(root, rules=False).changes] == ["codemod.lock"]
    assert testing.run(root, rules=False).changes == ()
    testing.run(root, strip=True, rules=False)
    plain = plain.replace(" dependencies=[],", "")  # whose an empty list was, only the lock knew
    assert ast.dump(ast.parse(text_of(root))) == ast.dump(ast.parse(plain))


def test_a_file_that_moves_takes_its_breaks_along(tmp_path: Path) -> None:
    root = service(tmp_path, EVERYTHING)
    plain = text_of(root)
    testing.run(root, rules=False)
    moved = root / "shop/service.py"
    (root / FILE).rename(moved)
    assert [change.file for change in testing.run(root, rules=False).changes] == ["codemod.lock"]
    testing.run(root, strip=True, rules=False)
    assert moved.read_text(encoding="utf-8") == plain


def test_async_calls_break_too(tmp_path: Path) -> None:
    root = service(tmp_path, "pass\n")
    text = (
        "import httpx\n\n\nasync def rates(params):\n    async with httpx.AsyncClient(base_url="
        '"https://rates.example/latest", headers=None) as client:\n        return await client.get('
        '"https://rates.example/latest", params=params, a=1)\n'
    )
    testing.put(root, {FILE: text, "codemod.toml": 'codemods = ["retry", "timeouts"]\n[timeouts]\ntotal = 3.0\n'})
    (root / FILE).write_text(blacked(text, 88))
    plain = text_of(root)
    testing.run(root, rules=False)
    assert "await retried(client.get)(" in text_of(root)
    assert blacked(text_of(root), 88) == text_of(root)
    testing.run(root, strip=True, rules=False)
    assert text_of(root) == plain
