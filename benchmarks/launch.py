"""Run one command and write what it cost, as JSON, into a file: `launch.py COSTS LIMIT COMMAND...`.

The kernel ends a process that has taken more than LIMIT seconds of processor time, however busy the machine is.

A process of its own and a small one, with no import that it does not need: the peak memory of a child counts from the
size of the process that started it.
"""

import os
import resource
import sys
import time


def main() -> None:
    costs, limit, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, spent = os.wait4(child, 0)  # with all that the child has waited for
    wall = time.perf_counter() - began
    peak = spent.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    with open(costs, "w", encoding="utf-8") as file:  # noqa: PTH123 (pathlib would be a third of this process)
        file.write(f'{{"cpu": {spent.ru_utime + spent.ru_stime}, "wall": {wall}, "peak": {peak}, "code": {code}}}')


if __name__ == "__main__":
    main()
