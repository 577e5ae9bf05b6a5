"""Whether what a service ships would hold its new scaffold: package lists, module lists, images, MANIFEST.in.

A scaffold that is imported and not shipped stops the service at start. Only lists that somebody wrote out
are judged; lists that are computed find the module by themselves.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any

from splice.layout import Site
from splice.manifests.docker import docker, matches
from splice.metadata import (
    Read,
    above,
    cfg,
    cfg_list,
    cfg_value,
    dig,
    find_arguments,
    inside,
    listed,
    peek,
    setup_arguments,
    strings,
    table,
    toml,
    words,
)
from splice.model import Finding

# Modules that setuptools does not take for the project's own in a flat layout (FlatLayoutModuleFinder).
_TOOLING = re.compile(
    r"_.*|setup|conftest|tests?|examples?|build|toxfile|noxfile|pavement|dodo|tasks|fabfile|[Ss][Cc]onstruct|conanfile"
    r"|manage|benchmarks?|exercises?"
)


def unshipped(files: Sequence[str], read: Read, site: Site) -> list[Finding]:
    """A "not-shipped" warning for each list that holds the scaffold's siblings and not the scaffold."""
    ordered = sorted(files)
    found = docker(ordered, read, site.path)
    known = frozenset(ordered)
    for folder in above(site.path):
        paths = {
            name: posixpath.join(folder, name) for name in ("pyproject.toml", "setup.cfg", "setup.py", "MANIFEST.in")
        }
        present = {name: path for name, path in paths.items() if path in known}
        checks = {
            "pyproject.toml": _pyproject,
            "setup.cfg": _setup_cfg,
            "setup.py": _setup_py,
            "MANIFEST.in": _manifest_in,
        }
        for name, path in present.items():
            data = peek(read, path)
            found += [_finding(path, said, fix) for said, fix in checks[name](data, ordered, site, folder)]
        if present.keys() - {"MANIFEST.in"} and _is_project(present, read):
            break
    return found


Problems = Iterator[tuple[str, str]]  # what is wrong, and what to add


def _finding(path: str, said: str, fix: str) -> Finding:
    return Finding("warning", "not-shipped", said, file=path, fix=fix)


def _is_project(present: dict[str, str], read: Read) -> bool:
    values = toml(peek(read, present["pyproject.toml"])) if "pyproject.toml" in present else {}
    return "setup.py" in present or "project" in values or dig(values, "tool", "poetry") is not None


def _lists(
    site: Site, files: Sequence[str], modules: list[str] | None, packages: list[str] | None, where: str
) -> Problems:
    """What setuptools' two lists say; None is a list that nobody wrote."""
    package, _, stem = site.module.rpartition(".")
    home = posixpath.dirname(site.path)
    beside = any(posixpath.join(home, f"{one}.py") in files for one in modules or ())
    if modules and beside and not package and stem not in modules:
        yield f"{where}py_modules lists the service's modules and not {stem}", f'add "{stem}" to py_modules'
    top = package.partition(".")[0]
    if packages and package and package not in packages and any(one.partition(".")[0] == top for one in packages):
        yield f"{where}packages lists {top}'s packages and not {package}", f'add "{package}" to packages'


def _found(site: Site, files: Sequence[str], find: dict[str, Any], namespaces: bool, where: str) -> Problems:
    """What a search for packages with these arguments would miss."""
    package = site.module.rpartition(".")[0]
    if not package:
        return
    home = posixpath.dirname(site.path)
    if not namespaces and posixpath.join(home, "__init__.py") not in files:
        fix = "search with find_namespace: (find_namespace_packages), or name the package"
        yield f"{where}find: takes folders with __init__.py only, and {home} has none", fix
    include, exclude = words(find.get("include")) or ["*"], words(find.get("exclude"))
    if _any(exclude, package) or not _any(include, package):
        yield f"{where}the search for packages leaves {package} out", f'include "{package}"'


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _paths(site: Site, files: Sequence[str], folder: str, listed: list[str], where: str) -> Problems:
    """What a list of files and folders misses, if it names the module's siblings."""
    patterns = [path for path in (inside(folder, one) for one in listed) if path is not None]
    home = posixpath.dirname(site.path)
    siblings = [one for one in files if one.endswith(".py") and posixpath.dirname(one) == home and one != site.path]
    if any(matches(one, site.path) for one in patterns) or not any(
        matches(p, one) for p in patterns for one in siblings
    ):
        return
    mine = posixpath.relpath(site.path, folder or ".")
    yield f"{where} names the modules beside {mine} and not {mine}", f'add "{mine}" to it'


def _pyproject(data: bytes, files: Sequence[str], site: Site, folder: str) -> Problems:
    values = toml(data)
    tool = dig(values, "tool")
    own = table(dig(tool, "setuptools"))
    packages, find = dig(own, "packages"), dig(own, "packages", "find")
    yield from _lists(site, files, words(dig(own, "py-modules")), words(packages), "[tool.setuptools] ")
    if isinstance(find, dict):
        yield from _found(
            site, files, find, find.get("namespaces", True) is not False, "[tool.setuptools.packages.find] "
        )
    poetry = [
        posixpath.join(str(dig(entry, "from") or "."), entry["include"])
        for entry in listed(dig(tool, "poetry", "packages"))
        if isinstance(entry, dict) and isinstance(entry.get("include"), str)
    ]
    yield from _paths(site, files, folder, poetry, "[tool.poetry] packages")
    wheel = dig(tool, "hatch", "build", "targets", "wheel")
    for key in ("packages", "only-include", "include"):
        yield from _paths(site, files, folder, words(dig(wheel, key)), f"[tool.hatch.build.targets.wheel] {key}")
    name = dig(tool, "flit", "module", "name")
    if isinstance(name, str) and "." not in site.module and _inside_project(files, folder, f"{name}.py", site):
        yield f"flit ships the single module {name}", f"make {name} a package, or ship {site.module} another way"
    yield from _discovery(values, files, site, folder, bool(own.get("py-modules")) or packages is not None)


def _inside_project(files: Sequence[str], folder: str, sibling: str, site: Site) -> bool:
    return posixpath.dirname(site.path) == folder and posixpath.join(folder, sibling) in files


def _discovery(values: dict[str, Any], files: Sequence[str], site: Site, folder: str, listed: bool) -> Problems:
    """A second module in a flat layout ends setuptools' automatic discovery with an error."""
    requires = " ".join(words(dig(values, "build-system", "requires")))
    if (
        listed
        or "setuptools" not in requires
        or "project" not in values
        or site.path != posixpath.join(folder, f"{site.module}.py")
    ):
        return
    if posixpath.join(folder, "setup.py") in files or posixpath.join(folder, "setup.cfg") in files:
        return
    names = [posixpath.basename(one)[:-3] for one in files if one.endswith(".py") and posixpath.dirname(one) == folder]
    names = sorted({one for one in names if not _TOOLING.fullmatch(one)} - {site.module})
    if len(names) == 1:
        both = f'py-modules = ["{names[0]}", "{site.module}"]'
        yield (
            "setuptools finds modules by itself only where there is one, and now there are two",
            f"add {both} to [tool.setuptools]",
        )


def _setup_cfg(data: bytes, files: Sequence[str], site: Site, _folder: str) -> Problems:
    parser = cfg(data)
    modules, packages = (cfg_value(parser, "options", key) for key in ("py_modules", "packages"))
    if packages is not None and packages.strip() in {"find:", "find_namespace:"}:
        section = "options.packages.find"
        find = {key: cfg_list(cfg_value(parser, section, key) or "") for key in ("include", "exclude")}
        yield from _found(site, files, find, "namespace" in packages, "[options] packages = ")
        packages = None
    yield from _lists(site, files, cfg_list(modules or ""), cfg_list(packages or ""), "[options] ")


def _setup_py(data: bytes, files: Sequence[str], site: Site, _folder: str) -> Problems:
    arguments = setup_arguments(data)
    yield from _lists(site, files, strings(arguments.get("py_modules")), strings(arguments.get("packages")), "")
    find = find_arguments(arguments.get("packages"))
    if find is not None:
        yield from _found(site, files, find, find["namespaces"] is True, "")


def _manifest_in(data: bytes, files: Sequence[str], site: Site, folder: str) -> Problems:
    """The last line that matches decides; a module that its siblings survive and it does not is worth a word."""
    lines = [
        row.split() for row in data.decode("utf-8", "replace").splitlines() if row.strip() and row.lstrip()[0] != "#"
    ]

    def excluded(path: str) -> bool:
        name, verdict = posixpath.relpath(path, folder or "."), False
        for command, *rest in lines:
            if not rest:
                continue
            verb = command.removeprefix("recursive-").removeprefix("global-")
            if command in {"prune", "graft"}:
                hit = any(matches(one, name) for one in rest)
            elif command.startswith("global-"):
                hit = _any(rest, posixpath.basename(name))
            elif command.startswith("recursive-"):
                hit = matches(rest[0], name) and _any(rest[1:], posixpath.basename(name))
            else:
                hit = any(matches(one, name) for one in rest)
            if hit and verb in {"exclude", "include", "prune", "graft"}:
                verdict = verb in {"exclude", "prune"}
        return verdict

    home = posixpath.dirname(site.path)
    siblings = [one for one in files if one.endswith(".py") and posixpath.dirname(one) == home and one != site.path]
    if excluded(site.path) and not all(map(excluded, siblings)):
        mine = posixpath.relpath(site.path, folder or ".")
        yield f"{mine} is excluded from the source distribution", f"add `include {mine}` at the end"
