"""What each kind of diagnostic means, in the words of a linter's rule: for SARIF, editors and code quality reports.

Of what `run` would change the kinds follow from the codemods: `spans-missing`, `auth-stale`. Those of findings and
of files that were not handled stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from splice.codemod import Codemod
from splice.model import Reason

#: What `run` would change: how the kind is called, and what has happened to an insertion.
CHANGES: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "is not there"),
    "stale": ("stale", "is there, and the configuration or the code wants it otherwise now"),
    "misplaced": ("misplaced", "stands where it has no effect"),
    "not wanted": ("unwanted", "is there, and nothing asks for it any more"),
}

_OBJECTS: Mapping[str, str] = {
    "insertion": "An insertion that no codemod answers for",
    "import": "The import of an insertion",
    "scaffold": "The module that insertions call",
    "dependency": "A requirement of insertions, in the service's manifest,",
    "dependencies": "The list of requirements in the service's manifest",
    "lock": "The record of insertions in codemod.lock, or its merge rule,",
}

#: Codes of findings, and reasons for which a file is not handled or an insertion not placed.
FINDINGS: Mapping[str, str] = {
    "amplification": "Attempts multiply where a call that is repeated is made by code that is repeated.",
    "app-unprotected": "The application cannot be closed for endpoints that no guard stands at.",
    "app-unseen": "A file that seems to make an app is left out, and an outer policy wants guards in front of all.",
    "aspect-unmatched": "An aspect of the configuration speaks of an operation that is not there.",
    "baseline-fixed": "The baseline holds what is fixed: it would cover the same thing when it comes back.",
    "blocked": "The service pins a package below what insertions need.",
    "coverage-low": "Fewer operations are covered than the configuration asks for.",
    "dependency-kept": "A requirement stays, since it may be the service's own.",
    "edited-by-hand": "Somebody wrote or edited an insertion by hand: it is kept as it is, and counts.",
    "framework-not-understood": "Handlers of this framework are not understood yet: they stay as they are.",
    "guard-stays": "A guard stands where the policy asks for none: it stays until somebody deletes it.",
    "guard-weakened": "Somebody edited a guard, and it asks for less than the policy.",
    "guard-never-runs": "A guard of the service's own stands where it never runs: everybody passes.",
    "left-out": "A file that was named is left out by a default or by the configuration.",
    "lock-stale": "The lock file of the package manager does not know a requirement of insertions yet.",
    "max-series": "The metrics may come to more time series than the configuration allows.",
    "misplaced": "An insertion stands above the decorator that registers its handler: it never runs there.",
    "name-taken": "The name of an insertion means something else in the file.",
    "newer-version": "A newer version of an insertion is available.",
    "no-manifest": "No file declares what the service needs, so the requirements of insertions stand nowhere.",
    "no-semgrep": "Semgrep is not installed: the rules were not checked.",
    "no-server-instrumentation": "Nothing opens a server span for requests.",
    "not-shipped": "A file that ships the service does not take the scaffold along.",
    "observe-expired": "Guards were to observe until a day that has passed.",
    "optional-dependency": "The requirement of insertions is declared as an optional one.",
    "pattern-unused": "A pattern of the configuration matches nothing.",
    "policy-alternatives": "The OpenAPI document offers alternatives that guards cannot tell apart.",
    "policy-silent": "The OpenAPI document does not say who may call an operation.",
    "policy-twice": "The OpenAPI document names one operation twice.",
    "policy-undecided": "The policy says two things of one operation, and none is more specific.",
    "policy-undocumented": "An operation of the service is not in the OpenAPI document that is its policy.",
    "policy-unmatched": "A pattern of the policy matches no operation.",
    "reformat": "A formatter will re-wrap a call, which an insertion has made too long for its line.",
    "rule-failed": "A rule found something in what was inserted.",
    "scaffold-edited": "Somebody changed the generated scaffold.",
    "scaffold-held": "The scaffold stays, since something that is not edited imports it.",
    "scopes-unchecked": "A guard of the service's own is not known to check the scopes that the policy asks for.",
    "stale-operation": "An insertion says something else than the configuration and the code.",
    "suppression-expired": "A suppression counted until a day that has passed.",
    "suppression-refused": "A suppression does not count: the owner of the policy has not allowed it.",
    "suppression-unused": "A suppression turns nothing off.",
    "suppression-wrong": "A suppression is not written as it must be, and turns nothing off.",
    "unguarded": "No guard stands before an endpoint.",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of diagnostic. `about` is a sentence, `help` what a human may do about it."""

    name: str
    about: str
    help: str


def kind(name: str, codemods: Mapping[str, Codemod]) -> Kind:
    """The kind with this name. Every name of a diagnostic has one."""
    if name in FINDINGS:
        return Kind(name, FINDINGS[name], "The message says what to do.")
    if name in {reason.value for reason in Reason}:
        return Kind(name, f"A file could not be handled: {name}.", "The message says what to do.")
    subject, _, word = name.rpartition("-")
    happened = next(text for known, text in CHANGES.values() if known == word)
    if subject in codemods:
        codemod = codemods[subject]
        help_ = f"{codemod.summary}: {codemod.why}. `codemod run` brings it to what the configuration says."
        if word == "missing":
            help_ += f" To leave one place out, `# codemod: ignore[{subject}] -- reason` at its header."
        return Kind(name, f"What the codemod {subject} inserts {happened}.", help_)
    return Kind(name, f"{_OBJECTS.get(subject, subject)} {happened}.", "`codemod run` brings it up to date.")
