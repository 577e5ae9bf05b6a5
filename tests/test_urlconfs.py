"""After the last statement that changes the `urlpatterns` of a root URLconf, a codemod can insert one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing
from splice.codemod import apps, urlconfs
from splice.model import Anchor, JoinPoint, Reason

SETTINGS = 'ROOT_URLCONF = "urls"\n'
PLUGIN = """\
from splice.codemod import AddStatement, Codemod, urlconfs

codemod = Codemod(
    summary="Hand the URLs on",
    why="whoever gets them sees every route",
    pointcut=urlconfs(),
    advice=AddStatement("{part}({target})", part="instrument"),
    examples=(),
)
"""
RUN = """\
import json, sys
from pathlib import Path
from splice import testing

found = {}
for name in sys.argv[2:]:
    root = Path(sys.argv[1]) / name
    file = root / "urls.py"
    before = file.read_bytes()
    testing.run(root)
    after = file.read_text()
    again = [change.file for change in testing.run(root).changes]
    testing.run(root, strip=True)
    found[name] = [after, again, file.read_bytes() == before]
print(json.dumps(found))
"""
HEAD = """\
from django.conf import settings
from django.urls import include, path

import views

"""
PLACED = {
    "a list": 'urlpatterns = [\n    path("", views.home),\n]\n<here>\nhandler404 = views.lost\n',
    "the last of several": 'urlpatterns = [path("", views.home)]\nurlpatterns += [path("a", views.a)]\n<here>\n',
    "a method of the list": 'urlpatterns = []\nurlpatterns.append(path("", views.home))\n<here>\nprint(urlpatterns)\n',
    "an annotation": 'urlpatterns: list = [path("", views.home)]\n<here>\n\n\ndef helper():\n    urlpatterns = 1\n    return urlpatterns\n',
    "an element": 'urlpatterns = [path("", views.home)]\nurlpatterns[:0] = [path("a", views.a)]\n<here>\n',
    "a branch": 'urlpatterns = [path("", views.home)]\nif settings.DEBUG:\n    import debug_toolbar\n\n    urlpatterns += [\n        path("__debug__/", include(debug_toolbar.urls)),\n    ]\n    # only here\n<here>\n',
    "two branches": 'if settings.API:\n    urlpatterns = [path("", views.home)]\nelse:\n    urlpatterns = []\n<here>\n',
    "a loop": 'urlpatterns = []\nfor name in "ab":\n    urlpatterns.append(path(name, views.home))\n<here>\n',
    "an attempt": 'urlpatterns = [path("", views.home)]\ntry:\n    import more\nexcept ImportError:\n    pass\nelse:\n    urlpatterns.extend(more.urls)\n<here>\n',
}  # fmt: skip
REFUSED = {
    "imported": ("from other import urlpatterns\n", "urls does not make its urlpatterns itself"),
    "imported with a star": ("from other import *\n", "urls does not make its urlpatterns itself"),
}


def found(root: Path, files: dict[str, str]) -> list[JoinPoint]:
    testing.put(root, files)
    points = testing.run(root, write=False, rules=False).planned.survey.matched.points
    return [point for point in points if point.kind == "urlconf"]


def test_a_statement_of_ours_stands_after_the_last_change(tmp_path: Path) -> None:
    info = tmp_path / "site/acme-1.0.dist-info"
    testing.put(
        info,
        {
            "METADATA": "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n",
            "entry_points.txt": "[splice.codemods]\nhanded = acme_handed:codemod\n",
            "../acme_handed.py": PLUGIN,
        },
    )
    for name, text in PLACED.items():
        files = {"urls.py": HEAD + text.replace("<here>\n", ""), "settings.py": SETTINGS, "views.py": ""}
        testing.put(tmp_path / name, {**files, "codemod.toml": 'codemods = ["handed"]\n'})
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", RUN, str(tmp_path), *PLACED]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    head = HEAD.replace("import views\n", "import views\nfrom scaffold import instrument\n")
    expected = {
        name: [head + text.replace("<here>", "instrument(urlpatterns)"), [], True] for name, text in PLACED.items()
    }
    assert json.loads(answer.stdout) == expected


def test_the_anchor_is_the_whole_statement(tmp_path: Path) -> None:
    (point,) = found(tmp_path, {"urls.py": HEAD + PLACED["a branch"].replace("<here>\n", ""), "settings.py": SETTINGS})
    assert (point.file, point.symbol, point.operation) == ("urls.py", "urlpatterns", "urls.urlpatterns")
    assert point.anchor == Anchor(7, 12, "urlpatterns")
    assert urlconfs().matches(point)
    assert not apps().matches(point), "what instruments an app has nothing to do here"


@pytest.mark.parametrize("name", REFUSED)
def test_patterns_that_are_made_elsewhere_have_no_place(tmp_path: Path, name: str) -> None:
    text, detail = REFUSED[name]
    files = {"urls.py": text, "other.py": HEAD + "urlpatterns = []\n", "settings.py": SETTINGS}
    (point,) = found(tmp_path, files)
    assert (point.skip, point.reason, point.detail, point.anchor) == (True, Reason.URLCONF_UNKNOWN, detail, None)


def test_every_root_has_its_own(tmp_path: Path) -> None:
    text = HEAD + 'urlpatterns = [path("", views.home)]\n'
    files = {f"{name}.py": text for name in ("urls", "api", "tenant", "left")}
    files |= {"settings.py": SETTINGS, "api_settings.py": 'from settings import *\nROOT_URLCONF = "api"\n'}
    files |= {"middleware.py": 'import django\n\n\ndef choose(request):\n    request.urlconf = "tenant"\n'}
    assert [point.file for point in found(tmp_path, files)] == ["api.py", "tenant.py", "urls.py"]


def test_a_root_that_cannot_be_told_is_listed(tmp_path: Path) -> None:
    files = {
        "settings.py": "import os\n\nimport django\n\nROOT_URLCONF = os.environ['URLS']\n",
        "other/settings.py": "import django\n\nROOT_URLCONF = 'somewhere.urls'\n",
    }
    assert [(p.file, p.line, p.symbol, p.skip, p.detail) for p in found(tmp_path, files)] == [
        ("other/settings.py", 3, "ROOT_URLCONF", True, "somewhere.urls is outside this project"),
        ("settings.py", 5, "ROOT_URLCONF", True, "ROOT_URLCONF is not a constant"),
    ]


def test_without_a_root_what_nothing_includes_is_one(tmp_path: Path) -> None:
    """The URLs of a library: whoever includes them, they are closed."""
    text = HEAD + 'urlpatterns = [path("", views.home)]\n'
    more = HEAD + 'urlpatterns = [path("x/", include("acme.inner"))]\n'
    files = {
        "acme/urls.py": more,
        "acme/inner.py": text,
        "acme/more.py": text,
        "acme/views.py": "",
        "acme/__init__.py": "",
    }
    files |= {"acme/again.py": "from acme.urls import urlpatterns\n"}
    assert [(point.file, point.skip) for point in found(tmp_path, files)] == [
        ("acme/more.py", False),
        ("acme/urls.py", False),
    ]
