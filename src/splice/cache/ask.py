"""Questions to git that are answered while something else is done, without the import of `subprocess`."""

from __future__ import annotations

import os

from splice.git import PATIENCE, command, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Asked:
    """One git command that runs. `said` waits for it; `forget` ends it."""

    def __init__(self, base: str, arguments: Sequence[str]) -> None:
        """Raises OSError where it does not start."""
        words = command(base, *arguments)
        if words is None:
            raise FileNotFoundError("git")
        output, complaint = os.pipe(), os.pipe()
        self._pipes = (output[0], complaint[0])
        self._process = 0
        actions = (
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output[1], 1),
            (os.POSIX_SPAWN_DUP2, complaint[1], 2),
        )
        try:
            self._process = os.posix_spawn(words[0], words, environment(), file_actions=actions)
        except BaseException:
            self._close()
            raise
        finally:
            os.close(output[1])
            os.close(complaint[1])

    def said(self) -> tuple[int, bytes, bytes] | None:
        """Exit code, output and complaint; None when it does not end: it may wait for a FIFO in the repository."""
        import select

        waiting = select.poll()
        parts: dict[int, list[bytes]] = {pipe: [] for pipe in self._pipes}
        opened = set(self._pipes)
        for pipe in self._pipes:
            waiting.register(pipe)
        while opened:
            ready = waiting.poll(PATIENCE * 1000)
            if not ready:
                self.forget()
                return None
            for pipe, _ in ready:
                part = os.read(pipe, 1 << 20)
                parts[pipe].append(part)
                if not part:
                    waiting.unregister(pipe)
                    opened.discard(pipe)
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        self._close()
        output, complaint = (b"".join(parts[pipe]) for pipe in self._pipes)
        return os.waitstatus_to_exitcode(status), output, complaint

    def forget(self) -> None:
        """End it, if it has not ended."""
        if self._process:
            import signal

            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0
            self._close()

    def _close(self) -> None:
        for pipe in self._pipes:
            os.close(pipe)
