"""Where the time of one run went: a table of its stages, for `--profile`."""

from __future__ import annotations

from collections.abc import Mapping

from splice.report.terminal import Screen, aligned, joined

STARTUP, REST = "start-up", "report"


def profile(startup: float, stages: Mapping[str, float], total: float) -> str:
    """A line for each stage: seconds by the clock, and its share of `total`.

    `startup` is what came before the stages: the interpreter, imports, the configuration. What no stage has taken
    went into the report.
    """
    rest = total - startup - sum(stages.values())
    spent = {STARTUP: startup, **stages, REST: rest}
    rows = [("STAGE", "SECONDS", "SHARE")]
    rows += [(stage, f"{value:7.3f}", f"{value / total:5.1%}") for stage, value in spent.items()]
    rows.append(("all", f"{total:7.3f}", f"{1:5.1%}"))
    return joined(aligned(rows, [("", "", "")] * len(rows), Screen()))
