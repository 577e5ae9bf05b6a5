"""What `make corpus` proves on public services, here on the three example services: without network or environments.

The second half proves that the corpus would notice: a decorator that never runs, a handler missed, one too many.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus import roundtrip
from corpus.agreement import as_a_whole, compare
from corpus.claims import Result
from corpus.place import Place
from corpus.projects import PROJECTS, Project
from corpus.prove import prove, recalled
from corpus.routing import WHOLE, Found, Running
from corpus.source import fetch
from corpus.spans import Counts, count, differences, unmeasured, with_hits
from corpus.table import renewed, round_trips

BY_NAME = {project.name: project for project in PROJECTS}
HANDLERS = {"library": 43, "orders": 22, "shop": 22}
CLAIMS = (
    "every handler of the running framework is found",
    "nothing that is no handler is instrumented",
    "methods and routes are those of the running framework",
    "`check` exits with 1 before",
    "`run` exits with 0",
    "every changed file compiles",
    "only lines are added",
    "`check` exits with 0 after",
    "`run` twice changes nothing",
    "`strip` gives back every byte",
    "the running framework serves the same routes after `run`",
    "own tests after, with the SDK: the same outcome, test by test",
    "each call of a handler is one span",
    "each span of a request has one duration",
)


Proven = Callable[[str], tuple[Place, Result]]


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Proven:
    @functools.cache
    def result(name: str) -> tuple[Place, Result]:
        place = Place(BY_NAME[name], tmp_path_factory.mktemp(name))
        fetch(place.project, place["sdists"], place["before"])
        return place, prove(place, everything=False)

    return result


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("name", HANDLERS)
def test_a_claim_about_an_example_service_holds(proven: Proven, name: str, claim: str) -> None:
    claims = {one.text: one.differences for one in proven(name)[1].claims}
    assert claims[claim] == ()


@pytest.mark.parametrize("name", HANDLERS)
def test_every_handler_is_called_and_no_claim_is_left_out(proven: Proven, name: str) -> None:
    _, result = proven(name)
    figures = result.figures
    assert tuple(claim.text for claim in result.claims) == CLAIMS
    for label in ("handlers that the framework serves", "handlers instrumented", "handlers that its tests call"):
        assert figures[label] == str(HANDLERS[name]), label
    assert figures["spans"] == figures["calls of handlers in its tests"]


def test_a_decorator_that_the_framework_never_runs_is_noticed(proven: Proven) -> None:
    place, _ = proven("orders")
    place.copy("after", "misplaced")
    app = place["misplaced"] / "orders" / "app.py"
    route, ours = '    @app.route("/readyz")\n', '    @observed("GET /readyz")\n'
    text = app.read_text(encoding="utf-8")
    assert route + ours in text
    app.write_text(text.replace(route + ours, ours + route), encoding="utf-8")
    line = app.read_text(encoding="utf-8").split("\n").index(ours.rstrip("\n")) + 1
    counts, _ = count(place, "misplaced", [("orders/app.py", line)])
    name = "orders.app.create_app.<locals>.ready"
    assert counts.hits[name] > 0
    told = [one for one in differences(counts) if one.startswith(name)]
    assert told == [f"{name}: ran {counts.hits[name]} times in {counts.hits[name]} calls, 0 spans begun, 0 ended"]


def test_an_inherited_method_that_is_not_observed_is_noticed(proven: Proven) -> None:
    place, _ = proven("library")
    place.copy("after", "misplaced")
    members = place["misplaced"] / "members" / "api.py"
    text = members.read_text(encoding="utf-8")
    ours = '@observed_view(get="GET /api/v1/members/", post="POST /api/v1/members/")\n'
    assert ours in text
    members.write_text(text.replace(ours, '@observed_view(post="POST /api/v1/members/")\n'), encoding="utf-8")
    line = text.split("\n").index(ours.rstrip("\n")) + 1
    counts, _ = count(place, "misplaced", [("members/api.py", line)], {("members/api.py", line): ("get", "post")})
    calls = {name: n for name, n in counts.calls.items() if name.startswith("members.api.MemberList.")}
    assert calls.keys() == {"members.api.MemberList.get", "members.api.MemberList.post"}
    get = "members.api.MemberList.get"
    told = [one for one in differences(counts) if one.startswith("members.api.MemberList.")]
    assert told == [f"{get}: ran 0 times in {calls[get]} calls, 0 spans begun, 0 ended"]


def test_a_handler_missed_one_too_many_and_other_routes_are_told() -> None:
    running = Running({("a.py", 1): (("GET",), ("/",)), ("a.py", 5): (("GET",), ("/x",))}, {"broken.py": "ImportError"})
    handlers = {
        ("a.py", 5): (("POST",), ("/x",)),
        ("a.py", 9): (("GET",), ("/y",)),
        ("broken.py", 1): (("GET",), ("/",)),
    }
    found = Found(handlers, {("a.py", 1): "lambda"}, dict.fromkeys(handlers, "f"))
    both = compare(running, found)
    assert both.missed == ("a.py:1 serves GET /: lambda",)
    assert both.extra == ("a.py:9 f (GET /y) is no handler of the running app",)
    assert both.other_routes == ("a.py:5: runs GET /x, listed POST /x",)
    assert both.unasked == ("broken.py:1 f",)
    assert (both.recall, both.precision) == ("50.0 % (1/2)", "50.0 % (1/2)")


def test_a_handler_that_is_named_after_its_function_is_told_when_a_listed_route_is_not_served() -> None:
    running = Running({("a.py", 1): (("GET",), ("/a", "/b")), ("a.py", 5): (("GET",), ("/x",))}, {})
    names = dict.fromkeys(running.handlers, "f")

    def found(first: tuple[str, ...], second: tuple[str, ...]) -> Found:
        rows = {("a.py", 1): (("GET",), first), ("a.py", 5): (("GET",), second)}
        return Found(rows, {}, names, unnamed={("a.py", 1): "route-not-static"})

    assert compare(running, found(("/a",), ("/x",))).other_routes == ()
    assert compare(running, found(("/c",), ("/x",))).other_routes == ("a.py:1: runs GET /a, /b, listed GET /c",)
    both = compare(running, found(("/a",), ("/x", "/y")))
    assert (both.other_routes, both.fewer_routes) == ((), ("a.py:5: runs GET /x, listed GET /x, /y",))
    assert compare(running, found(("/a",), ("/y",))).other_routes == ("a.py:5: runs GET /x, listed GET /y",)


def test_a_class_that_is_observed_as_a_whole_counts_its_dispatch() -> None:
    where = ("a.py", 1)
    running = Running({where: (("POST",), ("/x",))}, {}, {where: ("post",)})
    said = Found({where: (("*",), ("/x",))}, {}, {where: "View"}, {where: WHOLE})
    whole = as_a_whole(running, said)
    assert (whole.handlers[where], whole.members[where]) == ((("*",), ("/x",)), WHOLE)
    assert compare(whole, said).other_routes == ()
    assert as_a_whole(running, Found({}, {}, {})) == running


def test_the_list_of_handlers_that_are_not_found_is_exact() -> None:
    known = (("a.py:1", "its tests mount it"), ("a.py:5", "its tests mount it"))
    _, differences = recalled(known, ["a.py:1 serves GET /: not listed", "b.py:1 serves GET /y: not listed"])
    assert differences == ["b.py:1 serves GET /y: not listed", "a.py:5 is found, and stands among those that are not"]
    assert recalled((), ["a.py:1 serves GET /: not listed"])[1] == ["a.py:1 serves GET /: not listed"]
    assert recalled(known[:1], ["a.py:1 serves GET /: not listed"])[1] == []


PAGES = """
import tornado.web

class Main(tornado.web.RequestHandler):
    def get(self):
        self.write("")
"""


@pytest.mark.parametrize("unknown", [("tornado",), ()])
def test_a_service_on_a_framework_that_is_not_understood_comes_through_untouched(
    tmp_path: Path, unknown: tuple[str, ...]
) -> None:
    place = Place(Project("pages", "Tornado", "", tests=("tests",), unknown=unknown), tmp_path)
    files = {"pages.py": PAGES, "tests/test_it.py": "def test_it():\n    assert True\n"}
    for name, text in files.items():
        (place["before"] / name).parent.mkdir(parents=True, exist_ok=True)
        (place["before"] / name).write_text(text, encoding="utf-8")
    result = prove(place, everything=False)
    assert result.figures["own tests after"] == "1 / 0 / 0"
    broken = [claim.differences for claim in result.claims if not claim.holds]
    assert broken == ([] if unknown else [("told of ['tornado'], built on []",)])


def test_round_trips_stand_in_the_table_as_their_runner_left_them(tmp_path: Path) -> None:
    path = tmp_path / "roundtrip.md"
    assert round_trips(path) == []
    path.write_text(roundtrip.markdown([roundtrip.Trip("Lib", files=3)]), encoding="utf-8")
    lines = round_trips(path)
    assert lines[:2] == ["", "## Every function of large foreign trees, there and back"]
    assert "| Python files | 3 |" in lines
    whole = "# All\n\n## Counts\n\n| a |\n\n## Differences and what is left alone\n\n**b** (1)\n"
    put = renewed(whole, lines)
    assert put.replace("\n".join(lines) + "\n", "") == whole
    assert renewed(put, lines) == put
    assert renewed(put, []) == whole


def test_spans_and_durations_that_are_not_as_many_as_calls_are_told() -> None:
    counts = Counts({"m.f": 2, "m.g": 1}, {"m.g": 3}, {"m.f": 1, "m.g": 3}, {"m.f": 1, "m.g": 3}, {"GET /f": 1}, {})
    assert differences(counts) == ["m.f: ran 2 times in 2 calls, 1 spans begun, 1 ended"]
    hidden, unused = counts.under({"m.g": "m.h", "m.i": "m.f"})
    assert (hidden.started, hidden.ended, unused) == ({"m.f": 1, "m.h": 3}, {"m.f": 1, "m.h": 3}, ["m.i"])
    assert unmeasured(counts) == ["GET /f: 1 spans, 0 durations"]


BODIES = {
    "a statement": "def f():\n    return 1\n",
    "a docstring, which stays one": 'def f():\n    """Doc."""\n    return 1\n',
    "a docstring alone": 'async def f():\n    """Doc."""\n',
    "on the line of the header": "def f(): return 1\n",
    "a decorated definition first": "def f():\n    @staticmethod\n    def g():\n        return 2\n    return g\n",
    "the service's own decorator below ours": "@observed('GET /')\n@cached\ndef f():\n    return 1\n",
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
def test_counters_go_where_the_body_begins(text: str) -> None:
    ran: list[str] = []
    counter = "__import__('corpus_spans')"
    counted = with_hits(text, {1})
    assert counted.count(f"{counter}.hit(") == 1
    assert counted.count(f"{counter}.called(") == (1 if "cached" in text else 0)
    namespace: dict[str, object] = {
        "__name__": "m",
        "observed": lambda _name: lambda f: f,
        "cached": lambda f: f,
        "called": lambda _name: lambda f: f,
    }
    exec(counted.replace(f"{counter}.", ""), namespace)
    namespace |= {"hit": ran.append}
    function = namespace["f"]
    assert callable(function)
    returned = function()
    if "async" in text:
        with pytest.raises(StopIteration):
            returned.send(None)
    assert ran == ["m.f"]
    assert ("Doc." in text) == (function.__doc__ == "Doc.")
