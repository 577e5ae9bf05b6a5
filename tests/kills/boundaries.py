"""Hooks in `os` that count what changes the disk, and end the process at a given count as a power cut would."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from typing import Any


class Boundaries:
    """Counts boundaries; before number `stop` this process kills itself (never, if 0). `names` says what each was."""

    def __init__(self, stop: int = 0, seen: Callable[[str], None] = lambda _name: None) -> None:
        self.stop, self.seen, self.names = stop, seen, list[str]()

    def here(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.stop:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen(name)

    def watch(self) -> None:
        """From now on, in this process: creating a file, each half of a write, mode, fsync, rename, removal."""
        create, here = os.open, self.here

        def opened(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            if flags & os.O_CREAT:
                here("create")
            return create(path, flags, *rest, **more)

        class Halved(io.FileIO):
            def write(self, data: Any) -> int:
                raw = bytes(data)
                here("write")
                first = super().write(raw[: len(raw) // 2]) or 0
                here("other half")
                return first + (super().write(raw[first:]) or 0)

        def before(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any, **more: Any) -> Any:
                here(name)
                return call(*arguments, **more)

            return called

        calls = {"open": opened, "fdopen": Halved}
        calls |= {name: before(name, getattr(os, name)) for name in ("fchmod", "fsync", "replace", "unlink")}
        for name, call in calls.items():
            setattr(os, name, call)
