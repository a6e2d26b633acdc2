"""The kernel calls that Python 3.10 does not offer, through libc. Each raises OSError naming the call."""

import _random
import _thread
import ctypes
import functools
import os
import random
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

SECCOMP_MODE_FILTER = 2

#: Version 3 of the capability header, for the calling thread.
_CAPABILITY_HEADER = struct.pack("II", 0x20080522, 0)
_NO_CAPABILITIES = bytes(24)

_libc = ctypes.CDLL(None, use_errno=True)
# Looked up here, once, and not in each child.
_capset, _mount, _prctl, _setns, _unshare = _libc.capset, _libc.mount, _libc.prctl, _libc.setns, _libc.unshare
_mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
_prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
#: Keeps the interpreter's lock.
_fork = ctypes.PyDLL(None, use_errno=True).fork
#: What ``random.seed()`` comes to, in fewer steps; nobody has asked for a gaussian number yet.
_seed_anew = functools.partial(_random.Random.seed, random._inst)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _check(result: int, call: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def fork() -> int:
    """Fork; return 0 in the child, its pid in the parent.

    os.fork makes locks and lists of threads anew in the child, which writes to 150 pages and takes a tenth of a run's
    time. With one thread none of them can be in use, and what is left to do is to part the random numbers.
    """
    if _thread._count():  # threads that Python started; here only a preloaded module could
        return os.fork()
    pid: int = _fork()
    _check(pid, "fork")
    if pid == 0:
        _seed_anew()
    return pid


def unshare(flags: int) -> None:
    """Move into new namespaces; for CLONE_NEWPID the next fork's child is the one that moves."""
    _check(_unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, kind: int) -> None:
    """Move into the namespace that ``descriptor`` holds open."""
    _check(_setns(descriptor, kind), f"setns({kind:#x})")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount a file system, or bind ``source`` (``kind`` None)."""
    _check(
        _mount(
            None if source is None else source.encode(),
            target.encode(),
            None if kind is None else kind.encode(),
            flags,
            data.encode() or None,
        ),
        f"mount {kind or source} on {target}",
    )


def prctl(option: int, argument: int = 0, second: int = 0) -> None:
    """Set one attribute of this process."""
    _check(_prctl(option, argument, second, 0, 0), f"prctl({option})")


def drop_capabilities() -> None:
    """Give up every capability, for good (effective, permitted and inheritable)."""
    _check(_capset(_CAPABILITY_HEADER, _NO_CAPABILITIES), "capset")


def drop_bounding_set() -> None:
    """Make sure that no program started from here can gain a capability."""
    for capability in range(64):
        if _prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            return  # past the last one that this kernel knows


class Filter:
    """A seccomp program, laid out as the kernel reads it: whoever forks does that once, for all children."""

    def __init__(self, program: bytes) -> None:
        self._instructions = ctypes.create_string_buffer(program, len(program))
        self._program = _FilterProgram(len(program) // 8, ctypes.cast(self._instructions, ctypes.c_void_p))
        self._address = ctypes.addressof(self._program)

    def install(self) -> None:
        """Install it on this process and all that come from it; NO_NEW_PRIVS must be set."""
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, self._address)


def install_filter(program: bytes) -> None:
    """Install a seccomp program on this process and all that come from it; NO_NEW_PRIVS must be set."""
    Filter(program).install()
