"""A proxy before the host that counts the exchanges which pass through it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

PASSED_ON = ("Content-Type", "Authorization", "Accept", "X-Wandb-Username", "X-Wandb-User-Email")
ANSWERED_WITHIN = 30


class CountingProxy:
    """Passes requests on to `upstream` while the `with` block lasts."""

    def __init__(self, upstream: str):
        self._upstream = upstream
        self._lock = threading.Lock()
        self._exchanges = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = "http://127.0.0.1:{}".format(self._server.server_address[1])

    def __enter__(self) -> "CountingProxy":
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def exchanges(self) -> int:
        """How many exchanges were granted."""
        return len(self._exchanges)

    @property
    def exchanged_by(self) -> list:
        """The User-Agent of each."""
        return list(self._exchanges)

    def _passed(self, handler, answer):
        if handler.path == "/oidc/token" and answer.status_code == 200:
            with self._lock:
                self._exchanges.append(handler.headers["User-Agent"])

    def _handler(proxy):
        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.request(
                        self.command,
                        proxy._upstream + self.path,
                        data=body,
                        headers=headers,
                        allow_redirects=False,
                        timeout=ANSWERED_WITHIN,
                    )
                proxy._passed(self, answer)
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PUT = _pass_on

            def log_message(self, *_):
                pass

        return Handler
