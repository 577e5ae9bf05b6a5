"""Every route and method of a service, asked without and with a token, and what that proves about guards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from splice.patterns import operation_matches

from .claims import Result
from .identity import chosen, give
from .place import Place

Key = tuple[str, str, str, str]  # table of which app, path, method, caller
REFUSED = {401, 403, 1008}
ROUTED = {404, 405}  # by routing itself; 301, 307 and 308 lead to the same path with or without its last slash


@dataclass(frozen=True, slots=True)
class Answers:
    """What one process asked and heard."""

    rows: Mapping[Key, Mapping[str, Any]]
    announced: frozenset[str]  # operations that `protect` said to be unguarded
    unasked: tuple[str, ...]  # routes that no path leads to
    routes: int

    def of(self, key: Key, caller: str) -> Mapping[str, Any] | None:
        return self.rows.get((*key[:3], caller))


def prove_guards(place: Place, *, rules: bool = True, say: Callable[[str], None] = lambda _step: None) -> Result:
    """Work on the copy `before` of a place: observed and enforced copies of it are made and asked."""
    result = Result(place.project.name)
    place.alone()
    say("who may call what")
    place.copy("before", "plain")
    give(place, "plain", "observe", (), rules=False)
    listed = operations(place, "plain")
    public = chosen(listed)
    # Open by the framework's own mark, and the page on which the admin asks who somebody is.
    marked = [*(row["operation"] for row in listed if row["state"] == "public"), "* /admin/login/"]
    states = Counter(row["state"] for row in listed)
    for mode in ("observe", "enforce"):
        place.copy("before", mode)
        give(place, mode, mode, public, rules=rules)
        done = place.codemod(mode, "run")
        result.claim(f"{mode}: `run` exits with 0", [done.stderr[-2000:]] if done.returncode else [])
    say("before, twice")
    plain, again = ask(place, "plain"), ask(place, "plain")
    vary = {key for key, row in plain.rows.items() if key not in again.rows or not alike(row, again.rows[key])}
    say("enforced")
    enforced = ask(place, "enforce")
    served = [key for key, row in enforced.rows.items() if decisions(row) <= {"allowed"}]
    say("before, what was let through")
    through = ask(place, "plain", served)
    say("observed")
    observed = ask(place, "observe")
    for mode, answers in (("enforce", enforced), ("observe", observed)):
        other = sorted(" ".join(key[:3]) for key in plain.rows.keys() ^ answers.rows.keys() if key[3] == "rich")
        result.claim(f"{mode}: the routing table is the same as before", other)
    lost = sorted(" ".join(key) for key in set(served) ^ through.rows.keys())
    assert not lost, lost
    result.figures["routes"] = str(plain.routes)
    result.figures["paths and methods"] = str(len({key[:3] for key in plain.rows}))
    result.figures["operations listed: guarded / public / unguarded / unknown"] = " / ".join(
        str(states[state]) for state in ("guarded", "public", "unguarded", "unknown")
    )
    result.figures["answers that vary by themselves"] = str(len(vary))
    result.note("public by the policy", public)
    result.note("routes that no path here leads to, not asked", plain.unasked)
    _enforced(result, enforced, through, [*public, *marked], vary)
    _observed(result, plain, observed, enforced, vary)
    return result


def operations(place: Place, name: str) -> list[dict[str, str]]:
    """`codemod list --auth`."""
    done = place.codemod(name, "list", "--auth", "--format", "json")
    assert done.returncode in (0, 3), done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)["operations"]
    return rows


def ask(place: Place, name: str, keys: Sequence[Key] | None = None) -> Answers:
    """Ask a copy of a copy, each app in a process of its own; all of it or only some requests."""
    rows: dict[Key, Mapping[str, Any]] = {}
    announced: set[str] = set()
    unasked: list[str] = []
    routes = 0
    variables = {"CORPUS_PREPARE": place.project.prepare}
    if keys is not None:
        place["keys.json"].write_text(json.dumps([list(key) for key in keys]), encoding="utf-8")
        variables["CORPUS_ASKS"] = str(place["keys.json"])
    for kind, where in place.project.apps:
        place.copy(name, "asked")
        out = place["answers.json"]
        done = place.run("asked", place.python, "-m", "corpus_asks", kind, where, str(out), **variables)
        assert done.returncode == 0, f"{name}: {where}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
        told = json.loads(out.read_text(encoding="utf-8"))
        for row in told["answers"]:
            table, path, method, caller = row["key"]
            rows[table, path, method, caller] = row
        announced |= set(told["announced"])
        unasked += told["unasked"]
        routes += told["routes"]
    return Answers(rows, frozenset(announced), tuple(unasked), routes)


def decisions(row: Mapping[str, Any]) -> set[str]:
    return {decision for _, decision, _ in row["decisions"]}


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[part] == other[part] for part in ("status", "headers", "sum"))


def _text(key: Key, row: Mapping[str, Any]) -> str:
    told = ", ".join(f"{operation} {decision} x{count}" for operation, decision, count in row["decisions"])
    return f"{key[2]} {row['route']} ({key[1]}), {key[3]}: {row['status']} {row['body'][:80]!r} [{told}]"


def _enforced(result: Result, enforced: Answers, through: Answers, public: Sequence[str], vary: set[Key]) -> None:
    counts: Counter[str] = Counter()
    open_, wrong, closed, poor, hidden, other, kept = [], [], [], [], [], [], []
    for key, row in enforced.rows.items():
        words, text = decisions(row), _text(key, row)
        before = through.rows.get(key)
        if sum(count for *_, count in row["decisions"]) > 1:
            wrong.append(f"decided more than once: {text}")
        if "error" in words:
            wrong.append(text)
        to_login = 300 <= row["status"] < 400 and "login" in str(row["headers"])
        if words & {"unauthenticated", "forbidden", "unguarded"} and not (row["status"] in REFUSED or to_login):
            wrong.append(text)
        if before is not None and (row["status"] != before["status"] if key in vary else not alike(row, before)):
            other.append(f"{text}, before: {before['status']} {before['body'][:80]!r}")
        method = "GET" if key[2] == "HEAD" else key[2]
        if key[3] == "nobody":
            kind = _kind(
                key, row, enforced, before, any(operation_matches(one, f"{method} {row['route']}") for one in public)
            )
            counts[kind] += 1
            if kind == "open":
                open_.append(text)
            if kind == "protect" and not any(operation in _names(enforced) for operation, *_ in row["decisions"]):
                hidden.append(text)
        elif key[3] == "again":
            first = enforced.of(key, "nobody")
            was_refused = first is not None and decisions(first) & {"unauthenticated", "unguarded"}
            counts["again"] += bool(was_refused)
            if was_refused and not words & {"unauthenticated", "unguarded"}:
                kept.append(text)
        elif key[3] == "rich":
            if words & {"unauthenticated", "forbidden"}:
                closed.append(text)
            counts["rich"] += words == {"allowed"}
            counts["5xx"] += words == {"allowed"} and row["status"] >= 500
        else:
            counts["poor"] += words == {"forbidden"}
            if words == {"unauthenticated"}:
                poor.append(text)
    for label, kind in (
        ("no token: refused by a guard", "guard"),
        ("no token: refused by `protect` alone", "protect"),
        ("no token: refused by the service's own guards", "own"),
        ("no token: no such route or method (404, 405, redirect)", "routing"),
        ("no token: public, served", "public"),
        ("token without scopes: refused (403)", "poor"),
        ("token with all scopes: served", "rich"),
        ("of these with a status of 500 and above, as before", "5xx"),
        ("no token, after the right one was served: refused again", "again"),
    ):
        result.figures[label] = str(counts[kind])
    result.claim("enforced: without a token nothing is answered but what is public", open_)
    result.claim("enforced: each refusal is 401, 403, 1008 or a redirect to login, and decided once", wrong)
    result.claim("enforced: the right token is served wherever a guard stands", closed)
    result.claim("enforced: a token without scopes is known", poor)
    result.claim("enforced: nobody gets what was made for the right token", kept)
    result.claim("enforced: what is closed by `protect` alone is named at start-up", hidden)
    result.claim("enforced: what is let through is answered as before", other)
    found = {f"{row['route']}" for key, row in enforced.rows.items() if "unguarded" in decisions(row)}
    result.note("routes that `protect` alone closes", sorted(found))


def _kind(key: Key, row: Mapping[str, Any], all_: Answers, before: Mapping[str, Any] | None, public: bool) -> str:
    """What became of a request without a token."""
    words = decisions(row)
    if "unguarded" in words:
        return "protect"
    if words:
        return "guard" if words <= {"unauthenticated"} else "open"
    if row["status"] == 405:
        return "routing"
    rich = all_.of(key, "rich")
    same = rich is not None and rich["status"] == row["status"] and not decisions(rich)
    if (same and row["status"] in ROUTED) or (
        same and 300 <= row["status"] < 400 and "login" not in str(row["headers"])
    ):
        return "routing"
    if public:
        return "public"
    refused = row["status"] in REFUSED or 300 <= row["status"] < 400
    return "own" if refused and before is not None and before["status"] == row["status"] else "open"


def _names(answers: Answers) -> frozenset[str]:
    """What was announced; with `* /x` each method of it."""
    any_ = [one[2:] for one in answers.announced if one.startswith("* ")]
    methods = ("DELETE", "GET", "PATCH", "POST", "PUT", "_OTHER", "WEBSOCKET")
    return answers.announced | {f"{method} {path}" for path in any_ for method in methods}


def _observed(result: Result, plain: Answers, observed: Answers, enforced: Answers, vary: Iterable[Key]) -> None:
    vary = set(vary)
    other = [
        f"{_text(key, observed.rows[key])}, before: {row['status']} {row['body'][:80]!r}"
        for key, row in plain.rows.items()
        if key in observed.rows
        and (row["status"] != observed.rows[key]["status"] if key in vary else not alike(row, observed.rows[key]))
    ]
    counted = [
        f"{_text(key, row)}, enforced: {enforced.rows[key]['decisions']}"
        for key, row in observed.rows.items()
        if key in enforced.rows and row["decisions"] != enforced.rows[key]["decisions"]
    ]
    result.figures["observed: requests"] = str(len(observed.rows))
    result.figures["observed: answered as before, to the byte"] = str(len(observed.rows) - len(other) - len(vary))
    result.figures["observed: answered with the same status, where two answers of the service itself differ"] = str(
        len(vary)
    )
    total: Counter[str] = Counter()
    for row in observed.rows.values():
        for _, decision, count in row["decisions"]:
            total[decision] += count
    result.figures["observed: decisions counted"] = ", ".join(f"{word} {n}" for word, n in sorted(total.items()))
    result.claim("observed: every answer is the same as before", other)
    result.claim("observed: as many decisions of each kind as requests, each the one that `enforce` takes", counted)
