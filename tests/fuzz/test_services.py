"""Two hundred generated services: what is promised of every repository holds for each of them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.check import check
from fuzz.properties import Figures
from fuzz.scenarios import ALL, QUICK, Scenario
from fuzz.services import Service, services

SCENARIOS = st.sampled_from([*QUICK, *QUICK, *ALL])


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(service=services(), scenario=SCENARIOS)
def test_every_promise_holds(service: Service, scenario: Scenario) -> None:
    check(service, scenario, Figures())
