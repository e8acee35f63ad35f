"""Commands over a real sshd: rows 2 to 7, 10 to 12, 15, 19 to 22 of docs/ssh.md."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from paramiko import Channel

from tests.hosts.server import Server, serving
from tests.waiting import LAST_RESORT, until
from wizard.answers import Answers
from wizard.base.errors import ConnectionLost, Unreachable
from wizard.hosts import alive
from wizard.hosts.connect import wrap
from wizard.hosts.greeting import one_line
from wizard.hosts.host import Host
from wizard.hosts.ssh import SshHost
from wizard.model.facts import Fact
from wizard.run.gather import gather

pytestmark = pytest.mark.sshd
BEGUN = ("sh", "-c", "echo begun; exec sleep 600")
"""A command that says that it runs, and does not end by itself."""


def sh(script: str, *words: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "test", *words)


def test_the_protocol_is_kept(host: SshHost) -> None:
    as_host: Host = host
    assert as_host.name == "node1" and not as_host.is_self


def test_out_err_and_exit_code_are_kept_apart(host: SshHost) -> None:
    result = host.run(sh("echo out; echo err >&2; exit 3"))
    assert (result.rc, result.out, result.err) == (3, "out\n", "err\n")


def test_a_killed_command_is_no_lost_connection(host: SshHost) -> None:
    assert host.run(sh("kill -KILL $$")).rc == 128 + signal.SIGKILL
    assert host.run(("no-such-program",)).rc == 127


def test_row_2_nagle_is_off(host: SshHost) -> None:
    host.run(("true",))
    sock = host._connection.transport.sock
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15000


def test_row_4_much_output_is_streamed_whole_and_kept_with_a_bound(host: SshHost) -> None:
    size = 20_000_000
    seen = 0

    def count(text: str) -> None:
        nonlocal seen
        seen += len(text)

    result = host.run(
        sh('echo first; head -c "$1" /dev/zero | tr "\\0" x; echo last', str(size)), on_output=count
    )
    assert seen == size + len("first\nlast\n")
    assert result.out.startswith("first\n") and result.out.endswith("last\n")
    assert len(result.out) < 3_000_000 and "bytes left out" in result.out


def test_two_megabytes_are_kept_whole(host: SshHost) -> None:
    assert len(host.run(sh("head -c 2000000 /dev/zero | tr '\\0' y")).out) == 2_000_000


def test_row_5_stdin_arrives_whole_and_in_large_pieces(
    host: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent a byte at a time, as Invoke does, it would take minutes."""
    pieces: list[int] = []
    send = Channel.send

    def counted(channel: Channel, piece: bytes) -> int:
        sent = send(channel, piece)
        pieces.append(sent)
        return sent

    monkeypatch.setattr(Channel, "send", counted)
    payload = bytes(range(256)) * 20_000
    result = host.run(("sha256sum",), stdin=payload)
    line = one_line(wrap(("sha256sum",), fed=True))
    assert sum(pieces) == len(line) + len(payload)
    assert len(pieces) < len(payload) // 1000
    assert result.out.split()[0] == hashlib.sha256(payload).hexdigest()


def test_row_5_output_while_stdin_is_still_sent_does_not_block(host: SshHost) -> None:
    payload = b"z" * 6_000_000
    seen: list[int] = []
    host.run(("cat",), stdin=payload, on_output=lambda text: seen.append(len(text)))
    assert sum(seen) == len(payload)


def test_a_command_that_does_not_read_its_stdin_just_ends(host: SshHost) -> None:
    assert host.run(("true",), stdin=b"x" * 5_000_000).rc == 0


def test_without_stdin_the_command_reads_the_end_of_file(host: SshHost) -> None:
    assert host.run(("cat",), timeout=LAST_RESORT).out == ""


def test_row_6_the_operators_keys_are_not_eaten(
    host: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed ahead\n"))
    host.run(("cat",))
    assert sys.stdin.read() == "typed ahead\n"


def test_row_7_sigwinch_is_left_alone(host: SshHost) -> None:
    def mine(*_: object) -> None:
        return None

    old = signal.signal(signal.SIGWINCH, mine)
    try:
        host.run(("true",))
        assert signal.getsignal(signal.SIGWINCH) is mine
    finally:
        signal.signal(signal.SIGWINCH, old)


def test_row_10_a_server_that_says_nothing_is_not_waited_for_long(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        host = server.host()
        host.port = mute.getsockname()[1]
        with pytest.raises(Unreachable, match="does not come about"):
            host.run(("true",))


def test_a_server_that_refuses_this_address_for_a_while_is_waited_for(server: Server) -> None:
    """What sshd does after failed logins (drop_connection in its sshd.c)."""
    with socket.create_server(("127.0.0.1", 0)) as strict, ThreadPoolExecutor(1) as pool:

        def refuse() -> None:
            peer, _ = strict.accept()
            with peer:
                peer.sendall(b"Not allowed at this time\r\n")

        pool.submit(refuse)
        host = server.host()
        host.port = strict.getsockname()[1]
        with pytest.raises(Unreachable, match="does not come about") as raised:
            host.run(("true",))
        assert "PerSourcePenalties" in raised.value.mend


def test_row_10_more_commands_than_sessions_wait_their_turn(host: SshHost) -> None:
    with ThreadPoolExecutor(30) as pool:
        codes = list(pool.map(lambda _: host.run(("sleep", "0.2")).rc, range(30)))
    assert codes == [0] * 30


def test_row_11_a_timeout_is_an_unknown_state(host: SshHost, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = (
        'trap "" HUP PIPE; echo begun; until [ -e "$1.gate" ]; do sleep 0.05; done; echo done >"$1"'
    )
    heard: list[str] = []
    timeout = 0.5
    while not heard:
        with pytest.raises(ConnectionLost, match=r"no end after .* s of `sh -c .*state unknown"):
            host.run(sh(script, str(mark)), timeout=timeout, on_output=heard.append)
        # A slow machine may not even begin in that time.
        timeout *= 2
    mark.with_name("mark.gate").touch()
    until(mark.exists, "the end of the command, which goes on")
    assert host.run(("true",)).rc == 0, "and so does the connection"


def test_row_12_ten_threads_share_one_connection(server: Server) -> None:
    host = server.host()
    with ThreadPoolExecutor(10) as pool:
        used = set(pool.map(lambda _: host.run(sh("echo $SSH_CONNECTION")).out, range(40)))
    host.close()
    assert len(used) == 1


def test_row_12_nor_does_unread_stdin_harm_the_connection(server: Server) -> None:
    """Data for a channel that is closed already would make sshd drop the connection with all that
    runs on it.
    """
    host = server.host()
    host.run(("true",))
    transport = host._connection.transport
    with ThreadPoolExecutor(10) as pool:
        codes = set(pool.map(lambda n: host.run(("true",), stdin=b"x" * (n * 4000)).rc, range(60)))
    assert codes == {0} and host._connection.transport is transport
    host.close()


def test_row_15_arguments_arrive_as_they_are(host: SshHost) -> None:
    words = ("a b", "$HOME", "`id`", "it's", '"', "", "x;y", "new\nline", "ümlaut", "*")
    result = host.run(("printf", "%s\\n", *words))
    assert result.out == "".join(f"{word}\n" for word in words)


def test_row_19_all_facts_of_a_step_are_one_exec(server: Server) -> None:
    with serving(server.folder / "one", "MaxSessions 1") as single:
        host = single.host()
        facts = tuple(Fact(f"f{n}", f"echo {n}", str.strip) for n in range(10))
        found = gather([(host, facts)], Answers())
        assert [found.of("node1", fact) for fact in facts] == [str(n) for n in range(10)]
        assert single.folder.joinpath("log").read_text().count("Starting session: command") == 1
        host.close()


def test_row_20_the_locale_is_c(server: Server) -> None:
    with serving(server.folder / "locale", "SetEnv LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8") as german:
        host = german.host()
        assert host.run(sh("echo $LC_ALL")).out == "C\n"
        host.close()


def test_row_21_nothing_is_imported_before_the_first_connection() -> None:
    code = (
        "import sys, pathlib; from wizard.hosts.ssh import SshHost; from "
        "wizard.hosts.known_hosts import KnownHosts;"
        "SshHost('n', '127.0.0.1', known_hosts=KnownHosts(pathlib.Path('x')));"
        "print([m for m in ('fabric', 'paramiko', 'invoke', 'cryptography') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_row_22_there_is_no_terminal_to_ask_on(host: SshHost) -> None:
    assert host.run(sh("exec </dev/tty"), timeout=LAST_RESORT).rc != 0


def test_a_process_left_behind_does_not_hold_the_command(host: SshHost) -> None:
    pid, started = host.run(sh("sleep 600 & echo $!; echo started")).out.split()
    assert started == "started"
    os.kill(int(pid), signal.SIGTERM)


def test_output_that_ends_before_the_command(host: SshHost) -> None:
    assert host.run(sh("exec >&- 2>&-; sleep 1; exit 4")).rc == 4


def test_an_error_in_the_listener_comes_out_and_ends_the_command(host: SshHost) -> None:
    def refuse(text: str) -> None:
        raise OSError("log disk full")

    with pytest.raises(OSError, match="log disk full"):
        host.run(sh("while echo x; do sleep 0.1; done"), on_output=refuse)
    assert host.run(("true",)).rc == 0


def test_a_character_cut_in_half_is_put_together(host: SshHost) -> None:
    seen: list[str] = []
    result = host.run(sh("printf '\\303'; sleep 0.3; printf '\\274\\377.'"), on_output=seen.append)
    assert "".join(seen) == "ü\ufffd." == result.out


def test_close_ends_a_running_command_and_the_next_run_reconnects(host: SshHost) -> None:
    host.run(("true",))
    with pytest.raises(ConnectionLost, match="state unknown"):
        host.run(BEGUN, on_output=lambda _: threading.Thread(target=host.close).start())
    assert host.run(("echo", "again")).out == "again\n"


def test_row_9_a_cut_connection_is_lost_and_not_failed(server: Server, host: SshHost) -> None:
    host.run(("true",))
    with pytest.raises(ConnectionLost, match=r"lost after .* s of `sh -c .*`; state unknown"):
        host.run(BEGUN, on_output=lambda _: server.cut())
    assert host.run(("echo", "again")).out == "again\n"


def test_a_frozen_server_whose_kernel_still_acknowledges_is_noticed(
    server: Server, host: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alive, "INTERVAL", 0.2)
    monkeypatch.setattr(alive, "PATIENCE", 2.0)
    host.run(("true",))
    try:
        with pytest.raises(ConnectionLost, match=r"lost after .* s of `sh -c .*`; state unknown"):
            host.run(BEGUN, on_output=lambda _: server.freeze())
    finally:
        server.thaw()
    assert host.run(("echo", "again")).out == "again\n"


def test_a_connection_that_broke_while_idle_is_opened_again(server: Server, host: SshHost) -> None:
    host.run(("true",))
    server.cut()
    assert host.run(("echo", "again")).out == "again\n"
