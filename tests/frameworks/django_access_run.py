"""What a Django project answers without credentials, beside who may call its operations going by the source."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django_resolver import project, put

from splice.config import Config
from splice.effective import effective
from splice.frameworks.django import framework
from splice.model import Access, JoinPoint

_SAYS = re.compile(r"#: (.+)$")
_ANSWER = re.compile(r"^ANSWERS (\d+) (.*)$", re.MULTILINE)
_NAMED = re.compile(r"^(\s*)(?:async )?(?:def|class) (\w+)")
_CLIENT = r"""
import json, logging, os, sys, warnings
warnings.simplefilter("ignore")
import django.core.handlers.wsgi, django.core.management, django.db.backends.sqlite3.base, django.db.models, django.urls
import django.forms, django.template.backends.django, django.core.cache.backends.locmem, http.cookies  # once for all

def ask(client, method, path):
    response = client.generic(method, path)
    return [response.status_code, response.headers.get("Location", "")]

def answers(settings, asked):
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django.test import Client
    from django.urls import get_resolver
    get_resolver().url_patterns
    call_command("migrate", run_syncdb=True, verbosity=0)
    groups = [Group.objects.create(name=name) for name in ("editor", "editors", "a")]
    for method, path in asked:
        get_user_model().objects.all().delete()
        somebody = get_user_model().objects.create_superuser("a", "a@example.org", pk=1)
        somebody.groups.set(groups)
        nobody = Client(raise_request_exception=False)
        member = Client(raise_request_exception=False, headers={"Authorization": "Bearer x"})
        member.force_login(somebody)
        yield [ask(nobody, method, path), ask(member, method, path)]

for number, (folder, paths, settings, asked) in enumerate(json.load(sys.stdin)):
    child = os.fork()  # each project is a process of its own
    if child:
        assert os.waitpid(child, 0)[1] == 0, folder
        continue
    os.chdir(folder)
    sys.path[:0] = paths
    out, sys.stdout = sys.stdout, sys.stderr
    print("ANSWERS", number, json.dumps(list(answers(settings, asked))), file=out, flush=True)
    os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """One operation of one handler: what is said of it, and what each of its methods answered on each route."""

    access: Access
    answers: Mapping[str, tuple[int, int]]  # "GET /x/" -> status for nobody and for a superuser; 401: go to the login

    @property
    def is_refused(self) -> bool:
        """Whether nobody gets through who is not logged in; an async view behind a sync mixin fails then."""
        return all(nobody in (401, 403, 405, 500) for nobody, _ in self.answers.values())

    @property
    def is_served(self) -> bool:
        """Whether somebody gets through on some way who is not logged in."""
        return any(nobody not in (401, 403, 405) and nobody < 500 for nobody, _ in self.answers.values())

    @property
    def is_sound(self) -> bool:
        """Whether who is logged in is served: the project itself works."""
        return all(member not in (401, 403) and member < 500 for _, member in self.answers.values())


def said(text: str) -> dict[tuple[str, str], str]:
    """What a project of `django_access_projects` says: by symbol and member ("" for the function itself)."""
    found: dict[tuple[str, str], str] = {}
    around: list[tuple[int, str]] = []
    for line in text.split("\n"):
        match, says = _NAMED.match(line), _SAYS.search(line)
        if match:
            depth = len(match[1])
            around = [one for one in around if one[0] < depth] + [(depth, match[2])]
        if says:
            symbol = ".".join(name for _, name in around)
            for word in says[1].split():
                member, _, state = word.rpartition("=")
                found[symbol, member] = state
    return found


def accesses(root: Path, config: Config | None = None) -> dict[tuple[str, str], tuple[JoinPoint, str, Access]]:
    """Every operation of a project with its join point, by symbol and member."""
    searched = project(root)
    points = [point for point in framework.find(searched) if point.kind == "handler"]
    known = effective(searched, points, config or Config(), {"django": framework})
    return {
        (point.symbol, member): (point, operation, known[point.file, point.symbol, point.kind, operation])
        for point in points
        for member, operation in point.members or (("", point.operation),)
    }


@dataclass(frozen=True, slots=True)
class Running:
    """A project on the disk, its settings, and folders of libraries that it uses."""

    root: Path
    settings: str = "settings"
    paths: tuple[Path, ...] = ()


def write(root: Path, text: str, library: str) -> Running:
    """Write a project, and a library beside it."""
    put(root / "project", text)
    (root / "outside").mkdir()
    (root / "outside/outside.py").write_text(library, encoding="utf-8")
    return Running(root / "project", paths=(root / "outside",))


def checked(projects: Sequence[Running]) -> list[dict[tuple[str, str], Checked]]:
    """Who may call the operations of projects, and what each answers without credentials, and to a superuser."""
    found = [accesses(one.root) for one in projects]
    asks = [[*_asks(one)] for one in found]
    jobs = [
        (str(one.root), [str(one.root), *map(str, one.paths)], one.settings, [(m, path) for _, m, path in several])
        for one, several in zip(projects, asks, strict=True)
    ]
    command = [sys.executable, "-B", "-c", _CLIENT]
    environment = {**os.environ, "LIBRARY_DATABASE": ":memory:"}
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    told = dict(_ANSWER.findall(done.stdout))
    results = []
    for number, several in enumerate(asks):
        answers: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
        for (key, method, path), (nobody, member) in zip(several, json.loads(told[str(number)]), strict=True):
            answers.setdefault(key, {})[f"{method} {path}"] = (_status(*nobody), _status(*member))
        results.append({key: Checked(one, answers.get(key, {})) for key, (_, _, one) in found[number].items()})
    return results


def _asks(found: Mapping[tuple[str, str], tuple[JoinPoint, str, Access]]) -> Iterator[tuple[tuple[str, str], str, str]]:
    for key, (point, operation, _) in found.items():
        for method in _verbs(point, operation) if not point.skip or " " in operation else ():
            yield from ((key, method, path) for path in _paths(point, operation))


def _status(status: int, location: str) -> int:
    return 401 if status in (301, 302) and "login" in location else status


def _verbs(point: JoinPoint, operation: str) -> list[str]:
    verbs = operation.partition(" ")[0].split("|") if " " in operation else list(point.methods)
    verbs = ["GET", "POST", "DELETE"] if "*" in verbs else verbs
    return [*verbs, "HEAD"] if "GET" in verbs else verbs


def _paths(point: JoinPoint, operation: str) -> list[str]:
    """The paths of an operation, with 1 for every parameter."""
    _, blank, path = operation.partition(" ")
    path = path.replace("{language}", "en").removesuffix("**")
    return [re.sub(r"\{\w+\}", "1", path)] if blank else [_path(route) for route in point.routes]


def _path(route: str) -> str:
    """A path that a native route answers."""
    text = re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>", "1", route.removeprefix("^").removesuffix("$"))
    return "/" + re.sub(r"\\(.)", r"\1", text)
