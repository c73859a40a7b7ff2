"""The W&B SDK, each action in a process of its own that knows nothing of this machine's settings."""

import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

ACTIONS = Path(__file__).with_name("actions.py")
DONE_WITHIN = 120


@dataclass
class Outcome:
    """What became of an action: a result, or the exception's type and text."""

    result: dict | None
    error: str | None
    message: str
    output: str

    def succeeded(self) -> dict:
        assert self.error is None, f"{self.error}: {self.message}\n{self.output}"
        return self.result

    def refused(self, error: str, *, saying: str) -> "Outcome":
        assert self.error == error, f"{self.error}: {self.message} {self.result}\n{self.output}"
        assert saying in self.message
        return self


class Sdk:
    """An installation of the SDK, with a home of its own."""

    def __init__(self, url: str, home: Path):
        self.url = url
        self.home = home
        self.credentials_file = home / "credentials.json"
        self.netrc = home / "netrc"
        for name in ("tmp", "wandb", "config", "cache", "data"):
            (home / name).mkdir()

    def environment(self, extra: dict) -> dict:
        """The environment of a process that uses this installation."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            # wandb-core puts a Unix socket there, whose path may have about 100 characters.
            "TMPDIR": str(self.home / "tmp"),
            "NO_PROXY": "*",
            "NETRC": str(self.netrc),
            "WANDB_BASE_URL": self.url,
            "WANDB_CREDENTIALS_FILE": str(self.credentials_file),
            "WANDB_DIR": str(self.home / "wandb"),
            "WANDB_CONFIG_DIR": str(self.home / "config"),
            "WANDB_CACHE_DIR": str(self.home / "cache"),
            "WANDB_DATA_DIR": str(self.home / "data"),
            "WANDB_ERROR_REPORTING": "false",
            "WANDB_CONSOLE": "off",
            "WANDB_DISABLE_CODE": "true",
            "WANDB_DISABLE_GIT": "true",
            "WANDB__DISABLE_STATS": "true",
            **extra,
        }

    def _spawn(self, arguments: list, extra: dict, stdin="") -> tuple:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment(extra),
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # wandb-core is a child of it; both end together where time runs out.
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(stdin, timeout=DONE_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            raise AssertionError(f"{arguments} was not done within {DONE_WITHIN} s:\n{output}") from None
        return process.returncode, output

    def do(self, action: str, env: dict, **arguments) -> Outcome:
        """Does one of the functions of actions.py."""
        answer = self.home / f"answer-{uuid.uuid4().hex}.json"
        # Not on the command line: the SDK reports that as a part of the run.
        code, output = self._spawn([str(ACTIONS), action, str(answer)], env, json.dumps(arguments))
        assert answer.exists(), f"the action ended without an answer (exit code {code}):\n{output}"
        return Outcome(output=output, **json.loads(answer.read_text()))

    def cli(self, *arguments: str, env: dict) -> tuple:
        """Runs `wandb ARGUMENTS`; gives the exit code and what it printed."""
        return self._spawn(["-m", "wandb", *arguments], env)
