"""What the cleaning process can no longer do once it has read its file: open anything, reach anything, start anything.

First the limits that every system has: no new descriptor, so no file and no connection; so much memory and time. Then,
where the kernel has it, a filter that leaves only the calls that computing needs. Neither asks for privileges.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
from dataclasses import dataclass
from pathlib import Path

MEMORY = 512 << 20
SECONDS = 60

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_MODE_FILTER = 2

# Classic BPF (linux/bpf_common.h) and the answers of a filter (linux/seccomp.h).
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # the last: EPERM
# Where struct seccomp_data keeps the number, the architecture, and the low halves of the first and third argument.
_NUMBER, _ARCHITECTURE, _FIRST, _THIRD = 0, 4, 16, 32
_PROT_EXEC = 4


@dataclass(frozen=True)
class _Calls:
    """The numbers of the calls that are left, on one architecture."""

    architecture: int
    write: int
    mappings: tuple[int, ...]
    plain: tuple[int, ...]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


# Plain: munmap brk mremap madvise futex exit exit_group rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
# sched_yield sched_getaffinity getpid gettid clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday
# getrandom sysinfo uname restart_syscall membarrier rseq close. Apart: write; mmap and mprotect, unless executable.
_MACHINES = {
    "x86_64": _Calls(
        0xC000003E,
        1,
        (9, 10),
        _numbers("11 12 25 28 202 60 231 13 14 15 131 24 204 39 186 228 229 230 35 96 318 99 63 219 324 334 3"),
    ),
    "aarch64": _Calls(
        0xC00000B7,
        64,
        (222, 226),
        _numbers(
            "215 214 216 233 98 93 94 134 135 139 132 124 123 172 178 113 114 115 101 169 278 179 160 128 283 293 57"
        ),
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def program(calls: _Calls) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, k): every call that is not listed gets EPERM, and another
    architecture's ends the process.
    """
    lines = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, calls.architecture), (_RETURN, 0, 0, _KILL)]
    lines.append((_LOAD, 0, 0, _NUMBER))
    for number in calls.plain:
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in calls.mappings:
        lines += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _THIRD), (_ANY_BIT, 0, 1, _PROT_EXEC)]
        lines += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    # Writing goes to the standard output and nowhere else.
    lines += [(_EQUAL, 0, 3, calls.write), (_LOAD, 0, 0, _FIRST), (_EQUAL, 0, 1, 1), (_RETURN, 0, 0, _ALLOW)]
    return [*lines, (_RETURN, 0, 0, _REFUSE)]


def die_with_parent() -> None:
    """Has the kernel end this process when its parent ends, and keeps its memory out of core files and tracers."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _mapped() -> int:
    """How much address space is taken already, libraries mostly, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def limit(memory: int = MEMORY, seconds: int = SECONDS) -> None:
    """Sets the limits: 512 MB of memory beyond the libraries, 60 s of computing, no new descriptor, file or process."""
    space = _mapped() + memory
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_DATA, memory)
    _limit(resource.RLIMIT_AS, space)
    # Last: from here on nothing can be opened, connected or accepted, whatever the kernel's filters know.
    _limit(resource.RLIMIT_NOFILE, 0)


def filter_calls() -> bool:
    """Installs the filter. False where the kernel has none, or the machine is one whose calls are not listed here."""
    calls = _MACHINES.get(platform.machine())
    if calls is None or os.uname().sysname != "Linux":
        return False
    lines = program(calls)
    instructions = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    whole = _Program(len(lines), instructions)
    libc = ctypes.CDLL(None)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(whole), 0, 0) == 0)
