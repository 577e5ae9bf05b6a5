"""Who may call an operation of a Django project: what is said of it is what the running project answers to nobody."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django_access_projects import BASE, OUTSIDE, PROJECTS, SESSIONS
from django_access_rest import REST
from django_access_run import Checked, Running, accesses, checked, said, write
from django_access_sites import DECORATED_INCLUDE, LIBRARY_SETTINGS, LIBRARY_VIEWS, LOGIN, SITES
from django_resolver import put

from splice import testing
from splice.access.findings import misplaced
from splice.config import Config
from splice.policies import AuthPolicy

EXAMPLES = Path(__file__).parents[2] / "examples"
PROJECTS = {**PROJECTS, **REST, **SITES}
CASES = [(name, symbol, member) for name, text in PROJECTS.items() for symbol, member in said(text)]
Runs = dict[str, dict[tuple[str, str], Checked]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Every project is run once, for all of its views."""
    found = {}
    for name, text in PROJECTS.items():
        defaults = BASE if "MIDDLEWARE" in text else BASE + SESSIONS
        head, mark, own = text.partition("# file: settings.py\n")
        text = f"{head}# file: settings.py\n{defaults}{own if mark else ''}"
        found[name] = write(tmp_path_factory.mktemp("access"), text, OUTSIDE)
    return dict(zip(found, checked(list(found.values())), strict=True))


@pytest.mark.parametrize(("name", "symbol", "member"), CASES, ids=[" ".join(filter(None, case)) for case in CASES])
def test_what_is_said_is_what_is_answered(name: str, symbol: str, member: str, runs: Runs) -> None:
    one = runs[name][symbol, member]
    assert one.answers, "nobody asked"
    assert one.access.state == said(PROJECTS[name])[symbol, member], one
    if one.access.state == "guarded":
        assert one.is_refused, one
        assert one.is_sound, one
        assert one.access.by and one.access.file and one.access.line
    elif one.access.state == "unknown":
        assert one.access.reason
    else:
        assert one.is_served, one


@pytest.mark.parametrize("name", PROJECTS)
def test_nothing_is_left_out(name: str, runs: Runs) -> None:
    found = {key for key, one in runs[name].items() if one.answers and not key[0].startswith("<")}
    assert found == set(said(PROJECTS[name]))


def test_a_mixin_to_the_right_of_the_view_is_told_to_never_run(runs: Runs) -> None:
    """Whoever wrote it thinks that it guards; the running project serves everybody."""
    found = {symbol: one.access for (symbol, _), one in runs["classes"].items() if one.access.state == "unguarded"}
    idle = {name: access.by for name, access in found.items() if access.by}
    own = {"OwnMixinLast.get": "Asking"}
    assert idle == {"MixinLast.get": "LoginRequiredMixin", "MixinLastGeneric.get": "LoginRequiredMixin", **own}
    access = found["MixinLast.get"]
    told = list(misplaced({("views.py", "MixinLast.get", "handler", "GET /mixin-last/"): access}))
    assert [(f.code, f.file, f.line) for f in told] == [("guard-never-runs", access.file, access.line)]
    assert "LoginRequiredMixin does not guard GET /mixin-last/" in told[0].message
    assert told[0].fix == "put it first among the base classes"


def test_what_stands_around_an_include_may_guard(tmp_path: Path) -> None:
    found = accesses(put(tmp_path, DECORATED_INCLUDE))
    assert {key: access.state for key, (_, _, access) in found.items() if key in said(DECORATED_INCLUDE)} == said(
        DECORATED_INCLUDE
    )


def states(root: Path, config: Config | None = None) -> dict[tuple[str, str], str]:
    return {key: access.state for key, (_, _, access) in accesses(root, config).items()}


@pytest.mark.parametrize("middleware", ["", LOGIN], ids=["", "login middleware"])
def test_views_of_libraries_are_looked_at_where_they_are_routed(middleware: str, tmp_path: Path) -> None:
    text = LIBRARY_VIEWS + BASE + (middleware or SESSIONS) + LIBRARY_SETTINGS
    running = write(tmp_path, text, OUTSIDE)
    (answers,) = checked([running])
    expected = dict(re.findall(r'path\("([^"]*)".*#: (\w+)', LIBRARY_VIEWS))
    if middleware:
        expected |= dict.fromkeys(("page/", "away/", "logout/", "catalog/", "lambda/"), "guarded")
    states: dict[str, str] = {}
    for key, (_, operation, _) in accesses(running.root).items():
        one = answers[key]
        path = operation.partition(" /")[2].removesuffix("**")
        states[path] = one.access.state
        if one.access.state == "guarded":
            assert one.is_refused, (path, one)
        elif one.access.state != "unknown":
            assert one.is_served, (path, one)
    assert states == expected


def test_guards_are_named_in_the_configuration(tmp_path: Path) -> None:
    text = """
from django.urls import path
import views
urlpatterns = [path("a/", views.a), path("b/", views.b), path("c/", views.C.as_view()), path("d/", views.D.as_view())]
# file: views.py
import functools
from django.views import View
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView
from outside import LibraryMixin, maybe
def signed(view):
    @functools.wraps(view)
    def inner(request):
        return view(request) if request.GET.get("signature") else None
    return inner
class Signed(BasePermission):
    def has_permission(self, request, view):
        return request.GET.get("signature") == "x"
@signed
def a(request): pass
@maybe
def b(request): pass
class C(LibraryMixin, View):
    def get(self, request): pass
class D(APIView):
    permission_classes = [Signed]
    def get(self, request): pass
"""
    root = put(tmp_path, text)
    handlers = [("a", ""), ("b", ""), ("C.get", ""), ("D.get", "")]
    assert {states(root)[key] for key in handlers} == {"unknown"}
    named = ("views:signed", "outside:maybe", "outside:LibraryMixin", "views:Signed")
    for key, name in zip(handlers, named, strict=True):
        found = states(root, Config(auth=AuthPolicy(guards=(name,))))
        assert {one for one in handlers if found[one] == "guarded"} == {key}
    assert states(root, Config(auth=AuthPolicy(guard="views:signed")))["a", ""] == "guarded"


@pytest.mark.parametrize("name", ["functions", "classes", "permissions", "viewsets", "login middleware"])
def test_insertions_of_ours_change_nothing(name: str, tmp_path: Path) -> None:
    root = put(tmp_path, PROJECTS[name])
    before = states(root)
    done = testing.run(root, rules=False)
    assert (root / "scaffold.py").exists() and done.changes
    assert states(root) == before


def test_a_cache_outside_of_a_guard_shows_to_everybody_what_it_kept(tmp_path: Path) -> None:
    """Why `@cache_page` above `@login_required` is not said to be guarded."""
    text = PROJECTS["functions"] + "# file: settings.py\n" + BASE + SESSIONS
    root = put(tmp_path, text)
    (root / "outside.py").write_text(OUTSIDE, encoding="utf-8")
    done = subprocess.run([sys.executable, "-B", "-c", _KEPT], capture_output=True, text=True, cwd=root, check=False)
    assert (done.returncode, done.stdout) == (0, "302 200 200\n"), done.stderr


_KEPT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.core.management import call_command
from django.contrib.auth import get_user_model
from django.test import Client
call_command("migrate", run_syncdb=True, verbosity=0)
nobody, member = Client(), Client()
member.force_login(get_user_model().objects.create_user("x"))
print(*[client.get("/cached/").status_code for client in (nobody, member, nobody)])
"""


def test_the_example_service_answers_as_it_is_said() -> None:
    found = {
        f"{symbol}.{member}".rstrip("."): one
        for (symbol, member), one in checked([Running(EXAMPLES / "library", "library.settings.dev")])[0].items()
        if one.answers
    }
    assert len(found) > 35
    assert {name: one.access.state for name, one in found.items() if one.access.state in ("public", "unknown")} == {
        "<path>": "public"  # to log in
    }
    for name, one in found.items():
        assert one.is_refused if one.access.state == "guarded" else one.is_served, (name, one)
