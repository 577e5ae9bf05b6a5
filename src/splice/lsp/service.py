"""One configuration root, looked at again whenever a text changes: after a pause, in a thread, the latest text wins."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from splice import baseline
from splice.config import load
from splice.lsp.buffers import Buffer
from splice.lsp.messages import Told, told_of
from splice.lsp.positions import Units
from splice.model import Change, Failed, SpliceError
from splice.pipeline import Request, plan
from splice.prefilter import read
from splice.registry import codemods
from splice.report.drift import tried
from splice.report.report import Report

_T = TypeVar("_T")
_LONGEST = 5.0  # seconds between a text and the look at it
_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """A newer text has come: nobody waits for this look any more."""


@dataclass(frozen=True)
class Look:
    """What the engine says of a root, and what is told of each open file: (version of its buffer, diagnostics)."""

    report: Report
    told: Mapping[str, tuple[int, tuple[Told, ...]]]


def look(root: Path, unsaved: Mapping[str, bytes], stop: threading.Event) -> Report:
    """What `codemod check` would say of a root if these texts were saved. Raises SpliceError, and Cancelled."""

    def progress(_stage: str, _done: int, _all: int) -> None:
        if stop.is_set():
            raise Cancelled

    config = load(root, None, codemods())
    planned = plan(Request(root, config, date.today(), unsaved=unsaved), progress)
    planned, refused = tried(planned)
    return Report("check", planned, refused=refused, baseline=baseline.load(root, config))


class Service:
    """A root, the open files in it, and the latest look.

    `looked` is called when a look is over, also one that a configuration error ended: then `error` says so, and the
    last good look stays. Everything of the engine runs in `pool`, which has one thread.
    """

    def __init__(self, root: Path, pool: Executor, units: Units, looked: Callable[[Service], None]) -> None:
        self.root, self.pool, self.units = root, pool, units
        self.buffers: dict[str, Buffer] = {}  # by file, relative to the root
        self.latest: Look | None = None
        self.error: SpliceError | None = None
        #: Files that an edit of ours has changed in the editor only: file -> what the disk held, what it will hold.
        self.applied: dict[str, tuple[bytes | None, bytes]] = {}
        self._looked = looked
        self._task: asyncio.Task[None] | None = None
        self._took = 0.0  # seconds of the last look

    def changed(self, pause: float) -> None:
        """Look again after a pause, unless something changes meanwhile: then that look counts.

        Where a look takes long the pause is as long, so that typing in a large repository keeps no processor busy.
        """
        self.close()
        pause = pause and max(pause, min(self._took, _LONGEST))
        self._task = asyncio.get_running_loop().create_task(self._again(pause))

    def close(self) -> None:
        """End what is under way."""
        if self._task is not None:
            self._task.cancel()

    async def current(self) -> Look | None:
        """The look at the texts as they are now: whoever asks while one is under way waits for it."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})
        return self.latest

    async def work(self, do: Callable[[], _T]) -> _T:
        """Something of the engine, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, do)

    async def _again(self, pause: float) -> None:
        await asyncio.sleep(pause)
        stop = threading.Event()
        try:
            self.latest = await self.work(lambda: self._look(stop))
            self.error = None
        except asyncio.CancelledError:
            stop.set()
            raise
        except Cancelled:
            return
        except SpliceError as error:
            self.error = error
        except Exception:
            _log.exception("the look at %s failed: this is a bug in splice", self.root)
            return
        self._looked(self)

    def _look(self, stop: threading.Event) -> Look:
        if stop.is_set():
            raise Cancelled
        began = perf_counter()
        held = list(self.buffers.items())
        unsaved = {**self._applied(), **{file: buffer.settled() for file, buffer in held}}
        report = look(self.root, unsaved, stop)
        told = {}
        for file, buffer in held:
            version, raw = buffer.version, buffer.raw
            told[file] = (version, told_of(report, file, self.units, raw))
        self._took = perf_counter() - began
        return Look(report, told)

    def _applied(self) -> dict[str, bytes]:
        """What an edit of ours made of files that are not open, until somebody has saved them."""
        found = {}
        for file, (before, after) in list(self.applied.items()):
            there = read(self.root, file)
            raw = None if isinstance(there, Failed) else there
            if raw == before or (before is None and not raw):  # an editor makes a new file before it fills it
                found[file] = after
            else:
                del self.applied[file]
        return found

    def apply(self, changes: Iterable[Change]) -> None:
        """An editor has made these changes, and has saved none of them yet."""
        for change in changes:
            if change.file not in self.buffers and change.after is not None:
                first = self.applied.get(change.file, (change.before, b""))[0]
                self.applied[change.file] = first, change.after

    def holds(self, change: Change) -> bool:
        """Whether what a change starts from is what the editor, or else the disk, holds now."""
        if change.file in self.buffers:
            return self.buffers[change.file].raw == change.before
        if change.file in self.applied:
            return self.applied[change.file][1] == change.before
        there = read(self.root, change.file)
        return (None if isinstance(there, Failed) else there) == change.before
