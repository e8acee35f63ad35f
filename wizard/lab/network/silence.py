"""A port that keeps silent, as one of a machine without power does: neither a connection nor a
refusal.
"""

from __future__ import annotations

import errno
import socket
import time

RETRY_S = 0.005
"""Seconds between two attempts at a port that an ending program has not let go yet."""


def hold_silent(port: int) -> list[socket.socket]:
    """Take a port of 127.0.0.1, as soon as it is free, so that every attempt to connect runs out of
    time.

    A refusal is a sign of life. A socket that listens with a backlog of 0 still queues one
    connection; with that one in the queue Linux drops every further SYN (listen(2);
    tcp_conn_request in net/ipv4/tcp_input.c). The port stays silent as long as the sockets returned
    are open.
    """
    listener = _listen(port)
    filler = socket.create_connection(("127.0.0.1", port))
    return [listener, filler]


def _listen(port: int) -> socket.socket:
    while True:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(0)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise
            time.sleep(RETRY_S)
        else:
            return listener
