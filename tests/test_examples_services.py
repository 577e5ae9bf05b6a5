"""The example services are whole as they stand: in a copy of their own, their own tests pass.

What Splice adds to them is proved elsewhere; this holds the "before" that the README, `make demo` and
the other tests start from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
TESTS = {"library": 72, "orders": 50, "shop": 37}


@pytest.mark.parametrize("service", sorted(TESTS))
def test_own_tests_pass(service: str, tmp_path: Path) -> None:
    root = tmp_path / service
    shutil.copytree(EXAMPLES / service, root, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    outer = ("PYTEST_", "PYTHONPATH", "DJANGO_", "LIBRARY_", "ORDERS_", "SHOP_", "COV_")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=root,
        env={key: value for key, value in os.environ.items() if not key.startswith(outer)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) >= TESTS[service]
