"""One invocation of the command: its options as a request to the engine, and the engine's answer printed.

What all commands share. Heavy modules are imported where they are needed, so that `codemod check` starts fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from splice import ledger
from splice.model import SpliceError
from splice.output import report_to, write
from splice.report import formats
from splice.report.terminal import Bar, Screen, clean, clean_lines

if TYPE_CHECKING:
    from splice.baseline import Baseline
    from splice.config import Config
    from splice.pipeline import Request
    from splice.report.report import Report


@dataclass(frozen=True, slots=True)
class Options:
    """What every command takes."""

    root: Path | None = None
    config: Path | None = None
    format: str = "text"
    color: str = "auto"
    codemods: str | None = None
    policy: Path | None = None
    policy_ref: str | None = None
    safety: str = "safe"
    quiet: bool = False
    verbose: int = 0
    profile: bool = False
    no_cache: bool = False

    @property
    def is_json(self) -> bool:
        return self.format == "json"

    def screen(self) -> Screen:
        return Screen.of(sys.stdout, self.color, os.environ)


@dataclass(slots=True)
class Run:
    """One invocation: its command and options, when it began, and how far it got, for the message about a bug."""

    command: str = ""
    options: Options = Options()
    writing: bool = False
    began: float = field(default_factory=perf_counter)  # when the process began, by the clock of `perf_counter`
    told: list[str] = field(default_factory=list)  # on standard output, by a command of which the answer is kept
    reports: list[tuple[str, str, str]] = field(default_factory=list)  # format, file and text of each
    ready: float = 0.0  # when its options were read, its configuration loaded and the engine imported

    def request(self, paths: Sequence[str], **more: Any) -> Request:
        """Options as the engine's request. Raises SpliceError for what cannot be meant."""
        from splice.config import load
        from splice.pipeline import Request
        from splice.registry import codemods

        root = _root(self.options.root)
        options = self.options
        ref = options.policy_ref or ""
        config = load(root, options.config, codemods(), policy=options.policy, policy_ref=ref)
        if options.codemods is not None:
            config = _chosen(config, options.codemods, options.safety)
        return Request(root, config, date.today(), tuple(relative(root, path) for path in paths), **more)

    def look(self, request: Request) -> Report:
        """Plan, and write nothing: the report of the commands that only look."""
        from splice.pipeline import plan
        from splice.report.drift import tried
        from splice.report.report import Report

        self.ready = perf_counter()
        with Bar(sys.stderr, wanted=not self.options.quiet) as bar:
            planned = plan(request, bar)
            planned, refused = tried(planned)
            return Report(self.command, planned, refused=refused, baseline=self._baseline(request))

    def carry_out(self, request: Request, *, write: bool) -> Report:
        """Plan, transform, prove, and write if asked: then nobody else runs here from the first look to the last."""
        from splice.landing import carry_out
        from splice.pipeline import plan
        from splice.report.report import Report
        from splice.write import alone

        self.ready = perf_counter()
        with alone(request.root) if write else nullcontext(), Bar(sys.stderr, wanted=not self.options.quiet) as bar:
            try:
                done = carry_out(plan(request, bar), write=write, progress=bar)
            finally:
                self.writing = write and bar.stage == "write"
            return Report(self.command, done.planned, done, done.refused, self._baseline(request))

    def tell(self, text: str) -> None:
        """Print the answer, or a part of it."""
        self.told.append(text)
        write(sys.stdout, text)

    def _baseline(self, request: Request) -> Baseline:
        """What a gate need not tell; for other commands there is none."""
        from splice.baseline import Baseline, load

        return load(request.root, request.config) if self.command in ("check", "baseline") else Baseline()

    def finish(
        self, report: Report, show: Callable[[Report, Screen, int, bool], str], reports: Sequence[str] = ()
    ) -> int:
        """Print a report as the options say, and into the files of `reports`; returns its exit code."""
        options = self.options
        for name, file in formats.files_of(reports).items():
            text = formats.text_of(report, name)
            try:
                report_to(name, file, text)
            except OSError as error:
                raise SpliceError(f"--report {name}: {error.strerror or error}", file=file) from None
            self.reports.append((name, file, text))
        if options.is_json:
            self.tell(formats.json_text(report.as_json()))
        elif options.format in formats.OF_CHECK:
            self.tell(formats.text_of(report, options.format))
        else:
            self.tell(show(report, options.screen(), options.verbose, options.quiet))
        if any(name.startswith("OTEL_") for name in os.environ):
            from splice.report.telemetry import export

            export(report, report.seconds, os.environ)
        if options.profile:
            from splice.report.profile import profile

            write(sys.stderr, profile(self.ready - self.began, report.seconds, perf_counter() - self.began))
        return report.exit_code


def _chosen(config: Config, text: str, safety: str) -> Config:
    """The configuration with the codemods of `--codemods`, and those that an outer policy asks for.

    Naming a codemod in the configuration is asking for it. One that wants a look (guards, retries, timeouts) is not
    let loose by its name on a command line: its policy must stand in the configuration, or `safety` allow it.
    Raises SpliceError.
    """
    from splice.aspects import known as known_codemods
    from splice.model import Safety
    from splice.registry import codemods

    known = known_codemods(config)
    names = names_of(text, "--codemods", tuple(known))
    levels = [level.value for level in Safety]
    for name in names:
        level = known[name].safety.value
        asked = config.has(name) or (config.has("codemods") and name in config.codemods) or name not in codemods()
        if levels.index(level) > levels.index(safety) and not asked:
            message = f"--codemods: {name} wants a look ({level}), and nothing in the configuration asks for it"
            fix = f'codemods = ["{name}"] with a table [{name}] in the configuration, or --safety {level}'
            raise SpliceError(message, fix=fix)
    demanded = [name for outer in config.outers if outer.has("codemods") for name in outer.codemods]
    config = replace(config, codemods=tuple(dict.fromkeys((*names, *demanded))))
    config.demand()
    return config


def _root(given: Path | None) -> Path:
    from splice.config import find_root

    if given is None:
        return find_root(Path.cwd())
    _noted(given)
    if not given.is_dir():
        raise SpliceError(f"--root {str(given)!a}: there is no such folder")
    return given.resolve()


def _noted(path: str | Path) -> None:
    """A path of the command line: what stands there has a part in the answer."""
    if ledger.current is not None:
        ledger.current.place(os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118 - `..` stays as it is


def relative(root: Path, path: str) -> str:
    """A path of the command line, relative to the root. Raises SpliceError if it is not there or outside."""
    _noted(path)
    real, base = os.path.realpath(path), os.path.realpath(root)
    if not os.path.lexists(path):
        raise SpliceError(f"{path!a}: there is no such file or folder")
    if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
        raise SpliceError(f"{path!a} leads outside the root")
    return os.path.relpath(real, base).replace(os.sep, "/")


def names_of(text: str, option: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of codemods from an option. Raises SpliceError with the nearest name."""
    from splice.patterns import nearest
    from splice.registry import codemods

    known = known or tuple(codemods())
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            meant = nearest(name, known)
            fix = f"did you mean {meant}?" if meant else "the codemods are " + ", ".join(known)
            raise SpliceError(f"{option}: there is no codemod {name!a}", fix=fix)
    if not names:
        raise SpliceError(f"{option} names no codemod", fix="the codemods are " + ", ".join(known))
    return names


def bug(this: Run, error: Exception) -> SpliceError:
    written = "some files may have been written, each is whole" if this.writing else "nothing was written"
    said = f"{type(error).__name__}: {error}"[:200]
    return SpliceError(
        f"{said}: this is a bug in splice; {written}", fix="CODEMOD_TRACEBACK=1 shows the traceback to report"
    )


def failed(this: Run, words: Sequence[str], cause: str, error: SpliceError, usage: str = "") -> int:
    """Exit code 2: one message on stderr, and the schema's error on stdout where JSON was asked for."""
    if this.options.is_json or "--format=json" in words or {"--format", "json"} <= set(words):
        from splice.report.report import error_json

        write(sys.stdout, formats.json_text(error_json(this.command, cause, error)))
    if this.options.format == "github":
        from splice.report.annotations import workflow_command

        write(sys.stdout, workflow_command("error", error.file, error.line, cause, str(error.message)))
    place = f"{clean(error.file)}:{error.line}: " if error.line else f"{clean(error.file)}: " if error.file else ""
    fix = f"\n  fix: {clean(error.fix)}" if error.fix else ""
    write(sys.stderr, f"{clean_lines(usage)}codemod: error: {place}{clean(error.message)}{fix}\n")
    return 2
