"""How the demo writes to a terminal: headings, a tree of spans, a table of metrics.

Colour only on a terminal, or when FORCE_COLOR is set; NO_COLOR wins on a terminal.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from typing import Any

COLOUR = bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
SHOWN = ("http.route", "code.function.name", "guard.decision", "http.response.status_code", "error.type")


def paint(text: str, code: str) -> str:
    """`text` in an ANSI colour, where colour is wanted."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def heading(text: str) -> None:
    print("\n" + paint(f"=== {text}", "1;36"), flush=True)


def note(text: str) -> None:
    print(paint(text, "2"), flush=True)


def passed(text: str) -> None:
    print(paint("ok ", "32") + text, flush=True)


def failed(text: str) -> None:
    print(paint("FAILED ", "1;31") + text, file=sys.stderr, flush=True)


def spans(records: list[dict[str, Any]]) -> None:
    """The spans as one tree per trace, in the order in which they began."""
    children: dict[str, list[dict[str, Any]]] = defaultdict(list)
    known = {span["span_id"] for span in records}
    for span in sorted(records, key=lambda each: each["start"]):
        children[span["parent_id"] if span["parent_id"] in known else ""].append(span)

    def show(span: dict[str, Any], depth: int) -> None:
        head = "  " * depth + paint(span["name"], "1")
        milliseconds = (span["end"] - span["start"]) / 1e6
        status = paint("ERROR", "31") if span["status"] == "ERROR" else span["status"]
        print(f"{head}  {span['kind']}  {milliseconds:.1f} ms  {status}")
        for key in SHOWN:
            if key in span["attributes"]:
                print("  " * depth + f"    {key} = {span['attributes'][key]}")
        for event in span.get("events", ()):
            told = ", ".join(f"{key} = {value}" for key, value in sorted(event["attributes"].items()))
            print("  " * depth + f"    event {event['name']}  {told}")
        for child in children[span["span_id"]]:
            show(child, depth + 1)

    for root in children[""]:
        origin = "  continues the caller's" if root["remote_parent"] else ""
        note(f"trace {root['trace_id']}{origin}")
        show(root, 1)


def durations(name: str, points: list[dict[str, Any]]) -> None:
    """One line per series of a histogram."""
    print(paint(name, "1"))
    print(f"  {'count':>5}  {'sum (s)':>8}  labels")
    for point in points:
        labels = ", ".join(f'{key}="{value}"' for key, value in sorted(point["attributes"].items()))
        print(f"  {point['count']:>5}  {point['sum']:>8.4f}  {labels}")


def gauge(name: str, points: list[dict[str, Any]]) -> None:
    """One line per series of a gauge."""
    print(paint(name, "1"))
    for point in points:
        labels = ", ".join(f'{key}="{value}"' for key, value in sorted(point["attributes"].items()))
        print(f"  {point['value']}  {labels}")
