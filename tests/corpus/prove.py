"""Everything that is claimed of one project, step by step, on copies of its tree: before, after, again, stripped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import tools
from .agreement import as_a_whole, compare
from .claims import Result, unlike
from .outcomes import Outcomes, own_tests, published, same_tests
from .place import Place
from .routing import WHOLE, Found, Running, by_route, found, running
from .spans import count, differences, unmeasured
from .untouched import untouched
from .written import written


def _quiet(_step: str) -> None:
    return None


def prove(place: Place, *, everything: bool = True, say: Callable[[str], None] = _quiet) -> Result:
    """Work on the copy `before` of a place. Without `everything`, only what needs no other tool and is quick.

    `say` is told what begins.
    """
    result = Result(place.project.name)
    place.alone()
    say("own tests before")
    tests = published(place, result)
    if not place.project.apps:
        say("check, run, strip, own tests after")
        untouched(place, result, tests)
        return result
    say("routing table of the running framework, codemod list")
    served = routing(place, result)
    say("check, run, run again, strip")
    written(place, result)
    say("routing table after")
    listed = found(place, "after")
    afterwards = as_a_whole(running(place, "after"), listed)
    same = unlike(by_route(served), by_route(afterwards))
    result.claim("the running framework serves the same routes after `run`", same)
    if everything:
        say("own tests after")
        same_tests(result, "own tests after", tests, own_tests(place, "after"))
    say("own tests with the SDK, calls and spans counted")
    spans(place, result, afterwards, listed, tests)
    if everything:
        say("formatters, linter, types")
        tools.formatters(place, result)
        tools.linter(place, result)
        tools.types(place, result)
    return result


def routing(place: Place, result: Result) -> Running:
    """`codemod list` against the routing table of the running framework."""
    said = found(place, "before")
    served = as_a_whole(running(place, "before"), said)
    both = compare(served, said)
    result.figures["handlers that the framework serves"] = str(both.running)
    result.figures["recall"], result.figures["precision"] = both.recall, both.precision
    result.claim(*recalled(place.project.unfound, both.missed))
    result.note("not found, with the reason", (f"{at}: {why}" for at, why in place.project.unfound))
    result.claim("nothing that is no handler is instrumented", both.extra)
    result.claim("methods and routes are those of the running framework", both.other_routes)
    result.note("routes that hang on a condition, of which some are not served here", both.fewer_routes)
    result.note("modules that cannot be imported here", (f"{f}: {why}" for f, why in sorted(served.broken.items())))
    result.note("handlers in such modules, which are instrumented without being compared", both.unasked)
    result.note("views of libraries that the framework serves", served.outside)
    whole = (
        f"{file}:{line} {said.symbols[file, line]}"
        for (file, line), names in sorted(served.members.items())
        if names == WHOLE
    )
    result.note("observed as a whole, since what the class inherits is not known", whole)
    result.note("handlers in files that are left out by default", served.left_out)
    unnamed = (f"{file}:{line} {said.symbols[file, line]}: {why}" for (file, line), why in sorted(said.unnamed.items()))
    result.note("named after the function, since the route is not known", unnamed)
    left = (f"{file}:{line} {said.symbols[file, line]}: {why}" for (file, line), why in sorted(said.skipped.items()))
    result.note("left alone, with the reason", left)
    return served


def recalled(known: Sequence[tuple[str, str]], missed: Sequence[str]) -> tuple[str, list[str]]:
    """The claim that every handler is found; with an exact list of those that are not, where there is one."""
    text = "every handler of the running framework is found"
    places = {one.partition(" ")[0]: one for one in missed}
    wrong = [one for at, one in places.items() if at not in dict(known)]
    wrong += [f"{at} is found, and stands among those that are not" for at, _ in known if at not in places]
    return (f"{text}, but for those listed with their reason" if known else text), wrong


def spans(place: Place, result: Result, served: Running, listed: Found, tests: Outcomes) -> None:
    """The project's own tests with the real SDK: outcomes, spans for each call, durations for each span."""
    handlers = served.handlers
    if place.project.unfound:
        handlers = {where: row for where, row in handlers.items() if where in listed.handlers}
    counts, outcomes = count(place, "after", handlers, served.members)
    counts, unused = counts.under(dict(place.project.hidden))
    same_tests(result, "own tests after, with the SDK", tests, outcomes)
    calls = counts.calls
    result.figures["handlers that its tests call"] = str(len(calls))
    result.figures["calls of handlers in its tests"] = str(sum(calls.values()))
    result.figures["spans"] = str(sum(counts.started.values()))
    told = [*differences(counts), *(f"{name} is no span's function" for name in unused)]
    result.claim("each call of a handler is one span", told if calls else ["no handler was called"])
    hidden = (f"{handler}: its spans say {name}" for name, handler in place.project.hidden)
    result.note("hidden by a decorator of the service, whose name spans say in code.function.name", hidden)
    result.claim("each span of a request has one duration", unmeasured(counts))
