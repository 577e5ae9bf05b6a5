"""An OpenAPI document as the policy: its operations and those of the project, joined; what is in one only is told.

A rule is made for each operation that both have, by the project's name for it: `GET /orders/{order_id}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from splice.config import Config
from splice.model import Finding, JoinPoint
from splice.patterns import nearest, operation_matches
from splice.policies import AuthPolicy, AuthRule
from splice.policies.floors import keep_floor
from splice.policies.openapi import Described, Document
from splice.policies.requirements import book_of
from splice.tomlfile import show

_HINTS = 20  # of what was meant: each costs a comparison with every operation
_PARAMETER = re.compile(r"\{[^{}]*\}")


def documented(config: Config, points: Sequence[JoinPoint]) -> tuple[Config, list[Finding]]:
    """The configuration with what its document says of these operations, and where the two differ.

    Raises SpliceError where the document asks for less than an outer policy does, or the one of an earlier commit, and
    where it asks for scopes that nobody can be asked for.
    """
    if config.document is None:
        return config, []
    served = [point for point in points if point.kind == "handler"]
    joined = _Joined(config.auth, config.document, served)
    decided = {rule.operation: rule for rule in joined.rules} | dict.fromkeys(joined.public)
    floors: dict[str, AuthRule] = {}
    for outer in config.outers:
        rules: list[AuthRule] = []
        if outer.document is not None:
            before = _Joined(outer.auth, outer.document, served)
            outer, rules = replace(outer, auth=before.auth), before.rules
        floors |= {rule.operation: rule for rule in rules if rule.operation not in decided}
        keep_floor(outer, AuthPolicy(public=tuple(joined.public), rules=tuple(joined.rules)), config, joined.public)
    auth = replace(joined.auth, rules=(*joined.auth.rules, *floors.values()))
    places = tuple((file, line, pattern) for pattern, (file, line) in joined.public.items())
    config = replace(config, auth=auth, documented=places)
    config.demand_scopes()
    return config, joined.findings


def _plain(path: str) -> str:
    """A path whose parameters have no names: the document may call them otherwise."""
    return _PARAMETER.sub("{}", path)


class _Joined:
    def __init__(self, auth: AuthPolicy, document: Document, served: Sequence[JoinPoint]) -> None:
        self.auth, self.document = auth, document
        self.findings: list[Finding] = []
        self.rules: list[AuthRule] = []  # what the document adds
        self.public: dict[str, tuple[str, int]] = {}  # each with its place
        #: Path without names -> its names in the project -> methods, with one place that serves each.
        self.paths: dict[str, dict[str, dict[str, JoinPoint]]] = {}
        self.certain = True
        for point in served:
            for operation in (*point.operations, *(answer for _, answer in point.answers)):
                methods, blank, path = operation.partition(" ")
                self.certain = self.certain and bool(operation)
                for method in methods.split("|") if blank else ():
                    name = "GET" if method == "HEAD" else method
                    self.paths.setdefault(_plain(path), {}).setdefault(path, {}).setdefault(name, point)
        self.base = self._base()
        self._join()

    def _base(self) -> str:
        """The server's path below which most operations are found: a proxy may have taken it off."""
        bases = dict.fromkeys((*self.document.bases, ""))
        paths = {described.path for described in self.document.operations}
        return max(bases, key=lambda base: sum(_plain(base + path) in self.paths for path in paths), default="")

    def _join(self) -> None:
        own = {*self.auth.public, *(rule.operation for rule in self.auth.rules)}
        public = list(self.auth.public)
        seen: set[tuple[str, str]] = set()  # method and path of what both have
        for described in self.document.operations:
            if described.method == "HEAD":  # follows GET
                continue
            paths = self.paths.get(_plain(self.base + described.path), {})
            found = [path for path, methods in sorted(paths.items()) if {described.method, "*"} & set(methods)]
            if not found and not (described.method == "OPTIONS" and described.public):
                self._missing(described)
            for path in found:
                pattern = f"{described.method} {path}"
                seen.add((described.method, path))
                if pattern in own:
                    self._twice(described, pattern)
                    if pattern in public and not described.public:  # closed goes before open
                        public.remove(pattern)
                        self.rules.append(self._rule(described, pattern))
                elif described.public and described.method != "OPTIONS":
                    self.public[pattern] = (self.document.file, described.line)
                elif not described.public:
                    self.rules.append(self._rule(described, pattern))
        self._undocumented(seen)
        self.auth = replace(self.auth, public=(*public, *self.public), rules=(*self.auth.rules, *self.rules))

    def _rule(self, described: Described, pattern: str) -> AuthRule:
        file, line, said = self.document.file, described.line, described.alternatives
        shown = f"{described.method} {show(described.path)}"
        if not described.said:
            text, fix = f"{shown} has no security, so it needs a known caller", "security: [] makes it public"
            self.findings.append(Finding("warning", "policy-silent", text, file, line, fix))
            return AuthRule(pattern, file=file, line=line)
        if len(said) == 1:
            return AuthRule(pattern, said[0], file=file, line=line)
        if all(len(scopes) == 1 for scopes in said):
            return AuthRule(pattern, require_any=tuple(scopes[0] for scopes in said), file=file, line=line)
        text = f"{shown} has alternatives that no guard can tell apart, so all of their scopes are required"
        fix = "one scope in each alternative, or the same scopes in all"
        self.findings.append(Finding("error", "policy-alternatives", text, file, line, fix))
        return AuthRule(pattern, tuple(sorted({each for scopes in said for each in scopes})), file=file, line=line)

    def _missing(self, described: Described) -> None:
        names = [f"{method} {path}" for paths in self.paths.values() for path in paths for method in paths[path]]
        told = sum(finding.code == "policy-unmatched" for finding in self.findings) >= _HINTS
        meant = "" if told else nearest(f"{described.method} {self.base}{described.path}", names, 0.8)
        text = f"{described.method} {show(described.path)} is in the document, and no operation of the project"
        fix = f"did you mean {show(meant)}?" if meant else "codemod list shows every operation"
        level = "error" if self.certain else "warning"
        place = (self.document.file, described.line, fix)
        self.findings.append(Finding("error" if level == "error" else "warning", "policy-unmatched", text, *place))

    def _undocumented(self, seen: set[tuple[str, str]]) -> None:
        for paths in self.paths.values():
            for path, methods in sorted(paths.items()):
                for method, point in sorted(methods.items(), key=lambda item: item[0]):
                    operation = f"{method} {path}"
                    if (method, path) in seen or method == "OPTIONS" or self._decided(operation):
                        continue
                    if method == "*" and any(at == path for _, at in seen):
                        continue
                    text = f"{show(operation)} is not in {show(self.document.file)}"
                    fix = "describe it there, or write a rule for it"
                    self.findings.append(Finding("error", "policy-undocumented", text, point.file, point.line, fix))

    def _decided(self, operation: str) -> bool:
        near = book_of(self.auth).near(operation.partition(" ")[2])
        return any(operation_matches(pattern, operation) for pattern in near)

    def _twice(self, described: Described, pattern: str) -> None:
        text = f"{show(pattern)} is decided in the configuration, too"
        fix = "keep one of them"
        self.findings.append(Finding("error", "policy-twice", text, self.document.file, described.line, fix))
