"""The descriptors that come with a run, beside a packet or a frame."""

import array
import socket

#: Data socket, stdout, stderr, and the eventfd that says when user code began: what comes with a run.
RUN_DESCRIPTORS = 4
_BYTES = RUN_DESCRIPTORS * array.array("i").itemsize
_ANCILLARY_BYTES = socket.CMSG_SPACE(_BYTES)


def receive(connection: socket.socket, most_bytes: int) -> tuple[bytes, list[int]]:
    """Return the next bytes and the descriptors that came along (none, or as many as a run has)."""
    data, extra, _, _ = connection.recvmsg(most_bytes, _ANCILLARY_BYTES, socket.MSG_CMSG_CLOEXEC)
    for level, kind, packed in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS and len(packed) == _BYTES:
            return data, array.array("i", packed).tolist()
    return data, []
