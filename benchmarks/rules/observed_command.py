"""The work as a codemod of libcst's own runner, with its own AddImportsVisitor: `libcst.tool codemod`."""

import libcst as cst
import libcst.matchers as m
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor

_METHODS = ("route", "get", "post", "put", "patch", "delete")
_ROUTE = m.Decorator(
    m.Call(
        m.Attribute(
            m.OneOf(*(m.Name(name) for name in ("app", "bp", "router"))),
            m.OneOf(*(m.Name(name) for name in _METHODS)),
        )
    )
)


class ObservedCommand(VisitorBasedCodemodCommand):
    """Every handler gets @observed, its module the import."""

    DESCRIPTION = "observe handlers"

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        found = [i for i, decorator in enumerate(original_node.decorators) if m.matches(decorator, _ROUTE)]
        if not found:
            return updated_node
        AddImportsVisitor.add_needed_import(self.context, "shop.scaffold", "observed")
        decorators = list(updated_node.decorators)
        decorators.insert(found[-1] + 1, cst.Decorator(cst.parse_expression('observed("handler")')))
        return updated_node.with_changes(decorators=decorators)
