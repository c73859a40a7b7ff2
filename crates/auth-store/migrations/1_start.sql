-- Every row of a tenant names its organization, and the foreign keys carry it along, so that the
-- database itself refuses a team, project, member or account of another organization.

CREATE TABLE auth_users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email TEXT,
    -- The email with its ASCII letters in lower case: addresses are compared without regard to that.
    email_key TEXT,
    instance_admin BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    CHECK ((email IS NULL) = (email_key IS NULL))
);
CREATE INDEX auth_users_by_email ON auth_users (email_key);

CREATE TABLE auth_organizations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE auth_organization_members (
    organization_id TEXT NOT NULL REFERENCES auth_organizations (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES auth_users (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX auth_organization_members_by_user ON auth_organization_members (user_id);

CREATE TABLE auth_teams (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES auth_organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL UNIQUE,
    UNIQUE (id, organization_id)
);
CREATE INDEX auth_teams_by_organization ON auth_teams (organization_id);

CREATE TABLE auth_team_members (
    team_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view_only')),
    PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (team_id, organization_id)
        REFERENCES auth_teams (id, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, user_id)
        REFERENCES auth_organization_members (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX auth_team_members_by_user ON auth_team_members (user_id, organization_id);

CREATE TABLE auth_projects (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('open', 'public', 'team', 'restricted')),
    UNIQUE (team_id, name),
    UNIQUE (id, organization_id),
    FOREIGN KEY (team_id, organization_id)
        REFERENCES auth_teams (id, organization_id) ON DELETE CASCADE
);

CREATE TABLE auth_service_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES auth_organizations (id) ON DELETE CASCADE,
    -- A team-scoped account has a team, an organization-scoped one a default team.
    team_id TEXT,
    default_team_id TEXT,
    name TEXT NOT NULL,
    -- Of an account that proves itself by assertions.
    issuer TEXT,
    subject TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (id, organization_id),
    UNIQUE (organization_id, issuer, subject),
    CHECK ((team_id IS NULL) <> (default_team_id IS NULL)),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    FOREIGN KEY (team_id, organization_id)
        REFERENCES auth_teams (id, organization_id) ON DELETE CASCADE,
    -- No action: a default team can't be deleted alone, but goes with its organization.
    FOREIGN KEY (default_team_id, organization_id)
        REFERENCES auth_teams (id, organization_id) ON DELETE NO ACTION
);
CREATE UNIQUE INDEX auth_service_accounts_of_organization
    ON auth_service_accounts (organization_id, name) WHERE team_id IS NULL;
CREATE UNIQUE INDEX auth_service_accounts_of_team
    ON auth_service_accounts (team_id, name) WHERE team_id IS NOT NULL;
CREATE INDEX auth_service_accounts_by_default_team ON auth_service_accounts (default_team_id);

CREATE TABLE auth_project_members (
    project_id TEXT NOT NULL,
    organization_id TEXT NOT NULL,
    user_id TEXT,
    service_account_id TEXT,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view_only')),
    UNIQUE (project_id, user_id),
    UNIQUE (project_id, service_account_id),
    CHECK ((user_id IS NULL) <> (service_account_id IS NULL)),
    FOREIGN KEY (project_id, organization_id)
        REFERENCES auth_projects (id, organization_id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, user_id)
        REFERENCES auth_organization_members (organization_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (service_account_id, organization_id)
        REFERENCES auth_service_accounts (id, organization_id) ON DELETE CASCADE
);
CREATE INDEX auth_project_members_by_user ON auth_project_members (user_id, organization_id);
CREATE INDEX auth_project_members_by_account ON auth_project_members (service_account_id);

CREATE TABLE auth_api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT REFERENCES auth_users (id) ON DELETE CASCADE,
    service_account_id TEXT REFERENCES auth_service_accounts (id) ON DELETE CASCADE,
    -- SHA-256 over the identifier and the secret; the key itself is stored nowhere.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at BIGINT,
    CHECK ((user_id IS NULL) <> (service_account_id IS NULL))
);
CREATE INDEX auth_api_keys_by_user ON auth_api_keys (user_id);
CREATE INDEX auth_api_keys_by_account ON auth_api_keys (service_account_id);

CREATE TABLE auth_jwt_issuers (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES auth_organizations (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (organization_id, issuer)
);
CREATE INDEX auth_jwt_issuers_by_issuer ON auth_jwt_issuers (issuer);

CREATE TABLE auth_signing_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    -- The order in which keys were added: two may be made within one second.
    position BIGINT NOT NULL UNIQUE,
    private_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- No foreign keys: the log outlives what it tells of.
CREATE TABLE auth_audit_events (
    position INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    -- Why it was refused; null where it was done.
    refusal_code TEXT,
    actor TEXT,
    method TEXT,
    credited TEXT,
    organization_id TEXT,
    target TEXT,
    remote_address TEXT,
    detail TEXT NOT NULL
);
