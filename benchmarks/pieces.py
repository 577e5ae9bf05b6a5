"""The text that generated services are made of: what stands in an ordinary module of an ordinary service.

Every piece is a template over the fields `noun`, `nouns`, `Noun` and `verb`; `{{` is a brace of Python's own.
"""

from __future__ import annotations

NOUNS = (
    "account address audit basket batch booking branch budget campaign carrier cart category channel claim contract "
    "coupon courier currency customer delivery deposit discount document driver employee event exchange facility "
    "feature fee forecast gateway guest holiday import incident invoice item journey label ledger lesson license "
    "listing loan location machine meeting member merchant message meter mission notice offer order package parcel "
    "partner passenger payment payout permit plan policy price product profile project provider quota quote rate "
    "receipt record refund region release rental report reservation review reward route sample schedule seat segment "
    "sensor session shift shipment signal site skill stage station stock store subscription supplier survey task tax "
    "team template tenant terminal ticket token topic tour trade transfer trip truck unit vehicle vendor venue version "
    "visit voucher wallet warehouse warranty workshop zone"
).split()
VERBS = (
    "approve archive assign balance cancel close collect confirm expire merge notify renew settle split sync".split()
)

MODEL = '''
@dataclass
class {Noun}:
    """One {noun} as it is stored, with what callers may change."""

    id: int
    name: str
    state: str = "new"
    amount: float = 0.0
    tags: list[str] = field(default_factory=list)
    parent: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def moved(self, state: str) -> {Noun}:
        """The same {noun} in another state; what is closed stays closed."""
        if not self.is_open:
            raise ValueError(f"{noun} {{self.id}} is {{self.state}}")
        return {Noun}(self.id, self.name, state, self.amount, list(self.tags), self.parent)

    def as_dict(self) -> dict[str, Any]:
        return {{"id": self.id, "name": self.name, "state": self.state, "amount": round(self.amount, 2)}}
'''
STORE = '''
class {Noun}Store:
    """Keeps {nouns} by their id. A process of its own has its own."""

    def __init__(self, limit: int = 1000) -> None:
        self._rows: dict[int, dict[str, Any]] = {{}}
        self._limit = limit

    def get(self, key: int) -> dict[str, Any] | None:
        row = self._rows.get(key)
        if row is None:
            logger.debug("no {noun} %s", key)
            return None
        return dict(row)

    def put(self, key: int, row: dict[str, Any]) -> None:
        # the oldest goes first: readers of old {nouns} ask the archive
        while len(self._rows) >= self._limit:
            oldest = next(iter(self._rows))
            del self._rows[oldest]
        if key in self._rows:
            logger.warning("{noun} %s is overwritten", key)
        self._rows[key] = {{**row, "id": key}}

    def find(self, *, state: str | None = None, above: float = 0.0) -> list[dict[str, Any]]:
        found = [row for row in self._rows.values() if row.get("amount", 0.0) > above]
        if state is not None:
            found = [row for row in found if row.get("state") == state]
        return sorted(found, key=lambda row: row["id"])

    def total(self) -> float:
        return sum(row.get("amount", 0.0) for row in self._rows.values())
'''
WORK = '''
def {verb}_{noun}(rows: Iterable[dict[str, Any]], rate: float = 0.2, *, strict: bool = False) -> dict[str, float]:
    """{Verb} each {noun} and say what it comes to, by state."""
    totals: dict[str, float] = defaultdict(float)
    for number, row in enumerate(rows):
        amount = float(row.get("amount", 0))
        if amount < 0 and strict:
            raise ValueError(f"{noun} {{number}} is below zero")
        if row.get("state") == "closed":
            continue
        elif number % 7 == 0:
            amount *= 1 + rate  # every seventh bears the rounding of the others
        try:
            totals[row["state"]] += round(amount, 2)
        except KeyError:
            logger.exception("a {noun} without a state")
            totals["unknown"] += amount
    return dict(totals)
'''
PARSE = '''
_{NOUN}_LINE = re.compile(r"^(?P<key>[a-z_]+)\\s*[:=]\\s*(?P<value>.*)$")


def read_{noun}_lines(text: str) -> dict[str, str]:
    """The settings of a {noun}, one on a line; what is no setting is left out."""
    found: dict[str, str] = {{}}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _{NOUN}_LINE.match(line)
        if match is None:
            logger.info("not a setting of a {noun}: %r", line)
        else:
            found[match["key"]] = match["value"].strip("\\"' ")
    return found
'''
RANGE = '''
def {noun}_window(start: datetime, days: int = 30, *, step: int = 1) -> Iterator[tuple[datetime, datetime]]:
    """Windows of `step` days from `start`; the last one may be shorter."""
    end = start + timedelta(days=days)
    while start < end:
        following = min(start + timedelta(days=step), end)
        yield start, following
        start = following


def {noun}_share(part: float, whole: float) -> float:
    return 0.0 if not whole else min(max(part / whole, 0.0), 1.0)
'''
CLIENT = '''
class {Noun}Error(Exception):
    """What goes wrong with {nouns}; `retry` says whether asking again may help."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


def checked_{noun}(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of a {noun} with defaults for what is missing. Raises {Noun}Error."""
    missing = [name for name in ("name", "amount") if not payload.get(name)]
    if missing:
        raise {Noun}Error("a {noun} needs " + ", ".join(missing))
    if not isinstance(payload["amount"], (int, float)):
        raise {Noun}Error(f"amount is {{type(payload['amount']).__name__}}, not a number")
    return {{"state": "new", "tags": [], **payload}}
'''
PIECES = (MODEL, STORE, WORK, PARSE, RANGE, CLIENT)

HEAD = '''"""{Title}: what part {number} does with {nouns}.

{prose}
"""

from __future__ import annotations

import logging
{imports}
logger = logging.getLogger(__name__)

OPEN_STATES = frozenset({{"new", "open", "waiting"}})
{objects}
'''
IMPORTS = (  # by the word that needs them
    ("re.", "import re"),
    ("defaultdict", "from collections import defaultdict"),
    ("Iterable", "from collections.abc import Iterable"),
    ("Iterator", "from collections.abc import Iterator"),
    ("@dataclass", "from dataclasses import dataclass, field"),
    ("datetime", "from datetime import datetime, timedelta"),
    ("Any", "from typing import Any"),
)
PROSE = (
    "Amounts are in the currency of the customer; whoever adds them up converts first.",
    "Nothing here talks to another service: what it needs is handed in.",
    "States only ever move forward. A mistake is corrected by a new row, never by changing the old one.",
    "Kept small on purpose; the nightly job reads the same functions.",
)

FLASK_IMPORT = "from flask import Blueprint, abort, jsonify, request"
FLASK = (
    '''
@bp.get("/{nouns}/<int:{noun}_id>")
def read_{noun}({noun}_id: int) -> Any:
    """One {noun}."""
    row = STORE.get({noun}_id)
    if row is None:
        abort(404)
    return jsonify(row)
''',
    """
@bp.route("/{nouns}", methods=["POST"])
def create_{noun}() -> Any:
    payload = request.get_json(force=True) or {{}}
    # the id is ours: what a caller sends for it does not count
    key = len(STORE.find()) + 1
    STORE.put(key, {{**payload, "state": "new"}})
    return jsonify({{"id": key}}), 201
""",
    '''
@bp.delete("/{nouns}/<int:{noun}_id>")
def delete_{noun}({noun}_id: int) -> Any:
    """Close a {noun}; it is never removed."""
    row = STORE.get({noun}_id)
    if row is None:
        abort(404)
    STORE.put({noun}_id, {{**row, "state": "closed"}})
    return "", 204
''',
)
FASTAPI_IMPORT = "from fastapi import APIRouter, HTTPException"
FASTAPI = (
    '''
@router.get("/{nouns}/{{{noun}_id}}")
async def read_{noun}({noun}_id: int) -> dict[str, Any]:
    """One {noun}."""
    row = STORE.get({noun}_id)
    if row is None:
        raise HTTPException(status_code=404, detail="no such {noun}")
    return row
''',
    """
@router.post("/{nouns}", status_code=201)
def create_{noun}(payload: dict[str, Any]) -> dict[str, Any]:
    # the id is ours: what a caller sends for it does not count
    key = len(STORE.find()) + 1
    STORE.put(key, {{**payload, "state": "new"}})
    return {{"id": key}}
""",
    '''
@router.get("/{nouns}")
async def list_{nouns}(state: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The first {nouns}, by id."""
    return STORE.find(state=state)[:limit]
''',
)
