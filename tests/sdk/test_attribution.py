"""Whom a service account's work is credited to: a label that is checked, never a right."""

import pytest

from accounts import credential_of
from test_runs import HISTORY, log_run


def credited(username):
    return {"status": "CREDITED", "username": username, "claimed": None}


def unqualified(claimed):
    return {"status": "UNQUALIFIED", "username": None, "claimed": claimed}


@pytest.mark.parametrize(
    ("kind", "environment", "expected"),
    [
        ("team_api_key", {"WANDB_USERNAME": "alice"}, credited("alice")),
        ("organization_api_key", {"WANDB_USERNAME": "alice"}, credited("alice")),
        ("identity_token_file", {"WANDB_USERNAME": "alice"}, credited("alice")),
        ("team_api_key", {"WANDB_USER_EMAIL": "alice@acme.example"}, credited("alice")),
        ("identity_token_file", {"WANDB_USER_EMAIL": "alice@acme.example"}, credited("alice")),
        ("team_api_key", {"WANDB_USERNAME": "alice@acme.example"}, credited("alice")),
        ("team_api_key", {"WANDB_USERNAME": "stranger"}, unqualified("stranger")),
        ("team_api_key", {"WANDB_USER_EMAIL": "x@other.example"}, unqualified("x@other.example")),
        # A member of the organization, but not of the account's team.
        ("team_api_key", {"WANDB_USERNAME": "bob"}, unqualified("bob")),
        ("organization_api_key", {"WANDB_USERNAME": "bob"}, credited("bob")),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) and "status" not in value else None,
)
def test_sa_017_018_run_is_credited_to_whom_it_may_be(
    sdk, host, alice, run_id, kind, environment, expected
):
    credential = credential_of(host, kind)
    log_run(sdk, {**credential.env, **environment}, run_id, history=HISTORY[:2]).succeeded()
    run = alice.run("ml-team", "team-project", run_id)
    assert run["attribution"] == expected
    # The work stays the account's own.
    assert run["createdBy"] == credential.username
    assert (run["state"], run["historyLineCount"]) == ("finished", 2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Wandb-Username": "alice"}, 'credited; user="alice"'),
        ({"X-WANDB-USER-EMAIL": "alice@acme.example"}, 'credited; user="alice"'),
        ({"X-Wandb-Username": "alice", "X-Wandb-User-Email": "bob@x.example"}, 'credited; user="alice"'),
        ({"X-Wandb-Username": "stranger"}, "unqualified"),
        ({"X-Wandb-Username": "", "X-Wandb-User-Email": ""}, None),
        ({}, None),
    ],
    ids=["name", "email", "name before email", "stranger", "empty", "none"],
)
def test_answer_says_what_became_of_the_claim(host, headers, expected):
    answer = host.as_key(host.ready["team_api_key"]).viewer(headers=headers)
    assert answer.status_code == 200
    assert answer.headers.get("Gatehouse-Attribution") == expected
