"""The table of inherited methods is what the installed Django and Django REST framework define."""

from __future__ import annotations

import json
import subprocess
import sys

from splice.frameworks._django_names import ACTIONS, METHODS, VERBS, known
from splice.values import External

_DERIVE = r"""
import ast, importlib, inspect, json, pathlib, sys, textwrap
from django.conf import settings
apps = "contenttypes auth admin sessions messages admindocs syndication sites flatpages redirects".split()
settings.configure(
    INSTALLED_APPS=[f"django.contrib.{name}" for name in apps] + ["rest_framework", "rest_framework.authtoken"],
    ROOT_URLCONF=[], STATIC_URL="/static/",
)
import django
django.setup()
import rest_framework, rest_framework_nested, django.views, django.contrib
verbs, actions = json.loads(sys.argv[1])

def forwarded(function):
    "The method that a method only calls, with what it got: `return self.post(*args, **kwargs)`."
    body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body
    last = body[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Call) and isinstance(last.value.func, ast.Attribute):
        receiver = last.value.func.value
        if isinstance(receiver, ast.Name) and receiver.id == "self":
            return last.value.func.attr
    return function.__name__

table = {}
skipped = {"gis", "postgres", "migrations", "management", "tests", "runtests", "coreapi.py", "openapi.py", "models.py"}
for package in (django.views, django.contrib, rest_framework, rest_framework_nested):
    above = pathlib.Path(package.__path__[0])
    for path in sorted(above.rglob("*.py")):
        parts = path.relative_to(above).parts
        if skipped & set(parts) or not any(word in path.read_bytes() for word in (b"View", b"Mixin")):
            continue
        module = importlib.import_module(".".join([package.__name__, *parts])[:-3].removesuffix(".__init__"))
        for name, cls in vars(module).items():
            if not inspect.isclass(cls) or cls.__module__ != module.__name__:
                continue
            if not (hasattr(cls, "as_view") or name.endswith("Mixin")):
                continue
            allowed = getattr(cls, "http_method_names", verbs)
            found = {}
            for one in (*verbs, *actions):
                function = getattr(cls, one, None)
                if inspect.isfunction(function) and (one in actions or one in allowed):
                    target = forwarded(function)
                    among = verbs if one in verbs else actions
                    found[one] = target if target in among else one
            if found:
                table.setdefault(module.__name__.split(".")[0], {}).setdefault(name, []).append(found)
print(json.dumps(table))
"""


def test_the_table_is_what_the_packages_define() -> None:
    command = [sys.executable, "-W", "ignore", "-c", _DERIVE, json.dumps([VERBS, ACTIONS])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    defined: dict[str, dict[str, list[dict[str, str]]]] = json.loads(done.stdout)
    for package, classes in defined.items():
        for name, found in classes.items():
            for methods in found:
                assert known(External(f"{package}.{name}")) == methods, f"{package} {name}"
    listed = {(package, name) for package, classes in METHODS.items() for name in classes}
    assert sorted(listed) == sorted((package, name) for package, classes in defined.items() for name in classes)


def test_of_other_packages_nothing_is_known() -> None:
    assert known(External("allauth.account.views.LoginView")) is None
    assert known(External("django.contrib.auth.mixins.LoginRequiredMixin")) == {}
    assert known(External("typing.Generic")) == {}
