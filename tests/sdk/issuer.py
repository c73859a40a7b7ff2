"""An OpenID issuer on loopback, so that the tests hold the keys behind the assertions they present."""

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "issuer-key"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Serves its discovery document and JWK Set while the `with` block lasts."""

    def __init__(self):
        self._key = new_key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = "http://127.0.0.1:{}".format(self._server.server_address[1])

    def __enter__(self) -> "Issuer":
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def token(self, subject: str, audience, *, key=None, issued_ago=0, lifetime=600, **claims) -> str:
        """A signed assertion; with `key`, one that only claims to be by this issuer."""
        issued_at = int(time.time()) - issued_ago
        payload = {
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + lifetime,
            "jti": str(uuid.uuid4()),
            **claims,
        }
        return jwt.encode(payload, key or self._key, algorithm="RS256", headers={"kid": KEY_ID})

    def _documents(self) -> dict:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks.json",
                "authorization_endpoint": f"{self.url}/authorize",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/jwks.json": {"keys": [{**public, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]},
        }

    def _handler(issuer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                document = issuer._documents().get(self.path)
                body = json.dumps(document).encode()
                self.send_response(200 if document else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
