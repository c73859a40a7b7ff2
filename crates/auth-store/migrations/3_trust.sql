-- What an organization says of an issuer beyond its name, and what must be remembered for it.

ALTER TABLE auth_jwt_issuers ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE auth_jwt_issuers ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
-- Documents in JSON, written and read by jwt-federation's types.
ALTER TABLE auth_jwt_issuers ADD COLUMN keys TEXT NOT NULL DEFAULT '{"from":"discovery"}';
ALTER TABLE auth_jwt_issuers ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE auth_jwt_issuers ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE auth_jwt_issuers ADD COLUMN certificates TEXT;
-- As it must be sent; whoever reads the database has it.
ALTER TABLE auth_jwt_issuers ADD COLUMN bearer_token TEXT;
-- Two members of the policy, for whoever asks whether a registration stands.
ALTER TABLE auth_jwt_issuers ADD COLUMN enabled BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE auth_jwt_issuers ADD COLUMN trusted_until BIGINT;
-- How many rows of auth_spent_jwt_ids are its own.
ALTER TABLE auth_jwt_issuers ADD COLUMN spent BIGINT NOT NULL DEFAULT 0;

UPDATE auth_jwt_issuers SET updated_at = created_at;

-- An audience beside the organization's name leads to one registration of an issuer.
CREATE TABLE auth_jwt_issuer_audiences (
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    jwt_issuer_id TEXT NOT NULL REFERENCES auth_jwt_issuers (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, audience)
);
CREATE INDEX auth_jwt_issuer_audiences_by_issuer ON auth_jwt_issuer_audiences (jwt_issuer_id);

-- The `jti` that may not be seen again, each until its assertion has expired for certain.
CREATE TABLE auth_spent_jwt_ids (
    jwt_issuer_id TEXT NOT NULL REFERENCES auth_jwt_issuers (id) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    until BIGINT NOT NULL,
    PRIMARY KEY (jwt_issuer_id, digest)
);
CREATE INDEX auth_spent_jwt_ids_by_end ON auth_spent_jwt_ids (jwt_issuer_id, until);
