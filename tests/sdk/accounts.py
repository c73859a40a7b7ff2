"""Those who sign in: the accounts of the demo, and external service accounts that the tests add."""

import uuid
from dataclasses import dataclass

from host import Caller, Host
from issuer import Issuer


@dataclass
class Credential:
    """What a user of the SDK puts into the environment, and whom it stands for."""

    env: dict
    username: str


KINDS = {
    "team_api_key": "ml-ci",
    "organization_api_key": "org-ci",
    "identity_token_file": "k8s-trainer",
    "user_identity_token_file": "alice",
}


def credential_of(host: Host, kind: str) -> Credential:
    variable = "WANDB_API_KEY" if kind.endswith("api_key") else "WANDB_IDENTITY_TOKEN_FILE"
    return Credential({variable: host.ready[kind]}, KINDS[kind])


@dataclass
class External:
    """An external service account, and how to speak for it."""

    id: str
    name: str
    subject: str
    issuer: Issuer

    def assertion(self, audience="acme", **options) -> str:
        return self.issuer.token(self.subject, audience, **options)


def new_external(admin: Caller, issuer: Issuer, team: str, subject=None) -> External:
    subject = subject or f"system:serviceaccount:{team}:{uuid.uuid4().hex[:8]}"
    name = f"external-{uuid.uuid4().hex[:8]}"
    federated = {"method": "federated", "issuer": issuer.url, "subject": subject}
    account = admin.create(f"/teams/{team}/service-accounts", name=name, authentication=federated)
    return External(account["id"], name, subject, issuer)
