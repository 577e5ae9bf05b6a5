"""`make fuzz SECONDS=1200`: generated services for as long as asked; figures at the end, exit code 1 if a promise broke.

Every service that breaks one is made smaller for a while and left in `.fuzz/`, as a folder that can be run again.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections import Counter
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from splice import testing

from .check import check
from .properties import Figures, Violation
from .scenarios import ALL, QUICK, Scenario
from .services import Service, services

_ROUND = 50  # services with one seed; small, so that a failure does not hide many others
_SMALLER = 60.0  # seconds for making one failure smaller


class _Hunt:
    """One hunt: until the clock is out, services of one seed after the other."""

    def __init__(self, seconds: float, folder: Path) -> None:
        self.end, self.folder = monotonic() + seconds, folder
        self.figures, self.broken = Figures(), Counter[str]()
        self.scenarios = [scenario for scenario in ALL if scenario in QUICK] * 3 + list(ALL)

    def round(self, number: int) -> None:
        """The services of one seed; the smallest that breaks a promise of each kind is kept."""
        smallest: dict[str, tuple[int, Service, Scenario, BaseException]] = {}
        found_at = 0.0

        @seed(number)
        @settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
        )
        @given(service=services(), scenario=st.sampled_from(self.scenarios))
        def one(service: Service, scenario: Scenario) -> None:
            nonlocal found_at
            if monotonic() > (found_at + _SMALLER if found_at else self.end):
                return  # hypothesis sees that nothing fails any more, and comes to an end
            try:
                check(service, scenario, self.figures if not found_at else Figures())
            except Exception as error:
                kind = error.name if isinstance(error, Violation) else type(error).__name__
                size = sum(map(len, service.files.values()))
                if kind not in smallest or size < smallest[kind][0]:
                    smallest[kind] = (size, service, scenario, error)
                found_at = found_at or monotonic()
                raise

        try:
            one()
        except Exception:
            assert smallest, "only services fail"
        for kind, (_, service, scenario, error) in smallest.items():
            self.broken[kind] += 1
            self.keep(f"{number}-{self.broken[kind]}-{scenario.__name__}", service, kind, error)

    def keep(self, name: str, service: Service, kind: str, error: BaseException) -> None:
        """Write a service and what is wrong with it, as a folder."""
        testing.put(self.folder / name, {**service.files, "WHY.txt": f"{kind}\n\n{error!r}\n\n{error}\n"})
        sys.stdout.write(f"BROKEN {kind}: see {self.folder / name}\n")
        sys.stdout.flush()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None, help="where to begin; without one, anywhere")
    parser.add_argument("--dir", type=Path, default=Path(".fuzz"), help="where failures are left")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # of the generated code
    begun = random.randrange(10**9) if options.seed is None else options.seed
    hunt, number = _Hunt(options.seconds, options.dir), begun
    while monotonic() < hunt.end:
        hunt.round(number)
        number += 1
    sys.stdout.write(f"seeds      {begun} to {number - 1}\n{shown(hunt.figures)}")
    sys.stdout.write(
        f"broken     {sum(hunt.broken.values())}{''.join(f'; {k}: {n}' for k, n in hunt.broken.items())}\n"
    )
    return int(bool(hunt.broken))


def shown(figures: Figures) -> str:
    """The figures of a hunt, one line each."""

    def listed(found: Counter[str]) -> str:
        return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items())) or "none"

    rows = {
        "programs": f"{figures.programs:,}",
        "files": f"{figures.files:,}",
        "lines": f"{figures.lines:,}",
        "handlers": f"{figures.handlers:,}",
        "insertions": f"{figures.insertions:,}",
        "refused": listed(figures.refused),
        "scenarios": listed(figures.scenarios),
    }
    return "".join(f"{label:<10} {text}\n" for label, text in rows.items())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
