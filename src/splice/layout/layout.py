"""Where modules live, where a service's scaffold goes, and how a file imports it.

A layout is made from a list of files and a reader; nothing is imported. Folders are placed on demand
(places.py), so that a run pays only for the folders that hold join points.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

from splice.layout.manner import Manner
from splice.layout.names import Names
from splice.layout.places import Place, Places, Site, is_name
from splice.metadata import Read
from splice.model import Reason, Refused, SpliceError

_NOT_SERVICES = frozenset({"test", "tests", "testing", "docs", "migrations", "alembic", "examples", "benchmarks"})
_BESIDE = re.compile(r"_*(?:tests?|example|demo|sample|sandbox)")  # projects that only show a library at work


def _foreign(_: bytes) -> bool:
    """Without a way to tell, no module that exists is ours."""
    return False


class Layout:
    """Modules, import roots and scaffolds of one configuration root."""

    def __init__(self, places: Places, names: Names, scaffold: str, ours: Sequence[str] = ()) -> None:
        self._places, self._names, self._setting, self._ours = places, names, scaffold, ours
        self._named: dict[str, list[str]] | None = None
        self._sites: dict[str, Site | Refused] = {}
        self._manner = Manner(places)
        self._homes: dict[str, tuple[str, tuple[str, ...]]] = {}  # import root -> the package that starts the service

    @classmethod
    def build(
        cls,
        files: Sequence[str],
        read: Read,
        *,
        scaffold: str = "scaffold",
        import_root: str | None = None,
        is_ours: Callable[[bytes], bool] = _foreign,
    ) -> Layout:
        """A layout over `files` (relative to the root, with `/`; tests and manifests included).

        `scaffold` is a module name or a full dotted one; `import_root` a folder that overrides what would be
        found; `is_ours` tells a generated scaffold from other modules. Raises SpliceError for a name that
        cannot be imported.
        """
        if not all(map(is_name, scaffold.split("."))):
            raise SpliceError(f"scaffold = {scaffold!r} is no module name", fix='use a name such as "splice_scaffold"')
        ordered, stem = sorted(files), scaffold.rpartition(".")[2]
        # What we write says nothing about where things are: a second run must find the same places.
        ours = [file for file in ordered if posixpath.basename(file) == f"{stem}.py" and is_ours(read(file))]
        others = [file for file in ordered if file not in set(ours)] if ours else ordered
        return cls(Places(others, read, import_root, stem), Names(ordered, read, is_ours), scaffold, ours)

    def module_of(self, file: str) -> str:
        """The dotted name under which a .py file is imported; a package's for its `__init__.py`."""
        if file in self._ours and (module := self._module_of_ours(file)):
            return module
        folder, name = posixpath.split(file)
        package = self._places.place(folder).package
        stem = name.removesuffix(".py")
        return ".".join(package if package and stem == "__init__" else (*package, stem))

    def _module_of_ours(self, path: str) -> str:
        """The name of a scaffold, as the files that use it say: its own folder may say nothing."""
        above = posixpath.dirname(path)
        for folder, row in sorted(self._places.python.items()):
            if row and (not above or folder == above or folder.startswith(above + "/")):
                try:
                    site = self.site(row[0])
                except Refused:
                    continue
                if site.path == path:
                    return site.module
        return ""

    def file_of(self, module: str, near: str | None = None) -> str | None:
        """The file of a module: `__init__.py` for packages, None for namespace packages and unknown names.

        Several services of one repository may have an `app`: the one that shares the import root of the file
        `near` is meant, else the one nearest to the repository's root.
        """
        found = [one for one in self._candidates(module) if self.module_of(one) == module]
        home = self._places.place(posixpath.dirname(near)).base if near is not None else ""
        tail = module.replace(".", "/") + ".py"

        def rank(file: str) -> tuple[bool, bool, int, str]:
            base = self._places.place(posixpath.dirname(file)).base
            if file in self._ours and f"/{file}".endswith(f"/{tail}"):  # its own folder may hold nothing else
                base = file.removesuffix(tail).rstrip("/")
            return near is None or base != home, not file.endswith("/__init__.py"), file.count("/"), file

        return min(found, key=rank, default=None)

    def _candidates(self, module: str) -> list[str]:
        """Files whose path ends like the dotted name: only their folders need to be placed."""
        if self._named is None:
            self._named = {}
            for row in (*self._places.python.values(), self._ours):
                for file in row:
                    names = file.removesuffix(".py").removesuffix("/__init__").rsplit("/", 2)
                    for tail in {names[-1], "/".join(names[-2:])}:
                        self._named.setdefault(tail, []).append(file)
        names = module.rsplit(".", 2)
        renamed = bool(self._places.stated.packages)  # a folder may carry another name than its path says
        return self._named.get(names[-1] if renamed else "/".join(names[-2:]), [])

    def resolve(self, file: str, module: str | None, level: int) -> str:
        """The absolute name of `module` in `from <level dots><module> import ...` written in `file`.

        What reaches above the top package keeps a dot in front, and so names no module; but in a folder that is
        no package to us, the modules beside a file have the names that stand after one dot.
        """
        if level == 0:
            return module or ""
        folder = posixpath.dirname(file)
        package = self._places.place(folder).package
        if not package and level == 1 and module:
            beside = self._places.modules.get(folder, set())
            if module == self._setting or module.partition(".")[0] in beside:
                return module
        kept = package[: len(package) - level + 1]
        name = ".".join((*kept, *([module] if module else [])))
        return name if level <= len(package) else f".{name}"

    def share(self, starters: Iterable[str]) -> None:
        """Let the packages beside each other below one import root share the scaffold of one of them.

        `starters`: the files from which a service of several packages is started, such as its settings. Where
        they stand in several packages below a root, these are several services, and each package keeps its own. What
        only shows a library at work is no home for the library's scaffold: it is not shipped with it.
        """
        found: dict[str, set[tuple[str, tuple[str, ...]]]] = {}
        for file in starters:
            place = self._places.place(posixpath.dirname(file))
            if place.package and not place.prefix and not _BESIDE.match(place.package[0]):
                found.setdefault(place.base, set()).add(self._top(place))
        self._homes = {base: next(iter(tops)) for base, tops in found.items() if len(tops) == 1}
        self._sites.clear()

    def site(self, file: str) -> Site:
        """The scaffold that a file uses.

        Raises Refused: the name is taken there (the detail holds the setting that solves it), or there is
        no place for one.
        """
        if file not in self._sites:
            try:
                self._sites[file] = self._find(file)
            except Refused as refused:
                self._sites[file] = refused
        found = self._sites[file]
        if isinstance(found, Refused):
            raise Refused(found.reason, found.detail, found.line)
        return found

    def _find(self, file: str) -> Site:
        folder = posixpath.dirname(file)
        place = self._places.place(folder)
        if not all(map(is_name, place.package)):
            name = ".".join(place.package)
            raise Refused(
                Reason.SCAFFOLD_UNPLACED, f"{name} cannot be imported; correct import-root under [tool.codemod]"
            )
        home, package, stem = folder, place.package, self._setting
        if "." in self._setting:
            *above, stem = self._setting.split(".")
            home, package = self._package_folder(tuple(above), place), tuple(above)
        elif beside := self._imported_beside(file, folder) if not place.package else "":
            home, package = self._top(self._places.place(beside))
        elif place.package:
            own = self._top(place)
            home, package = own if place.prefix else self._homes.get(place.base, own)
        self._names.require(home, package, stem, dotted="." in self._setting)
        return Site(posixpath.join(home, f"{stem}.py"), ".".join((*package, stem)))

    def _top(self, place: Place) -> tuple[str, tuple[str, ...]]:
        """Folder and name of the top package: below namespaces that hold nothing but whole packages."""
        depth = max(1, len(place.prefix))
        if len(place.prefix) > 1 and (home := self._search((place.prefix[0],), place)) is not None:
            return home, place.prefix[:1]
        while depth < len(place.package) and self._only_packages(place.folder(depth)):
            depth += 1
        return place.folder(depth), place.package[:depth]

    def _only_packages(self, folder: str) -> bool:
        """`acme/` of acme.orders and acme.billing: each of these is a service's own top package."""
        children = self._places.modules.get(folder, set())
        return folder not in self._places.python and all(
            posixpath.join(folder, name) in self._places.inits for name in children
        )

    def _package_folder(self, package: tuple[str, ...], place: Place) -> str:
        found = self._search(package, place)
        if found is None:
            raise Refused(
                Reason.SCAFFOLD_UNPLACED,
                f'scaffold = "{self._setting}": there is no package {".".join(package)}; name one that exists',
            )
        return found

    def _search(self, package: tuple[str, ...], place: Place) -> str | None:
        """The folder of a package: beneath this place's root first, then the repository's, then stated ones."""
        roots = [*([place.base] if not place.prefix else []), "", *sorted(self._places.stated.roots)]
        folders = (posixpath.join(root, *package) for root in roots)
        return next((folder for folder in folders if folder in self._places.modules), None)

    def _imported_beside(self, file: str, folder: str) -> str:
        """The one package beside a script that it imports; "" if that package imports the script (a cycle)."""
        evidence = self._places.evidence
        tops = sorted({name.partition(".")[0] for name in evidence.seen(file).absolute} - _NOT_SERVICES)
        beside = [path for top in tops if (path := posixpath.join(folder, top)) in self._places.inits]
        if len(beside) != 1:
            return ""
        stem = posixpath.basename(file)[:-3]
        inner = [
            one
            for up, row in self._places.python.items()
            if up == beside[0] or up.startswith(beside[0] + "/")
            for one in row
        ]
        cycle = any(name.partition(".")[0] == stem for one in inner for name in evidence.seen(one).absolute)
        return "" if cycle else beside[0]

    def import_name(self, file: str, tree: ast.Module) -> str:
        """What stands after `from` in `file`: an absolute name, or a relative one where its siblings are written so."""
        site = self.site(file)
        folder = posixpath.dirname(file)
        package = self._places.place(folder).package
        target = tuple(site.module.split("."))
        if not package:
            nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            loose = len(target) == 1 and any(node.level for node in nodes)  # the repository itself is the package
            return f".{site.module}" if loose else site.module
        if package[0] != target[0]:
            return site.module
        common = next(
            (n for n, (a, b) in enumerate(zip(package, target, strict=False)) if a != b), min(len(package), len(target))
        )
        common = min(common, len(target) - 1)
        dots = len(package) - common + 1
        return (
            "." * dots + ".".join(target[common:]) if self._manner.is_relative(file, tree, site, dots) else site.module
        )
