"""Where outer policies come from: a file, an installed package that is never imported, an earlier commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from splice.cli import main
from splice.config import Config, load
from splice.model import SpliceError
from splice.testing import put, tree

KNOWN = ("auth", "metrics", "retry", "spans", "timeouts")
ACME = "codemods = ['auth']\n[auth]\nmode = 'enforce'\nauthenticate = 'acme:caller'\npublic = ['GET /healthz']\n"
EXTENDS = "extends = 'acme_policy:codemod.toml'\n"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path, files: dict[str, str | bytes], message: str = "x") -> None:
    put(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    root = tmp_path / "service"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages; whoever imports one of them leaves a mark."""
    folder = tmp_path / "site"
    for package in ("acme_policy", "base_policy"):
        mark = f"open({str(tmp_path / 'imported')!r}, 'w').close()\n"
        put(folder, {f"{package}/__init__.py": mark, f"{package}/strict/__init__.py": mark})
    monkeypatch.syspath_prepend(folder)
    return folder


def own(root: Path, text: str) -> Config:
    put(root, {"codemod.toml": text})
    return load(root, None, KNOWN)


def refused(root: Path, text: str) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        own(root, text)
    return caught.value


def test_a_file_of_a_package_is_read_and_the_package_never_imported(service: Path, site: Path) -> None:
    put(site, {"acme_policy/codemod.toml": ACME, "acme_policy/strict/codemod.toml": ACME.replace("GET", "POST")})
    config = own(service, EXTENDS)
    assert (config.codemods, config.auth.authenticate, config.auth.public) == (
        ("auth",),
        "acme:caller",
        ("GET /healthz",),
    )
    error = refused(service, EXTENDS + "[auth]\nmode = 'observe'\n")
    assert (error.file, error.line) == ("codemod.toml", 3)
    assert error.message.endswith("acme_policy:codemod.toml:3")
    assert own(service, EXTENDS.replace(":", ".strict:")).auth.public == ("POST /healthz",)
    assert not (site.parent / "imported").exists()
    assert not {"acme_policy", "acme_policy.strict"} & set(sys.modules)


def test_policies_extend_each_other_and_each_may_tighten(service: Path, site: Path) -> None:
    put(site, {"base_policy/codemod.toml": "[retry]\nattempts = 4\n[auth]\npublic = ['GET /**']\n"})
    put(site, {"acme_policy/codemod.toml": "extends = 'base_policy:codemod.toml'\n[retry]\nattempts = 3\n" + ACME[20:]})
    config = own(service, EXTENDS + "[retry]\nattempts = 2\n[auth]\npublic = []\n")
    assert (config.retry.attempts, config.auth.public) == (2, ())
    assert "acme_policy:codemod.toml:3" in refused(service, EXTENDS + "[retry]\nattempts = 4\n").message
    put(site, {"acme_policy/codemod.toml": "extends = 'base_policy:codemod.toml'\n[retry]\nattempts = 5\n"})
    loose = refused(service, EXTENDS)
    assert (loose.file, loose.line) == ("acme_policy:codemod.toml", 3)
    assert "base_policy:codemod.toml:2" in loose.message


@pytest.mark.parametrize(
    ("base", "acme", "allowed"),
    [
        ("", "", False),
        ("allow-suppress = ['auth']\n", "", True),
        ("", "allow-suppress = ['auth']\n", True),  # the base does not speak of guards
        ("[auth]\npublic = ['GET /healthz']\n", "allow-suppress = ['auth']\n", False),
        ("allow-suppress = ['auth']\n[auth]\npublic = ['GET /healthz']\n", "allow-suppress = ['auth']\n", True),
        ("allow-suppress = ['auth']\n[auth]\npublic = ['GET /healthz']\n", "allow-suppress = ['spans']\n", False),
    ],
)
def test_two_policies_that_care_must_both_allow(service: Path, site: Path, base: str, acme: str, allowed: bool) -> None:
    put(site, {"base_policy/codemod.toml": base})
    put(site, {"acme_policy/codemod.toml": "extends = 'base_policy:codemod.toml'\n" + acme + ACME})
    assert own(service, EXTENDS).may_suppress("auth") is allowed


def test_policies_that_extend_each_other_in_a_circle_end(service: Path, site: Path) -> None:
    put(site, {"acme_policy/codemod.toml": EXTENDS})
    assert "extend each other" in refused(service, EXTENDS).message


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("nobody_has_this:codemod.toml", "no package 'nobody_has_this' is installed"),
        ("acme_policy:other.toml", "the installed package 'acme_policy' has no file 'other.toml'"),
        ("acme_policy:../base_policy/codemod.toml", "must be a folder below"),
        ("acme_policy:link.toml", "has no file 'link.toml'"),
        ("acme_policy:strict", "has no file 'strict'"),
        ("acme policy:codemod.toml", "must be a file below the root or in a package"),
        ("acme_policy:", "must be a file below the root or in a package"),
        ("os.path:codemod.toml", "no package 'os.path' is installed"),
        ("../outer.toml", "below the root"),
        ("/etc/passwd", "below the root"),
        ("policy.toml", "there is no file 'policy.toml'"),
    ],
)
def test_what_cannot_be_extended_is_an_error_with_its_line(service: Path, site: Path, extends: str, words: str) -> None:
    (site / "secret.toml").write_text(ACME)
    (site / "acme_policy/link.toml").symlink_to(site / "secret.toml")
    put(site, {"base_policy/codemod.toml": ACME})
    error = refused(service, f"# ours\nextends = '{extends}'\n")
    assert words in error.message and (error.file, error.line) == ("codemod.toml", 2)


def test_the_repository_cannot_be_the_package_that_it_extends(
    service: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, {"acme_policy/codemod.toml": ACME})
    put(service, {"acme_policy/__init__.py": "", "acme_policy/codemod.toml": "codemods = ['spans']\n"})
    monkeypatch.chdir(service)
    for entry in (str(service), "", "."):
        monkeypatch.setattr(sys, "path", [entry, *sys.path])
        assert own(service, EXTENDS).codemods == ("auth",)


def test_a_file_of_the_repository_may_be_extended(service: Path) -> None:
    put(service, {"policy/base.toml": ACME.replace("enforce", "observe")})
    config = own(service, "extends = 'policy/base.toml'\n[auth]\nmode = 'enforce'\n")
    assert config.auth.authenticate == "acme:caller"
    inner = "extends = 'policy/other.toml'\n"
    put(service, {"policy/base.toml": inner})
    error = refused(service, "extends = 'policy/base.toml'\n")
    assert "extends a file of a package only" in error.message and error.file == "policy/base.toml"


def test_a_policy_of_the_command_line_goes_before_what_a_repository_extends(service: Path, site: Path) -> None:
    put(site, {"acme_policy/codemod.toml": ACME + "[retry]\nattempts = 3\n", "outer.toml": "[retry]\nattempts = 2\n"})
    put(service, {"codemod.toml": EXTENDS})
    with pytest.raises(SpliceError, match=r"attempts: 3 is looser than retry\.attempts = 2"):
        load(service, None, KNOWN, policy=site / "outer.toml")
    assert load(service, None, KNOWN, policy=site / "acme_policy/codemod.toml").retry.attempts == 3


# --- an earlier commit

BEFORE = ACME + "[[auth.rules]]\noperation = '* /admin/**'\nrequire = ['admin']\n"


def now(root: Path, ref: str = "main") -> Config:
    return load(root, None, KNOWN, policy_ref=ref)


def test_a_change_may_not_weaken_the_policy_that_judges_it(service: Path) -> None:
    commit(service, {"codemod.toml": BEFORE})
    put(service, {"codemod.toml": BEFORE.replace("['GET /healthz']", "['GET /healthz', 'GET /admin/**']")})
    with pytest.raises(SpliceError) as caught:
        now(service)
    assert (caught.value.file, caught.value.line) == ("codemod.toml", 5)
    assert caught.value.message.endswith("main:codemod.toml:5")
    put(service, {"codemod.toml": BEFORE.replace("['admin']", "['user']")})
    with pytest.raises(SpliceError, match=r"asks for less than .* main:codemod.toml:6"):
        now(service)


def test_a_change_may_tighten_and_what_it_leaves_out_stays(service: Path) -> None:
    commit(service, {"codemod.toml": BEFORE})
    put(service, {"codemod.toml": "codemods = ['spans']\n[[auth.rules]]\noperation = '* /new/**'\nrequire = ['new']\n"})
    config = now(service)
    assert config.codemods == ("auth", "spans")
    assert [rule.operation for rule in config.auth.rules] == ["* /admin/**", "* /new/**"]
    (service / "codemod.toml").unlink()
    assert now(service).auth.public == ("GET /healthz",)
    put(service, {"pyproject.toml": "[tool.codemod]\nline-length = 99\n"})
    assert (now(service).auth.authenticate, now(service).line_length) == ("acme:caller", 99)


def test_a_commit_that_says_nothing_asks_nothing(service: Path) -> None:
    commit(service, {"README": "x"})
    put(service, {"codemod.toml": BEFORE})
    assert now(service).auth == load(service, None, KNOWN).auth


def test_what_the_commit_extends_counts_even_if_the_change_extends_nothing(service: Path, site: Path) -> None:
    put(site, {"acme_policy/codemod.toml": "allow-suppress = ['auth']\n" + ACME})
    commit(service, {"codemod.toml": EXTENDS})
    put(service, {"codemod.toml": "[auth]\nmode = 'observe'\n"})
    with pytest.raises(SpliceError, match=r"is looser than .*, acme_policy:codemod.toml:4"):
        now(service)
    put(service, {"codemod.toml": "manifests = false\n"})
    assert now(service).may_suppress("auth")
    commit(service, {"codemod.toml": ACME})
    put(service, {"codemod.toml": EXTENDS})
    assert not now(service).may_suppress("auth"), "a change lets nobody suppress"


def test_a_root_below_the_repository_has_its_own_configuration(service: Path) -> None:
    commit(service, {"a/codemod.toml": BEFORE, "codemod.toml": "codemods = ['spans']\n"})
    put(service, {"a/codemod.toml": "codemods = ['metrics']\n"})
    assert now(service / "a").codemods == ("auth", "metrics")
    named = load(service / "a", service / "a/codemod.toml", KNOWN, policy_ref="HEAD")
    assert named.codemods == ("auth", "metrics")


@pytest.mark.parametrize("ref", ["nothing", "--help", "-x", "main:codemod.toml", "main\n", "", "^main"])
def test_what_is_no_commit_is_refused(service: Path, ref: str) -> None:
    commit(service, {"codemod.toml": BEFORE})
    if not ref:
        assert now(service, ref).commit == ""
        return
    with pytest.raises(SpliceError, match="git knows no such commit"):
        now(service, ref)


def test_without_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    put(tmp_path, {"codemod.toml": BEFORE})
    with pytest.raises(SpliceError, match="--policy-ref 'main'"):
        now(tmp_path)


def test_a_link_in_a_commit_is_no_configuration(service: Path) -> None:
    put(service, {"real.toml": BEFORE})
    (service / "codemod.toml").symlink_to("real.toml")
    git(service, "add", "-A")
    git(service, "commit", "-qm", "x")
    with pytest.raises(SpliceError, match="is no plain file there"):
        now(service)


# --- the command

APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/a")
def a():
    return "a"


@app.get("/b"){comment}
def b():
    return "b"
"""
IGNORE = "  # codemod: ignore[spans] -- noisy"


def test_a_comment_counts_only_where_the_commit_had_one(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(service)
    plain = APP.format(comment="")
    commit(service, {"app.py": plain, "codemod.toml": "codemods = ['spans']\n"})
    put(service, {"app.py": APP.format(comment=IGNORE)})
    assert main(["check"]) == 1
    assert "app.py:12" not in capsys.readouterr().out
    assert main(["check", "--policy-ref", "main"]) == 1
    told = capsys.readouterr().out
    assert "app.py:11: error" in told and "was not turned off here in the commit of --policy-ref" in told
    assert "GET /b" in told
    commit(service, {"app.py": APP.format(comment=IGNORE)})
    put(service, {"app.py": "import os\n\n" + APP.format(comment=IGNORE)})
    assert main(["check", "--policy-ref", "main"]) == 1
    told = capsys.readouterr().out
    assert "does not count" not in told and "GET /b" not in told


def test_codemods_of_an_outer_policy_stay_whatever_the_command_line_names(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(service)
    put(service, {"app.py": APP.format(comment=""), "outer.toml": "codemods = ['spans']\n"})
    assert main(["check", "--codemods", "metrics", "--policy", "outer.toml"]) == 1
    assert "metrics,spans missing" in capsys.readouterr().out.replace("spans,metrics", "metrics,spans")


def test_what_wants_a_look_is_not_let_loose_by_its_name_alone(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(service)
    files = {"app.py": "import requests\n\nrequests.get('http://x')\n"}
    put(service, files)
    before = tree(service)
    assert main(["run", "--codemods", "timeouts"]) == 2
    told = capsys.readouterr().err
    assert "timeouts wants a look (review)" in told and "--safety review" in told
    assert main(["check", "--codemods", "timeouts", "--safety", "review"]) in (0, 1)
    put(service, {"codemod.toml": "codemods = ['spans']\n[timeouts]\ntotal = 5\n"})
    assert main(["check", "--codemods", "timeouts"]) in (0, 1), "its policy asks for it"
    put(service, {"codemod.toml": "codemods = ['timeouts']\n"})
    assert main(["check", "--codemods", "timeouts"]) in (0, 1), "so does its name there"
    assert {name: text for name, text in tree(service).items() if name != "codemod.toml"} == before


def test_a_loosening_ends_the_command_with_2_and_names_both_places(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(service)
    put(service, {"app.py": APP.format(comment=""), "codemod.toml": "[metrics]\nmax-series = 9\n"})
    put(service, {"outer.toml": "[metrics]\nmax-series = 8\n"})
    assert main(["run", "--policy", "outer.toml"]) == 2
    told = capsys.readouterr().err
    assert "codemod.toml:2: metrics.max-series: 9 is looser" in told and "outer.toml:2" in told
    assert "observed" not in (service / "app.py").read_text()
