"""Answers of commands that only look, kept in the user's cache folder until anything changes that they came from.

`ledger` notes what an answer is made from while it is made; `keep` writes it down; `answer` finds it again, looks
whether all of that is still as it was, and tells it; `rows` are the files, `store` is the folder. An answer that is
found costs one `git ls-files` and one `stat` for each file that was read.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = ("check", "list")
_UNCACHED = ("--no-cache", "--profile")


def may_keep(words: Sequence[str]) -> bool:
    """Whether the answer to this command line may be kept: not what says how long things took, or exports it."""
    exported = any(name.startswith("OTEL_") for name in os.environ)
    return bool(words) and words[0] in COMMANDS and not any(w in _UNCACHED for w in words) and not exported
