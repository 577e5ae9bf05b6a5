"""What a service should have, as data: the checked configuration of one root (config.py reads it)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal

from splice.model import SpliceError
from splice.policies import ENV_KEYS, Aspect, AuthPolicy, RetryPolicy, TimeoutsPolicy, kinds
from splice.policies.openapi import Document
from splice.tomlfile import show

DEFAULT_CODEMODS = ("spans", "metrics")


@dataclass(frozen=True, slots=True)
class SpansConfig:
    mode: Literal["enrich", "child"] = "enrich"
    record_messages: bool = False


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    name: str = "app.operation.duration"
    max_series: int | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The checked configuration of one root. `file` and `lines` say where a value stands, for later errors."""

    required_version: str = ""
    codemods: tuple[str, ...] = DEFAULT_CODEMODS
    functions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    default_excludes: bool = True
    scaffold: str = "scaffold"
    import_root: str = ""
    line_length: int | None = None
    target_version: str = ""  # "3.9"; empty: what the service declares
    manifests: bool = True
    observed_by: tuple[str, ...] = ()  # "orders.tracing:traced": decorators that make spans and metrics already
    spans: SpansConfig = SpansConfig()
    metrics: MetricsConfig = MetricsConfig()
    auth: AuthPolicy = field(default_factory=AuthPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: TimeoutsPolicy = field(default_factory=TimeoutsPolicy)
    aspects: tuple[Aspect, ...] = ()
    min_coverage: tuple[tuple[str, float], ...] = ()  # per codemod: how many of 100 operations `check` asks for
    extends: str = ""  # an outer policy: a file below the root, or `package:file`
    allow_suppress: tuple[str, ...] = ()  # of an outer policy: codemods that a comment may turn off all the same
    allow: tuple[str, ...] = ()  # of an outer policy: keys in which a repository may say more
    document: Document | None = field(default=None, repr=False)  # what `auth.policy` names
    documented: tuple[tuple[str, int, str], ...] = field(default=(), repr=False)  # file, line, what it makes public
    file: str = field(default="", compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)
    given: frozenset[str] = field(default=frozenset(), compare=False, repr=False)  # keys that it says: "auth.mode"
    outers: tuple[Config, ...] = field(default=(), compare=False, repr=False)  # policies that this one tightens
    commit: str = ""  # of --policy-ref: a suppression counts where it stands there, too

    def normalised(self) -> str:
        """Canonical text of what every insertion and the scaffold say: the configuration's share of `codegen.id`.

        Left out: where code goes (functions, observed-by, excludes, scaffold, import root), codemods that are off,
        which other lines are written (manifests), gates (max-series), and line length and target version, which
        show in the scaffold's body, the other share. So services under one standard have one id.
        """
        said: dict[str, object] = {
            "codemods": sorted(self.codemods),
            "metrics": {"name": self.metrics.name},
            "spans": {"mode": self.spans.mode, "record-messages": self.spans.record_messages},
        }
        for name, policy in (("auth", self.auth), ("retry", self.retry), ("timeouts", self.timeouts)):
            if name in self.codemods:
                said[name] = policy.said()
        if self.aspects:
            said["aspects"] = sorted(aspect.said() for aspect in self.aspects)
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    def place(self, key: str, item: str = "") -> tuple[str, int]:
        """File and line of a key, or of an item of its list: here, else in an outer policy."""
        for there in (self, *self.outers):
            lines = dict(there.lines)
            line = lines.get(f"{key}.={item}") or lines.get(key, 0)
            above = key
            while not line and key in there.given and "." in above:  # in an inline table only that has a line
                above = above.rpartition(".")[0]
                line = lines.get(above, 0)
            if line:
                return there.file, line
        return self.file, 0

    def public_place(self, pattern: str) -> tuple[str, int]:
        """File and line of what makes a pattern public, however it is spelt there."""
        for file, line, public in self.documented:
            if public == pattern:
                return file, line
        prefix = "auth.public.="
        for there in (self, *self.outers):
            for key, line in there.lines:
                if key.startswith(prefix) and kinds.operation(key.removeprefix(prefix)) == pattern:
                    return there.file, line
        return self.place("auth.public")

    def error(self, key: str, message: str, *, item: str = "", fix: str = "") -> SpliceError:
        """An error about a value found wrong later, `error("functions", "...", item=pattern)`, at its line."""
        file, line = self.place(key, item)
        return SpliceError(message, file=file, line=line, fix=fix)

    def has(self, key: str) -> bool:
        """Whether a table or key is given, here or by an outer policy: then somebody has asked for what it says."""
        return key in self.given or any(key in outer.given for outer in self.outers)

    @property
    def speaks_of_guards(self) -> bool:
        return self.has("auth") or (self.has("codemods") and "auth" in self.codemods)

    @property
    def trusts_markers(self) -> bool:
        """Whether a marker in the source may make an operation public: not where an outer policy decides that."""
        return not any(outer.speaks_of_guards for outer in self.outers)

    def may_suppress(self, codemod: str) -> bool:
        """Whether a comment in the source may turn a codemod off: guards only where an outer policy says so."""
        return codemod != "auth" or codemod in self.allow_suppress

    def demand(self) -> None:
        """Raises SpliceError for a codemod that is on and lacks what only its policy can say."""
        auth = self.auth
        if self.has("auth.jwt") and auth.preset != "jwt":
            raise self.error("auth.jwt", 'auth.jwt belongs to preset = "jwt"', fix='set preset = "jwt", or remove it')
        for key in ENV_KEYS if auth.preset == "jwt" else ():
            if not (getattr(auth.jwt, key) or getattr(auth.jwt, f"{key}_env")):
                fix = f"or {key}-env, the variable that holds it: without it no token can be verified"
                raise self.error(
                    "auth.jwt" if self.has("auth.jwt") else "auth.preset", f"needs auth.jwt.{key}", fix=fix
                )
        if "auth" not in self.codemods:
            return
        if not auth.is_set:
            fix = '[auth] with authenticate = "module:function", guard = "module:decorator" or preset = "jwt"'
            raise self.error("codemods", "auth: nothing says who a caller is", item="auth", fix=fix)
        if auth.mode == "observe" and not auth.observe_until:
            fix = 'observe-until = "2027-01-31", or mode = "enforce"'
            raise self.error("auth", "auth.observe-until is missing: guards must not observe for ever", fix=fix)
        self.demand_scopes()

    def demand_scopes(self) -> None:
        """Raises SpliceError for a rule with scopes where nobody can be asked for them: each request would be a 503."""
        auth = self.auth
        if "auth" not in self.codemods or not (auth.guard or auth.preset == "flask-login"):
            return
        key = "guard" if auth.guard else "preset"
        for rule in auth.rules:
            if scopes := (rule.require or rule.require_any):
                by = f"auth.{key} = {show(getattr(auth, key))} knows no scopes"
                text = f"{show(rule.operation)} asks for {', '.join(scopes)}, and {by}"
                fix = 'authenticate = "module:function" gives a principal that has `scopes`; or ask for no scopes there'
                raise SpliceError(text, file=rule.file, line=rule.line, fix=fix)
