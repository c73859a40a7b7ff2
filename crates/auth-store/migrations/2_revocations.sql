-- From when on a key signs. Of those there are, each signs ten minutes after it was made, as it did.
ALTER TABLE auth_signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0;
UPDATE auth_signing_keys SET signs_from = created_at + 600;

-- Access tokens that ended before their time. No foreign keys: a token stays revoked whatever becomes of
-- its bearer, and its row goes when it would have expired.
CREATE TABLE auth_revoked_tokens (
    jwt_id TEXT NOT NULL PRIMARY KEY,
    kept_until BIGINT NOT NULL
);
CREATE INDEX auth_revoked_tokens_by_end ON auth_revoked_tokens (kept_until);
