"""The ratios as a page of markdown."""

from __future__ import annotations

import platform
from importlib.metadata import version

from benchmarks.scaffold.contenders import COLOURS, OTEL, PLACES, SPAN
from benchmarks.scaffold.measure import CALLS, STATES, Ratios

#: What `@observed` may cost at most, with a span only and on a function that is not asynchronous.
GOALS = {"no SDK": 0.35, "sampled out": 0.5, "recording": 0.8}

_ABOUT = """\
# What the scaffold costs a call

Measured by `python -m benchmarks.scaffold`. Ratios to what {otel} costs in the same place: CPU time of the calling
thread, less that of the same loop around the bare function; medians of {rounds} rounds of {calls} calls each, in which
all contenders of a state take turns in one process. Python {python}, OpenTelemetry SDK {sdk}, set up before the service
is imported, with a batch span processor. The scaffolds are what `codemod run` generates for examples/orders. Every
contender that makes a span makes the same one, with the same attribute. Flask is loaded: at a root, `@observed` looks
whether there is a request whose trace goes on, and OpenTelemetry's decorator does not.

- **root**: no span around the call. **below**: a server span is current, which is sampled out in that state; a span of
  a function below it is not even asked for. **request**: in a request of Flask's.
- A **generator** yields three items. OpenTelemetry's decorator is wrong on it, and so is no yardstick: its span ends
  before the first item is asked for. `@observed` makes its span current for each step, and ends it with the stream.
- **kill switch**: `SCAFFOLD_DISABLE=observed,retried`, recording. Guards stay on.
- `retried` and `guarded` have no counterpart there; their ratios say how much they cost in units of that decorator.
- Only the SDK can say whether a root is sampled out, and its `start_span` is most of what is left there; the row `by
  hand, start_span, attach, detach, end` is what a span costs without any decorator.
"""


def page(found: dict[str, Ratios], rounds: int) -> str:
    """All of benchmarks/scaffold.md."""
    about = _ABOUT.format(
        otel=OTEL, rounds=rounds, calls=CALLS, python=platform.python_version(), sdk=version("opentelemetry-sdk")
    )
    tables = "\n".join(f"## {colour}\n\n{_table(found, colour)}" for colour in COLOURS)
    return f"{about}\n{_goals(found)}\n{tables}"


def _goals(found: dict[str, Ratios]) -> str:
    """What is asked of `@observed`, and what it costs."""
    lines = ["| `@observed`, span, sync | at most | root | below |", "| --- | ---: | ---: | ---: |"]
    for state, goal in GOALS.items():
        shown = [_judged(found[state]["sync"][place][SPAN], goal) for place in ("root", "below")]
        lines.append(f"| {state} | {goal:.2f} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _judged(ratio: float | None, goal: float) -> str:
    return _shown(ratio) + (" (missed)" if ratio is not None and ratio > goal else "")


def _table(found: dict[str, Ratios], colour: str) -> str:
    lines = [f"| place | what | {' | '.join(STATES)} |", f"| --- | --- |{' ---: |' * len(STATES)}"]
    for place in PLACES:
        for name in found[STATES[0]][colour].get(place, {}):
            cells = [_shown(found[state][colour][place][name]) for state in STATES]
            lines.append(f"| {place} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(ratio: float | None) -> str:
    return "the function itself" if ratio is None else f"{max(ratio, 0):.2f}"
