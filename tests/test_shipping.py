"""A scaffold that a package list, a module list or an image would leave behind is a finding, with what to add."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from splice.layout import Site
from splice.manifests.shipping import unshipped
from splice.model import Finding

FLAT = {"app.py": "", "models.py": ""}
PACKAGE = {"orders/__init__.py": "", "orders/views.py": "", "orders/api/__init__.py": ""}
FLAT_SITE = Site("scaffold.py", "scaffold")
PACKAGE_SITE = Site("orders/scaffold.py", "orders.scaffold")
NAMESPACE = {"svc/web/__init__.py": "", "svc/db.py": ""}
NAMESPACE_SITE = Site("svc/scaffold.py", "svc.scaffold")


def findings(tree: Mapping[str, str], site: Site) -> list[Finding]:
    return unshipped([*tree, site.path], lambda path: tree[path].encode(), site)


def pyproject(text: str) -> dict[str, str]:
    return {"pyproject.toml": '[build-system]\nrequires = ["setuptools>=77"]\n[project]\nname = "x"\n' + text}


LEFT_BEHIND = [
    (FLAT, {"Dockerfile": "FROM python\nCOPY app.py models.py ./\n"}, FLAT_SITE, 2, "add scaffold.py to this COPY"),
    (FLAT, {"Dockerfile": 'COPY requirements.txt .\nCOPY ["app.py", "/srv/"]\n'}, FLAT_SITE, 2, "scaffold.py"),
    (FLAT, {"Dockerfile": "COPY app.py \\\n  # why\n  models.py \\\n  /srv/\n"}, FLAT_SITE, 1, "scaffold.py"),
    (FLAT, {"web.Dockerfile": "add --chown=a:b app.py /srv/\n"}, FLAT_SITE, 1, "scaffold.py"),
    (FLAT, {"docker/Dockerfile": "COPY app.py .\nCOPY --from=build . .\n"}, FLAT_SITE, 1, "scaffold.py"),
    (FLAT, {"Dockerfile": "COPY m*.py app.py ./\n"}, FLAT_SITE, 1, "scaffold.py"),
    (
        PACKAGE,
        {"Dockerfile": "COPY orders/__init__.py orders/views.py orders/\n"},
        PACKAGE_SITE,
        1,
        "orders/scaffold.py",
    ),
    (FLAT, {".dockerignore": "*\n!app.py\n!models.py\n"}, FLAT_SITE, 0, "!scaffold.py"),
    (
        FLAT,
        {"setup.py": "from setuptools import setup\nsetup(py_modules=['app', 'models'])\n"},
        FLAT_SITE,
        0,
        '"scaffold"',
    ),
    (FLAT, {"setup.cfg": "[options]\npy_modules =\n    app\n    models\n"}, FLAT_SITE, 0, '"scaffold"'),
    (FLAT, pyproject('[tool.setuptools]\npy-modules = ["app", "models"]\n'), FLAT_SITE, 0, '"scaffold"'),
    ({"app.py": ""}, pyproject(""), FLAT_SITE, 0, 'py-modules = ["app", "scaffold"]'),
    (
        {"app.py": ""},
        {"pyproject.toml": '[project]\n[tool.flit.module]\nname = "app"\n'},
        FLAT_SITE,
        0,
        "make app a package",
    ),
    (FLAT, {"pyproject.toml": '[tool.poetry]\npackages = [{ include = "app.py" }]\n'}, FLAT_SITE, 0, '"scaffold.py"'),
    (
        FLAT,
        {"pyproject.toml": '[tool.hatch.build.targets.wheel]\nonly-include = ["app.py"]\n'},
        FLAT_SITE,
        0,
        '"scaffold.py"',
    ),
    (NAMESPACE, pyproject('[tool.setuptools]\npackages = ["svc.web"]\n'), NAMESPACE_SITE, 0, 'add "svc"'),
    (
        NAMESPACE,
        {
            "setup.py": "import setuptools as s\nfrom setuptools import setup, find_packages\nsetup(packages=find_packages())\n"
        },
        NAMESPACE_SITE,
        0,
        "find_namespace",
    ),
    (NAMESPACE, {"setup.cfg": "[options]\npackages = find:\n"}, NAMESPACE_SITE, 0, "find_namespace"),
    (NAMESPACE, {"setup.cfg": "[options]\npackages = svc.web, svc.other\n"}, NAMESPACE_SITE, 0, 'add "svc"'),
    (
        PACKAGE,
        pyproject('[tool.setuptools.packages.find]\ninclude = ["orders.*"]\n'),
        PACKAGE_SITE,
        0,
        'include "orders"',
    ),
    (
        PACKAGE,
        {"setup.py": "", "MANIFEST.in": "graft orders\nrecursive-exclude orders s*.py\n"},
        PACKAGE_SITE,
        0,
        "include orders/scaffold.py",
    ),
]


@pytest.mark.parametrize(("tree", "lists", "site", "line", "fix"), LEFT_BEHIND)
def test_a_list_without_the_scaffold_is_a_finding(
    tree: dict[str, str], lists: dict[str, str], site: Site, line: int, fix: str
) -> None:
    (found,) = findings({**tree, **lists}, site)
    assert (found.level, found.code, found.line) == ("warning", "not-shipped", line)
    assert found.file in lists
    assert fix in found.fix


SHIPPED = [
    (FLAT, {"Dockerfile": "COPY . /srv\n"}, FLAT_SITE),
    (FLAT, {"Dockerfile": "COPY *.py ./\n"}, FLAT_SITE),
    (FLAT, {"Dockerfile": "COPY app.py ./\nCOPY scaffold.py ./\n"}, FLAT_SITE),
    (FLAT, {"Dockerfile": "COPY app.py $SOURCES ./\n"}, FLAT_SITE),
    (FLAT, {"Dockerfile": "# COPY app.py ./\nCOPY requirements.txt ./\nRUN echo COPY app.py .\n"}, FLAT_SITE),
    (FLAT, {"Dockerfile": "COPY --from=build app.py ./\n"}, FLAT_SITE),
    (PACKAGE, {"Dockerfile": "COPY orders orders\nCOPY orders/views.py x\n"}, PACKAGE_SITE),
    (PACKAGE, {"Dockerfile": "COPY wsgi.py .\n", "wsgi.py": ""}, PACKAGE_SITE),
    (PACKAGE, {"deploy/Dockerfile": "COPY ./orders/ /srv/orders\n"}, PACKAGE_SITE),
    (FLAT, {".dockerignore": "*.pyc\n**/tests\n"}, FLAT_SITE),
    (FLAT, {".dockerignore": "*\n"}, FLAT_SITE),
    (FLAT, {"setup.py": "from setuptools import setup\nsetup(py_modules=['app', 'scaffold'])\n"}, FLAT_SITE),
    (FLAT, {"setup.py": "from setuptools import setup\nsetup(py_modules=MODULES)\n"}, FLAT_SITE),
    (FLAT, {"setup.py": "raise SystemExit(", "setup.cfg": "[[[", "pyproject.toml": "= ="}, FLAT_SITE),
    (PACKAGE, {"setup.cfg": "[options]\npackages =\n    orders\n    orders.api\n"}, PACKAGE_SITE),
    (PACKAGE, {"setup.cfg": "[options]\npackages = find:\n"}, PACKAGE_SITE),
    (PACKAGE, {"pyproject.toml": '[tool.poetry]\npackages = [{ include = "orders" }]\n'}, PACKAGE_SITE),
    (PACKAGE, {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["orders"]\n'}, PACKAGE_SITE),
    (PACKAGE, {"MANIFEST.in": "prune tests\nglobal-exclude *.pyc\n"}, PACKAGE_SITE),
    (NAMESPACE, pyproject("[tool.setuptools.packages.find]\n"), NAMESPACE_SITE),
    (FLAT, pyproject(""), FLAT_SITE),  # two modules: it did not build before either
    ({"app.py": ""}, {"pyproject.toml": '[project]\nname = "x"\n'}, FLAT_SITE),  # nothing is built
    (
        {"svc/app.py": "", "cli.py": ""},
        pyproject('[tool.setuptools]\npy-modules = ["cli"]\n'),
        Site("svc/scaffold.py", "scaffold"),
    ),
]


@pytest.mark.parametrize(("tree", "lists", "site"), SHIPPED)
def test_what_ships_or_cannot_be_known_is_no_finding(tree: dict[str, str], lists: dict[str, str], site: Site) -> None:
    assert findings({**tree, **lists}, site) == []


def test_the_nearest_project_decides() -> None:
    """The list of another project in the same repository says nothing about this one."""
    tree = {"a/orders/views.py": "", "pyproject.toml": '[tool.setuptools]\npackages = ["orders.api"]\n'}
    site = Site("a/orders/scaffold.py", "orders.scaffold")
    assert len(findings(tree, site)) == 1
    assert findings({**tree, "a/pyproject.toml": '[project]\nname = "a"\n'}, site) == []
