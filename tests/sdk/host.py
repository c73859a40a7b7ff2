"""The demo host as a process, and the parts of its HTTP interface that the tests use."""

import base64
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import requests

READY_WITHIN = 60
STOPPED_WITHIN = 30
ANSWERED_WITHIN = 30

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

RUN = """
    name displayName state config summaryMetrics historyLineCount history createdBy
    attribution { status username claimed }
"""


class Host:
    """The demo host on a free port. Starting again on the same directory is a restart."""

    def __init__(self, binary: Path, directory: Path, **options):
        self.binary = binary
        self.data = directory / "data"
        self.log = directory / "host.log"
        self.ready = {}
        self._options = options
        self._issued = []
        self._ready_file = directory / "ready.json"
        self._process = None

    def start(self) -> "Host":
        self._ready_file.unlink(missing_ok=True)
        options = {"--listen": "127.0.0.1:0", "--data-dir": self.data, "--ready-file": self._ready_file}
        options.update(self._options)
        command = [str(self.binary), *(str(part) for pair in options.items() for part in pair)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.log.parent), "RUST_LOG": "debug"}
        # Standard output has commands to paste, keys included, for whoever tries the demo.
        output = subprocess.DEVNULL
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=output, stderr=log, env=environment)
        give_up = time.monotonic() + READY_WITHIN
        while not self._ready_file.exists():
            try:
                code = self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < give_up:
                    continue
                self.kill()
                code = "none"
            tail = self.log.read_text(errors="replace")[-4000:]
            raise AssertionError(f"the host did not get ready (exit code {code}):\n{tail}")
        self.ready = json.loads(self._ready_file.read_text())
        return self

    def stop(self) -> int:
        """Asks it to stop; gives the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=STOPPED_WITHIN)

    def kill(self):
        """Ends it in the middle of whatever it does."""
        self._process.kill()
        self._process.wait(timeout=STOPPED_WITHIN)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def url(self) -> str:
        return self.ready["base_url"]

    def as_key(self, key: str) -> "Caller":
        return Caller(self.url, ("api", key))

    def as_token(self, token: str) -> "Caller":
        return Caller(self.url, token)

    def exchange(self, assertion: str) -> requests.Response:
        form = {"grant_type": JWT_BEARER, "assertion": assertion}
        answer = Caller(self.url, None).request("POST", "/oidc/token", data=form)
        self._issued += [assertion, answer.json().get("access_token", assertion)]
        return answer

    def secrets(self) -> set:
        """What the host was shown or gave out that nobody else may learn."""
        keys = [text for name, text in self.ready.items() if name.endswith("api_key")]
        files = [file for name, file in self.ready.items() if name.endswith("token_file")]
        tokens = self._issued + [Path(file).read_text().strip() for file in files]
        basic = [base64.b64encode(f"api:{key}".encode()).decode().rstrip("=") for key in keys]
        return {*keys, *tokens, *basic}


class Caller:
    """Somebody who calls the host: an API key as `("api", key)`, an access token as text, or nobody."""

    def __init__(self, url: str, credential):
        self.url = url
        self._session = requests.Session()
        # Otherwise a netrc file or proxy of whoever runs the tests has a say.
        self._session.trust_env = False
        if isinstance(credential, tuple):
            self._session.auth = credential
        elif credential is not None:
            self._session.headers["Authorization"] = f"Bearer {credential}"

    def request(self, method: str, path: str, **options) -> requests.Response:
        return self._session.request(method, self.url + path, timeout=ANSWERED_WITHIN, **options)

    def create(self, path: str, **body) -> dict:
        answer = self.request("POST", f"/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def list(self, path: str) -> list:
        answer = self.request("GET", f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, path: str):
        answer = self.request("DELETE", f"/api/v1{path}")
        assert answer.status_code == 204, answer.text

    def graphql(self, query: str, headers=None, **variables) -> requests.Response:
        body = {"query": query, "variables": variables}
        return self.request("POST", "/graphql", json=body, headers=headers)

    def viewer(self, headers=None) -> requests.Response:
        return self.graphql("{ viewer { username entity } }", headers=headers)

    def is_signed_in(self) -> bool:
        answer = self.viewer()
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    def runs(self, team: str, project: str) -> set:
        """The names of the project's runs."""
        query = """query ($team: String!, $project: String!) {
            project(entityName: $team, name: $project) { runs { edges { node { name } } } }
        }"""
        answer = self.graphql(query, team=team, project=project)
        assert answer.status_code == 200, answer.text
        edges = answer.json()["data"]["project"]["runs"]["edges"]
        return {edge["node"]["name"] for edge in edges}

    def run(self, team: str, project: str, name: str) -> dict:
        query = f"""query ($team: String!, $project: String!, $run: String!) {{
            project(entityName: $team, name: $project) {{ run(name: $run) {{ {RUN} }} }}
        }}"""
        answer = self.graphql(query, team=team, project=project, run=name)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["project"]["run"]
