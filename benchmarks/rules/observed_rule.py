"""The work as a rule of Fixit with its autofix."""

import libcst as cst
import libcst.matchers as m
from fixit import LintRule

_METHODS = ("route", "get", "post", "put", "patch", "delete")
_ROUTE = m.Decorator(
    m.Call(
        m.Attribute(
            m.OneOf(*(m.Name(name) for name in ("app", "bp", "router"))),
            m.OneOf(*(m.Name(name) for name in _METHODS)),
        )
    )
)
_FRAMEWORK = m.SimpleStatementLine([m.ImportFrom(m.OneOf(m.Name("flask"), m.Name("fastapi")))])


class Observed(LintRule):
    """Every handler gets @observed, its module the import."""

    MESSAGE = "a handler without @observed"

    def visit_Module(self, node: cst.Module) -> None:
        self.framework: cst.SimpleStatementLine | None = None

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        if m.matches(node, _FRAMEWORK):
            self.framework = node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        found = [i for i, decorator in enumerate(node.decorators) if m.matches(decorator, _ROUTE)]
        if not found:
            return
        decorators = list(node.decorators)
        decorators.insert(found[-1] + 1, cst.Decorator(cst.parse_expression('observed("handler")')))
        self.report(node, replacement=node.with_changes(decorators=decorators))
        if self.framework is not None:
            line = cst.parse_statement("from shop.scaffold import observed")
            self.report(self.framework, replacement=cst.FlattenSentinel([self.framework, line]))
            self.framework = None
