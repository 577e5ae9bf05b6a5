"""Control characters, forged lines and code in the names and routes of a repository: harmless wherever they show."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from splice import lock, testing
from splice.cli import main

ODD = {
    "escape": "\x1b[31mred\x1b[0m",
    "link": "\x1b]8;;http://evil\x07text\x1b]8;;\x07",
    "bell and back": "\x07\x08\x08\x08",
    "carriage return": "safe\rforged",
    "line feed": "a\nb: error: forged",
    "line separator": "a\u2028b\u2029c\x85d\x0bd\x0c",
    "bidirectional": "\u202etxt.exe\u2066\u2069",
    "invisible": "a\u200b\u200d\ufeff\u00adb",
    "control of the second kind": "\x9b31m\x9d0;x\x9c",
    "surrogate": "a\udc80b\ud800",
    "quotes": 'it\'s "both" and \\ and `',
    "triple": '""" + __import__("os").system("x") + """',
    "braces": "{x!r:{y}} %s %(a)s ${z} {}",
    "comment": "/x # codemod: ignore-file",
    "end of line comment": '")  # codemod: ignore[spans] -- x',
    "format of the lock": 'format = 1\n{"file":"x"}',
    "long": "/y" * 400,
    "emoji": "\N{PILE OF POO}\N{ZERO WIDTH JOINER}",
    "not a character": "\uffff\U0010ffff\ue000",
}


def service(*texts: str) -> str:
    """A Flask service with these texts wherever a program can hold one."""
    parts = ["from flask import Flask\n\napp = Flask(__name__)\n"]
    for number, text in enumerate(texts):
        route, odd, n = ascii("/" + text), ascii(text), number
        parts.append(f"@app.get({route})\ndef x{n}():\n    {odd}\n    return {odd}\n")
        parts.append(f"@app.get({route} + {odd}, endpoint={odd})\n@app.post('/p')\ndef y{n}():\n    return ''\n")
        parts.append(f"@app.route('/z{n}', methods=[{odd}])\ndef z{n}():\n    return ''\n")
        parts.append(f"app.add_url_rule({route}, view_func=lambda: 1)\nother[{odd}].get({route})(z{n})\n")
        parts.append(f"app.add_url_rule('/q{n}', endpoint={odd})\n")
    return "\n\n".join(parts)


def harmless(text: str) -> None:
    """Text that cannot move a cursor or forge a line, and that any encoding can hold."""
    bad = {c for c in text.replace("\n", "") if not c.isprintable()}
    assert not bad, sorted(map(hex, map(ord, bad)))


def outputs(root: Path, capfd: pytest.CaptureFixture[str], *commands: list[str]) -> str:
    shown = ""
    for words in commands:
        code = main([*words, "--root", str(root)])
        out, err = capfd.readouterr()
        assert code in (0, 1, 3), err
        harmless(err)
        if "json" in "".join(words):
            assert out.isascii()
            json.loads(out)
        else:
            harmless(out.replace("\t", ""))
        shown += out + err
    return shown


def rows_are_rows(root: Path) -> None:
    raw = (root / lock.FILE).read_bytes()
    assert raw.isascii()
    assert all(line == "format = 1" or json.loads(line) for line in raw.decode().split("\n") if line)


JSON = "--format=json"


def test_odd_text_in_routes_is_harmless_everywhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    testing.put(tmp_path, {"main.py": service(*ODD.values()), "requirements.txt": "flask\n"})
    before = testing.tree(tmp_path)
    outputs(tmp_path, capfd, ["list", "-v"], ["check", "-v"], ["list", JSON], ["check", JSON], ["diff", JSON])
    outputs(tmp_path, capfd, ["run", "-v"], ["list", "-v"], ["explain", "main.py:8"], ["check"])
    outputs(tmp_path, capfd, ["explain", "--operation", f"GET /{ODD['line feed']}"])
    outputs(tmp_path, capfd, ["explain", "--operation", f"GET /{ODD['surrogate']}", JSON])
    given = [
        node.args[0].value
        for node in ast.walk(ast.parse((tmp_path / "main.py").read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "observed"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert {f"GET /{text}" for text in ODD.values()} <= set(given)
    assert (tmp_path / "scaffold.py").read_bytes().isascii()
    ast.parse((tmp_path / "scaffold.py").read_bytes())
    rows_are_rows(tmp_path)
    assert not testing.run(tmp_path).changes
    outputs(tmp_path, capfd, ["strip", "-v"])
    assert testing.tree(tmp_path) == before


NAMES = [text.replace("/", "_") for name, text in ODD.items() if name not in ("long", "surrogate")]


def test_odd_names_of_files_and_folders_are_harmless(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number, odd in enumerate(NAMES):
        files = {f"{odd}.py": service("y"), f"broken {odd}.py": "from flask import Flask\n@app.route(\n"}
        if number % 4 == 2:
            files |= {f"{odd}/app.py": service("x"), f"{odd}/requirements.txt": f"flask # {odd}\n"}
        testing.put(tmp_path, files)
    before = testing.tree(tmp_path)
    outputs(tmp_path, capfd, ["list", "-v"], ["check", JSON], ["run", "-v"])
    outputs(tmp_path, capfd, ["list", JSON], ["check", "-v"], ["explain", str(tmp_path / f"{NAMES[4]}.py") + ":8"])
    rows_are_rows(tmp_path)
    outputs(tmp_path, capfd, ["strip", "-v"])
    assert testing.tree(tmp_path) == before


def test_a_name_that_is_no_utf8_is_harmless(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    testing.put(tmp_path, {"\udcff\udc9b31m/app\udc80.py": service("x")})
    outputs(tmp_path, capfd, ["list", "-v"], ["check"], ["run", "-v"], ["list", "--format=json"], ["strip", "-v"])


@pytest.mark.parametrize("odd", NAMES)
def test_odd_text_in_comments_and_configuration_is_harmless(
    odd: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line = odd.replace("\n", " ").replace("\r", " ").replace("\x0c", " ").replace("\x0b", " ")
    comments = f"# codemod: ignore[{line}]\n# codemod: ignore[spans] -- {line}\n# codemod: ignore until={line}\n# codemod: {line}\n"
    testing.put(tmp_path, {"main.py": comments + service("x"), "codemod.toml": f"exclude = [{json.dumps(odd)}]\n"})
    code = main(["check", "-v", "--root", str(tmp_path)])
    out, err = capfd.readouterr()
    assert code in (1, 2, 3)
    harmless(out)
    harmless(err)
    for text in (f"{json.dumps(odd)} = 1\n", f"scaffold = {json.dumps(odd)}\n", f"functions = [{json.dumps(odd)}]\n"):
        (tmp_path / "codemod.toml").write_text(text)
        assert main(["check", "--root", str(tmp_path)]) in (1, 2), text
        out, err = capfd.readouterr()
        harmless(out)
        harmless(err)
        assert err.count("\n") <= 2
    for words in (["explain", odd], ["check", odd], ["check", "--codemods", odd], ["check", "--config", odd]):
        assert main([*words, "--root", str(tmp_path)]) == 2
        harmless("".join(capfd.readouterr()))
