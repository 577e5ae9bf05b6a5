"""What `python -m tests.corpus.all_on` proves on public services, here on a small one; and that it would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.all_on import markdown
from corpus.claims import Result, again, kept
from corpus.day_one import POLICIES, give
from corpus.outcomes import published
from corpus.place import Place
from corpus.projects import PROJECTS, Project
from corpus.prove_all import prove_all
from corpus.written import shortened
from splice import testing
from splice.config import load
from splice.registry import codemods

APP = '''\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/rates")
def rates():
    """Ask for them."""
    return requests.get("http://127.0.0.1:9/rates").text


@app.get("/healthz")
def healthz():
    return "ok"
'''
TESTS = """\
import requests

from pages import app


def test_healthz():
    assert app.test_client().get("/healthz").status_code == 200


def test_rates(monkeypatch):
    sent = []
    monkeypatch.setattr(requests.Session, "send", lambda _, request, **more: sent.append(more) or requests.Response())
    app.test_client().get("/rates")
    assert (sent[0]["timeout"] is None) == {untimed}
"""
PAGES = Project("pages", "Flask", "", (("flask", "pages:app"),), tests=("tests",))
RED = "own tests after, with the SDK: the same outcome, test by test"


def service(root: Path, *, untimed: bool) -> Place:
    place = Place(PAGES, root)
    testing.put(place["before"], {"pages.py": APP, "tests/test_pages.py": TESTS.replace("{untimed}", str(untimed))})
    return place


def test_claims_hold_but_for_a_test_that_asks_for_no_timeout(tmp_path: Path) -> None:
    result = prove_all(service(tmp_path, untimed=True), everything=False)
    assert [(claim.text, claim.differences) for claim in result.claims if not claim.holds] == [
        (RED, ("tests/test_pages.py::test_rates: passed -> failed",))
    ]
    inserted = {k.removeprefix("insertions: "): v for k, v in result.figures.items() if k.startswith("insertions")}
    assert inserted == {"auth": "3", "instrument": "1", "metrics": "2", "retry": "1", "spans": "2", "timeouts": "1"}
    assert result.figures["observed: decisions in its tests"] == "unauthenticated 2"
    assert result.figures["durations in its tests"] == "2"
    text = markdown([result])
    assert f"**pages: NOT TRUE: {RED}** (1)" in text
    assert again(kept(result)) == result


def test_tests_of_the_published_service_run_once_for_the_same_bytes(tmp_path: Path) -> None:
    place = service(tmp_path, untimed=True)
    place.alone()
    first = published(place, Result("pages"))
    assert first == {"tests/test_pages.py::test_healthz": "passed", "tests/test_pages.py::test_rates": "passed"}
    place["outcomes.json"].unlink()
    assert published(place, Result("pages")) == first
    assert not place["outcomes.json"].exists()
    service(tmp_path, untimed=False)
    assert published(place, Result("pages"))["tests/test_pages.py::test_rates"] == "failed"


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_the_policy_of_the_first_day_is_read(project: Project, tmp_path: Path) -> None:
    place = Place(project, tmp_path)
    give(place, "plain")
    config = load(place["plain"], None, codemods())
    assert config.auth.is_set and config.auth.mode == "observe" and config.timeouts.is_set


def test_each_policy_is_that_of_a_service() -> None:
    assert POLICIES.keys() <= {project.name for project in PROJECTS}


def test_only_insertions_of_bytes_pass() -> None:
    before = {"a.py": b"f(x)\n", "b.py": b"f(x)\n", "c.py": b"f(x)\n"}
    after = {"a.py": b"@o\nf(x, timeout=T)\n", "b.py": b"f(y)\n", "d.py": b""}
    assert shortened(before, after, ["a.py", "b.py", "c.py", "d.py"]) == ["b.py", "c.py"]
