"""Signing in with the unchanged SDK, by each kind of credential."""

import json
import stat
from datetime import datetime, timezone
from pathlib import Path


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_login_verifies_the_credential(sdk, credential):
    assert sdk.do("login", credential.env).succeeded() == {"logged_in": True}


def test_viewer_is_who_the_credential_stands_for(sdk, credential):
    viewer = sdk.do("viewer", credential.env).succeeded()
    assert viewer["username"] == credential.username
    assert viewer["entity"] == "ml-team"
    assert viewer["default_entity"] == "ml-team"
    assert "ml-team" in viewer["teams"]


def test_command_line_login_verifies_the_credential(sdk, credential):
    code, output = sdk.cli("login", "--verify", env=credential.env)
    assert code == 0, output
    assert credential.username in output


def test_command_line_login_keeps_a_key_that_was_accepted(sdk, host, team_key):
    key = team_key.env["WANDB_API_KEY"]
    code, output = sdk.cli("login", "--verify", key, env={})
    assert code == 0, output
    assert key in sdk.netrc.read_text()
    assert mode(sdk.netrc) == 0o600
    # From now on nothing needs to be said.
    assert sdk.do("login", {}).succeeded() == {"logged_in": True}


def test_command_line_login_refuses_a_key_that_was_never_issued(sdk):
    code, output = sdk.cli("login", "--verify", "local-" + "0123456789" * 4, env={})
    assert code == 1, output
    assert not sdk.netrc.exists()


def test_credentials_file_is_written_and_used_again(sdk, external, token_file):
    environment = token_file(external.assertion())
    assert sdk.do("login", environment).succeeded() == {"logged_in": True}
    assert mode(sdk.credentials_file) == 0o600
    written = sdk.credentials_file.read_text()
    entry = json.loads(written)["credentials"][sdk.url]
    expires_at = datetime.strptime(entry["expires_at"], "%Y-%m-%d %H:%M:%S")
    left = (expires_at.replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)).total_seconds()
    # Clients refresh five minutes early: a shorter life would cost an exchange per request.
    assert 300 < left <= 24 * 3600

    # The assertion is now worthless, so that only the cached access token can sign in.
    assert sdk.do("viewer", token_file("not.a.jwt")).succeeded()["username"] == external.name
    assert sdk.credentials_file.read_text() == written


def test_identity_token_file_is_exchanged_by_each_process_without_a_cache(sdk, external, token_file):
    environment = token_file(external.assertion())
    for _ in range(2):
        assert sdk.do("login", environment).succeeded() == {"logged_in": True}
        sdk.credentials_file.unlink()
