"""Dependencies are declared where the service declares its own: exact text, proved by parsing, taken back to the byte."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from splice.manifests.declare import declare
from splice.manifests.undo import standing, undeclare
from splice.model import Change, Finding, Row
from splice.source import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

API = "opentelemetry-api>=1.30"
FLASK = "opentelemetry-instrumentation-flask>=0.51b0"


def declared(
    tree: Mapping[str, bytes], *requirements: str, near: str = "scaffold.py"
) -> tuple[list[Change], list[Finding], list[Row]]:
    return declare(list(tree), tree.__getitem__, requirements, near)


def after(tree: Mapping[str, bytes], changes: Sequence[Change]) -> dict[str, bytes]:
    return {**tree, **{change.file: change.after or b"" for change in changes}}


def project(body: str) -> str:
    return f'[project]\nname = "shop"\n{body}'


CASES: dict[str, tuple[str, str, str]] = {
    "one line": (
        "pyproject.toml",
        project('dependencies = ["flask"]\n'),
        project(f'dependencies = ["flask", "{API}"]\n'),
    ),
    "one line, comma at the end": (
        "pyproject.toml",
        project('dependencies = ["flask",]\n'),
        project(f'dependencies = ["flask", "{API}",]\n'),
    ),
    "tight": (
        "pyproject.toml",
        project('dependencies=["uvicorn","flask"]  # web\n'),
        project(f'dependencies=["uvicorn","flask","{API}"]  # web\n'),
    ),
    "single quotes": (
        "pyproject.toml",
        project("dependencies = ['flask']\n"),
        project(f"dependencies = ['flask', '{API}']\n"),
    ),
    "empty": ("pyproject.toml", project("dependencies = []\n"), project(f'dependencies = ["{API}"]\n')),
    "empty over lines": (
        "pyproject.toml",
        project("dependencies = [\n]\n"),
        project(f'dependencies = [\n    "{API}",\n]\n'),
    ),
    "sorted one line": (
        "pyproject.toml",
        project('dependencies = ["flask", "requests"]\n'),
        project(f'dependencies = ["flask", "{API}", "requests"]\n'),
    ),
    "sorted": (
        "pyproject.toml",
        project(
            'dependencies = [\n  "Flask>=2", # web\n  # http\n  "requests[socks]>=2",\n]\n\n[tool.ruff]\nline-length = 90\n'
        ),
        project(
            f'dependencies = [\n  "Flask>=2", # web\n  "{API}",\n  # http\n  "requests[socks]>=2",\n]\n\n[tool.ruff]\nline-length = 90\n'
        ),
    ),
    "sorted, first": (
        "pyproject.toml",
        project('dependencies = [  # what we need\n\t"requests",\n\t"werkzeug",\n]\n'),
        project(f'dependencies = [  # what we need\n\t"{API}",\n\t"requests",\n\t"werkzeug",\n]\n'),
    ),
    "not sorted": (
        "pyproject.toml",
        project('dependencies = [\n    "uvicorn",\n    "flask; python_version < \'4\'",\n    # the end\n]\n'),
        project(
            f'dependencies = [\n    "uvicorn",\n    "flask; python_version < \'4\'",\n    "{API}",\n    # the end\n]\n'
        ),
    ),
    "no comma at the end": (
        "pyproject.toml",
        project('dependencies = [\n    "uvicorn",\n    "flask"\n]\n'),
        project(f'dependencies = [\n    "uvicorn",\n    "flask",\n    "{API}"\n]\n'),
    ),
    "no comma but a comment": (
        "pyproject.toml",
        project('x-y = [1,]\ndependencies = [\n    "uvicorn",\n    "flask"  # web, of course\n]\n').replace(
            "x-y", "keywords"
        ),
        project(
            f'x-y = [1,]\ndependencies = [\n    "uvicorn",\n    "flask",  # web, of course\n    "{API}"\n]\n'
        ).replace("x-y", "keywords"),
    ),
    "hanging": (
        "pyproject.toml",
        project('dependencies = ["uvicorn",\n                "flask"]\n'),
        project(f'dependencies = ["uvicorn",\n                "flask",\n                "{API}"]\n'),
    ),
    "several on a line": (
        "pyproject.toml",
        project('dependencies = [\n  "uvicorn", "flask",\n]\n'),
        project(f'dependencies = [\n  "uvicorn", "flask", "{API}",\n]\n'),
    ),
    "comma first": (
        "pyproject.toml",
        project('dependencies = [\n    "a"\n  , "requests"\n  ]\n'),
        project(f'dependencies = [\n    "a", "{API}"\n  , "requests"\n  ]\n'),
    ),
    "dotted key": (
        "pyproject.toml",
        'project.name = "x"\nproject.dependencies = ["flask"]\n',
        f'project.name = "x"\nproject.dependencies = ["flask", "{API}"]\n',
    ),
    "quoted table": (
        "pyproject.toml",
        '["project"]\n"dependencies" = ["flask"]\n',
        f'["project"]\n"dependencies" = ["flask", "{API}"]\n',
    ),
    "decoys": (
        "pyproject.toml",
        '# dependencies = ["flask"]\n[other]\ndependencies = ["flask"]\ntext = """\n[project]\ndependencies = ["flask"]\n"""\n[project]\ndependencies = ["flask"]\n[[x]]\n',
        f'# dependencies = ["flask"]\n[other]\ndependencies = ["flask"]\ntext = """\n[project]\ndependencies = ["flask"]\n"""\n[project]\ndependencies = ["flask", "{API}"]\n[[x]]\n',
    ),
    "no key": (
        "pyproject.toml",
        project("# end\n\n[tool.x]\ny = 1\n"),
        f'[project]\nname = "shop"\ndependencies = [\n    "{API}",\n]\n# end\n\n[tool.x]\ny = 1\n',
    ),
    "no final newline": (
        "pyproject.toml",
        project('dependencies = ["flask"]'),
        project(f'dependencies = ["flask", "{API}"]'),
    ),
    "poetry": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.10"\nuvicorn = "*"\nflask = { version = "^3", extras = ["async"] }  # web\n\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
        '[tool.poetry.dependencies]\npython = "^3.10"\nuvicorn = "*"\nflask = { version = "^3", extras = ["async"] }  # web\nopentelemetry-api = ">=1.30"\n\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
    ),
    "poetry, sorted": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.10"\nFlask = "^3"\nrequests = "^2"\n',
        '[tool.poetry.dependencies]\npython = "^3.10"\nFlask = "^3"\nopentelemetry-api = ">=1.30"\nrequests = "^2"\n',
    ),
    "poetry, python alone": (
        "pyproject.toml",
        '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.10"',
        '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.10"\nopentelemetry-api = ">=1.30"',
    ),
    "pipfile": (
        "Pipfile",
        '[packages]\nflask = "*"\n\n[dev-packages]\npytest = "*"\n',
        '[packages]\nflask = "*"\nopentelemetry-api = ">=1.30"\n\n[dev-packages]\npytest = "*"\n',
    ),
    "setup.cfg": (
        "setup.cfg",
        "[metadata]\nname = x\n\n[options]\ninstall_requires =\n  uvicorn\n  # web\n  flask>=2 ; python_version<'4'\n\npackages = find:\n",
        f"[metadata]\nname = x\n\n[options]\ninstall_requires =\n  uvicorn\n  # web\n  flask>=2 ; python_version<'4'\n  {API}\n\npackages = find:\n",
    ),
    "setup.cfg, sorted": (
        "setup.cfg",
        "[options]\ninstall_requires =\n    requests\n    werkzeug\n[x]\n",
        f"[options]\ninstall_requires =\n    {API}\n    requests\n    werkzeug\n[x]\n",
    ),
    "setup.cfg, one line": (
        "setup.cfg",
        "[options]\ninstall_requires = uvicorn; flask\nzip_safe = no\n",
        f"[options]\ninstall_requires = uvicorn; flask; {API}\nzip_safe = no\n",
    ),
    "setup.cfg, on the key's line": (
        "setup.cfg",
        "[options]\ninstall_requires = uvicorn\n    flask\n",
        f"[options]\ninstall_requires = uvicorn\n    flask\n    {API}\n",
    ),
    "setup.cfg, no final newline": (
        "setup.cfg",
        "[options]\ninstall_requires =\n    flask",
        f"[options]\ninstall_requires =\n    flask\n    {API}",
    ),
    "requirements": (
        "requirements.txt",
        "# web\nuvicorn\nflask==3.0.0  # pinned\n\n# the end\n",
        f"# web\nuvicorn\nflask==3.0.0  # pinned\n{API}\n\n# the end\n",
    ),
    "requirements, sorted": (
        "requirements.txt",
        "--index-url https://x.invalid\n# http\nFlask\n# more\nrequests[socks] \\\n  >=2\n-e ./lib\n",
        f"--index-url https://x.invalid\n# http\nFlask\n{API}\n# more\nrequests[socks] \\\n  >=2\n-e ./lib\n",
    ),
    "requirements, no final newline": ("requirements.txt", "uvicorn\nflask", f"uvicorn\nflask\n{API}"),
    "requirements.in": (
        "requirements.in",
        "uvicorn\nflask\n-c constraints.txt\n",
        f"uvicorn\nflask\n{API}\n-c constraints.txt\n",
    ),
    "requirements, empty": ("requirements.txt", "", f"{API}\n"),
}


def parsed(name: str, data: bytes) -> list[str]:
    """All requirement strings that an independent parser finds."""
    text = data.decode("utf-8-sig")
    if name == "setup.cfg":
        parser = configparser.ConfigParser()
        parser.read_string(text)
        value = parser["options"]["install_requires"]
        rows = value.splitlines() if "\n" in value else value.split(";")
        return [str(Requirement(row)) for row in rows if row.strip() and row[0] != "#"]
    if name.startswith("requirements"):
        rows = text.replace("\r\n", "\n").replace("\\\n", "").splitlines()
        return [str(Requirement(row.partition(" #")[0])) for row in rows if row.strip() and row[0] not in "#-"]
    values = tomllib.loads(text)
    table = values.get("packages") or values.get("tool", {}).get("poetry", {}).get("dependencies")
    if table is not None:
        return [f"{key}{value}" if str(value).startswith(">") else key for key, value in table.items()]
    return [str(Requirement(row)) for row in values["project"].get("dependencies", [])]


def encoded(ending: str, text: str) -> bytes:
    """A manifest as Unix, Windows or an editor with a byte order mark would write it."""
    data = text.replace("\n", "\r\n").encode() if ending == "crlf" else text.encode()
    return b"\xef\xbb\xbf" + data if ending == "bom" else data


@pytest.mark.parametrize("ending", ["lf", "crlf", "bom"])
@pytest.mark.parametrize("case", CASES)
def test_text_is_inserted_and_taken_back_to_the_byte(case: str, ending: str) -> None:
    name, before, expected = CASES[case]
    if case == "requirements, empty" and ending == "crlf":
        pytest.skip("an empty file has no newline style")
    tree = {name: encoded(ending, before)}
    changes, findings, rows = declared(tree, API)
    assert [(change.file, change.after) for change in changes] == [(name, encoded(ending, expected))]
    assert findings == []
    assert {edit.start == edit.end for edit in changes[0].edits} == {True}
    assert sorted(parsed(name, encoded(ending, expected))) == sorted([*parsed(name, encoded(ending, before)), API])
    assert [(row.kind, row.file, row.symbol, row.form) for row in rows] == [
        ("dependency", name, "opentelemetry-api", API)
    ]
    written = after(tree, changes)
    assert declared(written, API) == ([], [], [])
    assert standing(rows, written.__getitem__) == rows
    taken, notes = undeclare(rows, written.__getitem__)
    assert after(written, taken) == tree
    assert notes == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("first", [0, 1])
def test_two_requirements_go_in_together_and_out_in_any_order(case: str, first: int) -> None:
    name, before, _ = CASES[case]
    tree = {name: before.encode()}
    changes, findings, rows = declared(tree, API, FLASK)
    written = after(tree, changes)
    assert (len(changes), findings, len(rows)) == (1, [], 2)
    names = {Requirement(row).name for row in parsed(name, written[name])}
    assert {"opentelemetry-api", "opentelemetry-instrumentation-flask"} <= names
    assert declared(written, API, FLASK) == ([], [], [])
    assert after(written, undeclare(rows, written.__getitem__)[0]) == tree
    half = after(written, undeclare([rows[first]], written.__getitem__)[0])
    assert rows[first].symbol not in {Requirement(row).name for row in parsed(name, half[name])}
    assert after(half, undeclare([rows[1 - first]], half.__getitem__)[0]) == tree


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["flask", "Flask-Login>=1", "uvicorn[standard]", "zope.interface", "a"]),
        max_size=4,
        unique=True,
    ),
    st.sampled_from(["", " ", "\n", "\n    ", "\r\n  ", "  # c, d]\n  "]),
    st.sampled_from([",", " ,", "\n,", ', # x, "y"\n', ",\n    ", ",\r\n"]),
    st.booleans(),
    st.sampled_from(["", "\n", " ", " # last, one\n", "\n# e\n"]),
)
def test_any_layout_of_an_array_gains_one_item_and_loses_it(
    items: list[str], lead: str, comma: str, trail: bool, end: str
) -> None:
    body = lead + comma.join(f'"{item}"' for item in items) + ("," if trail and items else "") + end
    text = f"[project]\ndependencies = [{body}]\n".encode()
    tree = {"pyproject.toml": text}
    changes, findings, rows = declared(tree, API, FLASK)
    assert not findings
    new = tomllib.loads(changes[0].after.decode())["project"]["dependencies"]  # type: ignore[union-attr]
    assert sorted(new) == sorted([*items, API, FLASK])
    assert [item for item in new if item not in {API, FLASK}] == items
    assert Source.decode(text).apply(changes[0].edits) == changes[0].after
    written = after(tree, changes)
    assert after(written, undeclare(rows, written.__getitem__)[0]) == tree


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", project('dependencies = ["OpenTelemetry_API"]\n')),
        ("pyproject.toml", project('dependencies = ["opentelemetry.api[x]>=1.20,<2"]\n')),
        ("pyproject.toml", project('dependencies = ["opentelemetry-api @ https://x.invalid/a.whl"]\n')),
        ("pyproject.toml", project('dependencies = ["opentelemetry-api==1.37.0"]\n')),
        ("pyproject.toml", '[tool.poetry.dependencies]\nopentelemetry-api = "^1.20"\n'),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nopentelemetry_api = { version = "^0.9 || >= 1.1", optional = false }\n',
        ),
        ("pyproject.toml", '[tool.poetry.dependencies]\nopentelemetry-api = { path = "../x" }\n'),
        ("Pipfile", '[packages]\nopentelemetry-api = "*"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    opentelemetry-api ~= 1.20\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['opentelemetry-api'])\n"),
        ("requirements.txt", "Opentelemetry_Api>=1,!=1.30  # tracing\n"),
        ("requirements.txt", "opentelemetry-api==1.31.0 --hash=sha256:00\n"),
    ],
)
def test_what_is_declared_already_is_left_alone(name: str, text: str) -> None:
    assert declared({name: text.encode()}, API) == ([], [], [])


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pyproject.toml", project('dependencies = [\n  "flask",\n  "opentelemetry-api==1.29.0",\n]\n'), 5),
        ("pyproject.toml", project('dependencies = ["opentelemetry-api>1,<1.20"]\n'), 3),
        ("pyproject.toml", project('dependencies = ["opentelemetry-api~=1.29.0"]\n'), 3),
        ("pyproject.toml", project('dependencies = ["opentelemetry-api==1.29.*"]\n'), 3),
        ("pyproject.toml", '[tool.poetry.dependencies]\nopentelemetry-api = "~1.29"\n', 2),
        ("pyproject.toml", '[tool.poetry.dependencies]\nopentelemetry-api = "1.29.0"\n', 2),
        ("Pipfile", '[packages]\nopentelemetry-api = "==1.29"\n', 2),
        ("setup.cfg", "[options]\ninstall_requires =\n    opentelemetry-api<=1.29\n", 3),
        ("requirements.txt", "flask\nopentelemetry-api==1.29.0 --hash=sha256:00\n", 2),
    ],
)
def test_a_pin_that_forbids_it_blocks(name: str, text: str, line: int) -> None:
    changes, (finding,), rows = declared({name: text.encode()}, API)
    assert (changes, rows) == ([], [])
    assert (finding.level, finding.code, finding.file, finding.line) == ("error", "blocked", name, line)
    assert API in finding.fix


def test_one_blocked_requirement_does_not_stop_the_other() -> None:
    tree = {"requirements.txt": b"flask\nopentelemetry-instrumentation-flask==0.50b0\n"}
    changes, (finding,), rows = declared(tree, API, FLASK)
    assert finding.code == "blocked"
    assert [row.form for row in rows] == [API]
    assert changes[0].after == b"flask\n" + f"{API}\n".encode() + b"opentelemetry-instrumentation-flask==0.50b0\n"


def test_a_constraint_blocks_and_is_never_edited() -> None:
    tree = {"requirements.txt": b"-c constraints.txt\nflask\n", "constraints.txt": b"opentelemetry-api==1.29.0\n"}
    changes, (finding,), _ = declared(tree, API)
    assert (changes, finding.code, finding.file) == ([], "blocked", "constraints.txt")
    assert declared({"constraints.txt": b"flask\n"}, API)[1][0].code == "no-manifest"
