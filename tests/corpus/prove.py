"""Everything that is claimed of one project, step by step, on copies of its tree: before, after, again, stripped."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from . import tools
from .agreement import as_a_whole, compare
from .claims import Result, files_unlike, unlike
from .outcomes import Outcomes, counted, failing, own_tests, same_tests
from .place import Place
from .routing import WHOLE, Found, Running, found, running
from .spans import count, differences, unmeasured
from .untouched import untouched


def _quiet(_step: str) -> None:
    return None


def prove(place: Place, *, everything: bool = True, say: Callable[[str], None] = _quiet) -> Result:
    """Work on the copy `before` of a place. Without `everything`, only what needs no other tool and is quick.

    `say` is told what begins.
    """
    result = Result(place.project.name)
    place.alone()
    say("own tests before")
    tests = own_tests(place, "before")
    result.figures["own tests before (passed / failed / skipped)"] = counted(tests)
    result.note("own tests that fail before as after", failing(tests))
    result.note("own tests that cannot be run reliably here as published, and are not run", place.project.not_run)
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
    same = unlike(_by_route(served), _by_route(afterwards))
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


def written(place: Place, result: Result) -> None:
    """`check`, `run`, `check`, `run` and `strip`: exit codes and bytes. Leaves the copy `after`."""
    place.copy("before", "after")
    before = place.files("before")
    _exits(place, result, "check", 1, "`check` exits with 1 before")
    report = _exits(place, result, "run", 0, "`run` exits with 0")
    after = place.files("after")
    changed = files_unlike(before, after)
    new = [name for name in changed if name not in before]
    result.figures["files changed / new"] = f"{len(changed) - len(new)} / {len(new)}"
    inserted = [row for row in report.get("join_points", ()) if "inserted" in row["codemods"].values()]
    result.figures["handlers instrumented"] = str(sum(len(row["members"]) or 1 for row in inserted))
    result.claim("every changed file compiles", _broken(after, changed))
    result.claim("only lines are added", _lost(before, after, changed))
    _checked(place, result)
    place.copy("after", "again")
    moved = [*place.fails("again", "run"), *files_unlike(after, place.files("again"))]
    result.claim("`run` twice changes nothing", moved)
    other = [*place.fails("again", "strip"), *files_unlike(before, place.files("again"))]
    result.claim("`strip` gives back every byte", other)


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


def _exits(place: Place, result: Result, command: str, wanted: int, text: str) -> dict[str, Any]:
    """Run a command on the copy `after`; its report."""
    done = place.codemod("after", command, "--format", "json")
    report: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    said = [f"{o['file']}:{o['line']}: {o['reason']} {o['detail']}" for o in report.get("files", ()) if o["reason"]]
    wrong = [f"exit code {done.returncode}", *said, *done.stderr.splitlines()[-5:]]
    result.claim(text, () if done.returncode == wanted else wrong)
    return report


def _checked(place: Place, result: Result) -> None:
    """`check` after `run`: nothing is left to do, or exactly what only a human can do."""
    if not place.project.left_to_do:
        _exits(place, result, "check", 0, "`check` exits with 0 after")
        return
    text = "`check` exits with 1 after, for what only a human can do"
    report = _exits(place, result, "check", 1, text)
    errors = [one["message"] for one in report.get("findings", ()) if one["level"] == "error"]
    left = [
        *unlike(dict.fromkeys(place.project.left_to_do, 1), dict.fromkeys(errors, 1)),
        *map(str, report.get("drift", ())),
    ]
    result.claim("nothing else is left to do after `run`", left)
    result.note("left to a human", errors)


def _broken(files: dict[str, bytes], names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        if name.endswith(".py") and name in files:
            try:
                compile(files[name], name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                found.append(f"{name}: {error}")
    return found


def _lost(before: dict[str, bytes], after: dict[str, bytes], names: Sequence[str]) -> list[str]:
    """Files of which some line is gone or stands in another order."""
    found = []
    for name in names:
        if name in before and name.endswith(".py"):
            rest = iter(after.get(name, b"").split(b"\n"))
            if not all(line in rest for line in before[name].split(b"\n")):
                found.append(name)
    return found


def _by_route(served: Running) -> dict[str, str]:
    """The table without line numbers, which `run` moves."""
    rows: dict[str, list[str]] = {}
    for (file, _), (methods, routes) in sorted(served.handlers.items()):
        rows.setdefault(file, []).append(f"{'|'.join(methods)} {', '.join(routes)}")
    return {file: "; ".join(found) for file, found in rows.items()}
