"""Two hundred generated services: what is promised of every repository holds for each of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fuzz.check import check
from fuzz.properties import Figures, same
from fuzz.scenarios import ALL, QUICK, Scenario
from fuzz.services import Service, services
from splice import testing

# black and isort take a second to start, all else some hundredths
SCENARIOS = st.sampled_from([*QUICK, *QUICK, *ALL])
_APART = """
import sys
from pathlib import Path
from splice import testing
for root in sorted(Path(sys.argv[1]).iterdir()):
    testing.run(root, rules=False)
"""


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(service=services(), scenario=SCENARIOS)
def test_every_promise_holds(service: Service, scenario: Scenario) -> None:
    check(service, scenario, Figures())


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(several=st.lists(services(), min_size=6, max_size=6), hashes=st.integers(1, 1000))
def test_another_process_with_other_hashes_gives_the_same_bytes(several: list[Service], hashes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here, there = Path(folder, "here"), Path(folder, "there")
        for root in (here, there):
            for number, service in enumerate(several):
                testing.put(root / str(number), dict(service.files))
        for root in sorted(here.iterdir()):
            testing.run(root, rules=False)
        command = [sys.executable, "-W", "ignore", "-c", _APART, str(there)]
        subprocess.run(command, env={"PYTHONHASHSEED": str(hashes)}, check=True, capture_output=True)
        same("another process gives the same bytes", testing.tree(here), testing.tree(there))
