"""The filters assemble for both machines, and on this one really refuse."""

import json

import pytest
from tests.unit.guest.harness import Children

from widget_guest import seccomp

TRY = """
import ctypes, errno, json, os, socket, sys
from widget_guest import seccomp, syscalls
import widget_policy
numbers = widget_policy.call_numbers()
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, *arguments):
    ctypes.set_errno(0)
    libc.syscall(numbers[name], *arguments)
    return errno.errorcode.get(ctypes.get_errno(), "ok")
def attempt_socket(*arguments):
    try:
        socket.socket(*arguments).close()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]
syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
for stage in sys.argv[1:]:
    syscalls.install_filter(getattr(seccomp, stage + "_filter")())
attach = 16
told = {name: attempt(name, *[0] * 6) for name in ("keyctl", "bpf", "io_uring_setup", "shmget", "clone3")}
told["ptrace"] = attempt("ptrace", attach, 0, 0, 0)
told["unshare"] = attempt("unshare", 0)
told["clone"] = attempt("clone", 0x10000000 | 17, 0, 0, 0, 0) if "child" in sys.argv else "EPERM"
told["unix"] = attempt_socket(socket.AF_UNIX, socket.SOCK_STREAM)
told["inet"] = attempt_socket(socket.AF_INET, socket.SOCK_STREAM)
told["inet6"] = attempt_socket(socket.AF_INET6, socket.SOCK_DGRAM)
told["route"] = attempt_socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
told["raw"] = attempt_socket(socket.AF_INET, socket.SOCK_RAW, 1)
told["packet"] = attempt_socket(socket.AF_PACKET, socket.SOCK_RAW)
told["vsock"] = attempt_socket(socket.AF_VSOCK, socket.SOCK_STREAM)
told["audit"] = attempt_socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
import subprocess, threading
threading.Thread(target=print, args=("",)).start()
told["subprocess"] = subprocess.run(["/bin/true"]).returncode
print(json.dumps(told))
"""


def told(children: Children, *stages: str) -> dict[str, object]:
    done = children.run_program("-c", TRY, *stages)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_without_a_filter_the_same_calls_are_not_refused_by_one(children: Children) -> None:
    free = told(children)

    assert free["clone3"] != "ENOSYS"
    assert free["ptrace"] == "ESRCH"
    assert free["unshare"] == "ok"
    assert free["vsock"] == "ok"


def test_the_boot_filter_refuses_what_the_policy_lists(children: Children) -> None:
    held = told(children, "boot")

    assert [held[name] for name in ("ptrace", "keyctl", "bpf", "io_uring_setup", "shmget")] == ["EPERM"] * 5
    assert held["clone3"] == "ENOSYS"
    assert held["unshare"] == "ok"
    assert [held[name] for name in ("unix", "inet", "inet6", "route")] == ["ok"] * 4
    assert held["raw"] == "EPERM"
    assert [held[name] for name in ("packet", "vsock", "audit")] == ["EPERM"] * 3
    assert held["subprocess"] == 0


def test_the_child_filter_takes_namespaces_away_too(children: Children) -> None:
    held = told(children, "boot", "child")

    assert held["unshare"] == "EPERM"
    assert held["clone"] == "EPERM"
    assert held["subprocess"] == 0


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_program_is_whole_instructions_and_not_too_long(machine: str) -> None:
    for program in (seccomp.boot_filter(machine), seccomp.child_filter(machine)):
        assert len(program) % 8 == 0
        assert len(program) // 8 < 4096


def test_x32_is_hidden_on_intel_only() -> None:
    assert (0x40000000).to_bytes(4, "little") in seccomp.boot_filter("x86_64")
    assert (0x40000000).to_bytes(4, "little") not in seccomp.boot_filter("aarch64")
