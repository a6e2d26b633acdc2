"""The two seccomp filters, assembled from the policy's deny lists. No libseccomp in the image.

The boot filter is installed by the supervisor on itself and inherited for nothing; the child filter is the short rest
that the supervisor itself must not have. Splitting them took 0.08 ms off each child: the kernel evaluates a filter for
every call number when it is attached.
"""

import errno
import platform
import struct

import widget_policy

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# Where the kernel puts what a filter may look at (struct seccomp_data), low halves of the arguments.
_NUMBER, _ARCHITECTURE, _ARGUMENT_0, _ARGUMENT_1, _ARGUMENT_2 = 0, 4, 16, 24, 32

_LOAD, _AND, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000
_NOT_PERMITTED = _REFUSE | errno.EPERM
_NOT_THERE = _REFUSE | errno.ENOSYS

#: Numbers from here on are the x32 ABI of x86_64: the same calls under other numbers, past any list.
_X32_FIRST = 0x40000000

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_NETLINK_ROUTE = 0
_SOCK_TYPE_MASK, _SOCK_RAW = 0xF, 3
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C


def boot_filter(machine: str = "") -> bytes:
    """Return the program that the supervisor installs on itself."""
    machine = machine or platform.machine()
    numbers = widget_policy.call_numbers(machine)
    program = _prologue(machine) + _refuse(numbers["clone3"], _NOT_THERE)
    program += _only_ordinary_sockets(numbers["socket"]) + _no_terminal_injection(numbers["ioctl"])
    for name in widget_policy.denied_calls("boot"):
        if name in numbers:
            program += _refuse(numbers[name], _NOT_PERMITTED)
    return b"".join([*program, _step(_RETURN, _ALLOW)])


def child_filter(machine: str = "") -> bytes:
    """Return the program that each child installs on itself, on top of the boot filter."""
    machine = machine or platform.machine()
    numbers = widget_policy.call_numbers(machine)
    program = _prologue(machine)
    for name in widget_policy.denied_calls("child"):
        program += _refuse(numbers[name], _NOT_PERMITTED)
    program += [
        _step(_IF_EQUAL, numbers["clone"], 0, 3),
        _step(_LOAD, _ARGUMENT_0),
        _step(_IF_ANY_BIT, widget_policy.CLONE_NEW_ANY, 0, 1),
        _step(_RETURN, _NOT_PERMITTED),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(program)


def _step(code: int, value: int, skip_if_true: int = 0, skip_if_false: int = 0) -> bytes:
    """Return one BPF instruction."""
    return struct.pack("HBBI", code, skip_if_true, skip_if_false, value)


def _prologue(machine: str) -> list[bytes]:
    """Kill what comes by another architecture's entry, hide x32, then load the call's number."""
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_IF_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_IF_AT_LEAST, _X32_FIRST, 0, 1), _step(_RETURN, _NOT_THERE)]
    return steps


def _refuse(number: int, answer: int) -> list[bytes]:
    return [_step(_IF_EQUAL, number, 0, 1), _step(_RETURN, answer)]


def _only_ordinary_sockets(number: int) -> list[bytes]:
    """Let through Unix, IPv4 and IPv6 (not raw) and route-netlink sockets; getifaddrs needs the last."""
    return [
        _step(_IF_EQUAL, number, 0, 12),
        _step(_LOAD, _ARGUMENT_0),
        _step(_IF_EQUAL, _AF_UNIX, 9, 0),
        _step(_IF_EQUAL, _AF_INET, 4, 0),
        _step(_IF_EQUAL, _AF_INET6, 3, 0),
        _step(_IF_EQUAL, _AF_NETLINK, 0, 5),
        _step(_LOAD, _ARGUMENT_2),
        _step(_IF_EQUAL, _NETLINK_ROUTE, 4, 3),
        _step(_LOAD, _ARGUMENT_1),
        _step(_AND, _SOCK_TYPE_MASK),
        _step(_IF_EQUAL, _SOCK_RAW, 0, 1),
        _step(_RETURN, _NOT_PERMITTED),
        _step(_RETURN, _ALLOW),
    ]


def _no_terminal_injection(number: int) -> list[bytes]:
    """Refuse the two ioctls that push characters into a terminal."""
    return [
        _step(_IF_EQUAL, number, 0, 5),
        _step(_LOAD, _ARGUMENT_1),
        _step(_IF_EQUAL, _TIOCSTI, 1, 0),
        _step(_IF_EQUAL, _TIOCLINUX, 0, 1),
        _step(_RETURN, _NOT_PERMITTED),
        _step(_RETURN, _ALLOW),
    ]
