"""What a report says of who makes a server span for each request: an instrumentor, an agent, a vendor's SDK.

Without one, the spans of `observed` are the first that a request has.
"""

from __future__ import annotations

from splice.instrumented.tools import TOOLS, Instrumentation
from splice.model import Finding
from splice.survey import Survey

CODEMOD = "instrument"  # the codemod that adds OpenTelemetry's own instrumentor


def lines(survey: Survey) -> list[str]:
    """One line for each tool that instruments the service, with its first place and what Splice does about it."""
    found: dict[tuple[str, tuple[str, ...], bool], list[Instrumentation]] = {}
    for one in survey.instrumentation:
        found.setdefault((one.tool, one.signals, one.in_use), []).append(one)
    shown = []
    for (tool, _, in_use), rows in found.items():
        first = rows[0]
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        verb = "instrumented by" if in_use else "may be instrumented by"
        place = f"{first.how}, {first.file}:{first.line}{more}"
        shown.append(f"{verb} {TOOLS[tool].title} ({place}): {first.action(survey.config.spans.mode)}")
    return shown


def finding(survey: Survey) -> Finding | None:
    """The note for a service whose handlers would be observed below no server span."""
    names = sorted({p.framework for p in survey.matched.points if p.kind == "handler" and p.framework and not p.skip})
    there = any(one.makes_server_spans for one in survey.instrumentation)
    if not names or CODEMOD in survey.config.codemods or there:
        return None
    text = "no server instrumentation found: spans start at the handler"
    fix = f"add `{CODEMOD}` to codemods to use OpenTelemetry's instrumentor for {', '.join(names)}"
    return Finding("note", "no-server-instrumentation", text, fix=fix)
