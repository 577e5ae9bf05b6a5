"""Timeouts and retries as a user meets them: what is written, what is left alone and why, and that it goes again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from splice import testing
from splice.cli import main
from splice.model import Reason

POLICY = 'codemods = ["timeouts"]\n[timeouts]\nconnect = 3.0\nread = 10.0\n'


def there_and_back(root: Path, files: Mapping[str, str], config: str = POLICY) -> dict[str, str]:
    """The files as `run` leaves them; another run changes nothing, `check` is content, `strip` gives all back."""
    testing.put(root, {**files, "codemod.toml": config})
    testing.run(root)
    after = testing.tree(root)
    assert not testing.run(root).changes
    assert main(["check", "--root", str(root)]) == 0
    assert testing.tree(root) == after
    testing.run(root, strip=True)
    assert testing.tree(root) == {name: text.encode() for name, text in {**files, "codemod.toml": config}.items()}
    return {name: raw.decode() for name, raw in after.items()}


def reasons(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str | None]:
    capsys.readouterr()
    main(["list", "--root", str(root), "--format", "json"])
    return {row["symbol"]: row["reason"] for row in json.loads(capsys.readouterr().out)["join_points"]}


SHAPES = {
    "import requests\n\n\ndef f(u):\n    return requests.get(u)\n": "requests.get(u, timeout=REQUESTS_TIMEOUT)",
    "import requests as r\n\n\ndef f(u):\n    return r.post(\n        u,\n        json={},\n    )\n": (
        "        json={},\n        timeout=REQUESTS_TIMEOUT,\n    )"
    ),
    "import requests\n\nsession = requests.Session()\n\n\ndef f(u):\n    return session.get(u)\n": (
        "session.get(u, timeout=REQUESTS_TIMEOUT)"
    ),
    "from urllib.request import urlopen\n\n\ndef f(u):\n    return urlopen(u).read()\n": (
        "urlopen(u, timeout=URLLIB_TIMEOUT)"
    ),
    "import smtplib\n\n\ndef f():\n    with smtplib.SMTP('mail') as mail:\n        mail.noop()\n": (
        "smtplib.SMTP('mail', timeout=SMTP_TIMEOUT)"
    ),
    "import redis\n\ncache = redis.Redis()\n": "redis.Redis(socket_timeout=REDIS_TIMEOUT)",
}


@pytest.mark.parametrize("source", SHAPES)
def test_a_call_gains_its_timeout(tmp_path: Path, source: str) -> None:
    after = there_and_back(tmp_path, {"main.py": source})["main.py"]
    assert SHAPES[source] in after
    compile(after, "main.py", "exec")


def test_a_call_whose_arguments_are_not_known_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "import requests\n\n\ndef f(u, **options):\n    return requests.get(u, **options)\n"
    testing.put(tmp_path, {"main.py": source, "codemod.toml": POLICY})
    assert not testing.run(tmp_path).changes
    assert list(reasons(tmp_path, capsys).values()) == [Reason.TIMEOUT_UNKNOWN.value]


def test_without_a_value_it_is_only_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(u)\n"
    testing.put(tmp_path, {"main.py": source, "codemod.toml": 'codemods = ["timeouts"]\n'})
    assert not testing.run(tmp_path).changes
    assert list(reasons(tmp_path, capsys).values()) == [Reason.NO_POLICY.value]


def test_a_value_that_goes_takes_the_argument_along_and_another_value_changes_the_scaffold_alone(
    tmp_path: Path,
) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(u)\n"
    testing.put(tmp_path, {"main.py": source, "codemod.toml": POLICY})
    testing.run(tmp_path)
    first = testing.tree(tmp_path)
    testing.put(tmp_path, {"codemod.toml": POLICY.replace("10.0", "20.0")})
    assert {change.file for change in testing.run(tmp_path).changes} == {"codemod.lock", "scaffold.py"}
    assert testing.tree(tmp_path)["main.py"] == first["main.py"]
    testing.put(tmp_path, {"codemod.toml": 'codemods = ["timeouts"]\n'})
    testing.run(tmp_path)
    assert testing.tree(tmp_path)["main.py"].decode() == source


def test_two_calls_on_one_line_and_one_in_the_other(tmp_path: Path) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(requests.get(u).text), requests.get(u)\n"
    after = there_and_back(tmp_path, {"main.py": source})["main.py"]
    one = "requests.get(u, timeout=REQUESTS_TIMEOUT)"
    assert f"return requests.get({one}.text, timeout=REQUESTS_TIMEOUT), {one}\n" in after


def test_a_human_who_sets_a_timeout_is_right(tmp_path: Path) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(u)\n"
    testing.put(tmp_path, {"main.py": source, "codemod.toml": POLICY})
    testing.run(tmp_path)
    edited = (tmp_path / "main.py").read_text().replace("=REQUESTS_TIMEOUT", "=60")
    testing.put(tmp_path, {"main.py": edited})
    testing.run(tmp_path)
    assert "requests.get(u, timeout=60)" in (tmp_path / "main.py").read_text()
    testing.run(tmp_path, strip=True)
    assert "requests.get(u, timeout=60)" in (tmp_path / "main.py").read_text()


RETRY = 'codemods = ["retry", "timeouts"]\n[timeouts]\nconnect = 3.0\nread = 10.0\n'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "import requests\n\n\ndef f(u):\n    return requests.get(u).json()\n",
            "retried(requests.get)(u, timeout=REQUESTS_TIMEOUT).json()",
        ),
        (
            "import httpx\n\n\nasync def f(u):\n    async with httpx.AsyncClient() as client:\n        await client.get(u)\n",
            "await retried(client.get)(u)",
        ),
        (
            "import aiohttp\n\n\nasync def f(u):\n    async with aiohttp.ClientSession() as session:\n"
            "        async with session.get(u) as response:\n            return await response.text()\n",
            "async with retried(session.get)(u) as response:",
        ),
    ],
)
def test_a_call_that_is_safe_to_repeat_is_wrapped(tmp_path: Path, source: str, expected: str) -> None:
    after = there_and_back(tmp_path, {"main.py": source}, RETRY)["main.py"]
    assert expected in after
    compile(after, "main.py", "exec")


def test_without_a_timeout_nothing_is_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(u)\n"
    testing.put(tmp_path, {"main.py": source, "codemod.toml": 'codemods = ["retry"]\n'})
    assert not testing.run(tmp_path).changes
    assert list(reasons(tmp_path, capsys).values()) == [Reason.NO_TIMEOUT.value]


def test_stamina_is_declared_with_the_first_retry_and_goes_with_the_last(tmp_path: Path) -> None:
    source = "import requests\n\n\ndef f(u):\n    return requests.get(u, timeout=3)\n"
    files = {"main.py": source, "requirements.txt": "requests\n"}
    after = there_and_back(tmp_path, files, 'codemods = ["retry"]\n')
    assert "stamina>=25.2" in after["requirements.txt"]
