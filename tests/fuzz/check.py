"""One generated service through everything: the basics, strip, and one scenario."""

from __future__ import annotations

import random
import tempfile
import warnings
from pathlib import Path

from splice import testing

from .properties import Figures, basics
from .scenarios import Scenario, stripped
from .services import Service


def check(service: Service, scenario: Scenario, figures: Figures) -> None:
    """Raises Violation, or whatever the engine raises."""
    with tempfile.TemporaryDirectory(prefix="splice-fuzz-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the generated code
        root = Path(folder) / "service"
        after = basics(root, service, figures)
        figures.scenarios[scenario.__name__] += 1
        scenario(root, service.files, after, random.Random(len(after)))
        if scenario is not stripped:
            again = Path(folder) / "again"
            testing.put(again, dict(after))
            stripped(again, service.files, after, random.Random(0))
