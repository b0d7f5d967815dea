"""A line to a server that can be cut at a chosen word, in tests of what happens then."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class TcpLine:
    """Listens on this machine and passes on to `target`, which is (host, port) or the path of a socket.

    `cut(word, forwarded)` cuts the next connection on which the client sends `word`: before it reached the server, or
    just after, so that the answer is lost. With `quietly` the server is not told that its client has gone.
    """

    def __init__(self, target):
        self._target = target
        self._word, self._forwarded, self._quietly = b"", False, False
        self._open, self.cuts = [], 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, word, *, forwarded, quietly=False):
        self._word, self._forwarded, self._quietly = word, forwarded, quietly

    def stop_listening(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self):
        self.stop_listening()
        for one in self._open:
            one.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = self._connect()
                self._open += [client, server]
                mute = threading.Event()
                threading.Thread(target=self._up, args=(client, server, mute), daemon=True).start()
                threading.Thread(target=self._down, args=(server, client, mute), daemon=True).start()

    def _connect(self):
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        made = socket.socket(socket.AF_UNIX)
        made.connect(self._target)
        return made

    def _up(self, client, server, mute):
        with suppress(OSError):
            while data := client.recv(65536):
                if self._word and self._word in data:
                    forwarded, quietly, self._word = self._forwarded, self._quietly, b""
                    self.cuts += 1
                    mute.set()  # the answer may come before the line is cut
                    if forwarded:
                        server.sendall(data)
                    _hang_up(client)
                    if not forwarded and not quietly:
                        _hang_up(server)
                    return
                server.sendall(data)
            _hang_up(server)

    def _down(self, server, client, mute):
        with suppress(OSError):
            while (data := server.recv(65536)) and not mute.is_set():
                client.sendall(data)
        _hang_up(client)


def _hang_up(one):
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def line_to(url):
    """A line to the server of a URL, and the URL by which it is reached over the line."""
    from psycopg.conninfo import conninfo_to_dict

    import postgres

    known = conninfo_to_dict(url)
    host, port = known.pop("host", "localhost"), int(known.pop("port", 5432))
    made = TcpLine(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    return made, postgres.url(**known, host="127.0.0.1", port=made.port, sslmode="disable")
