"""Configuration is strict, says where it is wrong, and never lets a value print or reach further than it should."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from splice import testing
from splice.config import (
    Config,
    MetricsConfig,
    SpansConfig,
    dotted_matches,
    find_root,
    load,
    nearest,
    operation_matches,
    read_toml,
)
from splice.model import SpliceError
from splice.patterns import matcher
from splice.tomlfile import key_lines

KNOWN = ("spans", "metrics", "instrument")


def own(root: Path, text: str) -> Config:
    (root / "codemod.toml").write_text(text, encoding="utf-8", newline="")
    return load(root, None, KNOWN)


def refused(root: Path, text: str) -> SpliceError:
    with pytest.raises(SpliceError) as caught:
        own(root, text)
    return caught.value


def test_nothing_configured_gives_the_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, None, KNOWN)
    assert config == Config()
    assert config.codemods == ("spans", "metrics")
    assert config.spans == SpansConfig("enrich", False)
    assert config.metrics == MetricsConfig("app.operation.duration", None)


FULL = """
required-version = ">=0.1,<9"
codemods = ["metrics"]
functions = ["orders.service.*", "orders.**"]
exclude = ["legacy/"]
include = ["tests/app/**"]
default-excludes = false
scaffold = "orders.scaffold"
import-root = "./src/"
line-length = 100
target-version = "3.9"
manifests = false
observed-by = ["orders.tracing:traced"]
[spans]
mode = "child"
record-messages = true
[metrics]
name = "orders.duration"
max-series = 5000
"""


def test_every_key_is_read_from_both_places(tmp_path: Path) -> None:
    config = own(tmp_path, FULL)
    assert config == Config(
        ">=0.1,<9",
        ("metrics",),
        ("orders.service.*", "orders.**"),
        ("legacy/",),
        ("tests/app/**",),
        False,
        "orders.scaffold",
        "src",
        100,
        "3.9",
        False,
        ("orders.tracing:traced",),
        SpansConfig("child", True),
        MetricsConfig("orders.duration", 5000),
    )
    (tmp_path / "codemod.toml").unlink()
    nested = FULL.replace("[spans]", "[tool.codemod.spans]").replace("[metrics]", "[tool.codemod.metrics]")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "orders"\n[tool.codemod]' + nested)
    assert load(tmp_path, None, KNOWN) == config
    assert pickle.loads(pickle.dumps(config)) == config


def test_two_places_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.codemod]\n")
    assert "pyproject.toml" in refused(tmp_path, "manifests = true\n").message


def test_a_pyproject_without_our_table_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndescription = "codemod"\n')
    assert own(tmp_path, "manifests = false\n").manifests is False


def test_a_file_named_on_the_command_line_must_hold_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(SpliceError, match="has no table"):
        load(tmp_path, tmp_path / "pyproject.toml", KNOWN)
    with pytest.raises(SpliceError, match="no such file"):
        load(tmp_path, tmp_path / "other.toml", KNOWN)
    (tmp_path / "other.toml").write_text("line-length = 88")
    assert load(tmp_path, tmp_path / "other.toml", KNOWN).line_length == 88


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\nlinelength = 3\n", 3, "line-length"),
        ("[spans]\n# why\nmodes = 'child'\n", 3, "did you mean mode?"),
        ("[metric]\nname='x'\n", 1, "did you mean metrics?"),
        ('codemods = [\n  "spans",\n  "metric", # typo\n]\n', 3, "did you mean metrics?"),
        ('codemods = [\n  "spans",\n  "zzzzzz",\n]\n', 3, "instrument, metrics, spans"),
        ("codemods = ['spans', 'spans']\n", 1, "twice"),
        ("codemods = 'spans'\n", 1, "list of strings"),
        ("codemods = ['']\n", 1, "list of strings"),
        ("functions = ['a', 'b c']\n", 1, "dotted names"),
        ("functions = ['../x']\n", 1, "dotted names"),
        ("manifests = 1\n", 1, "true or false, not 1"),
        ("line-length = true\n", 1, "not true"),
        ("line-length = 0\n", 1, "above 0"),
        ("line-length = 0x" + "f" * 9000 + "\n", 1, "huge"),
        ("target-version = 3.9\n", 1, 'in quotes, such as "3.12"'),
        ("target-version = 'py39'\n", 1, "must look like"),
        ("target-version = 1979-05-27\n", 1, "a date or time"),
        ("scaffold = '../scaffold'\n", 1, "must be a module"),
        ("scaffold = 'class'\n", 1, "must be a module"),
        ("import-root = '../src'\n", 1, "below the root"),
        ("import-root = '/src'\n", 1, "below the root"),
        ("spans = 1\n", 1, "must be a table"),
        ("spans.mode = 'off'\n", 1, 'must be "enrich" or "child"'),
        ("spans = { mode = 'off' }\n", 1, 'must be "enrich" or "child"'),
        ("[metrics]\nname = 'http.server.request.duration'\n", 2, "count twice"),
        ("[metrics]\nname = '9'\n", 2, "must look like"),
        ("required-version = 'soon'\n", 1, "version range"),
        ("exclude = [\n'ok/',\n'!'\n]\n", 3, "gitignore"),
        ("exclude = ['*a*a*a*a*a*']\n", 1, "stars"),
        ("a = \n", 1, "not valid TOML"),
        ("x = 1\nx = 2\n", 2, "not valid TOML"),
        ('x = """\nnever closed', 2, "not valid TOML"),
        ("x = " + "1" * 5000 + "\n", 0, "not valid TOML"),
        ("x = " + "[" * 100_000, 1, ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    error = refused(tmp_path, text)
    assert (error.file, error.line) == ("codemod.toml", line)
    assert words in str(error)
    assert len(str(error)) < 500


def test_a_required_version_is_checked_before_keys_that_only_it_knows(tmp_path: Path) -> None:
    error = refused(tmp_path, "telepathy = true\nrequired-version = '>=99'\n")
    assert (error.line, "asks for '>=99'" in error.message) == (2, True)


def test_hostile_text_is_shown_escaped(tmp_path: Path) -> None:
    hostile = (
        '"\\u001b[2J\\u202e" = 1\n',
        'codemods = ["\\u001b]0;x\\u0007"]\n',
        "scaffold = '\u202eabc'\n",
        "x = '\x1b'\n",
        "'" + "k" * 100_000 + "' = 1\n",
    )
    for text in hostile:
        message = str(refused(tmp_path, text))
        assert message.replace("\n", "").isprintable() and message.isascii() and len(message) < 600


def test_bytes_that_are_no_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "codemod.toml").write_bytes(b"manifests = true\n# caf\xe9\n")
    with pytest.raises(SpliceError, match="UTF-8") as caught:
        load(tmp_path, None, KNOWN)
    assert caught.value.line == 2


def test_a_broken_pyproject_matters_only_when_it_configures_us(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n# codemod\n")
    assert load(tmp_path, None, KNOWN) == Config()
    (tmp_path / "pyproject.toml").write_text("[project\n[tool.codemod]\n")
    with pytest.raises(SpliceError, match=r"pyproject\.toml:1: is not valid TOML"):
        load(tmp_path, None, KNOWN)


def test_read_toml_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a = 1\nb\n")
    with pytest.raises(SpliceError, match=r"^x\.toml:2: "):
        read_toml(tmp_path / "x.toml")


def test_an_error_found_later_knows_the_line_of_its_pattern(tmp_path: Path) -> None:
    config = own(tmp_path, '# ours\nfunctions = [\n  "a.b",\n  """c.d""",\n]\n')
    assert config.error("functions", "matches nothing", item="c.d").line == 4
    assert config.error("functions", "matches nothing").line == 2


@given(
    st.dictionaries(
        st.text("abc -\"'=[]{}#\n.", max_size=4),
        st.one_of(st.integers(), st.text("a\"'#[]={}\\\n"), st.lists(st.text("b\"'#]=\n"))),
    ),
    st.text("kx\"'=#", max_size=3),
)
def test_every_key_has_a_line_whatever_the_values_hold(values: dict[str, object], table: str) -> None:
    text = tomlkit.dumps({**values, "ztable" + table: values})
    lines = key_lines(text)
    assert tomlkit.parse(text)
    for key in values:
        written = tomlkit.key(key).as_string() if key else '""'
        assert text.split("\n")[lines[(key,)] - 1].startswith(written.split("\n")[0])
        assert lines[("ztable" + table, key)] > lines[("ztable" + table,)] > lines[(key,)]


def test_codegen_id_text_changes_with_what_the_code_says_and_with_nothing_else(tmp_path: Path) -> None:
    plain = Config().normalised()
    same = Config(exclude=("x",), functions=("a.b",), line_length=80, scaffold="s", codemods=("metrics", "spans"))
    assert same.normalised() == plain == '{"codemods":["metrics","spans"],"metrics":{"name":"app.operation.duration"},"spans":{"mode":"enrich","record-messages":false}}'  # fmt: skip
    assert Config(metrics=MetricsConfig(max_series=7)).normalised() == plain
    others = [
        Config(codemods=("spans",)),
        Config(spans=SpansConfig("child")),
        Config(spans=SpansConfig(record_messages=True)),
        Config(metrics=MetricsConfig("d")),
    ]
    assert len({config.normalised() for config in others} | {plain}) == 5


@pytest.mark.parametrize("mark", ["codemod.toml", "codemod.lock", "pyproject.toml", ".git"])
def test_the_root_is_the_nearest_marked_folder(tmp_path: Path, mark: str) -> None:
    (tmp_path / ".git").mkdir()
    service, deep = tmp_path / "service", tmp_path / "service" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "pyproject.toml").write_text("[project]\n")
    if mark == ".git":
        (service / mark).mkdir()
    else:
        (service / mark).write_text("[tool.codemod]\n")
    assert find_root(deep) == service
    assert find_root(deep / "pyproject.toml") == service
    assert find_root(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("orders.service.*", "orders.service.read", True),
        ("orders.service.*", "orders.service.Reader.read", False),
        ("orders.**", "orders.service.Reader.read", True),
        ("orders.**", "orders", True),
        ("**.read_*", "orders.service.read_all", True),
        ("orders.**.read", "orders.read", True),
        ("orders.*.read", "orders.read", False),
        ("orders", "ordersx", False),
        ("*", "", True),
        (".".join(["**", "a"] * 30) + ".b", ".".join("a" * 200), False),
        ("*a" * 40 + "b", "a" * 5000, False),
    ],
)
def test_dotted_patterns(pattern: str, name: str, fits: bool) -> None:
    assert dotted_matches(pattern, name) is fits


@pytest.mark.parametrize(
    ("pattern", "operation", "fits", "overlaps"),
    [
        ("GET /admin/**", "GET /admin/users/{id}", True, True),
        ("GET /admin/**", "GET /admin", True, True),
        ("GET /admin/**", "GET /administrators", False, False),
        ("GET /x", "GET|POST /x", False, True),  # public = GET must not open POST
        ("GET|POST /x", "GET|POST /x", True, True),
        ("POST|GET|PUT /x", "GET /x", True, True),
        ("GET /x", "* /x", False, True),
        ("* /x", "* /x", True, True),
        ("* /x", "DELETE /x", True, True),
        ("get /x", "GET /x", True, True),
        ("POST **", "POST /a/b", True, True),
        ("POST **", "GET /a/b", False, False),
        ("GET /x/*", "GET /x/{id}", True, True),
        ("GET /x/*", "GET /x/{id}/y", False, False),
        ("orders.tasks.*", "orders.tasks.send", True, True),
        ("orders.tasks.*", "GET /x", False, False),
        ("* **", "orders.tasks.send", False, False),
    ],
)
def test_operation_patterns(pattern: str, operation: str, fits: bool, overlaps: bool) -> None:
    assert operation_matches(pattern, operation) is fits
    assert operation_matches(pattern, operation, overlap=True) is overlaps


def test_path_patterns_are_those_of_gitignore() -> None:
    fits = matcher(["legacy/", "*.gen.py", "!keep.gen.py", "/top.py"])
    paths = ["a/legacy/b.py", "legacy.py", "a/x.gen.py", "a/keep.gen.py", "top.py", "a/top.py", "\udcff.gen.py"]
    assert [fits(path) for path in paths] == [True, False, True, False, True, False, True]
    assert not matcher([])("anything")


def test_the_nearest_name() -> None:
    assert nearest("Metrcs", KNOWN) == "metrics"
    assert nearest("zzz", KNOWN) == ""
    assert nearest("a" * 10**6, KNOWN) == ""


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [("*", "`*` is one part"), ("app.reed", "did you mean 'app.read'?"), ("x.*", "names are dotted")],
)
def test_a_pattern_of_functions_that_matches_nothing_says_what_names_are_like(
    pattern: str, fix: str, tmp_path: Path
) -> None:
    """And not to look at `codemod list`, which refuses the same configuration."""
    testing.put(tmp_path, {"app.py": "def read(): return 1\n", "codemod.toml": testing.toml({"functions": [pattern]})})
    with pytest.raises(SpliceError, match="matches no function") as caught:
        testing.run(tmp_path)
    assert fix in caught.value.fix
