-- The journal of one destination. Integer keys; payloads and answers apart, so that the rest stays small.

CREATE TABLE migration (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,          -- of these tables
    token TEXT NOT NULL,               -- makes the markers of this journal its own
    destination TEXT NOT NULL,         -- name in the plan
    kind TEXT NOT NULL,
    identity TEXT NOT NULL,            -- account or database, as read back from the target
    mapping TEXT NOT NULL              -- hash of the target's schema and keys
) STRICT;

CREATE TABLE round (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    inputs TEXT NOT NULL,              -- hash of what was frozen
    newest TEXT,                       -- newest timestamp in the exports
    undoes INTEGER REFERENCES round,   -- a rollback: the round that it takes back
    undone INTEGER NOT NULL DEFAULT 0, -- 1: a rollback took it back
    at TEXT NOT NULL
) STRICT;

CREATE TABLE outside (
    round INTEGER NOT NULL REFERENCES round,
    record TEXT NOT NULL,              -- live, but in no stage
    code TEXT NOT NULL
) STRICT;

CREATE TABLE dropped (
    round INTEGER NOT NULL REFERENCES round,
    record TEXT NOT NULL,
    object TEXT NOT NULL,
    field TEXT NOT NULL,
    parent TEXT NOT NULL               -- a record that does not come: the reference is left empty
) STRICT;

CREATE TABLE object (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE stage (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round,
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'passed', 'stopped'))
) STRICT;

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,            -- in the order of sending
    stage INTEGER NOT NULL REFERENCES stage,
    object INTEGER NOT NULL REFERENCES object,
    operation TEXT NOT NULL,           -- contract.Operation
    second_pass INTEGER NOT NULL,      -- 1: its records stand in another batch of the round, too
    rows INTEGER NOT NULL,
    hash BLOB NOT NULL,                -- of the payload
    done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batch_stage ON batch (stage, done);

CREATE TABLE payload (
    batch INTEGER PRIMARY KEY REFERENCES batch,
    body TEXT NOT NULL                 -- JSON: journal.Payload
) STRICT;

CREATE TABLE row (
    batch INTEGER NOT NULL,
    position INTEGER NOT NULL,
    record INTEGER NOT NULL,           -- crosswalk.id
    hash BLOB NOT NULL,                -- of the row's payload
    state INTEGER NOT NULL,            -- journal.State
    code TEXT,
    field TEXT,
    message TEXT,                      -- the target's own words
    PRIMARY KEY (batch, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batch,
    start INTEGER NOT NULL,            -- positions start <= position < stop
    stop INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intent', 'answered', 'applied', 'unsent', 'refused', 'unknown', 'settled')),
    handle TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_open ON attempt (batch) WHERE state IN ('intent', 'answered', 'unknown');

CREATE TABLE answer (
    attempt INTEGER PRIMARY KEY REFERENCES attempt,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE crosswalk (
    id INTEGER PRIMARY KEY,
    record TEXT NOT NULL UNIQUE,       -- record id at the source
    object INTEGER NOT NULL,
    into_ INTEGER REFERENCES crosswalk, -- merged: the record of the group that holds the target's key
    target_id TEXT,
    hash BLOB                          -- of the payload written last
) STRICT;

CREATE TABLE speaker (
    round INTEGER NOT NULL REFERENCES round,
    number INTEGER NOT NULL,           -- crosswalk.id of a group
    record TEXT NOT NULL,              -- its survivor in this round, where that is not the record that gave the key
    PRIMARY KEY (round, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE gone (
    round INTEGER NOT NULL REFERENCES round,
    number INTEGER NOT NULL,           -- crosswalk.id: at the target, but in no export any more
    PRIMARY KEY (round, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict (                -- changed on both sides since the last round; not sent. Holds cell values
    round INTEGER NOT NULL REFERENCES round,
    number INTEGER NOT NULL,
    field TEXT NOT NULL,
    sent TEXT,                         -- what we sent last
    ours TEXT,
    theirs TEXT,
    PRIMARY KEY (round, number, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE preimage (                -- what an existing record held before the round wrote to it
    round INTEGER NOT NULL REFERENCES round,
    number INTEGER NOT NULL,
    cells TEXT NOT NULL,               -- JSON: field -> text
    PRIMARY KEY (round, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
    day TEXT PRIMARY KEY,              -- in UTC
    calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL               -- counts and codes only
) STRICT;
