"""The commands of `codemod`: options to a request, the engine's answer to text or JSON, and an exit code.

Holds no logic of its own. Heavy modules are imported by the commands that need them, so that `codemod check`
starts fast; cli.py answers what needs none of this.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from splice import __version__
from splice.cache import may_keep, store
from splice.invocation import Options, Run, bug, failed, names_of, relative
from splice.ledger import Ledger
from splice.model import SpliceError
from splice.output import write
from splice.report.formats import OF_CHECK, files_of, json_text
from splice.report.terminal import Screen, clean, clean_lines

if TYPE_CHECKING:
    from splice.pipeline import Request

_P = ParamSpec("_P")
_ABOUT = """\
Graft tracing spans and metrics into the Python service in this repository.

\b
  codemod list                     what each handler has, and what it lacks
  codemod diff                     what `run` would write, for `git apply`
  codemod run                      bring the service to what its configuration says
  codemod check                    the same question in CI: exit code 1 on drift
  codemod baseline                 start with what is there today: `check` then tells what is new
  codemod explain orders/views.py:12
  codemod explain --operation 'GET /orders/{order_id}' --codegen-id 0123456789ab
  codemod strip                    take everything out again
  codemod lsp                      the same in an editor
"""
_EPILOG = """\
\b
Exit codes (of several, 2 goes before 3 before 1):
  0  clean
  1  `check` found drift or an error
  2  usage, configuration or internal error; nothing was written
  3  a file that may hold a handler could not be handled; the others were
"""


def _shared(
    command: Callable[Concatenate[Run, _P], int], formats: Sequence[str] = ("text", "json")
) -> Callable[..., int]:
    """The options that every command takes; a command gets them in its `Run`."""

    @functools.wraps(command)
    def wrapped(*arguments: _P.args, **given: _P.kwargs) -> int:
        context = click.get_current_context()
        this: Run = context.obj
        this.command = context.info_name or ""
        values: dict[str, Any] = {each.name: given.pop(each.name, each.default) for each in fields(Options)}
        this.options = Options(**values)
        return command(this, *arguments, **given)

    decorated: Callable[..., int] = wrapped
    folder = click.Path(path_type=Path)
    for option in (
        click.option("-v", "--verbose", count=True, help="Show notes, changed files and the time of each stage."),
        click.option("-q", "--quiet", is_flag=True, help="Show only what is wrong."),
        click.option(
            "--safety",
            type=click.Choice(["safe", "review", "unsafe"]),
            default="safe",
            show_default=True,
            help="How far --codemods may go beyond the configuration.",
        ),
        click.option("--policy-ref", metavar="REF", help="A commit that this configuration may only tighten."),
        click.option(
            "--policy", type=folder, metavar="FILE", help="A policy that this configuration may only tighten."
        ),
        click.option("--codemods", metavar="A,B", help="Instead of the configured codemods, this once."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
        click.option("--format", type=click.Choice(formats), default="text", show_default=True),
        click.option("--config", type=folder, metavar="FILE", help="A codemod.toml or pyproject.toml."),
        click.option("--root", type=folder, metavar="DIR", help="The repository; else the one around this folder."),
    ):
        decorated = option(decorated)
    return decorated


@click.group(
    help=_ABOUT,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="codemod", message="codemod (splice) %(version)s")
def cli() -> None:
    pass


_PATHS = click.argument("paths", nargs=-1, metavar="[PATHS]...")
_NO_CACHE = click.option("--no-cache", is_flag=True, help="Work the answer out anew, and keep nothing of it.")
_PROFILE = click.option("--profile", is_flag=True, help="Print the time of each stage to stderr.")


@cli.command(short_help="Write what the configuration asks for, in place.")
@_PATHS
@_NO_CACHE
@_PROFILE
@_shared
def run(this: Run, paths: Sequence[str]) -> int:
    """Bring the service to what its configuration says, in place: new handlers gain their insertions, a codemod
    that is not configured any more loses them. PATHS limits which service files are edited."""
    return _write(this, this.request(paths))


@cli.command(short_help="Take every insertion out again.")
@_PATHS
@_PROFILE
@_shared
def strip(this: Run, paths: Sequence[str]) -> int:
    """Take out what codemod has inserted, and nothing else: files get the bytes back that they had."""
    return _write(this, this.request(paths, strip=True))


@cli.command(short_help="Move insertions and scaffold to the newest version.")
@_PATHS
@click.option("--only", "only", metavar="CODEMOD", multiple=True, help="This codemod only; may stand several times.")
@_NO_CACHE
@_PROFILE
@_shared
def upgrade(this: Run, paths: Sequence[str], only: Sequence[str]) -> int:
    """Like `run`, and moves what is there to the newest version. `run` keeps the version in the lock."""
    from splice.aspects import known

    request = this.request(paths)
    codemods = tuple(known(request.config))
    chosen = names_of(",".join(only), "--only", codemods) if only else codemods
    return _write(this, replace(request, upgrade=frozenset(chosen)))


@cli.command(short_help="Exit with 1 if `run` would change anything.")
@_PATHS
@click.option("--changed-since", metavar="REF", help="Only files that differ from this commit.")
@click.option("--report", "reports", metavar="FORMAT=FILE", multiple=True, help="Into a file, too; several times.")
@_NO_CACHE
@_PROFILE
@functools.partial(_shared, formats=("text", "json", *OF_CHECK))
def check(this: Run, paths: Sequence[str], changed_since: str | None, reports: Sequence[str]) -> int:
    """Say what `run` would change, one line each, and exit with 1 if there is anything or an error was found.

    What `codemod.baseline` knows is not told.
    """
    from splice.report.show import check as show

    request = this.request(paths)
    if changed_since is not None:
        from splice.changed import changed_since as differing

        request = replace(request, changed=differing(request.root, changed_since, this.options.config))
    carries_fixes = "sarif" in (this.options.format, *files_of(reports))
    return this.finish(this.carry_out(request, write=False) if carries_fixes else this.look(request), show, reports)


@cli.command(short_help="Record what `check` finds today, so that only what is new counts.")
@click.option("--update", is_flag=True, help="Take out what is fixed; nothing is added.")
@_shared
def baseline(this: Run, update: bool) -> int:
    """Record what `check` finds in codemod.baseline, by name and not by line: from then on it tells what is new.

    A baseline that is there is never added to.
    """
    from splice.recording import record

    return record(this, update)


@cli.command(short_help="Print what `run` would write, as a unified diff.")
@_PATHS
@_NO_CACHE
@functools.partial(_shared, formats=("text", "json", "markdown"))
def diff(this: Run, paths: Sequence[str]) -> int:
    """Print what `run` would write as a unified diff that `git apply` takes. Every change in it is proven.

    As Markdown it is the body of a pull request that carries the change.
    """
    from splice.report import markdown
    from splice.report.show import summary
    from splice.report.unified import shown, unified

    report = this.carry_out(this.request(paths), write=False)
    assert report.done is not None
    text, screen = unified(report.done.changes), this.options.screen()
    if this.options.is_json:
        write(sys.stdout, json_text({**report.as_json(), "diff": text.decode("utf-8", "surrogateescape")}))
    elif this.options.format == "markdown":
        write(sys.stdout, markdown.body(report))
    else:
        write(sys.stdout, shown(text, screen) if screen.colour or sys.stdout.isatty() else text)
    write(sys.stderr, summary(report, Screen(), 0, quiet=True))
    return report.exit_code


@cli.command("list", short_help="The coverage table: each handler and what it has.")
@_PATHS
@click.option("--auth", is_flag=True, help="Who may call each operation, by what the service itself does.")
@_NO_CACHE
@_shared
def list_(this: Run, paths: Sequence[str], auth: bool) -> int:
    """Show every handler with its operation, its place and what it has; then what is skipped, and why."""
    from splice.report.access import access_json, access_table
    from splice.report.report import list_json
    from splice.report.show import table

    report, options = this.look(this.request(paths)), this.options
    if auth:
        shown = access_table(report.planned, options.screen())
        this.tell(json_text(access_json(report.planned)) if options.is_json else shown)
    else:
        this.tell(json_text(list_json(report.points)) if options.is_json else table(report, options.screen()))
    return report.exit_code


@cli.command(short_help="Why a line is there, is not, or would be.")
@click.argument("place", required=False, metavar="[FILE:LINE]")
@click.option("--operation", metavar="OP", help="As in a span's name or a metric's label: 'GET /orders/{order_id}'.")
@click.option("--codegen-id", metavar="ID", help="As in the scope's attribute codegen.id; with --operation.")
@_shared
def explain(this: Run, place: str | None, operation: str | None, codegen_id: str | None) -> int:
    """Say what is inserted at FILE:LINE, or would be, and why; or find the line that an exported operation names."""
    from splice.report.explain import explain_operation, explain_place

    if (place is None) == (operation is None):
        raise SpliceError("explain takes FILE:LINE or --operation OP", fix="codemod explain orders/views.py:12")
    if codegen_id is not None and operation is None:
        raise SpliceError("--codegen-id needs --operation")
    if place is not None:
        file, _, number = place.rpartition(":")
        if not file or not number.isascii() or not number.isdigit():
            raise SpliceError(f"{place!a} is not FILE:LINE", fix="codemod explain orders/views.py:12")
        request = this.request(())
        path = relative(request.root, file)
        lines = explain_place(this.look(request), path, int(number[:9]))
    else:
        lines = explain_operation(this.look(this.request(())), operation or "", codegen_id or "")
    text = "".join(clean(line) + "\n" for line in lines)
    write(sys.stdout, json_text({"schema": 1, "explanation": lines}) if this.options.is_json else text)
    return 0


@cli.command(short_help="Serve an editor: diagnostics, quick-fixes, hovers.")
@click.option("--stdio", is_flag=True, help="As it does anyway: some editors say so.")
def lsp(stdio: bool) -> int:  # noqa: ARG001
    """Serve one editor over standard input and output, with the plan that `run` and `check` make.

    docs/editors.md says how an editor starts it.
    """
    try:
        from splice.lsp.features import serve
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol"):
            raise
        message, fix = "the language server needs pygls, which is not installed", "pip install 'splice[lsp]'"
        raise SpliceError(message, fix=fix) from None
    gc.enable()  # it stays; but seldom, since most of what there is stays, too
    gc.set_threshold(200_000, 30, 30)
    serve()
    return 0


def _write(this: Run, request: Request) -> int:
    from splice.report.show import summary

    return this.finish(this.carry_out(request, write=True), summary)


def _carry_out(this: Run, words: Sequence[str]) -> int:
    store.disabled = "--no-cache" in words
    try:
        return int(cli.main(list(words), prog_name="codemod", standalone_mode=False, obj=this) or 0)
    finally:
        store.disabled = False


def carry_out(words: Sequence[str], now: int, began: float | None = None) -> int:
    """Run one command line and return its exit code. An error is one message and 2, never a traceback unasked.

    `now`: when that was asked, in nanoseconds; `began`: when this process began, by the clock of `perf_counter`, if it
    does nothing else.
    """
    this = Run() if began is None else Run(began=began)
    try:
        if not may_keep(words):
            return _carry_out(this, words)
        from splice.cache.keep import installed, keep

        before = installed()
        with Ledger() as ledger:
            code = _carry_out(this, words)
        keep(words, ledger, now, before, (code, "".join(this.told), this.reports))
        return code
    except click.ClickException as error:
        usage = error.ctx.get_usage() + "\n" if isinstance(error, click.UsageError) and error.ctx else ""
        return failed(this, words, "usage", SpliceError(error.format_message()), usage)
    except SpliceError as error:
        return failed(this, words, "error", error)
    except (click.Abort, KeyboardInterrupt):
        write(sys.stderr, "codemod: interrupted; every file is whole, and the next run goes on\n")
        return 130
    except Exception as error:
        if os.environ.get("CODEMOD_TRACEBACK"):
            import traceback

            write(sys.stderr, clean_lines(traceback.format_exc()))
        return failed(this, words, "internal-error", bug(this, error))
