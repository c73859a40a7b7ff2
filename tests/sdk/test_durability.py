"""What survives the end of the host's process: everything that it acknowledged."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import pytest
import requests

from issuer import Issuer
from sdk import Sdk
from test_runs import HISTORY, log_run

WRITERS = 4
ACCOUNTS = 8
OF_TEAM = "/teams/ml-team/service-accounts"


@pytest.mark.parametrize("enough", [1, 25, 100])
def test_kill_during_key_creations_loses_no_acknowledged_key(new_host, enough):
    host = new_host.start()
    admin_key = host.ready["admin_api_key"]
    admin = host.as_key(admin_key)
    accounts = [admin.create(OF_TEAM, name=f"writer-{n}") for n in range(ACCOUNTS)]
    acknowledged = [account["api_key"]["key"] for account in accounts]
    counted = Semaphore(0)

    def write(own):
        caller = host.as_key(admin_key)
        for _ in range(40):
            for account in own:
                try:
                    answer = caller.request("POST", f"/api/v1{OF_TEAM}/{account['id']}/keys", json={})
                except requests.RequestException:
                    return
                assert answer.status_code == 201, answer.text
                acknowledged.append(answer.json()["key"])
                counted.release()

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, accounts[n::WRITERS]) for n in range(WRITERS)]
        for _ in range(enough):
            assert counted.acquire(timeout=30)
        host.kill()
    for writer in writers:
        writer.result()

    host.start()
    assert len(acknowledged) >= ACCOUNTS + enough
    lost = [key for key in acknowledged if not host.as_key(key).is_signed_in()]
    assert not lost


def test_second_start_keeps_everything(new_host, directory, run_id):
    host = new_host.start()
    first = host.ready
    admin = host.as_key(first["admin_api_key"])
    key = admin.create("/users/alice/keys", description="from before")["key"]
    home = directory / "sdk"
    home.mkdir()
    sdk = Sdk(host.url, home)
    log_run(sdk, {"WANDB_API_KEY": first["team_api_key"]}, run_id, history=HISTORY[:3]).succeeded()
    assert host.stop() == 0

    host.start()
    changes = {name for name in first if host.ready[name] != first[name]}
    assert changes <= {"base_url"}, "only the port may be another"
    alice = host.as_key(key)
    run = alice.run("ml-team", "team-project", run_id)
    assert (run["state"], run["historyLineCount"]) == ("finished", 3)
    for name in ("admin_api_key", "team_api_key", "organization_api_key"):
        assert host.as_key(host.ready[name]).is_signed_in()
    for name in ("identity_token_file", "user_identity_token_file"):
        assert host.exchange(Path(host.ready[name]).read_text()).status_code == 200
    assert host.stop() == 0


def test_identity_token_file_from_before_is_replaced_at_start(new_host):
    host = new_host.start()
    file = Path(host.ready["identity_token_file"])
    assert host.stop() == 0
    with Issuer() as stranger:
        stale = stranger.token("system:serviceaccount:ml:trainer", "acme", issued_ago=7200)
    file.write_text(stale)

    host.start()
    assert file.read_text() != stale
    assert host.exchange(file.read_text()).status_code == 200


def test_files_are_the_owners_alone(new_host):
    host = new_host.start()
    files = [file for file in host.data.rglob("*") if file.is_file()]
    files.append(host.data.parent / "ready.json")
    assert len(files) > 3
    shared = {file.name: oct(file.stat().st_mode) for file in files if file.stat().st_mode & 0o077}
    assert not shared
