"""The command `codemod`: what can be answered at once is answered here, everything else by the commands.

Imports as little as it can: a gate that is asked the same again spends most of its time on starting. So no typing,
no dataclasses, no click here; tests/test_startup.py holds the list.
"""

from __future__ import annotations

import os
import sys
import time

from splice import __version__
from splice.output import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. An error is one message and 2, never a traceback unasked."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    began = None
    if arguments is None:  # a process of its own: what it has spent until here is the interpreter's start and imports
        began = time.perf_counter() - time.process_time()
    if words == ["--version"]:
        write(sys.stdout, f"codemod (splice) {__version__}\n")
        return 0
    now = time.time_ns()
    if words[:1] in (["check"], ["list"]):
        from splice.cache.answer import known

        code = known(words)
        if code is not None:
            return code
    from splice.commands import carry_out

    return carry_out(words, now, began)


def entry() -> None:
    """The command as a process of its own, which ends with it.

    Trees are millions of objects that all stay until the end: looking for cycles among them was a fifth of a run, and
    taking them apart one by one at the end another.
    """
    import gc

    gc.disable()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody listens any more: Python's own end says so
        sys.exit(code)
    if any(name.startswith("OTEL_") for name in os.environ):  # exporters end with the interpreter
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    entry()
