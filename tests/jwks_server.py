"""A real HTTP server for tests: it answers every GET as it was last told to, and counts them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class JwksServer:
    """Serves a body, a status and headers, in pieces with a pause after each where it is told to be slow."""

    def __init__(self, tls=None):
        self.tls, self.port, self.asked, self.requests = tls, 0, 0, []
        self.serve(b"")

    def serve(self, body, status=200, pieces=1, pause_seconds=0, **headers):
        """What to answer from now on; anything but bytes is written as JSON."""
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}
        self.pieces, self.pause_seconds = pieces, pause_seconds

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/jwks.json"

    def start(self):
        """Listens, on the port it had before if it had one."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = False  # joined when it is stopped
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self):
        """Stops listening: the port refuses from now on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def _handler(self):
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                told.asked += 1
                told.requests.append((self.path, dict(self.headers)))
                self.send_response(told.status)
                for name, value in {"Content-Length": str(len(told.body)), **told.headers}.items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                size = -(-len(told.body) // told.pieces)
                try:
                    for piece in range(told.pieces):
                        time.sleep(told.pause_seconds)
                        self.wfile.write(told.body[piece * size : (piece + 1) * size])
                except OSError:
                    pass  # the client has had enough

            def log_message(self, *_):
                pass

        return Handler
