"""Settings of ruff, isort and black become a style; what is missing or of a wrong type is the tool's default."""

from __future__ import annotations

from splice.transformers.import_style import ImportStyle, read_style


def test_nothing_configured_is_the_defaults() -> None:
    assert read_style({}) == ImportStyle()


def test_ruff_is_read_from_pyproject_and_from_its_own_file() -> None:
    table = {
        "line-length": 100,
        "src": ["lib"],
        "lint": {"isort": {"force-single-line": True, "known-first-party": ["orders"], "section-order": ["future"]}},
    }
    for style in (read_style({"tool": {"ruff": table}}), read_style({"tool": {"ruff": {}}}, ruff=table)):
        assert (style.tool, style.line_length, style.force_single_line) == ("ruff", 100, True)
        assert (style.source_roots, style.first_party) == (("lib",), ("orders",))
        assert style.section_order == ("future",)


def test_isort_is_read_with_its_profile() -> None:
    style = read_style({"tool": {"isort": {"profile": "google", "line_length": 90, "src_paths": ["lib"]}}})
    assert (style.tool, style.line_length, style.source_roots) == ("isort", 90, ("lib",))
    assert style.force_single_line and style.force_sort_within_sections and not style.order_by_type


def test_isort_is_read_from_ini_files() -> None:
    for section in ("settings", "isort", "tool:isort"):
        text = f"[{section}]\nprofile=black\nforce_single_line = True\nknown_first_party = orders,\n    billing\n"
        style = read_style({}, isort_ini=text)
        assert style.force_single_line and style.line_length == 88
        assert style.first_party == ("billing", "orders")
    assert read_style({}, isort_ini="not an ini file [") == ImportStyle()


def test_where_both_stand_ruff_counts_if_it_sorts() -> None:
    for rules, tool in ((["I"], "ruff"), (["ALL"], "ruff"), (["E"], "isort")):
        both = {"tool": {"isort": {"profile": "black"}, "ruff": {"lint": {"extend-select": rules}}}}
        assert read_style(both).tool == tool


def test_black_gives_the_line_length_where_ruff_has_none() -> None:
    style = read_style({"tool": {"black": {"line-length": 110}}})
    assert (style.line_length, style.code_length) == (110, 110)
    style = read_style({"tool": {"black": {"line-length": 110}, "isort": {"profile": "black"}}})
    assert (style.line_length, style.code_length) == (88, 110)


def test_values_of_a_wrong_type_count_as_absent() -> None:
    table = {"line-length": "long", "lint": {"isort": {"force-single-line": "yes", "known-first-party": 3}}, "src": 1}
    assert read_style({"tool": {"ruff": table, "isort": []}}) == ImportStyle()
    assert read_style({"tool": "x"}) == ImportStyle()


def test_sections() -> None:
    style = ImportStyle(
        first_party=("orders",),
        known=(("team", ("acme", "acme_*")), ("first-party", ("acme.own",)), ("third-party", ("json",))),
    )
    wanted = {
        "__future__": "future",
        "os.path": "standard-library",
        "flask": "third-party",
        "orders.scaffold": "first-party",
        ".scaffold": "local-folder",
        "acme.x": "team",
        "acme_x": "team",
        "acme.own.y": "first-party",
        "json": "third-party",
    }
    assert {module: style.section(module) for module in wanted} == wanted
    assert ImportStyle(no_sections=True).rank("os") == ImportStyle(no_sections=True).rank(".a")


def test_isort_custom_sections_and_known_lists() -> None:
    table = {
        "sections": ["FUTURE", "STDLIB", "THIRDPARTY", "ACME", "FIRSTPARTY", "LOCALFOLDER"],
        "known_acme": ["acme"],
        "known_local_folder": ["here"],
    }
    style = read_style({"tool": {"isort": table}}, first_party=["orders"])
    assert [style.rank(m) for m in ("os", "flask", "acme.x", "orders", "here")] == [1, 2, 3, 4, 5]
