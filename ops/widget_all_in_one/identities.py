"""Who each process runs as.

As root every role has a user id of its own, so a bug in one process opens none of the others' files, sockets or
memory. The ids are fixed numbers outside every range that Debian, systemd or Docker hand out (65,536 to 99,999 is
free by policy); /etc/passwd is not touched, because nothing here needs a name. Without root all roles are the one user
who started us, and ``widgetry doctor`` says what that costs.
"""

import os
from dataclasses import dataclass, replace

#: Group of every process but the site: it may make sockets in the runtime folder and connect to them, nothing else.
RUN_GID = 91600

_UIDS = {"site": 91601, "runner": 91602, "egress": 91603, "redis": 91604, "sandbox": 91605}


@dataclass(frozen=True)
class Identity:
    """The user, group and further groups of a process."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Identities:
    """One identity per role; ``separated`` when they differ."""

    site: Identity
    runner: Identity
    egress: Identity
    redis: Identity
    sandbox: Identity
    separated: bool

    def runner_in_group(self, gid: int) -> "Identities":
        """Return the same identities with the runner in one more group (the Docker socket's)."""
        if not self.separated:
            return self
        return replace(self, runner=replace(self.runner, groups=(*self.runner.groups, gid)))


def identities() -> Identities:
    """Return who runs what when started by this user."""
    if os.geteuid() != 0:
        me = Identity(os.geteuid(), os.getegid())
        return Identities(me, me, me, me, me, separated=False)
    roles = {role: Identity(uid, uid, () if role == "site" else (RUN_GID,)) for role, uid in _UIDS.items()}
    return Identities(**roles, separated=True)
