"""The command `codemod`: options to a request, the engine's answer to text or JSON, and an exit code.

Holds no logic of its own. Heavy modules are imported by the commands that need them, so that `codemod check`
starts fast.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from splice import __version__
from splice.model import SpliceError
from splice.terminal import Bar, Screen, clean, clean_lines, write

if TYPE_CHECKING:
    from splice.config import Config
    from splice.landing import Done
    from splice.pipeline import Planned, Request
    from splice.report import Report

_Command = TypeVar("_Command", bound=Callable[..., Any])
_ABOUT = """\
Graft tracing spans and metrics into the Python service in this repository.

\b
  codemod list                     what each handler has, and what it lacks
  codemod diff                     what `run` would write, for `git apply`
  codemod run                      bring the service to what its configuration says
  codemod check                    the same question in CI: exit code 1 on drift
  codemod explain orders/views.py:12
  codemod explain --operation 'GET /orders/{order_id}' --codegen-id 0123456789ab
  codemod strip                    take everything out again
"""
_EPILOG = """\
\b
Exit codes (of several, 2 goes before 3 before 1):
  0  clean
  1  `check` found drift or an error
  2  usage, configuration or internal error; nothing was written
  3  a file that may hold a handler could not be handled; the others were
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What every command takes."""

    root: Path | None = None
    config: Path | None = None
    format: str = "text"
    color: str = "auto"
    codemods: str | None = None
    quiet: bool = False
    verbose: int = 0

    @property
    def is_json(self) -> bool:
        return self.format == "json"

    def screen(self) -> Screen:
        return Screen.of(sys.stdout, self.color, os.environ)


class _Run:
    """One invocation: how far it got, for the message when something unexpected happens."""

    def __init__(self, command: str, options: Options) -> None:
        self.command, self.options = command, options
        self.writing = False

    def request(self, paths: Sequence[str], **more: Any) -> Request:
        """Options as the engine's request. Raises SpliceError for what cannot be meant."""
        from splice.config import load
        from splice.pipeline import Request
        from splice.registry import codemods

        root = _root(self.options.root)
        config = load(root, self.options.config, codemods())
        if self.options.codemods is not None:
            config = replace(config, codemods=_names(self.options.codemods, "--codemods"))
        return Request(root, config, date.today(), tuple(_relative(root, path) for path in paths), **more)

    def plan(self, request: Request) -> Planned:
        from splice.pipeline import plan

        with Bar(sys.stderr, wanted=not self.options.quiet) as bar:
            return plan(request, bar)

    def carry_out(self, request: Request, *, write: bool) -> Done:
        """Plan and carry out below one progress bar."""
        from splice.landing import carry_out
        from splice.pipeline import plan

        with Bar(sys.stderr, wanted=not self.options.quiet) as bar:
            try:
                return carry_out(plan(request, bar), write=write, progress=bar)
            finally:
                self.writing = write and bar.stage == "write"

    def finish(self, report: Report, text: Callable[[Report], str]) -> int:
        write(sys.stdout, _json(report.as_json()) if self.options.is_json else text(report))
        return report.exit_code


def _shared(command: _Command) -> _Command:
    """The options that every command takes, as one argument `options`."""

    def wrapped(root: Any, config: Any, format: Any, color: Any, codemods: Any, quiet: Any, verbose: Any, **own: Any) -> int:  # noqa: A002 - the option's name
        options = Options(root, config, format, color, codemods, quiet, verbose)
        context = click.get_current_context()
        run = context.obj = _Run(context.info_name or "", options)
        return int(command(run, **own))

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    folder = click.Path(path_type=Path)
    for option in (
        click.option("-v", "--verbose", count=True, help="Show notes, changed files and the time of each stage."),
        click.option("-q", "--quiet", is_flag=True, help="Show only what is wrong."),
        click.option("--codemods", metavar="A,B", help="Instead of the configured codemods, this once."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
        click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True),
        click.option("--config", type=folder, metavar="FILE", help="A codemod.toml or pyproject.toml."),
        click.option("--root", type=folder, metavar="DIR", help="The repository; else the nearest with a configuration, lock or .git."),
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


@click.group(
    help=_ABOUT,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="codemod", message="codemod (splice) %(version)s")
def cli() -> None:
    pass


_PATHS = click.argument("paths", nargs=-1, metavar="[PATHS]...")


@cli.command(short_help="Write what the configuration asks for, in place.")
@_PATHS
@_shared
def run(self: _Run, paths: Sequence[str]) -> int:
    """Bring the service to what its configuration says, in place: new handlers gain their insertions, a codemod
    that is not configured any more loses them. PATHS limits which service files are edited."""
    return _write(self, self.request(paths))


@cli.command(short_help="Take every insertion out again.")
@_PATHS
@_shared
def strip(self: _Run, paths: Sequence[str]) -> int:
    """Take out what codemod has inserted, and nothing else: files get the bytes back that they had."""
    return _write(self, self.request(paths, strip=True))


@cli.command(short_help="Move insertions and scaffold to the newest version.")
@_PATHS
@click.option("--only", "only", metavar="CODEMOD", multiple=True, help="This codemod only; may stand several times.")
@_shared
def upgrade(self: _Run, paths: Sequence[str], only: Sequence[str]) -> int:
    """Like `run`, and moves what is there to the newest version. `run` keeps the version in the lock."""
    from splice.registry import codemods

    chosen = _names(",".join(only), "--only") if only else tuple(codemods())
    return _write(self, self.request(paths, upgrade=frozenset(chosen)))


@cli.command(short_help="Exit with 1 if `run` would change anything.")
@_PATHS
@_shared
def check(self: _Run, paths: Sequence[str]) -> int:
    """Say what `run` would change, one line each, and exit with 1 if there is anything or an error was found."""
    from splice.report import Report
    from splice.show import check as show

    report = Report("check", self.plan(self.request(paths)))
    return self.finish(report, lambda made: show(made, self.options.screen(), self.options.verbose, self.options.quiet))


@cli.command(short_help="Print what `run` would write, as a unified diff.")
@_PATHS
@_shared
def diff(self: _Run, paths: Sequence[str]) -> int:
    """Print what `run` would write as a unified diff that `git apply` takes. Every change in it is proven."""
    from splice.report import Report
    from splice.show import summary
    from splice.unified import shown, unified

    done = self.carry_out(self.request(paths), write=False)
    report, text = Report("diff", done.planned, done), unified(done.changes)
    screen = self.options.screen()
    if self.options.is_json:
        write(sys.stdout, _json({**report.as_json(), "diff": text.decode("utf-8", "surrogateescape")}))
    elif screen.colour or sys.stdout.isatty():
        write(sys.stdout, shown(text, screen))
    else:
        write(sys.stdout, text)
    write(sys.stderr, summary(report, Screen(), 0, quiet=True))
    return report.exit_code


@cli.command("list", short_help="The coverage table: each handler and what it has.")
@_PATHS
@_shared
def list_(self: _Run, paths: Sequence[str]) -> int:
    """Show every handler with its operation, its place and what it has; then what is skipped, and why."""
    from splice.report import Report, list_json
    from splice.show import table

    report = Report("list", self.plan(self.request(paths)))
    text = _json(list_json(report.points)) if self.options.is_json else table(report, self.options.screen())
    write(sys.stdout, text)
    return report.exit_code


@cli.command(short_help="Why a line is there, is not, or would be.")
@click.argument("place", required=False, metavar="[FILE:LINE]")
@click.option("--operation", metavar="OP", help="As in a span's name or a metric's label: 'GET /orders/{order_id}'.")
@click.option("--codegen-id", metavar="ID", help="As in the scope's attribute codegen.id; with --operation.")
@_shared
def explain(self: _Run, place: str | None, operation: str | None, codegen_id: str | None) -> int:
    """Say what is inserted at FILE:LINE, or would be, and why; or find the line that an exported operation names."""
    from splice.explain import explain_operation, explain_place

    if (place is None) == (operation is None):
        raise SpliceError("explain takes FILE:LINE or --operation OP", fix="codemod explain orders/views.py:12")
    if codegen_id is not None and operation is None:
        raise SpliceError("--codegen-id needs --operation")
    request = self.request(())
    if place is not None:
        file, _, number = place.rpartition(":")
        if not file or not number.isascii() or not number.isdigit():
            raise SpliceError(f"{place!a} is not FILE:LINE", fix="codemod explain orders/views.py:12")
        lines = explain_place(self.plan(request), _relative(request.root, file), int(number))
    else:
        assert operation is not None
        lines = explain_operation(self.plan(request), operation, codegen_id or "")
    text = "".join(clean(line) + "\n" for line in lines)
    write(sys.stdout, _json({"schema": 1, "explanation": lines}) if self.options.is_json else text)
    return 0


def _write(self: _Run, request: Request) -> int:
    from splice.report import Report
    from splice.show import summary

    done = self.carry_out(request, write=True)
    report = Report(self.command, done.planned, done)
    return self.finish(report, lambda made: summary(made, self.options.screen(), self.options.verbose, self.options.quiet))


def _root(given: Path | None) -> Path:
    from splice.config import Config

    if given is None:
        return Config.find_root(Path.cwd())
    if not given.is_dir():
        raise SpliceError(f"--root {str(given)!a}: there is no such folder")
    return given.resolve()


def _relative(root: Path, path: str) -> str:
    """A path of the command line, relative to the root. Raises SpliceError if it is not there or outside."""
    real, base = os.path.realpath(path), os.path.realpath(root)
    if not os.path.lexists(path):
        raise SpliceError(f"{path!a}: there is no such file or folder")
    if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
        raise SpliceError(f"{path!a} leads outside the root")
    return os.path.relpath(real, base).replace(os.sep, "/")


def _names(text: str, option: str) -> tuple[str, ...]:
    """Names of codemods from an option. Raises SpliceError with the nearest name."""
    from splice.patterns import nearest
    from splice.registry import codemods

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in codemods():
            meant = nearest(name, codemods())
            fix = f"did you mean {meant}?" if meant else "the codemods are " + ", ".join(codemods())
            raise SpliceError(f"{option}: there is no codemod {name!a}", fix=fix)
    if not names:
        raise SpliceError(f"{option} names no codemod", fix="the codemods are " + ", ".join(codemods()))
    return names


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code. Never raises but for what ends a process (exit, interrupt)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    state: list[_Run] = []
    try:
        with cli.make_context("codemod", arguments) as context:
            ...
    except click.ClickException as error:
        ...
    return 0


if __name__ == "__main__":
    sys.exit(main())
