"""The command `codemod baseline`: today's findings written down, or those that are fixed taken out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from splice import baseline
from splice.atomic import put
from splice.baseline import Entry, may_hold
from splice.model import Change, Refused, SpliceError
from splice.output import write
from splice.report.formats import json_text

if TYPE_CHECKING:
    from splice.invocation import Run


def record(this: Run, update: bool) -> int:
    """Write codemod.baseline; returns the exit code.

    Raises SpliceError when there is one already (or none to update), and when it cannot be written.
    """
    request = this.request(())
    before = baseline.load(request.root, request.config)
    if before.present and not update:
        fix = "`codemod baseline --update` takes out what is fixed; delete the file to begin anew"
        raise SpliceError("there is a baseline already, and nothing adds to one", file=baseline.FILE, fix=fix)
    if update and not before.present:
        raise SpliceError("there is no baseline to update", file=baseline.FILE, fix="codemod baseline")
    report = this.look(request)
    found = {Entry.of(item) for item in report.diagnostics if may_hold(item, request.config)}
    after = before.entries & found if update else frozenset(found)
    raw = (request.root / baseline.FILE).read_bytes() if before.present else None
    change = Change(baseline.FILE, raw, baseline.write(after) if after else None)
    try:
        put(request.root, change)
    except Refused as refused:
        raise SpliceError(f"{refused.reason.value}: {refused.detail}", file=baseline.FILE) from None
    gone = len(before.entries) - len(after) if update else 0
    if this.options.is_json:
        write(sys.stdout, json_text({"schema": 1, "known": len(after), "removed": gone}))
    elif not after and not update:
        write(sys.stdout, "nothing to record: no baseline is needed\n")
    elif update:
        write(sys.stdout, f"{gone} taken out of {baseline.FILE}, {len(after)} left\n")
    else:
        write(
            sys.stdout,
            f"{len(after)} findings recorded in {baseline.FILE}: commit it; `codemod check` tells what is new\n",
        )
    return report.exit_code
