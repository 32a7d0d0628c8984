"""The checker's reading of strace's logs, on lines as strace writes them."""

from __future__ import annotations

import pytest

from tests.privacy.strace_log import Trace, findings, parse

HARMLESS = """\
101 socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, [3, 4]) = 0
101 sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, \
msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}], \
msg_controllen=24, msg_flags=0}, 0) = 1
102 recvmsg(4, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}]}, 0) = 1
102 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0) = 5
102 connect(5, {sa_family=AF_UNIX, sun_path="/run/user/0/bus"}, 110) = 0
102 getsockname(5, {sa_family=AF_UNIX}, [128 => 2]) = 0
102 +++ exited with 0 +++
"""


def test_local_streams_are_harmless() -> None:
    calls = parse(HARMLESS)
    assert len(calls) == 6
    assert findings(calls) == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3", "AF_INET"),
        ("7 socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 3", "AF_INET6"),
        ("7 socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3", "AF_NETLINK"),
        ("7 socket(0x2d /* AF_??? */, SOCK_STREAM, 0) = 3", "0x2d"),
        ("7 socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 3", "datagram"),
        ("7 socketpair(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0, [3, 4]) = 0", "datagram"),
        ("7 socketpair(AF_UNIX, SOCK_RAW, 0, [3, 4]) = 0", "datagram"),
        (
            '7 connect(9, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")},'
            " 16) = 0",
            "network address",
        ),
        (
            '7 sendto(3, "hello", 5, 0, {sa_family=AF_UNIX, sun_path="/run/outside"}, 15) = 5',
            "outside",
        ),
        ("7 io_uring_setup(1, {flags=0, sq_thread_cpu=0, sq_thread_idle=0}) = 4", "io_uring"),
        ("7 io_uring_enter(4, 1, 1, IORING_ENTER_GETEVENTS, NULL, 8) = 1", "io_uring"),
        ("strace: [ Process PID=7 runs in x32 mode. ]", "x32"),
    ],
)
def test_each_way_out_is_named(line: str, word: str) -> None:
    (finding,) = findings(parse(line + "\n"))
    assert word in finding.what
    assert not finding.refused


def test_what_the_kernel_refused_is_told_apart() -> None:
    log = "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = -1 EACCES (Permission denied)\n"
    trace = Trace(0, "", "", parse(log))
    assert trace.leaks == []
    assert [finding.refused for finding in trace.refused] == [True]


def test_a_call_that_strace_split_is_put_together() -> None:
    log = (
        "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP <unfinished ...>\n"
        "8 socketpair(AF_UNIX, SOCK_STREAM, 0,  <unfinished ...>\n"
        "7 <... socket resumed>) = 3\n"
        "8 <... socketpair resumed>[5, 6]) = 0\n"
    )
    inet, pair = parse(log)
    assert (inet.pid, inet.name, inet.succeeded) == (7, "socket", True)
    assert (pair.pid, pair.arguments.endswith("[5, 6]")) == (8, True)
    assert [finding.call for finding in findings([inet, pair])] == [inet]


def test_a_call_in_which_the_process_was_killed_is_not_lost() -> None:
    log = "7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP <unfinished ...>\n7 +++ killed by SIGSYS +++\n"
    (finding,) = findings(parse(log))
    assert finding.refused
