"""The ways into CI, as real as they can be here: a commit that pre-commit stops, and the shell of each host's recipe."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from splice import testing

ROOT = Path(__file__).parents[1]
AUTH = '''def who(request):
    """Nobody is known yet."""
    return None
'''
APP = "from flask import Flask\n\napp = Flask(__name__)\n"
READ = '\n\n@app.get("/orders/<int:order_id>")\ndef read(order_id):\n    return {"id": order_id}\n'
NEW = '\n\n@app.delete("/orders/<int:order_id>")\ndef drop(order_id):\n    return ""\n'
POLICY = 'codemods = ["auth"]\n[auth]\nmode = "enforce"\nauthenticate = "auth:who"\n'
SERVICE: dict[str, str | bytes] = {"app.py": APP + READ, "auth.py": AUTH, "codemod.toml": POLICY}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """This process's own, without what makes git or pre-commit depend on the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    author = {f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept["PATH"]))
    return {**kept, **author, "PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}


def shell(text: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a host does with the text of a step."""
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def git(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_pre_commit_stops_an_endpoint_without_a_guard(tmp_path: Path, environment: dict[str, str]) -> None:
    hooks, service = tmp_path / "hooks", tmp_path / "service"
    kept = (
        "src",
        "transformers",
        "codemods",
        "rules",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        ".pre-commit-hooks.yaml",
    )
    for name in kept:  # the project as a repository of its own: what is not committed yet counts
        source, target = ROOT / name, hooks / name
        hooks.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for step in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "hooks"), ("tag", "v1")):
        assert git(hooks, environment, *step).returncode == 0
    config = f"repos:\n- repo: {hooks}\n  rev: v1\n  hooks:\n  - id: codemod-check\n"
    testing.put(service, {**SERVICE, ".pre-commit-config.yaml": config})
    assert git(service, environment, "init", "-q").returncode == 0
    testing.run(service)
    assert subprocess.run(["pre-commit", "install"], cwd=service, env=environment, check=False).returncode == 0
    git(service, environment, "add", "-A")
    done = git(service, environment, "commit", "-m", "guarded")
    assert done.returncode == 0, done.stdout + done.stderr
    with (service / "app.py").open("a") as stream:
        stream.write(NEW)
    git(service, environment, "add", "-A")
    stopped = git(service, environment, "commit", "-m", "open to everybody")
    said = stopped.stdout + stopped.stderr
    assert stopped.returncode == 1 and "auth missing: DELETE /orders/{order_id}" in said and "fix: codemod run" in said
    testing.run(service)
    git(service, environment, "add", "-A")
    assert git(service, environment, "commit", "-m", "guarded as well").returncode == 0


def steps() -> dict[str, dict[str, Any]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    return {step["name"]: step for step in action["runs"]["steps"]}


def test_the_steps_of_the_action(tmp_path: Path, environment: dict[str, str]) -> None:
    testing.put(tmp_path / "service", {**SERVICE, "app.py": APP + READ + NEW})
    runner = {name: tmp_path / name for name in ("RUNNER_TEMP", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    runner["RUNNER_TEMP"].mkdir()
    environment |= {name: str(path) for name, path in runner.items()}
    source = tmp_path / "source"
    shutil.copytree(
        ROOT, source, symlinks=True, ignore=shutil.ignore_patterns(".*", "build", "tests", "__pycache__", "*.egg-info")
    )
    done = shell(steps()["Install"]["run"], tmp_path, {**environment, "SOURCE": str(source), "EXTRAS": ""})
    assert done.returncode == 0, done.stderr
    done = shell(steps()["Check"]["run"], tmp_path / "service", {**environment, "ARGUMENTS": "--codemods auth --quiet"})
    assert done.returncode == 0, done.stderr
    assert "::error file=app.py,line=12,title=auth-missing::auth missing: DELETE /orders/{order_id}" in done.stdout
    outputs = dict(line.split("=", 1) for line in runner["GITHUB_OUTPUT"].read_text().splitlines())
    assert outputs["exit-code"] == "1" and json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert runner["GITHUB_STEP_SUMMARY"].read_text().startswith("### codemod check:")
    assert shell(steps()["Verdict"]["run"], tmp_path, {**environment, "STATUS": outputs["exit-code"]}).returncode == 1


def test_no_input_of_the_action_is_part_of_a_script() -> None:
    """An expression inside a script is replaced before the shell reads it: whoever names a branch would write code."""
    scripts = [step["run"] for step in steps().values() if "run" in step]
    assert len(scripts) == 3 and not any("${{" in script for script in scripts)


def test_the_component_of_gitlab(tmp_path: Path, environment: dict[str, str]) -> None:
    spec, jobs = yaml.safe_load_all((ROOT / "templates" / "codemod.yml").read_text())
    job = jobs["codemod-check"]
    testing.put(tmp_path, SERVICE)
    (script,) = job["script"]
    assert script.endswith(" $[[ inputs.arguments ]]") and "arguments" in spec["spec"]["inputs"]
    done = shell(script.replace("$[[ inputs.arguments ]]", "--codemods auth"), tmp_path, environment)
    assert done.returncode == 1
    reports = job["artifacts"]["reports"]
    assert "auth-missing" in {one["check_name"] for one in json.loads((tmp_path / reports["codequality"]).read_text())}
    assert "<failure" in (tmp_path / reports["junit"]).read_text()


def test_the_container_installs_what_there_is() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    (install,) = [shlex.split(line.removeprefix("RUN ")) for line in lines if "pip install" in line]
    (package,) = [word for word in install if word.startswith("/source[")]
    extras = set(package.partition("[")[2].rstrip("]").split(","))
    assert (ROOT / "constraints.txt").is_file() and extras <= {"semgrep", "otel", "lsp"}
