"""What the tests do with the W&B SDK. Run as a process: actions.py ACTION ANSWER-FILE, arguments as JSON on
standard input.

Nothing in here knows of Gatehouse: it is the code that a user of the SDK writes.
"""

import json
import sys

import wandb


def login() -> dict:
    return {"logged_in": wandb.login(verify=True)}


def viewer() -> dict:
    api = wandb.Api()
    return {
        "username": api.viewer.username,
        "entity": api.viewer.entity,
        "default_entity": api.default_entity,
        "teams": api.viewer.teams,
    }


def log_run(entity, project, run_id, config, history, summary) -> dict:
    run = wandb.init(entity=entity, project=project, id=run_id, config=config)
    for values in history:
        run.log(values)
    run.summary.update(summary)
    run.finish()
    return {"entity": run.entity, "project": run.project, "id": run.id}


def main(action: str, answer: str):
    outcome = {"result": None, "error": None, "message": ""}
    try:
        do = {"login": login, "viewer": viewer, "log_run": log_run}[action]
        outcome["result"] = do(**json.load(sys.stdin))
    except Exception as error:
        outcome.update(error=type(error).__name__, message=str(error))
    with open(answer, "w") as file:
        json.dump(outcome, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
