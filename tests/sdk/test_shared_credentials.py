"""One credentials file, used by the SDK and by programs in Rust."""

import json
import os
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accounts import credential_of
from host import Host
from proxy import CountingProxy
from sdk import Sdk

DONE_WITHIN = 120
OURS = "gatehouse-federation-client/"
OTHER = {"expires_at": "2099-01-01 00:00:00", "access_token": "of-another-server"}
# Refreshed at once by whoever comes ten seconds later: the SDK and we keep five minutes in hand.
SHORT = 310


@pytest.fixture(scope="module")
def short_host(tracker, tmp_path_factory):
    """A host whose access tokens are worth keeping for ten seconds."""
    host = Host(tracker, tmp_path_factory.mktemp("short"), **{"--access-token-lifetime": SHORT}).start()
    yield host
    assert host.stop() == 0


@pytest.fixture
def proxy(host):
    with CountingProxy(host.url) as proxy:
        yield proxy


@pytest.fixture
def identity(host) -> dict:
    return credential_of(host, "identity_token_file").env


class Program:
    """The example `log_in`, in a process of its own with an SDK's settings."""

    def __init__(self, binary: Path, sdk: Sdk):
        self.binary = binary
        self.sdk = sdk

    def log_in(self, env: dict, times=1) -> list:
        """Who the host says it is, each time."""
        done = subprocess.run(
            [self.binary, str(times)],
            env=self.sdk.environment(env),
            cwd=self.sdk.home,
            capture_output=True,
            text=True,
            timeout=DONE_WITHIN,
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        return [answer["data"]["viewer"]["username"] for answer in answers]


@pytest.fixture
def sdk(proxy, directory):
    return Sdk(proxy.url, directory)


@pytest.fixture
def program(log_in, sdk):
    return Program(log_in, sdk)


def entries(file: Path) -> dict:
    return json.loads(file.read_text())["credentials"]


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_what_we_write_the_sdk_uses_without_an_exchange(proxy, sdk, program, identity):
    assert program.log_in(identity) == ["k8s-trainer"]
    assert (proxy.exchanges, mode(sdk.credentials_file)) == (1, 0o600)
    ours = sdk.credentials_file.read_bytes()

    sdk.do("login", identity).succeeded()
    assert sdk.do("viewer", identity).succeeded()["username"] == "k8s-trainer"
    assert proxy.exchanges == 1
    assert sdk.credentials_file.read_bytes() == ours
    assert program.log_in(identity, times=3) == ["k8s-trainer"] * 3
    assert proxy.exchanges == 1


def test_what_the_sdk_writes_we_use_without_an_exchange(proxy, sdk, program, identity):
    sdk.do("login", identity).succeeded()
    theirs, exchanges = sdk.credentials_file.read_bytes(), proxy.exchanges
    assert exchanges >= 1 and not any(agent.startswith(OURS) for agent in proxy.exchanged_by)

    assert program.log_in(identity) == ["k8s-trainer"]
    assert proxy.exchanges == exchanges
    assert sdk.credentials_file.read_bytes() == theirs


def test_both_write_the_same_form(sdk, program, identity):
    def form():
        text = sdk.credentials_file.read_text()
        for entry in entries(sdk.credentials_file).values():
            for value in entry.values():
                text = text.replace(value, "value")
        sdk.credentials_file.unlink()
        return text

    sdk.do("login", identity).succeeded()
    theirs = form()
    program.log_in(identity)
    assert form() == theirs


def test_a_token_that_the_host_no_longer_takes_is_replaced(proxy, sdk, program, identity):
    """The SDK itself would keep presenting it."""
    program.log_in(identity)
    credentials = json.loads(sdk.credentials_file.read_text())
    credentials["credentials"][proxy.url]["access_token"] += "x"
    sdk.credentials_file.write_text(json.dumps(credentials))

    assert program.log_in(identity) == ["k8s-trainer"]
    assert proxy.exchanges == 2
    assert not entries(sdk.credentials_file)[proxy.url]["access_token"].endswith("x")
    sdk.do("login", identity).succeeded()
    assert proxy.exchanges == 2


def test_entries_of_other_servers_survive_and_the_file_becomes_private(sdk, program, identity):
    kept = {**OTHER, "of_a_later_version": [1, {"a": None}]}
    sdk.credentials_file.write_text(json.dumps({"credentials": {"https://other.example": kept}}))
    sdk.credentials_file.chmod(0o644)
    program.log_in(identity)
    assert entries(sdk.credentials_file)["https://other.example"] == kept
    assert mode(sdk.credentials_file) == 0o600


def test_both_credentials_are_refused_by_both(host, proxy, sdk, program, identity):
    both = {**identity, "WANDB_API_KEY": host.ready["team_api_key"]}
    sdk.do("login", both).refused("AuthenticationError", saying="Both")
    done = subprocess.run(
        [program.binary], env=sdk.environment(both), capture_output=True, text=True, timeout=DONE_WITHIN
    )
    assert done.returncode == 1 and "BothCredentials" in done.stderr
    assert host.ready["team_api_key"] not in done.stderr
    assert proxy.exchanges == 0


def test_our_processes_that_start_at_once_make_one_exchange(proxy, sdk, program, identity):
    sdk.credentials_file.write_text(json.dumps({"credentials": {"https://other.example": OTHER}}))
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: program.log_in(identity), range(8)))
    assert names == [["k8s-trainer"]] * 8
    assert proxy.exchanges == 1
    assert entries(sdk.credentials_file)["https://other.example"] == OTHER


def test_both_refresh_at_the_same_time(short_host, log_in, directory):
    """Three programs of ours and the SDK, in loops, for longer than a token is kept."""
    identity = credential_of(short_host, "identity_token_file").env
    with CountingProxy(short_host.url) as proxy:
        sdk = Sdk(proxy.url, directory)
        program = Program(log_in, sdk)
        file = sdk.credentials_file
        file.write_text(json.dumps({"credentials": {"https://other.example": OTHER}}))
        until = time.monotonic() + 25
        seen = {"ours": 0, "theirs": 0}
        counting = threading.Lock()

        def loop(name, act):
            while time.monotonic() < until:
                act()
                with counting:
                    seen[name] += 1

        def log_in_as_ours():
            assert program.log_in(identity, times=5) == ["k8s-trainer"] * 5

        def log_in_as_theirs():
            sdk.do("login", identity).succeeded()

        with ThreadPoolExecutor(4) as pool:
            loops = [pool.submit(loop, "ours", log_in_as_ours) for _ in range(3)]
            loops.append(pool.submit(loop, "theirs", log_in_as_theirs))
        for ended in loops:
            ended.result()

        assert min(seen.values()) >= 2, seen
        ours = sum(agent.startswith(OURS) for agent in proxy.exchanged_by)
        logins = seen["ours"] * 5
        # A token is kept for ten seconds; without the file each log-in would be an exchange.
        assert 1 <= ours <= logins / 4, (ours, seen)
        left = entries(file)
        assert left["https://other.example"] == OTHER
        token = left[proxy.url]["access_token"]
        assert short_host.as_token(token).is_signed_in()
        # Ours is the last word, since the SDK leaves the mode of a file as it finds it.
        program.log_in(identity)
        assert mode(file) == 0o600
        assert sorted(path.name for path in file.parent.glob("credentials.json*")) == [
            "credentials.json",
            "credentials.json.lock",
        ]


def test_programs_that_are_killed_leave_a_whole_file(short_host, log_in, directory):
    identity = credential_of(short_host, "identity_token_file").env
    sdk = Sdk(short_host.url, directory)
    program = Program(log_in, sdk)
    file = sdk.credentials_file
    whole = {"credentials": {"https://other.example": OTHER}}
    for killed in range(20):
        # Without an entry of its own the program has to write.
        file.write_text(json.dumps(whole))
        process = subprocess.Popen(
            [log_in, "50"],
            env=sdk.environment(identity),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if killed % 2:
            # Once it has signed in, which is when it has written.
            process.stdout.readline()
        else:
            lock = Path(f"{file}.lock")
            while not lock.exists() and process.poll() is None:
                os.sched_yield()
        process.kill()
        process.communicate(timeout=DONE_WITHIN)
        assert entries(file)["https://other.example"] == OTHER
    assert program.log_in(identity) == ["k8s-trainer"]
