"""Whether something makes a server span for each request: an instrumentor, an agent, a vendor's SDK.

Without one, the spans of `observed` are the first that a request has. Files are searched, nothing is executed:
the Python files that were read anyway, and those that say how the service is started and what it depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from splice.model import Finding
from splice.survey import Survey

CODEMOD = "instrument"  # the codemod that adds OpenTelemetry's own instrumentor
_TOKENS = re.compile(
    rb"opentelemetry-instrument|opentelemetry\.instrumentation|Instrumentor\b|\bddtrace\b|\blogfire\b"
    rb"|\bsentry[_-]sdk\b|\belasticapm\b|\belastic-apm\b|\bnewrelic\b"
)
_STARTS = re.compile(
    r"(?:^|/)(?:Dockerfile[^/]*|[^/]*\.dockerfile|Procfile[^/]*|requirements[^/]*\.(?:txt|in)|pyproject\.toml|setup\.cfg"
    r"|setup\.py|Pipfile|[^/]*\.ya?ml|[^/]*\.sh)$",
    re.IGNORECASE,
)
_LARGEST = 1024 * 1024  # what starts a service is short; a large YAML file is data


def find(survey: Survey) -> tuple[str, str] | None:
    """The first file that names server instrumentation, and the word it uses; None when no file does."""
    for file in _files(survey):
        raw = survey.files.get(file)
        if raw is not None and len(raw) <= _LARGEST and (match := _TOKENS.search(raw)):
            return file, match[0].decode("ascii")
    return None


def finding(survey: Survey) -> Finding | None:
    """The note for a service whose handlers would be observed below no server span."""
    names = sorted({p.framework for p in survey.matched.points if p.kind == "handler" and p.framework and not p.skip})
    if not names or CODEMOD in survey.config.codemods or find(survey) is not None:
        return None
    text = "no server instrumentation found: spans start at the handler"
    fix = f"add `{CODEMOD}` to codemods to use OpenTelemetry's instrumentor for {', '.join(names)}"
    return Finding("note", "no-server-instrumentation", text, fix=fix)


def _files(survey: Survey) -> Iterator[str]:
    """Service files that were read and are not our scaffold, then those that start the service."""
    candidates = frozenset(survey.discovery.candidates)
    scaffolds = {row.file for row in survey.lock.rows if row.kind == "scaffold"}
    yield from (f for f in sorted(survey.files.raw) if f in candidates - scaffolds)
    yield from (f for f in survey.discovery.files if _STARTS.search(f))
