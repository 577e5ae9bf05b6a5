"""The words of Splice as data: frozen, picklable, importing nothing of the project.

Every stage takes and returns these; design words (join point, advice, edit, plan, change, outcome,
finding) follow AspectJ and are listed in CONTRIBUTING.md.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Colour = Literal["sync", "async", "generator", "async generator"]
Kind = Literal["handler", "websocket", "function", "app", "urlconf", "call"]
State = Literal["inserted", "present", "missing", "skipped"]


class Safety(enum.Enum):
    """How much a human should look before an edit lands (`--safety`)."""

    SAFE = "safe"
    REVIEW = "review"
    UNSAFE = "unsafe"


class Reason(enum.Enum):
    """Why something was not done: a closed list, each with one test. The value is what users see."""

    ROUTE_NOT_STATIC = "route-not-static"
    LEAK = "secret-in-text"
    NOT_MOUNTED = "not-mounted"
    RECEIVER_UNKNOWN = "receiver-unknown"
    ENDPOINT_UNKNOWN = "endpoint-unknown"
    ENDPOINT_OUTSIDE = "endpoint-outside-project"
    LAMBDA = "lambda"
    PARTIAL = "partial"
    INHERITED = "inherited-method"
    DECLARATION = "declaration-only"
    DUNDER = "dunder-method"
    PROPERTY = "property"
    REGISTERED_ABOVE = "registered-by-unknown-decorator"
    NO_POLICY = "no-policy"
    ACCESS_UNKNOWN = "access-unknown"
    POLICY_UNDECIDED = "policy-undecided"
    SCOPES_UNCHECKED = "scopes-unchecked"
    REGISTERED_ELSEWHERE = "registered-in-another-file"
    NO_TIMEOUT = "no-timeout"
    TIMEOUT_UNKNOWN = "timeout-unknown"
    METHOD_UNKNOWN = "method-unknown"
    NOT_IDEMPOTENT = "method-not-idempotent"
    STREAMING_BODY = "streaming-body"
    ALREADY_RETRIED = "already-retried"
    IN_TRANSACTION = "in-transaction"
    BLOCKS_EVENT_LOOP = "blocks-event-loop"
    RESULT_USE = "result-used-otherwise"
    IDENTITY = "identity-attributes-used"
    FIXTURE = "test-fixture"
    APP_WITHOUT_NAME = "app-without-name"
    MOUNTED_BELOW = "mounted-below-another-app"
    URLCONF_UNKNOWN = "urlconf-unknown"
    ALREADY_INSTRUMENTED = "already-instrumented"
    SUPPRESSED = "suppressed"
    HEADER = "header-not-placeable"
    ARGUMENT = "argument-not-placeable"
    NAME_TAKEN = "name-taken"
    IMPORT_AFTER_USE = "import-after-use"
    SKIP_FILE = "isort-skip-file"
    SCAFFOLD_COLLISION = "scaffold-collision"
    SCAFFOLD_EDITED = "scaffold-edited"
    SCAFFOLD_UNPLACED = "scaffold-unplaced"
    ENCODING = "encoding-not-ascii-superset"
    SYNTAX = "syntax-error"
    TOO_DEEP = "too-deeply-nested"
    UNREADABLE = "unreadable"
    UNWRITABLE = "unwritable"
    OUTSIDE_ROOT = "leads-outside-root"
    CHANGED_ON_DISK = "changed-on-disk"
    PROOF_FAILED = "proof-failed"
    RULE_FAILED = "rule-failed"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The statement that makes an app object, or the last one that makes a list of URLs. Lines count from 1."""

    line: int
    end_line: int
    target: str  # source text of the assigned name, e.g. `app` or `self.app`
    before: bool = False  # what is inserted must run before this statement, not after it
    argument: str = ""  # source text to hand over where it is not the target (there is no app yet, say)


@dataclass(frozen=True, slots=True)
class JoinPoint:
    """One place where code can be inserted.

    `symbol` is unique in its file: the qualified name without `<locals>`, and `#2` after a second
    definition of the same name. `slot` is the index in the decorator list that a new outermost
    decorator of ours takes: everything before it registers or must stay outside.
    `reason` with `skip=False` is a remark (a route that is not static, say: the operation is then the
    dotted name); with `skip=True` nothing may be inserted here.
    A class with `members` stands for methods that it inherits from outside the project: (name, operation), sorted;
    its own `operation` is its dotted name.
    """

    file: str  # relative to the root, with `/`
    line: int
    symbol: str
    kind: Kind
    framework: str
    operation: str
    methods: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()  # native syntax, full path
    colour: Colour = "sync"
    slot: int = 0
    anchor: Anchor | None = None
    reason: Reason | None = None
    detail: str = ""
    skip: bool = False
    members: tuple[tuple[str, str], ...] = ()
    #: Where each call concerned ends, (line, column) as in `ast`: no two calls end at one place. Of a handler, the
    #: calls that register it and nothing else, where all of them stand in this file and take `dependencies=`
    #: (FastAPI's); of an outbound call, that one.
    calls: tuple[tuple[int, int], ...] = ()
    below: bool = False  # its operations end in `**`: all that is served below, by something outside the project
    declared: bool = False  # called with the parameters that it declares (FastAPI): there may be no request among them
    #: Of an operation with a dotted name: (its name, `GET /orders/{order_id}`) for each route that it answers, and
    #: (its name, "") when it may answer others.
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that runs here under a name of its own."""
        return tuple(operation for _, operation in self.members) or (self.operation,)

    @property
    def names(self) -> tuple[str, ...]:
        """The operations, and the routes of those with a dotted name: all that a pattern may mean."""
        return (*self.operations, *(answer for _, answer in self.answers if answer))


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call one operation, going by the source.

    `unknown` is never treated as missing, and never as guarded; `reason` then says why. `by` is what guards (a
    decorator, a dependency, a middleware) or what makes it public (a rule, a marker), at `file`:`line`.
    """

    state: Literal["guarded", "public", "unguarded", "unknown"]
    by: str = ""
    file: str = ""
    line: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]` (characters of the decoded text) by `text`.

    An insertion has `start == end`. Only Splice's own recognised insertions are ever removed.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One insertion in `codemod.lock`. No line numbers, so that branches merge."""

    file: str
    symbol: str
    kind: str  # decorator | import | statement | scaffold | dependency
    codemods: tuple[str, ...] = ()
    version: int = 1
    operation: str = ""
    form: str = ""  # canonical form, see forms.py
    text: tuple[str, ...] = ()  # the exact pieces as written
    blank: int = 0  # blank lines that came with it
    extra: tuple[tuple[str, str], ...] = ()  # routes, codegen_id, ... sorted


@dataclass(frozen=True, slots=True)
class Finding:
    """What a human is told. `level` "error" fails `check`; "note" never does."""

    level: Literal["error", "warning", "note"]
    code: str
    message: str
    file: str = ""
    line: int = 0
    fix: str = ""  # the command or setting that solves it


@dataclass(frozen=True, slots=True)
class Change:
    """Before and after of one file, as bytes."""

    file: str
    before: bytes | None  # None: the file is new
    after: bytes | None  # None: the file goes
    edits: tuple[Edit, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.before is None


@dataclass(frozen=True, slots=True)
class Changed:
    change: Change


@dataclass(frozen=True, slots=True)
class Unchanged:
    file: str


@dataclass(frozen=True, slots=True)
class Skipped:
    file: str
    reason: Reason
    detail: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that may hold a join point and could not be handled: exit code 3."""

    file: str
    reason: Reason
    detail: str = ""
    line: int = 0


Outcome = Changed | Unchanged | Skipped | Failed


@dataclass(frozen=True, slots=True)
class Example:
    """An example of a codemod: test, documentation and editor title in one. Paths map to source text."""

    title: str
    before: str
    after: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoChange:
    """A negative example: the codemod must leave `source` alone, and `title` says why."""

    title: str
    source: str
    config: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """This one thing cannot be done right; the caller turns it into an outcome with its reason."""

    def __init__(self, reason: Reason, detail: str = "", line: int = 0) -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason, self.detail, self.line = reason, detail, line


class SpliceError(Exception):
    """A message for the user; ends the run with exit code 2 and nothing written."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, fix: str = "") -> None:
        super().__init__(message)
        self.message, self.file, self.line, self.fix = message, file, line, fix

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message + (f"\n  fix: {self.fix}" if self.fix else "")
