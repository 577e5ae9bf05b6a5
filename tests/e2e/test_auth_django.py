"""An enforced policy over every route and method of a Django service, and an observed one that changes no answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from e2e.kit import copy, environment
from e2e.library_data import library_data
from splice import testing
from splice.cli import main
from splice.model import Access

TOKENS = '''\
"""Who sends a request, for guards."""

from dataclasses import dataclass

SCOPES = {"reader": {"library:read"}, "nobody": set()}


@dataclass
class Principal:
    scopes: set


def current_principal(request):
    kind, _, token = request.headers.get("X-Token", "").partition(" ")
    if token == "broken":
        raise RuntimeError("the user database is away")
    return Principal(SCOPES[token]) if kind == "Bearer" and token in SCOPES else None
'''
POLICY = """\
codemods = ["auth", "metrics"]
[auth]
mode = "{mode}"
observe-until = "2030-01-01"
authenticate = "library.tokens:current_principal"
public = ["GET /healthz", "* /accounts/logout/", "POST /members/register"]
"""
RULES = ("* /api/**", "* /readyz", "* /{language}/catalogue/**", "* /members/**", "* /reports/**")
PUBLIC = {
    *("GET /healthz", "* /accounts/logout/", "POST /members/register"),
    "* /accounts/login/",  # Django marks it
}
ASK = """\
import hashlib, json, logging, sys
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
import django
django.setup()
logging.disable(logging.CRITICAL)
from django.contrib.auth.models import User
from django.test import Client
root = User.objects.create_superuser("root")
answers = []
for method, path, headers, member in json.load(sys.stdin):
    client = Client(raise_request_exception=False)
    if member:
        client.force_login(root)
    answer = client.generic(method, path, headers=headers)
    body = b"" if answer.streaming else answer.content
    answers.append([answer.status_code, answer.headers.get("Location", ""), body.decode("utf-8", "replace")[:2000]])
data = reader.get_metrics_data()
points = [
    point
    for resource in (data.resource_metrics if data else ())
    for scope in resource.scope_metrics
    for metric in scope.metrics
    if metric.name == "guard.decisions"
    for point in metric.data.data_points
]
print("ANSWERS" + json.dumps([answers, {"|".join(sorted(map(str, p.attributes.values()))): p.value for p in points}]))
"""
Request = tuple[str, str, dict[str, str], bool]


def service(root: Path, mode: str) -> Path:
    copy("library", root)
    rules = (f'[[auth.rules]]\noperation = "{rule}"\nrequire = ["library:read"]\n' for rule in RULES)
    testing.put(root, {"library/tokens.py": TOKENS, "codemod.toml": POLICY.format(mode=mode) + "".join(rules)})
    return root


def ask(root: Path, requests: Sequence[Request]) -> tuple[list[list[Any]], dict[str, int]]:
    data = root.parent / f"data of {root.name} {len(list(root.parent.iterdir()))}"
    data.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(requests),
        cwd=root,
        env=environment(root, **library_data(data)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers, counts = json.loads(done.stdout.partition("ANSWERS")[2])
    return [[status, place, _steady(body)] for status, place, body in answers], counts


def _steady(body: str) -> str:
    """A page without what differs each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)


def operations(root: Path) -> dict[str, Access]:
    """Every operation of the service with one path, and who may call it as far as the service itself asks."""
    survey = testing.run(root, write=False, rules=False).planned.survey
    return {
        operation: access for (*_, operation), access in survey.access.items() if " " in operation and "tests" not in _
    }


def routed(operation: str) -> list[tuple[str, str]]:
    """The methods of an operation, and a path of it."""
    verbs, _, path = operation.partition(" ")
    path = re.sub(r"\{\w+\}", "1", path.replace("{language}", "en").replace("{year}", "1999")).removesuffix("**")
    methods = ["GET", "POST", "DELETE"] if verbs == "*" else verbs.split("|")
    return [(method, path) for method in [*methods, *(["HEAD"] if "GET" in methods else [])]]


def token(name: str) -> dict[str, str]:
    return {"X-Token": f"Bearer {name}"}


def is_refused(status: int, place: str) -> bool:
    return status in (401, 403) or (status == 302 and "login" in place)


def test_enforced_nothing_passes_without_the_right_token(tmp_path: Path) -> None:
    before, after = service(tmp_path / "before", "enforce"), service(tmp_path / "after", "enforce")
    known = operations(after)
    assert len(known) > 45
    done = testing.run(after)
    assert "protect(urlpatterns)" in (after / "library/urls.py").read_text()
    asked = [(operation, *one) for operation in sorted(known) for one in routed(operation)]
    nobody, _ = ask(after, [(method, path, {}, False) for _, method, path in asked])
    forged, _ = ask(after, [(method, path, token("forged"), False) for _, method, path in asked])
    for (operation, method, path), *answers in zip(asked, nobody, forged, strict=True):
        for status, place, body in answers:
            refused = is_refused(status, place)
            assert status == 405 or refused == (operation not in PUBLIC), (operation, method, path, status, place)
            assert "Traceback" not in body
    member = [(method, path, token("reader"), True) for _, method, path in asked]
    allowed, _ = ask(after, member)
    plain, _ = ask(before, member)
    differ = [(one, a[0], b[0]) for one, a, b in zip(asked, plain, allowed, strict=True) if a != b]
    assert differ == [], "who may is served as before"
    ours = {operation for operation, access in known.items() if access.state == "unguarded"} - PUBLIC
    mine = [(method, path) for operation, method, path in asked if operation in ours and method != "HEAD"]
    less, counts = ask(after, [(method, path, token("nobody"), True) for method, path in mine])
    broken, _ = ask(after, [(method, path, token("broken"), True) for method, path in mine])
    assert {status for status, *_ in less} <= {403, 405}
    assert {status for status, *_ in broken} <= {503, 405}
    assert not any("user database" in body for *_, body in broken)
    assert counts["GET /api/v1/books/|forbidden"] == 1
    assert not testing.run(after).changes
    assert done.changes


def test_observed_every_answer_is_the_same_and_is_counted(tmp_path: Path) -> None:
    before, after = service(tmp_path / "before", "observe"), service(tmp_path / "after", "observe")
    known = operations(after)
    testing.run(after)
    asked = [one for operation in sorted(known) for one in routed(operation)]
    requests = [
        (*one, headers, member) for one in asked for headers in ({}, token("broken")) for member in (False, True)
    ]
    plain, _ = ask(before, requests)
    answers, counts = ask(after, requests)
    assert [(r[:2], a, b) for r, a, b in zip(requests, plain, answers, strict=True) if a != b] == []
    assert counts["GET /api/v1/books/|unauthenticated"] == 2 * 2  # HEAD is GET
    assert counts["GET /api/v1/books/|error"] == 2 * 2


def test_there_and_back_and_where_the_guards_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = service(tmp_path / "library", "enforce")
    before = testing.tree(root)
    testing.run(root)
    catalogue = (root / "catalogue/api.py").read_text()
    assert '@guarded_view(list=("library:read",), retrieve=("library:read",))\nclass BookViewSet' in catalogue
    assert '    @observed("GET /api/v1/books/{pk}/available/")\n    @guarded("library:read")\n' in catalogue
    assert "guarded" not in (root / "loans/api.py").read_text(), "they have guards of their own"
    capsys.readouterr()
    assert main(["check", "--root", str(root), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["drift"]
    told = [finding for finding in report["findings"] if finding["level"] == "error"]
    assert {finding["code"] for finding in told} == {"scopes-unchecked"}
    own = "'GET /api/v1/stats' is guarded by IsAdminUser (reports/api.py:"
    assert sum(finding["message"].startswith(own) for finding in told) == 1, "not known to check library:read"
    testing.run(root, strip=True)
    assert testing.tree(root) == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("library/urls.py", "protect(urlpatterns)\n"),
        ("reports/views.py", '@guarded("library:read")\n'),
        ("reports/views.py", "@staff_member_required\n"),
    ],
    ids=["protect", "a guard of ours", "a guard of the service's own"],
)
def test_a_guard_that_is_taken_away_fails_the_check(tmp_path: Path, name: str, text: str) -> None:
    root = service(tmp_path / "library", "enforce")
    testing.run(root)
    file = root / name
    before = file.read_text()
    assert text in before
    file.write_text(before.replace(text, "", 1))
    assert main(["check", "--root", str(root)]) == 1
