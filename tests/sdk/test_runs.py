"""A run, logged by the unchanged SDK, and read back."""

import json
from html.parser import HTMLParser

import pytest

STEPS = 20
CONFIG = {"learning_rate": 0.0625, "layers": [64, 32], "optimizer": "adam", "nested": {"seed": 7}}
HISTORY = [{"loss": step + 0.125, "note": f"step-{step:02}-done"} for step in range(STEPS)]
SUMMARY = {"best_loss": 0.125, "verdict": "accepted-by-summary"}


class Text(HTMLParser):
    """What a reader of the page sees."""

    def __init__(self, page: str):
        super().__init__()
        self.parts = []
        self.feed(page)

    def handle_data(self, data):
        self.parts.append(data)

    def __str__(self):
        return " ".join(" ".join(self.parts).split())


def log_run(sdk, env, run_id, *, entity="ml-team", project="team-project", history=HISTORY):
    arguments = {"config": CONFIG, "history": history, "summary": SUMMARY}
    return sdk.do("log_run", env, entity=entity, project=project, run_id=run_id, **arguments)


@pytest.fixture
def logged(sdk, credential, run_id):
    """A run of each kind of credential."""
    where = log_run(sdk, credential.env, run_id).succeeded()
    assert where == {"entity": "ml-team", "project": "team-project", "id": run_id}
    return run_id


def test_run_reads_back_as_it_was_logged(logged, alice, credential):
    run = alice.run("ml-team", "team-project", logged)
    assert run["state"] == "finished"
    assert run["createdBy"] == credential.username
    assert run["attribution"] == {"status": "NONE", "username": None, "claimed": None}

    config = json.loads(run["config"])
    assert {name: config[name]["value"] for name in CONFIG} == CONFIG

    assert run["historyLineCount"] == STEPS
    lines = [json.loads(line) for line in run["history"]]
    assert [line["_step"] for line in lines] == list(range(STEPS))
    assert [{name: line[name] for name in values} for line, values in zip(lines, HISTORY)] == HISTORY

    summary = json.loads(run["summaryMetrics"])
    expected = {**HISTORY[-1], **SUMMARY}
    assert {name: summary[name] for name in expected} == expected

    page = alice.request("GET", f"/ml-team/team-project/runs/{logged}")
    assert page.status_code == 200
    text = str(Text(page.text))
    for values in HISTORY:
        assert str(values["loss"]) in text
        assert values["note"] in text
    for value in ["0.0625", "64", "32", "adam", "seed", "accepted-by-summary", "finished"]:
        assert value in text


def test_run_without_a_team_and_project_goes_to_the_default_ones(sdk, machine, alice, run_id):
    where = log_run(sdk, machine.env, run_id, entity=None, project=None, history=HISTORY[:1])
    assert where.succeeded() == {"entity": "ml-team", "project": "uncategorized", "id": run_id}
    assert run_id in alice.runs("ml-team", "uncategorized")


def test_fed_018_identity_token_of_a_member_reaches_what_the_member_reaches(sdk, host, alice, run_id):
    env = {"WANDB_IDENTITY_TOKEN_FILE": host.ready["user_identity_token_file"]}
    project = host.ready["restricted_project"]
    log_run(sdk, env, run_id, project=project, history=HISTORY[:1]).succeeded()
    assert alice.run("ml-team", project, run_id)["createdBy"] == "alice"
