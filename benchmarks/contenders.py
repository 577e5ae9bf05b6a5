"""The same work for each tool: find decorated handlers; insert a decorator and an import.

The rules of the peers know the names that the generated corpora use (`app`, `bp`, `router`), since patterns cannot
follow an object across files; Splice is told nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.corpora import Corpus, forget
from benchmarks.measure import Contender
from benchmarks.peers import Tools

RULES = Path(__file__).resolve().parent / "rules"
_RUFF = ("--isolated", "--quiet", "--exit-zero", "--select", "FAST")


def nothing() -> None:
    return None


class Work:
    """Commands over one corpus. Caches are kept in a folder of the benchmark's own, away from the user's.

    `caches` must lie in no repository, where Splice would keep nothing.
    """

    def __init__(self, tools: Tools, corpus: Corpus, caches: Path) -> None:
        self.tools, self.corpus, self.caches = tools, corpus, caches

    def _contender(
        self, name: str, *command: str, before: Callable[[], None] = nothing, codes: frozenset[int] = frozenset({0, 1})
    ) -> Contender:
        # no semgrep on PATH: its rules are left out, everything else that `run` proves is not
        here = Path(self.tools.codemod).parent
        folders = [f for f in os.get_exec_path() if not Path(f, "semgrep").exists()]
        environment = {
            "PATH": os.pathsep.join([str(here), *folders]),
            "XDG_CACHE_HOME": str(self.caches),
            "PYTHONPATH": str(RULES) if name in ("libcst", "fixit") else "",
        }
        return Contender(name, command, self.corpus.folder, before, codes, environment)

    def _cold(self) -> None:
        shutil.rmtree(self.caches, ignore_errors=True)
        self.caches.mkdir(parents=True)
        forget(self.corpus.folder)

    # -- looking

    def check(self, *, cold: bool = True) -> Contender:
        """Splice's gate; cold without anything remembered (and remembering it)."""
        before, codes = self._cold if cold else nothing, frozenset({0, 1, 3})  # 3: it could not read some files
        return self._contender("splice", self.tools.codemod, "check", "-q", before=before, codes=codes)

    def scan(self) -> Contender:
        rule = str(RULES / "ast-grep.yaml")
        return self._contender("ast-grep", self.tools.command("ast-grep"), "scan", "--rule", rule, ".")

    def ruff(self, *, cold: bool = True) -> Contender:
        """A lint of about the same question (FastAPI's routes).

        Its default rules find so much in some packages that ruff is busy printing, and keeps nothing of such a file.
        """
        ruff = self.tools.command("ruff")
        if cold:
            return self._contender("ruff", ruff, "check", *_RUFF, "--no-cache", ".")
        return self._contender("ruff", ruff, "check", *_RUFF, "--cache-dir", str(self.caches / "ruff"), ".")

    def server(self) -> Contender:
        return self._contender("splice", self.tools.codemod, "lsp")

    # -- writing

    def _restored(self) -> None:
        self._cold()
        self.corpus.restore()

    def run(self) -> Contender:
        return self._contender("splice", self.tools.codemod, "run", "-q", before=self._restored, codes=frozenset({0}))

    def rewrite(self) -> Contender:
        rule = str(RULES / "ast-grep.yaml")
        command = (self.tools.command("ast-grep"), "scan", "--rule", rule, "--update-all", ".")
        return self._contender("ast-grep", *command, before=self._restored, codes=frozenset({0}))

    def libcst(self) -> Contender:
        command = (self.tools.command("python"), "-m", "libcst.tool", "codemod", "-x", "--no-format", "--hide-progress")
        what = ("observed_command.ObservedCommand", "shop")
        return self._contender("libcst", *command, *what, before=self._restored, codes=frozenset({0}))

    def fixit(self) -> Contender:
        command = (self.tools.command("fixit"), "--quiet", "--rules", "observed_rule", "fix", "--automatic", "shop")
        return self._contender("fixit", *command, before=self._restored)

    def semgrep(self) -> Contender:
        options = ("--experimental", "--metrics=off", "--disable-version-check", "--quiet", "--no-git-ignore")
        command = (self.tools.command("semgrep", "semgrep"), "scan", *options, "--autofix")
        return self._contender("semgrep", *command, f"--config={RULES / 'semgrep.yaml'}", "shop", before=self._restored)
