-- The host's own tables stand beside Gatehouse's in one file. A run names its project by the
-- identifier, which is never used again, and goes with it: a project that is deleted and made anew
-- under the same name starts empty.

CREATE TABLE tracker_runs (
    id TEXT NOT NULL PRIMARY KEY,
    project TEXT NOT NULL REFERENCES auth_projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT,
    config TEXT,
    summary TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'crashed')),
    created_at BIGINT NOT NULL,
    -- `user:ID` or `service-account:ID`, and the name at that time.
    created_by TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    -- Whom the work is credited to: a username where credited, the claimed text where unqualified.
    attribution TEXT NOT NULL CHECK (attribution IN ('none', 'credited', 'unqualified')),
    attributed_name TEXT,
    UNIQUE (project, name),
    CHECK ((attribution = 'none') = (attributed_name IS NULL))
);

CREATE INDEX tracker_runs_by_age ON tracker_runs (project, created_at);

-- A line of a run's history keeps the place that the client gave it, so that a line that is sent
-- again lands where it already is.
CREATE TABLE tracker_history (
    run TEXT NOT NULL REFERENCES tracker_runs (id) ON DELETE CASCADE,
    line BIGINT NOT NULL CHECK (line >= 0),
    content TEXT NOT NULL,
    PRIMARY KEY (run, line)
) WITHOUT ROWID;
