"""What to do about a file that was not handled: one line for each reason."""

from __future__ import annotations

import sys

from splice.model import Failed, Reason, Skipped

_HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
_EXCLUDE = "or name it in `exclude`"
_SYNTAX = (
    f"correct it, {_EXCLUDE}; if it is newer than Python {_HERE}: "
    "run codemod on a Python at least as new as the service's"
)
_PYTHON_2 = ("in call to 'print'", "in call to 'exec'", "multiple exception types", "leading zeros in decimal")
_REMEDIES = {
    Reason.ENCODING: f"save it as UTF-8, or in the encoding that its coding line names, {_EXCLUDE}",
    Reason.SYNTAX: _SYNTAX,
    Reason.TOO_DEEP: f"take the expression apart, {_EXCLUDE}",
    Reason.UNREADABLE: "let the user who runs codemod read it, or take it away, and run again",
    Reason.UNWRITABLE: "let the user who runs codemod write file and folder, see that the disk has room, run again",
    Reason.CHANGED_ON_DISK: "run again: the next run starts from what is there now",
    Reason.OUTSIDE_ROOT: f"put a file in the place of the link, {_EXCLUDE}",
    Reason.PROOF_FAILED: f"this is a bug in splice: report it, {_EXCLUDE}",
    Reason.RULE_FAILED: f"make it smaller or simpler, so that semgrep can check it, {_EXCLUDE}",
}


def remedy(item: Failed | Skipped) -> str:
    """What helps, "" when something else has to be put right first or the detail says it."""
    if item.reason is Reason.SYNTAX and any(sign in item.detail for sign in _PYTHON_2):
        return f"this looks like Python 2: port it, {_EXCLUDE}"
    if item.reason is Reason.SYNTAX and "NUL" in item.detail:
        return f"take the NUL byte out, {_EXCLUDE}"
    if item.detail.startswith("left as it is, because"):
        return ""
    return _REMEDIES.get(item.reason, "")
