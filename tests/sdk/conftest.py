"""One demo host for all tests, who may call it, and an SDK for each test."""

import json
import os
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

from accounts import KINDS, Credential, External, credential_of, new_external
from host import Host
from issuer import Issuer
from sdk import Sdk

ROOT = Path(__file__).parents[2]


def built(variable: str, path: str, command: str) -> Path:
    """A binary: what `variable` names, or what cargo leaves in the target directory."""
    if named := os.environ.get(variable):
        return Path(named)
    metadata = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = subprocess.run(metadata, cwd=ROOT, capture_output=True, check=True).stdout
    binary = Path(json.loads(metadata)["target_directory"]) / "debug" / path
    assert binary.exists(), f"{binary} is missing; `{command}` makes it"
    return binary


@pytest.fixture(scope="session")
def tracker() -> Path:
    """The host's binary."""
    return built("TRACKER_BIN", "tracker", "cargo build -p tracker")


@pytest.fixture(scope="session")
def log_in() -> Path:
    """The example of federation-client that signs in."""
    command = "cargo build -p federation-client --example log_in"
    return built("LOG_IN_BIN", "examples/log_in", command)


@pytest.fixture
def directory():
    """A directory with a short path, which pytest's own don't have."""
    with tempfile.TemporaryDirectory(prefix="gh-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def new_host(tracker, directory):
    """A host that a test may stop and start; not yet started."""
    host = Host(tracker, directory)
    yield host
    if host.running:
        host.kill()


@pytest.fixture(scope="session")
def host(tracker):
    with tempfile.TemporaryDirectory(prefix="gh-", dir="/tmp") as directory:
        host = Host(tracker, Path(directory)).start()
        yield host
        assert host.stop() == 0
        log = host.log.read_text(errors="replace")
        assert "DEBUG" in log, "the log is as talkative as it gets"
        # Any part of a key or token is enough to find it; its end is the part that is secret.
        assert not [secret for secret in host.secrets() if secret[-20:] in log]


@pytest.fixture(scope="session")
def admin(host):
    """Administers the instance and the organization acme."""
    return host.as_key(host.ready["admin_api_key"])


@pytest.fixture(scope="session")
def alice(host, admin):
    """A member of acme, of its team ml-team, and of the restricted project."""
    return host.as_key(admin.create("/users/alice/keys", description="reads back")["key"])


@pytest.fixture
def sdk(host, directory):
    return Sdk(host.url, directory)


@pytest.fixture(params=KINDS)
def credential(request, host) -> Credential:
    """Each kind of credential that the SDK can present."""
    return credential_of(host, request.param)


@pytest.fixture(params=[kind for kind in KINDS if kind != "user_identity_token_file"])
def machine(request, host) -> Credential:
    """Each kind of service account."""
    return credential_of(host, request.param)


@pytest.fixture
def team_key(host) -> Credential:
    return credential_of(host, "team_api_key")


@pytest.fixture(scope="session")
def issuer(admin):
    """An issuer that acme registered, whose key the tests hold."""
    with Issuer() as issuer:
        admin.create("/organizations/acme/jwt-issuers", issuer=issuer.url)
        yield issuer


@pytest.fixture
def external(admin, issuer) -> External:
    """An external service account of ml-team, for this test alone."""
    return new_external(admin, issuer, "ml-team")


@pytest.fixture(scope="session")
def globex(admin):
    """Another organization, with an issuer and an external service account of its own."""
    admin.create("/organizations", name="globex")
    admin.create("/organizations/globex/teams", name="globex-lab")
    with Issuer() as issuer:
        admin.create("/organizations/globex/jwt-issuers", issuer=issuer.url)
        yield new_external(admin, issuer, "globex-lab")


@pytest.fixture
def token_file(directory):
    """Writes an identity token file; gives the environment that names it."""

    def write(assertion: str) -> dict:
        file = directory / "identity-token.jwt"
        file.write_text(assertion + "\n")
        return {"WANDB_IDENTITY_TOKEN_FILE": str(file)}

    return write


@pytest.fixture
def run_id() -> str:
    return uuid.uuid4().hex[:8]
