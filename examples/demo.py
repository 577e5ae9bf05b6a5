"""`make demo`: instrument a copy of examples/orders, run it, and walk from a span back to the line that made it.

Everything is real: git, the service's own tests, HTTP requests, the OpenTelemetry SDK. Ends with 0 only if all of it
held, with 1 and one sentence at the first thing that did not.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import demo_policy
import demo_show as show
from demo_checks import EXPLAINED, REQUESTS, DemoFailed, Request, check_metrics, check_spans, expect

HERE = Path(__file__).resolve().parent


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would change the outcome: git's, proxies', OpenTelemetry's, ours."""
    dropped = ("GIT_", "OTEL_", "SCAFFOLD_", "ORDERS_", "FLASK_", "PYTEST_", "PYTHONPATH")
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(dropped) and not key.lower().endswith("_proxy")
    }
    colour = {"FORCE_COLOR": "1"} if show.COLOUR else {"NO_COLOR": "1"}
    return {**kept, **colour, **extra}


def run(command: list[str], folder: Path, *, capture: bool = False, **env: str) -> str:
    """Run a command to its end; its output when captured. Raises DemoFailed unless it ends with 0."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
    except FileNotFoundError:
        raise DemoFailed(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise DemoFailed(f"`{' '.join(command)}` did not end within 300 seconds") from None
    if done.returncode:
        raise DemoFailed(f"`{' '.join(command)}` ended with {done.returncode}, not 0\n{done.stdout or ''}".rstrip())
    return done.stdout or ""


def git(folder: Path, *arguments: str, capture: bool = False) -> str:
    """git with a fixed identity and date and nobody's configuration, so that the demo is the same everywhere."""
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "demo"), ("EMAIL", "demo@example.org"), ("DATE", "2025-01-01T00:00:00Z"))
    }
    return run(
        ["git", "--no-pager", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", *arguments],
        folder,
        capture=capture,
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
        **identity,
    )


def codemod(folder: Path, *arguments: str, capture: bool = False) -> str:
    """The command as a user calls it, from the environment that runs the demo."""
    script = Path(sys.executable).with_name("codemod")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "splice.cli"]
    show.note(f"$ codemod {shlex.join(arguments)}")
    return run([*command, *arguments], folder, capture=capture)


def instrument(root: Path) -> None:
    """Copy, list, run, show the difference, and prove that a second run has nothing to do."""
    show.heading("1. A service as its team wrote it")
    shutil.copytree(HERE / "orders", root, ignore=shutil.ignore_patterns("__pycache__", ".*_cache", "*.sqlite3"))
    print(f"a copy of examples/orders: {root}")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "the service, before")
    codemod(root, "list")

    show.heading("2. codemod run")
    codemod(root, "run")
    git(root, "add", "--intent-to-add", "--all")
    expect((root / "orders" / "scaffold.py").is_file(), "the scaffold is a module of the service: orders/scaffold.py")
    colour = f"--color={'always' if show.COLOUR else 'never'}"
    git(root, "diff", colour, "--", ".", ":(exclude)orders/scaffold.py", ":(exclude)codemod.lock")
    git(root, "diff", colour, "--stat")
    before = git(root, "diff", capture=True)
    show.note("and again: nothing to do")
    codemod(root, "run")
    git(root, "add", "--intent-to-add", "--all")
    expect(git(root, "diff", capture=True) == before, "a second run changes nothing")

    show.heading("3. What is covered now")
    codemod(root, "list")

    show.heading("4. The service's own tests, which nobody touched")
    run([sys.executable, "-m", "pytest", "-q"], root)


@contextlib.contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections for as long as it is held: the rates service is down."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def send(port: int, request: Request) -> None:
    """Send one request over HTTP; raises DemoFailed if the service gives another status than it should."""
    data = None if request.body is None else json.dumps(request.body).encode()
    headers = {"Content-Type": "application/json", **request.headers}
    url = f"http://127.0.0.1:{port}{request.path}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, data, headers, method=request.method), timeout=30) as response:
            response.read()
            status = response.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    print(f"{request.method:<5} {request.path}  ->  {status}")
    if status != request.status:
        raise DemoFailed(f"{request.method} {request.path} gave {status}, the service before gives {request.status}")


def observe(root: Path) -> dict[str, Any]:
    """Serve the instrumented copy, send every request, and return the telemetry that it exported."""
    show.heading("5. Real requests to the real service")
    with nobody_listens() as closed:
        return serve(root, closed, REQUESTS)


def serve(root: Path, rates: int, requests: Sequence[Request]) -> dict[str, Any]:
    """Serve the copy, with a rates service at that port of the loopback, and send these requests."""
    log, database = root.parent / "service.log", root.parent / "demo.sqlite3"
    database.unlink(missing_ok=True)
    with log.open("w", encoding="utf-8") as errors:
        service = subprocess.Popen(
            [sys.executable, str(HERE / "demo_service.py"), str(root)],
            cwd=root,
            env=environment(ORDERS_DATABASE=str(database), ORDERS_RATES_URL=f"http://127.0.0.1:{rates}/"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        )
        assert service.stdin and service.stdout
        watchdog = threading.Timer(120, service.kill)  # a service that hangs must not hang the demo
        watchdog.start()
        try:
            started = service.stdout.readline()
            if started:
                for request in requests:
                    send(json.loads(started)["port"], request)
            service.stdin.close()
            exported = service.stdout.read()
            code = service.wait()
        except OSError as error:
            raise DemoFailed(f"the service does not answer: {error}\n{log.read_text('utf-8')[-2000:]}") from error
        finally:
            watchdog.cancel()
            service.kill()
            service.wait()
    if code or not exported:
        raise DemoFailed(f"the service ended with {code}\n{log.read_text('utf-8')[-2000:]}")
    telemetry: dict[str, Any] = json.loads(exported)
    return telemetry


def walk_back(root: Path, codegen_id: str) -> None:
    """From an exported span to the line in the service that made it."""
    show.heading("8. From a span back to its line")
    answer = codemod(root, "explain", "--operation", EXPLAINED, "--codegen-id", codegen_id, capture=True)
    print(answer.rstrip())
    place = re.search(r"([\w./-]+\.py):(\d+)", re.sub(r"\x1b\[[\d;]*m", "", answer))
    if place is None:
        raise DemoFailed("`codemod explain` names no file and line")
    line = (root / place[1]).read_text("utf-8").splitlines()[int(place[2]) - 1]
    print(f"\n{place[1]}:{place[2]}\n{show.paint(line, '1;32')}")
    expect("observed(" in line and EXPLAINED in line, f"that line is the insertion for {EXPLAINED}", line)


def enforce(root: Path) -> None:
    """The policy of the service's owner: guards, timeouts and retries, and what they do."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "observed")
    show.heading("9. The policy of its owner: policy.toml")
    print((root / "policy.toml").read_text("utf-8"))
    codemod(root, "run", "--config", "policy.toml")
    colour = f"--color={'always' if show.COLOUR else 'never'}"
    git(root, "diff", colour, "-U1", "--", "orders/rates.py", "orders/app.py", "orders/views/orders.py")
    show.heading("10. Who may call what now")
    codemod(root, "list", "--auth", "--config", "policy.toml")
    show.heading("11. Refused, let through, and an upstream that fails twice")
    with demo_policy.flaky_rates() as rates:
        telemetry = serve(root, rates.server_port, demo_policy.GUARDED)
        demo_policy.check(telemetry, rates.asked)


def main() -> int:
    missing = [name for name in ("splice", "flask", "opentelemetry.sdk", "pytest") if not available(name)]
    if missing:
        show.failed(f"not installed beside this Python: {', '.join(missing)}; `make demo` installs them")
        return 1
    root = Path(tempfile.mkdtemp(prefix="splice-demo-")).resolve() / "orders"
    try:
        instrument(root)
        telemetry = observe(root)
        codegen_id = check_spans(telemetry["spans"])
        check_metrics(root, telemetry["metrics"], codegen_id)
        walk_back(root, codegen_id)
        enforce(root)
    except DemoFailed as failure:
        show.failed(str(failure))
        return 1
    show.heading("Everything held")
    print(f"The copy is yours to look at, and to delete: {root.parent}")
    return 0


def available(name: str) -> bool:
    """Whether a module can be found, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
