"""What is refused, as a user of the SDK meets it: at once, with a reason, and without a trace left."""

import uuid

import pytest

from accounts import credential_of, new_external
from issuer import Issuer, new_key
from test_runs import HISTORY, log_run

AUTHENTICATION = "AuthenticationError"
COMMUNICATION = "CommError"


@pytest.mark.parametrize("position", [8, 20, -1], ids=["key id", "secret", "checksum"])
def test_sa_004_key_with_one_character_changed(sdk, host, position):
    key = list(host.ready["team_api_key"])
    key[position] = "a" if key[position] != "a" else "b"
    refused = sdk.do("login", {"WANDB_API_KEY": "".join(key)})
    refused.refused(AUTHENTICATION, saying="Failed to authenticate")


def test_sa_007_revoked_key(sdk, host, admin):
    of_account = "/teams/ml-team/service-accounts"
    account = admin.create(of_account, name=f"revoked-{uuid.uuid4().hex[:8]}")
    kept = account["api_key"]["key"]
    lost = admin.create(f"{of_account}/{account['id']}/keys", description="to be revoked")
    assert sdk.do("login", {"WANDB_API_KEY": lost["key"]}).succeeded()

    admin.delete(f"{of_account}/{account['id']}/keys/{lost['id']}")
    assert not host.as_key(lost["key"]).is_signed_in()
    refused = sdk.do("login", {"WANDB_API_KEY": lost["key"]})
    refused.refused(AUTHENTICATION, saying="Failed to authenticate")
    assert host.as_key(kept).is_signed_in()


def test_sa_009_cached_access_token_of_a_deleted_account(sdk, host, admin, external, token_file):
    environment = token_file(external.assertion())
    assert sdk.do("login", environment).succeeded()
    cached = sdk.credentials_file.read_text()
    token = host.exchange(external.assertion()).json()["access_token"]
    assert host.as_token(token).is_signed_in()

    admin.delete(f"/teams/ml-team/service-accounts/{external.id}")
    assert not host.as_token(token).is_signed_in()
    sdk.do("login", environment).refused(AUTHENTICATION, saying="Failed to authenticate")
    assert sdk.credentials_file.read_text() == cached, "the refused token is the cached one"


@pytest.mark.parametrize(
    ("change", "saying"),
    [
        pytest.param({"key": new_key()}, "not accepted", id="forged"),
        pytest.param({"issued_ago": 3600, "lifetime": 3000}, "expired", id="expired"),
        pytest.param({"audience": "other-server"}, "not accepted", id="audience"),
        pytest.param({"audience": "ACME"}, "not accepted", id="audience in other case"),
        pytest.param({"lifetime": 25 * 3600}, "not accepted", id="longer than a day"),
        pytest.param({"sub": "system:serviceaccount:ml-team:nobody"}, "not accepted", id="subject"),
    ],
)
def test_fed_004_006_019_assertion_that_is_not_good(sdk, external, token_file, change, saying):
    environment = token_file(external.assertion(**change))
    refused = sdk.do("login", environment).refused(AUTHENTICATION, saying="invalid_grant")
    assert "HTTP 400" in refused.message
    assert saying in refused.message
    assert not sdk.credentials_file.exists()


def test_fed_002_issuer_that_nobody_registered(sdk, token_file):
    with Issuer() as issuer:
        environment = token_file(issuer.token("alice@acme.example", "acme"))
        sdk.do("login", environment).refused(AUTHENTICATION, saying="invalid_grant")


def test_fed_010_012_issuer_removed_by_the_administrator(host, admin):
    with Issuer() as issuer:
        registered = admin.create("/organizations/acme/jwt-issuers", issuer=issuer.url)
        external = new_external(admin, issuer, "ml-team")
        token = host.exchange(external.assertion()).json()["access_token"]
        assert host.as_token(token).is_signed_in()

        admin.delete(f"/organizations/acme/jwt-issuers/{registered['id']}")
        refused = host.exchange(external.assertion())
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert not host.as_token(token).is_signed_in()


@pytest.mark.parametrize("audience", ["acme", ["acme", "globex"]], ids=["acme", "both"])
@pytest.mark.parametrize("subject", ["alice@acme.example", "of the account"])
def test_fed_013_014_issuer_of_another_organization(host, globex, external, audience, subject):
    subject = external.subject if subject == "of the account" else subject
    answer = host.exchange(globex.issuer.token(subject, audience))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_fed_013_audience_decides_where_two_organizations_registered_the_issuer(host, admin, globex):
    with Issuer() as shared:
        for organization in ("acme", "globex"):
            admin.create(f"/organizations/{organization}/jwt-issuers", issuer=shared.url)
        ours = new_external(admin, shared, "ml-team")
        theirs = new_external(admin, shared, "globex-lab", subject=ours.subject)
        for audience, account, team in [("acme", ours, "ml-team"), ("globex", theirs, "globex-lab")]:
            token = host.exchange(shared.token(ours.subject, audience)).json()["access_token"]
            viewer = host.as_token(token).viewer().json()["data"]["viewer"]
            assert viewer == {"username": account.name, "entity": team}
        refused = host.exchange(shared.token(ours.subject, ["acme", "globex"]))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_fed_015_account_of_another_organization_stays_in_it(sdk, globex, alice, run_id, token_file):
    environment = token_file(globex.assertion("globex"))
    assert sdk.do("viewer", environment).succeeded()["entity"] == "globex-lab"
    for project in ("open-project", "team-project"):
        refused = log_run(sdk, environment, run_id, project=project, history=HISTORY[:1])
        assert refused.error == COMMUNICATION, refused
        assert run_id not in alice.runs("ml-team", project)


def test_fed_023_assertion_sent_to_the_api_itself(host, external):
    assert not host.as_token(external.assertion()).is_signed_in()
    assert not host.as_key(external.assertion()).is_signed_in()


def test_sa_015_restricted_project(sdk, host, machine, alice, run_id):
    project = host.ready["restricted_project"]
    refused = log_run(sdk, machine.env, run_id, project=project, history=HISTORY[:1])
    refused.refused(COMMUNICATION, saying="permission denied")
    assert run_id not in alice.runs("ml-team", project)


def test_sa_017_attribution_opens_no_project(sdk, host, team_key, alice, run_id):
    project = host.ready["restricted_project"]
    environment = {**team_key.env, "WANDB_USERNAME": "alice"}
    refused = log_run(sdk, environment, run_id, project=project, history=HISTORY[:1])
    refused.refused(COMMUNICATION, saying="permission denied")
    assert run_id not in alice.runs("ml-team", project)


@pytest.mark.parametrize("kind", ["team_api_key", "identity_token_file"])
@pytest.mark.parametrize("team", ["platform", "globex-lab", "no-such-team"])
def test_sa_012_project_of_a_team_that_is_not_the_accounts_own(sdk, host, admin, globex, kind, team, run_id):
    environment = credential_of(host, kind).env
    refused = log_run(sdk, environment, run_id, entity=team, project=f"new-{run_id}", history=HISTORY[:1])
    assert refused.error == COMMUNICATION, refused
    if team != "no-such-team":
        names = {project["name"] for project in admin.list(f"/teams/{team}/projects")}
        assert f"new-{run_id}" not in names, "a refused run leaves no project behind"
