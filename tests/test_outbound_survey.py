"""Outbound calls in a whole run: looked for when a codemod asks, in files that name a library and those behind them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from splice import config as configs
from splice import testing
from splice.outbound.reach import reach
from splice.registry import codemods
from splice.survey import Survey, survey

FILES = {
    "app/__init__.py": "",
    "app/clients.py": "import httpx\n\napi = httpx.Client(timeout=3)\n",
    "app/again.py": "from .clients import api\n\n__all__ = ['api']\n",
    "app/orders.py": "from .again import api\n\n\ndef read(u):\n    return api.request('GET', u)\n",
    "app/other.py": "def take(d):\n    return d.pop(1)\n",
    "tests/test_orders.py": "import httpx\n\nhttpx.get('x')\n",
}


def surveyed(root: Path, *names: str, **files: str) -> Survey:
    testing.put(root, {**FILES, **files, "codemod.toml": testing.toml({"codemods": list(names)})})
    return survey(root, configs.load(root, None, codemods()), date(2026, 1, 1))


def test_they_are_looked_for_only_when_a_codemod_asks(tmp_path: Path) -> None:
    found = surveyed(tmp_path, "spans", "metrics")
    assert [point for point in found.matched.points if point.kind == "call"] == []
    assert [module.file for module in found.project.modules()] == []  # nothing was parsed for them


def test_a_file_that_names_no_library_is_read_when_it_imports_one_that_does(tmp_path: Path) -> None:
    found = surveyed(tmp_path, "timeouts")
    points = [(point.file, point.operation) for point in found.matched.points]
    assert points == [("app/clients.py", "httpx.Client"), ("app/orders.py", "httpx.Client.request")]
    assert "app/other.py" not in [module.file for module in found.project.modules()]
    facts = found.matched.calls.facts
    assert facts["app/orders.py", "read:httpx.Client.request"].waits.state == "client"


def test_a_file_that_does_not_parse_is_told(tmp_path: Path) -> None:
    found = surveyed(tmp_path, "timeouts", **{"app/broken.py": "import requests\nrequests.request(\n"})
    assert [failure.file for failure in found.failures] == ["app/broken.py"]
    assert not found.broken  # what handlers are called does not depend on it


def test_what_is_read_for_them_does_not_change_the_handlers(tmp_path: Path) -> None:
    handler = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/x')\ndef x():\n    return ''\n"
    without = surveyed(tmp_path / "a", "spans", **{"app/web.py": handler}).matched.points
    together = surveyed(tmp_path / "b", "spans", "timeouts", "retry", **{"app/web.py": handler}).matched.points
    assert [p for p in together if p.kind != "call"] == list(without)


def test_imports_are_followed_whatever_they_look_like() -> None:
    files = {
        "a.py": b"import requests\n",
        "b.py": b"import a\na.s.get(u)\n",
        "c.py": b"from . import (\n    b,  # comment\n)\nb.x.get(u)\n",
        "d.py": b"if x: from c import \\\n    y\ny.get(u)\n",
        "e.py": b"import b; b.s.post(u)\n",
        "f.py": b"# import a\nx.get(u)\n",
        "g.py": b"import a\n",
        "p/__init__.py": b"from a import s\n",
        "q.py": b"from p import s\ns.request('GET', u)\n",
        "r.py": b"import z\nz.get(u)\n",
    }
    module_of = {name: name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files}
    assert reach(files, files.__getitem__, module_of.__getitem__) == ["a.py", "b.py", "c.py", "d.py", "e.py", "q.py"]
