"""The policy is complete: a reason for each line, numbers for each call, and arguments that engines can use."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import widget_policy

PAGES = ("mounts", "limits", "preload", "deny_boot", "deny_child", "docker_allow", "bwrap", "docker", "environment")


def lines(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that states a rule: those that hold a value, names or arguments."""
    if isinstance(node, dict):
        if {"value", "names", "arguments", "modules", "target"} & set(node) and "about" not in node:
            yield node
        for inner in node.values():
            yield from lines(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from lines(inner)


@pytest.mark.parametrize("page", PAGES)
def test_every_line_has_a_reason(page: str) -> None:
    stated = list(lines(widget_policy.page(page)))

    assert stated
    assert [line for line in stated if len(line.get("reason", "")) < 10] == []


def test_every_denied_call_has_a_number_on_x86_64() -> None:
    named = widget_policy.denied_calls("boot") + widget_policy.denied_calls("child")

    assert set(named) - set(widget_policy.call_numbers("x86_64")) == set()


def test_on_arm_only_calls_of_old_intel_kernels_are_missing() -> None:
    named = widget_policy.denied_calls("boot") + widget_policy.denied_calls("child")

    missing = set(named) - set(widget_policy.call_numbers("aarch64"))

    assert missing == {"_sysctl", "ioperm", "iopl", "modify_ldt", "sysfs", "uselib"}


def test_an_unknown_machine_is_refused_by_name() -> None:
    with pytest.raises(widget_policy.PolicyError, match="'riscv64'"):
        widget_policy.call_numbers("riscv64")


def test_no_call_is_both_allowed_and_always_denied() -> None:
    allowed = {name for group in widget_policy.page("docker_allow")["calls"] for name in group["names"]}

    assert allowed & set(widget_policy.denied_calls("boot")) == set()
    assert allowed & set(widget_policy.denied_calls("child")) == {"unshare", "setns", "mount", "umount2", "setgroups"}


def test_address_space_is_bounded_only_without_a_memory_cgroup() -> None:
    with_cgroup = {name for name, _, _ in widget_policy.child_limits(memory_cgroup=True)}
    without = {name: soft for name, soft, _ in widget_policy.child_limits(memory_cgroup=False)}

    assert "AS" not in with_cgroup
    assert without["AS"] == 1 << 30
    assert without["NPROC"] == 64


def test_bwrap_gets_the_image_first_and_leaves_out_what_is_not_given() -> None:
    command = widget_policy.bwrap_command("{}", rootfs="/image", envs="/store")

    assert command[0] == "bwrap"
    assert command[command.index("--ro-bind") + 1 :][:2] == ["/image", "/"]
    assert ["--ro-bind", "/store", "/envs"] == command[command.index("/store") - 1 :][:3]
    assert "/opt/sbx/widget_guest" not in command
    assert not any("{" in part for part in command if part != "{}")
    assert command[-len(widget_policy.COMMAND) :] == list(widget_policy.COMMAND)


def test_a_checkout_stands_in_for_the_images_copy() -> None:
    command = widget_policy.bwrap_command("{}", rootfs="/image", **widget_policy.checkout_folders("/repo"))

    assert command[command.index("/opt/sbx/widget_wire") - 1] == "/repo/widgets/widget_wire"
    assert "/repo/sandbox_images/guest/widget_guest:/opt/sbx/widget_guest:ro" in widget_policy.checkout_binds("/repo")


def test_docker_gets_no_network_no_capability_and_a_bounded_memory() -> None:
    config = widget_policy.docker_host_config(memory_mb=512, pids=256, binds=["/c:/run/sbx:ro"], apparmor="w")

    assert config["NetworkMode"] == "none"
    assert config["CapDrop"] == ["ALL"]
    assert config["Memory"] == config["MemorySwap"] == 512 << 20
    assert config["SecurityOpt"][0] == "no-new-privileges:true"
    assert config["SecurityOpt"][-1] == "apparmor=w"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_dockers_list_refuses_by_default_and_hides_clone3(machine: str) -> None:
    profile = json.loads(widget_policy.docker_seccomp(machine))

    rules = {rule["names"][0]: rule for rule in profile["syscalls"]}
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert rules["clone3"]["errnoRet"] == 38
    assert rules["clone"]["args"][0]["value"] == widget_policy.CLONE_NEW_ANY
    assert "bpf" not in rules["read"]["names"]
