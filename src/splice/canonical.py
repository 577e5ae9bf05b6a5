"""What a whole module says, whatever formatters and sorters did to how it is written."""

from __future__ import annotations

import ast
import functools
import inspect

from splice import forms


@functools.lru_cache(maxsize=64)  # a run asks some five times for each scaffold
def canonical(text: str) -> str:
    """What a module says, whatever black, ruff or isort did to how it is written.

    Runs of imports are sorted and taken apart into single names, docstrings are compared without their indentation,
    comments do not count. Raises SyntaxError (and what else `ast.parse` raises) for text that is no Python.
    """
    return canonical_tree(ast.parse(text))


def canonical_tree(tree: ast.Module) -> str:
    """The same of a tree, which is changed on the way."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            _clean_docstring(node, body)
            for field in ("body", "orelse", "finalbody"):
                statements = getattr(node, field, None)
                if isinstance(statements, list):
                    setattr(node, field, _sorted_imports(statements))
    return forms.form(tree)


def _clean_docstring(node: ast.AST, body: list[ast.stmt]) -> None:
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and body:
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            first.value.value = inspect.cleandoc(first.value.value).strip()


def _sorted_imports(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Statements with each run of neighbouring imports taken apart into single names, sorted, without duplicates."""
    out: list[ast.stmt] = []
    run: dict[str, ast.stmt] = {}
    for statement in statements:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                single: ast.stmt = ast.Import([alias])
                if isinstance(statement, ast.ImportFrom):
                    single = ast.ImportFrom(statement.module, [alias], statement.level)
                run[forms.form(single)] = single
            continue
        out += [run[key] for key in sorted(run)]
        run = {}
        out.append(statement)
    return out + [run[key] for key in sorted(run)]
