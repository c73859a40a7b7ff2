"""The exchange without the SDK: what several clients do at the same time."""

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import jwt
import pytest

AT_ONCE = 50


def test_fed_007_one_assertion_exchanged_fifty_times_at_once(host, external):
    assertion = external.assertion()
    together = Barrier(AT_ONCE)

    def exchange(_):
        together.wait(timeout=30)
        return host.exchange(assertion)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(exchange, range(AT_ONCE)))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    tokens = {answer.json()["access_token"] for answer in answers}
    assert len(tokens) == AT_ONCE
    assert all(host.as_token(token).is_signed_in() for token in tokens)


def test_fed_001_answer_has_the_form_that_clients_read(host, external):
    answer = host.exchange(external.assertion())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert body["token_type"] == "Bearer"
    # wandb-core takes an integer only; `True` is one for Python.
    assert type(body["expires_in"]) is int
    assert body["expires_in"] > 300


def test_fed_031_refusals_do_not_tell_what_exists(host, external):
    unknown_subject = external.issuer.token("system:serviceaccount:ml-team:nobody", "acme")
    unknown_audience = external.assertion("no-such-organization")
    answers = [host.exchange(assertion) for assertion in (unknown_subject, unknown_audience)]
    assert answers[0].status_code == answers[1].status_code == 400
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("name", ["identity_token_file", "user_identity_token_file"])
def test_identity_token_file_holds_a_token_that_is_good_for_a_while(host, name):
    file = Path(host.ready[name])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assertion = file.read_text().strip()
    claims = jwt.decode(assertion, options={"verify_signature": False})
    assert claims["iss"] == host.ready["issuer"]
    # It is replaced four minutes before its end; the margin is for a slow machine.
    assert claims["exp"] - time.time() > 3 * 60
    assert host.exchange(assertion).status_code == 200
