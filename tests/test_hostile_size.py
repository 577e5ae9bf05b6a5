"""Configuration and code that are built to take for ever, or to overflow something: bounded, and said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from splice import config, testing, tomlfile
from splice.cli import main
from splice.registry import codemods
from splice.survey import survey

HEAD = "from flask import Flask, Blueprint\n\napp = Flask(__name__)\n"
FAST = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n"
F = "def f():\n    return ''\n"
PLAIN = HEAD + "\n\n@app.get('/x')\n" + F


def chain(made: str, below: str, count: int) -> str:
    return "".join(made.format(i=i) for i in range(count)) + "".join(
        below.format(i=i, j=i + 1) for i in range(count - 1)
    )


BLUEPRINTS = chain("b{i} = Blueprint('b{i}', __name__, url_prefix='/{i}')\n", "b{i}.register_blueprint(b{j})\n", 1500)
ROUTERS = chain("r{i} = APIRouter(prefix='/{i}')\n", "r{i}.include_router(r{j})\n", 1500)
PASSED = "D = {'p': '/x'}\n" + "".join(f"def g{i}(d):\n    g{i + 1}(d)\n" for i in range(1500)) + "g0(D)\n"
SIZES = {
    "a route of a megabyte": (HEAD + f"@app.get('/{'x' * 1_000_000}')\n" + F, "main.f"),
    "a route of open brackets": (HEAD + f"@app.get('/{'<a(' * 300}')\n" + F, "GET /" + "<a(" * 300),
    "ten thousand methods": (HEAD + f"@app.route('/x', methods={[f'M{i}' for i in range(10_000)]})\n" + F, "main.f"),
    "blueprints below each other": (HEAD + BLUEPRINTS + "app.register_blueprint(b0)\n@b1499.get('/x')\n" + F, "main.f"),
    "routers below each other": (FAST + ROUTERS + "app.include_router(r0)\n@r1499.get('/x')\n" + F, "main.f"),
    "a circle": (
        HEAD + "a = Blueprint('a', __name__)\nb = Blueprint('b', __name__)\na.register_blueprint(b)\n"
        "b.register_blueprint(a)\na.register_blueprint(a)\napp.register_blueprint(a)\n@a.get('/x')\n" + F,
        "GET /x",
    ),
    "a dict that is passed on and on": (HEAD + PASSED + "@app.get(D['p'])\n" + F, "main.f"),
    "a hexadecimal number that cannot be shown": (HEAD + "N = 0x" + "f" * 10_000 + "\n@app.get('/x')\n" + F, ""),
    "an import of a number that is too long": (f"import a{'9' * 5000}\n" + PLAIN, "GET /x"),
}


@pytest.mark.parametrize("name", SIZES)
def test_code_of_any_size_gets_an_answer(name: str, tmp_path: Path) -> None:
    text, operation = SIZES[name]
    testing.put(tmp_path, {"main.py": text})
    found = survey(tmp_path, config.load(tmp_path, None, codemods()), testing.TODAY)
    handlers = [point for point in found.matched.points if point.kind == "handler"]
    assert [point.operation for point in handlers] == ([operation] if operation else [])
    assert all(len(part) <= 2000 for p in handlers for part in (p.operation, *p.routes, ",".join(p.methods)))
    assert operation or [failure.file for failure in found.failures] == ["main.py"]
    assert testing.run(tmp_path, write=False).outcomes


DEEP = "[" * 5000 + "]" * 5000
REFUSED = {
    "depth": (f"exclude = {DEEP}", "nested too deeply"),
    "a key of many parts": ("a." * 3000 + "b = 1", "unknown key 'a'"),
    "many patterns": (f"exclude = {[f'a{i}' for i in range(1001)]}", "no more than 1000"),
    "a long pattern": (f'functions = ["{"*a" * 501}"]', "no more than 1000"),
    "many stars": ('exclude = ["a*a*a*a*a*b"]', "more than 4 stars"),
    "a version of many digits": (f'required-version = ">={"9" * 5000}"', "required-version"),
    "a number of many digits": (f"[metrics]\nmax-series = {'9' * 5000}", "is not valid TOML"),
    "a scaffold outside": ('scaffold = "../../x"', "must be a module"),
    "a scaffold that is a keyword": ('scaffold = "class"', "must be a module"),
    "a scaffold that is a package's own file": ('scaffold = "orders.__init__"', "must be a module"),
    "a scaffold that Python reads otherwise": ('scaffold = "\u017fcaffold"', "must be a module"),
    "a scaffold with a long name": (f'scaffold = "{"a" * 200}"', "must be a module"),
    "a folder outside": ('import-root = "a/../.."', "must be a folder"),
    "a policy outside": ('extends = "/etc/passwd"', "below the root"),
    "a table that is not known": ('[guards]\npublic = ["**"]', "unknown key 'guards'"),
    "a file that is too large": ("#" * (tomlfile.MAX_BYTES + 1), "is larger than"),
    "no text": ("exclude = ['\udcff']", "TOML is UTF-8"),
}


@pytest.mark.parametrize("where", ["codemod.toml", "pyproject.toml"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_configuration_that_cannot_be_meant_is_refused(
    name: str, where: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text, said = REFUSED[name]
    if where == "pyproject.toml":
        text = "[tool.codemod]\n" + text.replace("[metrics]", "[tool.codemod.metrics]").replace(
            "[guards]", "[tool.codemod.guards]"
        )
    testing.put(tmp_path, {"main.py": PLAIN, where: text.encode("utf-8", "surrogateescape")})
    before = testing.tree(tmp_path)
    assert main(["run", "--root", str(tmp_path)]) == 2
    shown = capfd.readouterr().err
    assert said in shown
    assert len(shown) < 700
    assert testing.tree(tmp_path) == before


# Tables where something else stands: each once took a run down.
SHAPES = (
    '[project]\noptional-dependencies = 5\n[tool]\nsetuptools = [1]\npoetry = 5\nruff = 1\nisort = []\nblack = "x"\n',
    "[tool.poetry]\npackages = 5\ndependencies = [1]\n[tool.setuptools]\npackages = 5\npackage-dir = 5\npy-modules = 3\n",
    '[tool.poetry]\npackages = [{ include = 5, from = 7 }, 5]\n[tool.setuptools.packages.find]\nwhere = ["/etc", "..", 5]\n',
    "[tool.isort]\nline_length = '\u00b2'\nlines_after_imports = 999999999\nsections = 5\n",
    "[tool.ruff]\nline-length = 99999999999\nsrc = [5, {}]\n[tool.ruff.lint.isort]\nsection-order = 5\nlines-after-imports = 1000000\n",
    "project = 5\ntool = 6\n",
    f"[tool.x]\ny = {DEEP}\n",
)  # fmt: skip


@pytest.mark.parametrize("text", SHAPES)
def test_a_manifest_of_another_shape_is_no_trouble(text: str, tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": "import os\n\n" + PLAIN, "pyproject.toml": text})
    before = testing.tree(tmp_path)
    assert main(["run", "-q", "--root", str(tmp_path)]) in (0, 1)
    assert '@observed("GET /x")' in (tmp_path / "main.py").read_text()
    assert len((tmp_path / "main.py").read_text()) < 1000
    testing.run(tmp_path, strip=True)
    assert testing.tree(tmp_path) == before


def outside(base: Path) -> Path:
    """A folder with a service in it that no run over the root may touch, or read as its own."""
    other = base / "outside"
    testing.put(
        other, {"app.py": PLAIN, "pyproject.toml": '[tool.codemod]\ncodemods = ["spans"]\n', "scaffold.py": "X = 1\n"}
    )
    testing.put(other, {"requirements.txt": "flask\n", "__init__.py": ""})
    return other


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "codemod.toml", "requirements.txt", "scaffold.py", "package", ".gitattributes"]
)
@pytest.mark.parametrize("to", ["outside", "nothing"])
def test_a_link_leads_nobody_outside(name: str, to: str, tmp_path: Path) -> None:
    other, root = outside(tmp_path), tmp_path / "root"
    testing.put(root, {"main.py": PLAIN})
    target = {"package": other, "codemod.toml": other / "pyproject.toml"}.get(name, other / name)
    (root / name).symlink_to(target if to == "outside" else tmp_path / "gone")
    before = testing.tree(other)
    for command in ("list", "check", "run", "strip"):
        assert main([command, "-q", "--root", str(root)]) in (0, 1, 2, 3)
    assert testing.tree(other) == before
    assert not (tmp_path / "gone").exists()
    assert (root / name).is_symlink()
    assert (root / "main.py").read_text() == PLAIN


@pytest.mark.parametrize(
    "path", ["../outside", "../outside/app.py", "package", "package/app.py", "/etc/passwd", "a\0b"]
)
def test_a_path_that_leads_outside_is_refused(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, root = outside(tmp_path), tmp_path / "root"
    testing.put(root, {"main.py": PLAIN})
    (root / "package").symlink_to(other)
    monkeypatch.chdir(root)
    before = testing.tree(other)
    for words in (["run", path], ["strip", path], ["explain", f"{path}:1"]):
        assert main([*words, "--root", str(root)]) == 2
    assert testing.tree(other) == before


@pytest.mark.parametrize(
    "comment",
    [
        "# codemod: ignore[spans,metrics] until=\u0662\u0660\u0662\u0667-01-01",
        "# codemod: ignore[spans,metrics] until=9999-99-99",
        "# codemod: ignore[spans,metrics] until=2027-01-01 until=2028-01-01",
        "# codemod: ignore[\u017fpans,metrics]",
        "# codemod: ignore[spans;metrics]",
        "# codemod: ignore[spans,metrics] policy=off -- x",
        "# codemod: ignore [spans,metrics]",
        "# CODEMOD: ignore[spans,metrics]",
        "#\u200bcodemod: ignore[spans,metrics]",
        "# codemod: ignore-file",  # not at the top
        f"# codemod: ignore[{'a' * 100_000}]",
        f"# codemod: ignore{' x=1' * 20_000}",
        'NOTE = "# codemod: ignore[spans,metrics]"',
        '"""\n# codemod: ignore[spans,metrics]\n"""',
    ],
    ids=lambda text: ascii(text)[:50],
)
def test_what_is_no_exact_suppression_suppresses_nothing(
    comment: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    testing.put(tmp_path, {"main.py": f"{HEAD}\n\n{comment}\n@app.get('/x')\ndef f():\n    return ''\n"})
    assert main(["check", "-v", "--root", str(tmp_path)]) == 1
    out = capfd.readouterr().out
    assert "missing: GET /x" in out
    assert len(out) < 1500
    assert all(character.isprintable() for character in out.replace("\n", ""))


def test_a_reason_of_a_megabyte_suppresses_and_is_cut_where_it_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    comment = "# codemod: ignore[spans,metrics] -- \x1b[31m" + "y" * 1_000_000
    testing.put(tmp_path, {"main.py": f"{HEAD}\n\n{comment}\n@app.get('/x')\ndef f():\n    return ''\n"})
    for words in (["check", "-v"], ["list", "-v"], ["list", "--format=json"]):
        assert main([*words, "--root", str(tmp_path)]) == 0
        assert len(capfd.readouterr().out) < 5000
