"""Where modules live and where the scaffold goes: real trees, stated roots, proven namespaces, flat services."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from splice.layout import Layout, Site
from splice.model import Reason, Refused, SpliceError

OURS = b"# ours\n"


def layout(tree: Mapping[str, str], **options: str) -> Layout:
    """A layout over files that exist only here; a generated scaffold starts with `# ours`."""
    read = {name: text.encode() for name, text in tree.items()}
    return Layout.build(list(read), read.__getitem__, is_ours=lambda data: data.startswith(OURS), **options)


def imported(found: Layout, tree: Mapping[str, str], file: str) -> str:
    return found.import_name(file, ast.parse(tree[file]))


PACKAGE = {"orders/__init__.py": "", "orders/views.py": "", "orders/api/__init__.py": "", "orders/api/v1.py": ""}


@pytest.mark.parametrize("root", ["", "src/", "lib/", "services/orders/", "services/orders/src/"])
def test_one_scaffold_in_the_top_package_whatever_folder_holds_it(root: str) -> None:
    tree = {root + name: text for name, text in PACKAGE.items()}
    found = layout(tree)
    for name in ("orders/__init__.py", "orders/views.py", "orders/api/v1.py"):
        assert found.site(root + name) == Site(f"{root}orders/scaffold.py", "orders.scaffold")
    assert found.module_of(f"{root}orders/api/v1.py") == "orders.api.v1"
    assert found.module_of(f"{root}orders/__init__.py") == "orders"
    assert found.file_of("orders.api.v1") == f"{root}orders/api/v1.py"
    assert found.file_of("orders.api") == f"{root}orders/api/__init__.py"
    assert found.file_of("orders.gone") is None


@pytest.mark.parametrize(
    ("manifest", "text", "folder"),
    [
        ("pyproject.toml", '[tool.setuptools.package-dir]\n"" = "python"\n', "python"),
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["code/py"]\n', "code/py"),
        ("pyproject.toml", '[tool.poetry]\npackages = [{ include = "acme", from = "code" }]\n', "code"),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\nsources = ["code"]\n', "code"),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["code/acme"]\n', "code"),
        ("pyproject.toml", '[tool.pdm.build]\npackage-dir = "code"\n', "code"),
        ("pyproject.toml", '[tool.uv.build-backend]\nmodule-root = "code"\n', "code"),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "code"\n', "code"),
        ("setup.cfg", "[options]\npackage_dir =\n    = code\n", "code"),
        ("setup.cfg", "[options.packages.find]\nwhere = code\n", "code"),
        ("setup.py", "from setuptools import setup\nsetup(package_dir={'': 'code'})\n", "code"),
        ("setup.py", "import setuptools\nsetuptools.setup(packages=setuptools.find_packages('code'))\n", "code"),
    ],
)
def test_a_stated_root_makes_a_folder_without_init_a_package(manifest: str, text: str, folder: str) -> None:
    tree = {manifest: text, f"{folder}/acme/web/views.py": "", f"{folder}/__init__.py": ""}
    assert layout(tree).module_of(f"{folder}/acme/web/views.py") == "acme.web.views"
    assert layout({**tree, manifest: ""}).module_of(f"{folder}/acme/web/views.py") == "views"


def test_a_folder_that_carries_another_package_name() -> None:
    tree = {
        "pyproject.toml": '[tool.setuptools.package-dir]\n"shop" = "src/shop"\n"shop.plugins" = "plugins"\n',
        "src/shop/__init__.py": "",
        "plugins/__init__.py": "",
        "plugins/pay.py": "",
    }
    found = layout(tree)
    assert found.module_of("plugins/pay.py") == "shop.plugins.pay"
    assert found.file_of("shop.plugins.pay") == "plugins/pay.py"
    assert (
        found.site("plugins/pay.py")
        == found.site("src/shop/__init__.py")
        == Site("src/shop/scaffold.py", "shop.scaffold")
    )


DOCS = {
    "docs_src/first/tutorial001.py": "",
    "docs_src/first/deep/more.py": "",
    "docs_src/unnamed/tutorial.py": "",
    "docs_src/apps/__init__.py": "",
    "docs_src/apps/main.py": "from . import x\n",
}


@pytest.mark.parametrize(
    "witness",
    [
        "from docs_src.first.tutorial001 import app\n",
        "from docs_src.first import (  # noqa\n    tutorial001,\n)\n",
        "import docs_src.apps.main as m\n",
        'mod = importlib.import_module(f"docs_src.first.{name}")\n',
        'uvicorn.run("docs_src.apps.main:app")\n',
    ],
)
def test_imports_prove_a_namespace_package_for_everything_beneath_it(witness: str) -> None:
    found = layout({**DOCS, "tests/test_it.py": witness})
    assert {found.site(file) for file in DOCS} == {Site("docs_src/scaffold.py", "docs_src.scaffold")}
    assert found.module_of("docs_src/unnamed/tutorial.py") == "docs_src.unnamed.tutorial"
    assert found.file_of("docs_src") is None
    assert found.file_of("docs_src.apps") == "docs_src/apps/__init__.py"


def test_a_command_line_proves_a_namespace_package() -> None:
    tree = {"Dockerfile": 'CMD ["uvicorn", "svc.web.app:app"]\n', "svc/web/app.py": ""}
    assert layout(tree).site("svc/web/app.py") == Site("svc/scaffold.py", "svc.scaffold")
    assert layout({"svc/web/app.py": ""}).site("svc/web/app.py") == Site("svc/web/scaffold.py", "scaffold")


def test_relative_imports_prove_a_package_and_bare_sibling_imports_a_folder_of_scripts() -> None:
    tree = {
        "a/app.py": "from .models import X\n",
        "a/models.py": "",
        "b/app.py": "from models import X\n",
        "b/models.py": "",
    }
    found = layout({**tree, "tests/test_b.py": ""})
    assert found.module_of("a/app.py") == "a.app"
    assert found.module_of("b/app.py") == "app"
    assert found.resolve("a/app.py", "models", 1) == "a.models"


def test_an_init_beside_scripts_makes_no_package_of_them() -> None:
    tree = {"service/__init__.py": "", "service/app.py": "from models import X\n", "service/models.py": ""}
    found = layout(tree)
    assert found.site("service/app.py") == Site("service/scaffold.py", "scaffold")
    package = layout({**tree, "service/api.py": "from service.models import X\n"})
    assert package.site("service/app.py") == Site("service/scaffold.py", "service.scaffold")


def test_a_module_named_like_a_dependency_is_no_sign_of_scripts() -> None:
    tree = {
        "shop/__init__.py": "from .celery import app\n",
        "shop/celery.py": "",
        "shop/tasks.py": "from celery import shared_task\n",
    }
    assert layout(tree).module_of("shop/tasks.py") == "shop.tasks"


def test_namespaces_of_whole_packages_have_a_scaffold_each() -> None:
    tree = {
        "acme/orders/__init__.py": "",
        "acme/billing/__init__.py": "",
        "tests/test_x.py": "from acme.orders import views\nimport acme.billing\n",
    }
    found = layout(tree)
    assert found.site("acme/orders/__init__.py") == Site("acme/orders/scaffold.py", "acme.orders.scaffold")
    assert found.site("acme/billing/__init__.py") == Site("acme/billing/scaffold.py", "acme.billing.scaffold")


def test_services_of_one_repository_keep_to_themselves() -> None:
    tree = {
        f"services/{name}/{file}": ""
        for name in ("a", "b")
        for file in ("pyproject.toml", "app/__init__.py", "app/main.py", "tests/test_main.py")
    }
    found = layout(tree)
    assert found.site("services/a/app/main.py") == Site("services/a/app/scaffold.py", "app.scaffold")
    assert found.file_of("app.main", near="services/b/app/__init__.py") == "services/b/app/main.py"
    assert found.file_of("app.main") == "services/a/app/main.py"


def test_a_script_uses_the_package_that_it_imports() -> None:
    tree = {**PACKAGE, "wsgi.py": "from orders.views import app\n", "tools.py": "", "app.py": "import orders\n"}
    found = layout(tree)
    assert found.site("wsgi.py") == Site("orders/scaffold.py", "orders.scaffold")
    assert imported(found, tree, "wsgi.py") == "orders.scaffold"
    assert found.site("tools.py") == Site("scaffold.py", "scaffold")
    cycle = layout({**tree, "orders/views.py": "from app import db\n"})
    assert cycle.site("app.py") == Site("scaffold.py", "scaffold")


def test_resolve_follows_pythons_rules() -> None:
    found = layout(PACKAGE)
    assert found.resolve("orders/api/v1.py", "models", 1) == "orders.api.models"
    assert found.resolve("orders/api/v1.py", None, 2) == "orders"
    assert found.resolve("orders/api/__init__.py", "v1", 1) == "orders.api.v1"
    assert found.resolve("orders/views.py", "flask", 0) == "flask"
    assert found.resolve("orders/views.py", "x", 2).startswith(".")


@pytest.mark.parametrize("folder", ["", "async/", "my-plugin/"])
def test_in_a_folder_that_is_a_package_whose_name_nobody_knows_one_dot_means_what_stands_beside(folder: str) -> None:
    tree = {f"{folder}__init__.py": "", f"{folder}app.py": "from .db import x\n", f"{folder}db.py": ""}
    found = layout(tree)
    assert imported(found, tree, f"{folder}app.py") == ".scaffold"
    assert found.resolve(f"{folder}app.py", "scaffold", 1) == found.site(f"{folder}app.py").module == "scaffold"
    assert found.file_of(found.resolve(f"{folder}app.py", "db", 1), f"{folder}app.py") == f"{folder}db.py"
    for module, level in (("requests", 1), ("db", 2), (None, 1)):  # what is not there, above, and the package itself
        assert found.resolve(f"{folder}app.py", module, level).startswith(".")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("orders/views.py", "from . import db\n", ".scaffold"),
        ("orders/views.py", "from .models import X\nfrom flask import Flask\n", ".scaffold"),
        ("orders/views.py", "from orders import db\n", "orders.scaffold"),
        ("orders/views.py", "import orders.db\nfrom .x import y\nfrom orders.z import q\n", "orders.scaffold"),
        ("orders/views.py", "from orders.scaffold import observed\nfrom .x import y\n", ".scaffold"),
        ("orders/api/v1.py", "from ..models import X\n", "..scaffold"),
        ("orders/api/v1.py", "from .x import y\nfrom orders.models import X\n", "orders.scaffold"),
        ("orders/__init__.py", "from .x import y\n", ".scaffold"),
    ],
)
def test_import_style_is_the_files_own(file: str, text: str, expected: str) -> None:
    tree = {**PACKAGE, file: text}
    assert imported(layout(tree), tree, file) == expected


def test_a_file_without_a_style_takes_its_packages() -> None:
    relative = {
        **PACKAGE,
        "orders/a.py": "from .x import y\n",
        "orders/b.py": "from . import a\n",
        "orders/c.py": "import orders.a\n",
    }
    assert imported(layout(relative), relative, "orders/views.py") == ".scaffold"
    assert imported(layout(relative), relative, "orders/api/v1.py") == "..scaffold"
    absolute = {**relative, "orders/b.py": "from orders import a\n"}
    assert imported(layout(absolute), absolute, "orders/views.py") == "orders.scaffold"


def test_many_dots_are_not_invented() -> None:
    tree = {**PACKAGE, "orders/api/deep/__init__.py": "", "orders/api/deep/x.py": "from .y import z\n"}
    assert imported(layout(tree), tree, "orders/api/deep/x.py") == "orders.scaffold"


def test_inserting_the_import_does_not_change_the_style() -> None:
    tree = {**PACKAGE, "orders/a.py": "from .x import y\nfrom orders.z import q\nfrom .w import r\n"}
    first = imported(layout(tree), tree, "orders/a.py")
    again = {**tree, "orders/a.py": f"from {first} import observed\n" + tree["orders/a.py"]}
    assert imported(layout(again), again, "orders/a.py") == first == ".scaffold"


@pytest.mark.parametrize(
    ("tree", "file", "setting"),
    [
        ({"orders/scaffold.py": "def make(): ...\n"}, "orders/views.py", "splice_scaffold"),
        ({"orders/scaffold/__init__.py": ""}, "orders/views.py", "splice_scaffold"),
        ({"orders/scaffold/tool.py": ""}, "orders/views.py", "splice_scaffold"),
        ({"orders/Scaffold.py": ""}, "orders/views.py", "splice_scaffold"),
        ({"orders/scaffold.pyi": ""}, "orders/views.py", "splice_scaffold"),
        ({"orders/__init__.py": "from .factory import scaffold\n"}, "orders/views.py", "splice_scaffold"),
        ({"orders/__init__.py": "if True:\n    scaffold = None\n"}, "orders/views.py", "splice_scaffold"),
        ({"orders/__init__.py": "def scaffold(): ...\n"}, "orders/views.py", "splice_scaffold"),
        ({"orders/scaffold.py": "", "orders/splice_scaffold.py": ""}, "orders/views.py", "splice_telemetry"),
        ({"requirements.txt": "scaffold==1.0\n"}, "app.py", "splice_scaffold"),
        ({"pyproject.toml": '[project]\nname = "x"\ndependencies = ["Scaffold>1"]\n'}, "app.py", "splice_scaffold"),
    ],
)
def test_a_taken_name_is_refused_with_the_setting_that_solves_it(tree: dict[str, str], file: str, setting: str) -> None:
    whole = {**PACKAGE, "app.py": "", **tree}
    with pytest.raises(Refused) as refused:
        layout(whole).site(file)
    assert refused.value.reason is Reason.SCAFFOLD_COLLISION
    assert f'set scaffold = "{setting}" under [tool.codemod]' in refused.value.detail
    assert layout(whole, scaffold=setting).site(file).path.endswith(f"{setting}.py")


@pytest.mark.parametrize(
    "tree",
    [
        {"orders/scaffold.py": "# ours\n"},
        {"orders/__init__.py": "from . import scaffold\nfrom orders import scaffold\nfrom .scaffold import observed\n"},
        {"orders/__init__.py": "import orders.scaffold as scaffold\ndef f():\n    scaffold = 1\n"},
        {"orders/scaffold/template.html": "", "scaffold.py": "", "requirements.txt": "scaffold-tools\n"},
        {"orders/__init__.py": "scaffold = print 1\n"},
    ],
)
def test_a_name_that_is_ours_or_only_looks_taken_is_free(tree: dict[str, str]) -> None:
    assert layout({**PACKAGE, **tree}).site("orders/views.py") == Site("orders/scaffold.py", "orders.scaffold")


def test_a_flat_scaffold_never_shadows_the_standard_library() -> None:
    with pytest.raises(Refused, match="standard library"):
        layout({"app.py": ""}, scaffold="telnetlib" if "telnetlib" in sys.stdlib_module_names else "logging").site(
            "app.py"
        )
    assert layout(PACKAGE, scaffold="logging").site("orders/views.py").module == "orders.logging"


def test_one_scaffold_for_a_whole_repository() -> None:
    found = layout({**DOCS, "tests/test_it.py": "import docs_src.apps.main\n"}, scaffold="docs_src.apps.telemetry")
    assert found.site("docs_src/first/tutorial001.py") == Site("docs_src/apps/telemetry.py", "docs_src.apps.telemetry")
    with pytest.raises(Refused) as refused:
        layout(DOCS, scaffold="gone.telemetry").site("docs_src/apps/main.py")
    assert refused.value.reason is Reason.SCAFFOLD_UNPLACED
    with pytest.raises(SpliceError, match="no module name"):
        layout(DOCS, scaffold="my-scaffold")


def test_import_root_overrides_what_would_be_found() -> None:
    tree = {"services/orders/app.py": "", "my-service/app.py": ""}
    assert layout(tree, import_root=".").site("services/orders/app.py") == Site(
        "services/scaffold.py", "services.scaffold"
    )
    assert layout(tree, import_root="services").module_of("services/orders/app.py") == "orders.app"
    with pytest.raises(Refused) as refused:
        layout(tree, import_root=".").site("my-service/app.py")
    assert refused.value.reason is Reason.SCAFFOLD_UNPLACED
    assert layout(tree).site("my-service/app.py") == Site("my-service/scaffold.py", "scaffold")


def test_a_layout_that_states_its_roots_reads_no_module() -> None:
    tree = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": ""}
    tree |= {f"orders/sub{n}/{file}": "" for n in range(20) for file in ("__init__.py", "a.py")} | {
        "orders/__init__.py": ""
    }
    opened: list[str] = []

    def read(file: str) -> bytes:
        opened.append(file)
        return tree[file].encode()

    found = Layout.build(list(tree), read)
    assert {found.site(file).module for file in tree if file.startswith("orders")} == {"orders.scaffold"}
    assert set(opened) <= {"pyproject.toml", "orders/__init__.py"}


SERVICES: dict[str, tuple[dict[str, str], str, str]] = {
    "src": (
        {
            "src/shop/__init__.py": "",
            "src/shop/web/__init__.py": "",
            "src/shop/web/app.py": "from ..db import x\n",
            "src/shop/db.py": "x = 1\n",
        },
        "src/shop/web/app.py",
        "src",
    ),
    "flat": ({"app.py": "from models import x\n", "models.py": "x = 1\n"}, "app.py", ""),
    "namespace": ({"svc/web/app.py": "from svc.db import x\n", "svc/db.py": "x = 1\n"}, "svc/web/app.py", ""),
    "script": ({**PACKAGE, "wsgi.py": "import orders.views\n"}, "wsgi.py", ""),
    "init": (
        {"service/__init__.py": "", "service/app.py": "from db import x\n", "service/db.py": "x = 1\n"},
        "service/app.py",
        "service",
    ),
}


@pytest.mark.parametrize("case", SERVICES)
def test_python_finds_the_scaffold_where_the_layout_put_it(case: str, tmp_path: Path) -> None:
    """The proof of the pudding: write the scaffold, add the import, and let a real interpreter run it."""
    tree, file, root = SERVICES[case]
    found = layout(tree)
    site, name = found.site(file), found.import_name(file, ast.parse(tree[file]))
    for path, text in {
        **tree,
        site.path: "observed = 42\n",
        file: f"{tree[file]}from {name} import observed\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    code = f"import {found.module_of(file)} as m, sys; assert m.observed == 42; assert {site.module!r} in sys.modules"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


APPS = {
    "manage.py": "",
    "site/__init__.py": "",
    "site/settings/__init__.py": "",
    "site/settings/base.py": "",
    "site/settings/production.py": "",
    "books/__init__.py": "",
    "books/views.py": "from books import models\n",
    "books/models.py": "",
    "loans/__init__.py": "",
    "loans/api/__init__.py": "",
    "loans/api/views.py": "",
}


def test_packages_that_are_started_together_share_one_scaffold() -> None:
    found = layout(APPS)
    assert found.site("books/views.py") == Site("books/scaffold.py", "books.scaffold")
    found.share(["site/settings/base.py", "site/settings/production.py"])
    for file in ("books/views.py", "loans/api/views.py", "site/settings/base.py"):
        assert found.site(file) == Site("site/scaffold.py", "site.scaffold")
    assert imported(found, APPS, "books/views.py") == "site.scaffold"


def test_two_services_below_one_root_share_nothing() -> None:
    found = layout({**APPS, "other/__init__.py": "", "other/settings.py": ""})
    found.share(["site/settings/base.py", "other/settings.py"])
    assert found.site("books/views.py") == Site("books/scaffold.py", "books.scaffold")
    assert found.site("other/settings.py") == Site("other/scaffold.py", "other.scaffold")


def test_what_stands_below_another_root_is_not_shared() -> None:
    found = layout({**APPS, "tools/pyproject.toml": "", "tools/jobs/__init__.py": "", "tools/jobs/run.py": ""})
    found.share(["site/settings/base.py"])
    assert found.site("tools/jobs/run.py") == Site("tools/jobs/scaffold.py", "jobs.scaffold")


@pytest.mark.parametrize("name", ["example", "demo_project", "testproject", "sandbox"])
def test_a_project_that_shows_a_library_at_work_is_no_home(name: str) -> None:
    found = layout({**APPS, f"{name}/__init__.py": "", f"{name}/settings.py": ""})
    found.share([f"{name}/settings.py"])
    assert found.site("books/views.py") == Site("books/scaffold.py", "books.scaffold")


def test_what_a_run_writes_does_not_move_the_places() -> None:
    """A folder that only its relative imports make a package, and whose scaffold is the first module above it."""
    tree = {
        "a/b/plugins/x.py": "from ..shared import y\n",
        "a/b/shared/y.py": "",
        "a/c/run.py": "import x\n",
        "a/c/x.py": "",
    }
    before = layout(tree)
    sites = {file: before.site(file) for file in tree}
    after = dict(tree)
    for file, site in sites.items():
        after[site.path] = OURS.decode()
        after[file] = f"from {before.import_name(file, ast.parse(tree[file]))} import observed\n" + tree[file]
    again = layout(after)
    assert {file: again.site(file) for file in tree} == sites
    assert {again.file_of(site.module, site.path) for site in sites.values()} == {s.path for s in sites.values()}


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("observed", '@observed("{}")'),
        ("observed as _observed", "@_observed(\n    '{}',  # by hand\n)"),
        ("observed_view", '@observed_view(get="GET /x (all)", post="{}")'),
    ],
)
def test_the_operations_that_a_run_writes_do_not_move_the_places(name: str, use: str) -> None:
    """A script, and its dotted name in a decorator: that is no import of it from the folders above."""
    tree = {"tools/reports/send.py": "def main():\n    return 1\n"}
    before = layout(tree)
    after = {
        "tools/reports/send.py": f"from scaffold import {name}\n\n{use.format('tools.reports.send.main')}\n"
        + tree["tools/reports/send.py"]
    }
    assert layout(after).site("tools/reports/send.py") == before.site("tools/reports/send.py")
    named = after["tools/reports/send.py"] + '\n\nimport_module("tools.reports.send")\n'
    assert layout({"tools/reports/send.py": named}).site("tools/reports/send.py").module == "tools.scaffold"


def test_two_scaffolds_of_one_name_are_told_apart_although_nothing_else_stands_in_their_folders() -> None:
    tree = {f"{one}/plugins/modules/hello.py": "from ..utils import x\n" for one in ("first", "second")}
    before = layout(tree)
    sites = {file: before.site(file) for file in tree}
    assert [site.path for site in sites.values()] == ["first/plugins/scaffold.py", "second/plugins/scaffold.py"]
    again = layout({**tree, **{site.path: OURS.decode() for site in sites.values()}})
    assert {file: again.file_of("plugins.scaffold", file) for file in tree} == {f: s.path for f, s in sites.items()}
