"""Takes away from this process what running a model does not need, before it sees the model."""

import ctypes
import os
import platform
import resource
import sys

MEMORY = 16 * 1024**3  # bytes of addresses, of which threads reserve some without using them
FILES = 256
NO_NEW_PRIVILEGES, SET_FILTER, FILTER = 38, 22, 2  # of prctl
NEW_USER, NEW_NETWORK, THREAD = 0x10000000, 0x40000000, 0x00010000
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
ERROR, ALLOW, KILL = 0x00050000, 0x7FFF0000, 0x80000000  # what a filter answers
LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06  # instructions
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # where a filter finds the call
NOT_PERMITTED, NOT_THERE = 1, 38
X32 = 0x40000000  # the calls of another kind of program on the same processor

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Numbers on x86_64 and on aarch64, None where there is no such call: those of sockets, of other
# processes, of names in the file system, and those by which the rest could be gone around.
DENIED = {
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "bind": (49, 200),
    "listen": (50, 201),
    "socketpair": (53, 199),
    "accept4": (288, 242),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "openat2": (437, 437),
    "open_by_handle_at": (304, 265),
    "creat": (85, None),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "truncate": (76, 45),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "mount": (165, 40),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
}
# Threads are made by these, and processes; files are opened by those. The place of the flags.
CLONE, CLONE3 = (56, 220), (435, 435)
OPEN, OPENAT = ((2, None), 1), ((257, 56), 2)


def seal(seconds: int) -> str:
    """Take away, for good, network, files, processes and memory without end.

    Parameters
    ----------
    seconds : of a processor.

    Returns
    -------
    How the network is shut: `namespace`, `filter`, both, or nothing where neither is possible.
    """
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: FILES,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MEMORY,
    }
    for name, limit in limits.items():
        _, most = resource.getrlimit(name)
        least = limit if most == resource.RLIM_INFINITY else min(limit, most)
        try:
            resource.setrlimit(name, (least, least))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise
    if sys.platform != "linux":
        return ""
    system = ctypes.CDLL(None, use_errno=True)
    ways = []
    if not system.unshare(NEW_USER | NEW_NETWORK):
        ways.append("namespace")
    if _filtered(system):
        ways.append("filter")
    return " and ".join(ways)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("then", ctypes.c_uint8),
        ("otherwise", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def _filtered(system: ctypes.CDLL) -> bool:
    """Whether the kernel refuses calls from now on."""
    machine = platform.machine()
    if machine not in MACHINES or sys.maxsize < 2**32:
        return False
    lines = _rules(MACHINES[machine], list(MACHINES).index(machine))
    instructions = (_Instruction * len(lines))(*(_Instruction(*line) for line in lines))
    program = _Program(len(lines), instructions)
    if system.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not system.prctl(SET_FILTER, FILTER, ctypes.byref(program), 0, 0)


def _rules(machine: int, column: int) -> list[tuple[int, int, int, int]]:
    """The filter: what is denied is refused as not permitted, and everything else is let through.

    Each call is compared by number; jumps count the lines to leave out.
    """
    no, not_there = (ANSWER, 0, 0, ERROR | NOT_PERMITTED), (ANSWER, 0, 0, ERROR | NOT_THERE)
    rules = [
        (LOAD, 0, 0, MACHINE),
        (EQUAL, 1, 0, machine),
        (ANSWER, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        no,
    ]
    for numbers in DENIED.values():
        if (number := numbers[column]) is not None:
            rules += [(EQUAL, 0, 1, number), no]
    # Without it the C library takes `clone`, whose flags can be seen.
    rules += [(EQUAL, 0, 1, CLONE3[column]), not_there]
    rules += [(EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, ARGUMENTS), (ANY_BIT, 1, 0, THREAD), no]
    rules += [(ANSWER, 0, 0, ALLOW)]
    for numbers, place in (OPEN, OPENAT):
        if (number := numbers[column]) is not None:
            flags = ARGUMENTS + 8 * place
            rules += [(EQUAL, 0, 4, number), (LOAD, 0, 0, flags), (ANY_BIT, 0, 1, WRITES), no]
            rules += [(ANSWER, 0, 0, ALLOW)]
    return [*rules, (ANSWER, 0, 0, ALLOW)]
