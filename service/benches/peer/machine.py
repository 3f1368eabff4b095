"""What Linux tells of processor time and memory, and a limit to the former."""
import contextlib
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")

# Other processes may keep so many cores busy, and the machine is still called quiet.
QUIET_CORES = 0.3


def _stat(pid):
    """The fields of /proc/<pid>/stat after the name; none when the process is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()
    return None


def tree(pid):
    """The process and all below it."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        if fields := _stat(name):
            children.setdefault(int(fields[1]), []).append(int(name))
    found, pending = [], [pid]
    while pending:
        found.append(pending.pop())
        pending += children.get(found[-1], [])
    return found


def cpu_s(pid):
    """Processor seconds of a process and all below it, also of those that have ended."""
    return sum(sum(map(int, fields[11:15])) for it in tree(pid) if (fields := _stat(it))) / TICKS


def threads_ms(pid):
    """Processor milliseconds of the threads that run now, of a process and all below it: finer than `cpu_s`."""
    spent_ns = 0
    for it in tree(pid):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{it}/task"):
                with open(f"/proc/{it}/task/{thread}/schedstat") as file:
                    spent_ns += int(file.read().split()[0])
    return spent_ns / 1e6


def memory_mib(pid, field):
    """`VmRSS` (resident now) or `VmHWM` (the most so far) of a process and all below it."""
    kib = 0
    for it in tree(pid):
        with contextlib.suppress(OSError), open(f"/proc/{it}/status") as file:
            kib += sum(int(line.split()[1]) for line in file if line.startswith(field + ":"))
    return kib / 1024


def busy_s():
    """Processor seconds of all cores that were spent, or taken by other machines on the same host."""
    with open("/proc/stat") as file:
        ticks = list(map(int, file.readline().split()[1:9]))
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS


class Watch:
    """Tells how many cores other processes keep busy while it is open."""

    def __enter__(self):
        self._at = (time.perf_counter(), busy_s(), cpu_s(os.getpid()))
        return self

    def __exit__(self, *_):
        wall, busy, ours = (now - then for now, then in zip(
            (time.perf_counter(), busy_s(), cpu_s(os.getpid())), self._at))
        self.others = max(0.0, (busy - ours) / wall)


class Patience:
    """Seconds that may be spent, over the whole run, on waiting for a quiet machine."""

    def __init__(self, seconds):
        self.left = seconds

    def until_quiet(self):
        """Returns once others have left the machine alone for a second, or when patience is at its end."""
        while self.left > 0:
            begin = time.perf_counter()
            with Watch() as watch:
                time.sleep(1)
            if watch.others < QUIET_CORES:
                return
            self.left -= time.perf_counter() - begin


class Quota:
    """A control group that gets `cpus` of a core. Needs root, as a container's limit does."""

    def __init__(self, cpus):
        first = os.path.isdir("/sys/fs/cgroup/cpu")          # version 1 of control groups
        self.path = ("/sys/fs/cgroup/cpu/" if first else "/sys/fs/cgroup/") + f"peer-{os.getpid()}"
        os.mkdir(self.path)
        try:
            period_us = 100_000
            quota_us = int(cpus * period_us)
            name, value = ("cpu.cfs_quota_us", f"{quota_us}") if first else ("cpu.max", f"{quota_us} {period_us}")
            with open(f"{self.path}/{name}", "w") as file:
                file.write(value)
        except OSError:
            os.rmdir(self.path)
            raise

    def wrap(self, command):
        """The command, such that it joins the group before it begins."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', self.path, *command]

    def remove(self):
        os.rmdir(self.path)
