"""Text to a stream, whatever the stream can encode and whoever has stopped reading."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def write(stream: TextIO, text: str | bytes) -> None:
    """Write and flush. What the stream cannot encode is escaped; a reader that has gone away is no error."""
    try:
        if isinstance(text, bytes):
            stream.flush()
            stream.buffer.write(text)
        else:
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        try:  # so that the interpreter's own flush at exit does not fail
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except OSError:
            return


def report_to(name: str, file: str, text: str) -> None:
    """Write a report into its file. Raises OSError."""
    # Appended where a host gathers what several steps say (GITHUB_STEP_SUMMARY).
    with open(file, "a" if name == "markdown" else "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
