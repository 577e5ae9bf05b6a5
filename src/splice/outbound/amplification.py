"""Layers of attempts around each other multiply: three times three are nine calls of a service that is down already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from splice.model import Finding
from splice.outbound.calls import Outbound


def amplified(calls: Iterable[Outbound], most: int) -> Iterator[Finding]:
    """A finding for each call that more than one layer repeats; a warning where that comes to more than `most`."""
    for call in calls:
        times = call.attempts
        many = times is None or times > most
        if len(call.layers) < 2 and not (call.layers and call.resends and times is not None and many):
            continue
        how = "without a limit" if times is None else f"{times} times"
        chain = " x ".join(str(layer) for layer in call.layers)
        chain += f" x {call.library} itself ({call.resends + 1})" if call.resends else ""
        text = f"{call.callee} may be tried {how}: {chain}"
        fix = "retry at one layer only" if many else ""
        yield Finding("warning" if many else "note", "amplification", text, call.file, call.line, fix)
