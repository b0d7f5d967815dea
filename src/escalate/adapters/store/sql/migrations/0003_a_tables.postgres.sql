-- A team's record on PostgreSQL: the same tables as on SQLite. Who may do what stands in the files after this one.
-- Roles belong to the whole server: another database of it may have made them already, or be making them now.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['escalate_owner', 'escalate_member', 'escalate_courier', 'escalate_keeper'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
  END LOOP;
  -- Who keeps rosters also reads and writes.
  IF NOT pg_has_role('escalate_keeper', 'escalate_member', 'member') THEN
    BEGIN
      GRANT escalate_member TO escalate_keeper;
    EXCEPTION WHEN unique_violation OR internal_error THEN NULL;  -- somebody else did, at this moment
    END;
  END IF;
  -- Who made a role may hand it on, and on newer servers not yet take it on.
  IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    BEGIN
      GRANT escalate_owner TO CURRENT_USER;
    EXCEPTION WHEN insufficient_privilege OR unique_violation OR internal_error THEN NULL;  -- they have it, or SET ROLE says
    END;
  END IF;
END $$;

CREATE SCHEMA escalate AUTHORIZATION escalate_owner;
SET LOCAL ROLE escalate_owner;
-- Nobody may do anything that is not said below.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE escalate.schema_version (version integer PRIMARY KEY);

-- `limited` is true of every row of an incident that not all may know of; triggers alone set it. A plan, the statistics of
-- one's own transaction and the time it took tell how many rows an index found, also those that were then withheld. So
-- what can be guessed is indexed of those rows alone that everybody may see (WHERE NOT limited), or by an expression that
-- row security lets nobody look by (`|| ''`); the others are looked through, incident by incident, by those who may know
-- of them. Ids, which nobody guesses, and moments are indexed of all.
--
-- `xid` is the transaction that wrote a row; `xmin` becomes another's with every change.

-- the record -------------------------------------------------------------------------------------------------------

CREATE TABLE escalate.timeline (
  incident    text COLLATE "C" NOT NULL CHECK (incident ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  seq         bigint NOT NULL CHECK (seq BETWEEN 1 AND 9007199254740991),
  id          text COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'),
  kind        text COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z_]+([.][a-z_]+)+$'),
  occurred_at text COLLATE "C" NOT NULL CHECK (occurred_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$'),
  precision   text COLLATE "C" NOT NULL CHECK (precision ~ '^[a-z][a-z0-9-]{0,31}$'),
  written_at  text COLLATE "C" NOT NULL CHECK (written_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$'),
  recorded_at text COLLATE "C" NOT NULL CHECK (recorded_at ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$'),
  origin      text COLLATE "C" NOT NULL CHECK (origin ~ '^[^\u0001-\u001f\u007f-\u009f]{1,255}$'),
  actor       text COLLATE "C" NOT NULL CHECK (actor ~ '^[^\u0001-\u001f\u007f-\u009f]{1,255}$'),
  labels      text COLLATE "C" NOT NULL CHECK (labels ~ '^([a-z0-9+:._-]+( [a-z0-9+:._-]+)*)?$'),
  body        text COLLATE "C",
  salt        bytea,
  body_digest text COLLATE "C" NOT NULL,
  prev        text COLLATE "C" NOT NULL,
  digest      text COLLATE "C" NOT NULL,
  limited     boolean NOT NULL DEFAULT false,
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (incident, seq),
  CHECK ((body IS NULL) = (salt IS NULL))
);
-- A store has one.
CREATE UNIQUE INDEX timeline_on_call ON escalate.timeline (kind) WHERE kind = 'oncall.opened';

CREATE INDEX timeline_revealed ON escalate.timeline (recorded_at) WHERE kind = 'text.revealed';

-- Where each timeline ends, apart from the timeline, so that a tail that was cut off is missed.
CREATE TABLE escalate.heads (
  incident text COLLATE "C" PRIMARY KEY,
  seq      bigint NOT NULL,
  digest   text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);

CREATE TABLE escalate.numbers (
  number   bigint PRIMARY KEY,
  incident text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE escalate.rosters (
  version    bigint PRIMARY KEY,
  applied_at text COLLATE "C" NOT NULL,
  applied_by text COLLATE "C" NOT NULL,
  roster     text COLLATE "C" NOT NULL,
  source     text COLLATE "C" NOT NULL
);

CREATE TABLE escalate.clauses (
  id             text COLLATE "C" NOT NULL,
  version        bigint NOT NULL,
  effective_from text COLLATE "C" NOT NULL,
  owner          text COLLATE "C" NOT NULL,
  digest         text COLLATE "C" NOT NULL,
  clause         text COLLATE "C" NOT NULL,
  applied_at     text COLLATE "C" NOT NULL,
  applied_by     text COLLATE "C" NOT NULL,
  source         text COLLATE "C" NOT NULL,
  PRIMARY KEY (id, version)
);

CREATE TABLE escalate.subject_keys (
  id       text COLLATE "C" PRIMARY KEY,
  added_at text COLLATE "C" NOT NULL,
  added_by text COLLATE "C" NOT NULL
);

-- The outbox. What is said was rendered when it became owed; its text stands nowhere else.
CREATE TABLE escalate.messages (
  id           text COLLATE "C" PRIMARY KEY,
  incident     text COLLATE "C" NOT NULL,
  entry        text COLLATE "C" NOT NULL,
  entry_seq    bigint NOT NULL,
  entry_digest text COLLATE "C" NOT NULL,
  page         text COLLATE "C",
  purpose      text COLLATE "C" NOT NULL,
  recipient    text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  via          text COLLATE "C" NOT NULL,
  address      text COLLATE "C" NOT NULL,
  subject      text COLLATE "C" NOT NULL,
  text         text COLLATE "C" NOT NULL,
  details      text COLLATE "C" NOT NULL,
  state        text COLLATE "C" NOT NULL,
  attempts     bigint NOT NULL,
  due_at       text COLLATE "C" NOT NULL,
  leased_until text COLLATE "C",
  last_error   text COLLATE "C" NOT NULL,
  remote       text COLLATE "C" NOT NULL,
  bundle       text COLLATE "C",
  tried_at     text COLLATE "C",
  limited      boolean NOT NULL DEFAULT false,
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX messages_of ON escalate.messages (incident, entry_seq);
CREATE INDEX messages_waiting ON escalate.messages (due_at) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX messages_shown ON escalate.messages (due_at) WHERE state = 'shown';
CREATE INDEX messages_to ON escalate.messages (recipient, via, tried_at) WHERE tried_at IS NOT NULL AND NOT limited;
CREATE INDEX messages_in ON escalate.messages (bundle) WHERE bundle IS NOT NULL;

-- What one incident is to be told of another; filled by a trigger on `sightings`, since who writes may not see all.
CREATE TABLE escalate.matches (
  entry    text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  handle   text COLLATE "C" NOT NULL,
  seen_in  text COLLATE "C" NOT NULL,
  by       text COLLATE "C" NOT NULL,
  due_at   text COLLATE "C" NOT NULL,
  told_at  text COLLATE "C",
  PRIMARY KEY (entry, incident)
);
CREATE INDEX matches_due ON escalate.matches (due_at) WHERE told_at IS NULL;

-- Here alone: who may know. Written by triggers, read by functions, by nobody else.

-- Every incident to which access was ever limited; `active` while it is. `login` and `xid` are who did it, in which
-- transaction.
CREATE TABLE escalate.restricted (
  incident text COLLATE "C" PRIMARY KEY,
  active   boolean NOT NULL,
  login    name NOT NULL,
  xid      xid8 NOT NULL
);
CREATE INDEX restricted_now ON escalate.restricted (incident) WHERE active;

-- `grantee` is person:NAME, team:NAME or a login.
CREATE TABLE escalate.grants (
  incident text COLLATE "C" NOT NULL,
  grantee  text COLLATE "C" NOT NULL,
  xid      xid8 NOT NULL,
  PRIMARY KEY (incident, grantee)
);
CREATE INDEX grants_to ON escalate.grants (grantee);

-- What the newest roster says, taken apart.
CREATE TABLE escalate.team_people (
  team   text COLLATE "C" NOT NULL,
  person text COLLATE "C" NOT NULL,
  PRIMARY KEY (person, team)
);

-- A row is locked by whoever gives the next number. A lock of the server's own could be held by any stranger.
CREATE TABLE escalate.turns (name text COLLATE "C" PRIMARY KEY);
INSERT INTO escalate.turns VALUES ('numbers');

-- projections ------------------------------------------------------------------------------------------------------

CREATE TABLE escalate.incidents (
  id        text COLLATE "C" PRIMARY KEY,
  number    bigint NOT NULL UNIQUE,
  code_name text COLLATE "C" NOT NULL,
  status    text COLLATE "C" NOT NULL,
  severity  text COLLATE "C" NOT NULL,
  seq       bigint NOT NULL,
  digest    text COLLATE "C" NOT NULL,
  state     text COLLATE "C" NOT NULL,
  limited   boolean NOT NULL DEFAULT false
);
CREATE INDEX incidents_open ON escalate.incidents (number) WHERE status <> 'closed' AND NOT limited;
CREATE INDEX incidents_named ON escalate.incidents (code_name) WHERE NOT limited;

CREATE TABLE escalate.pages (
  id       text COLLATE "C" PRIMARY KEY,
  incident text COLLATE "C" NOT NULL,
  state    text COLLATE "C" NOT NULL,
  due_at   text COLLATE "C",
  policy   text COLLATE "C" NOT NULL DEFAULT '',
  limited  boolean NOT NULL DEFAULT false
);
CREATE INDEX pages_of ON escalate.pages (incident);
CREATE INDEX pages_by ON escalate.pages (policy) WHERE NOT limited;
CREATE INDEX pages_due ON escalate.pages (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE escalate.codes (
  code     text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  page     text COLLATE "C" NOT NULL,
  person   text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX codes_one ON escalate.codes (page, (person || ''), (code || ''));
CREATE INDEX codes_of ON escalate.codes (incident);
CREATE INDEX codes_by ON escalate.codes (code) WHERE NOT limited;

CREATE TABLE escalate.timers (
  incident text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  due_at   text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);
-- So it is written: ON CONFLICT (incident, (key || '')) DO UPDATE …
CREATE UNIQUE INDEX timers_of ON escalate.timers (incident, (key || ''));
CREATE INDEX timers_due ON escalate.timers (due_at);

CREATE TABLE escalate.logins (
  login  text COLLATE "C" PRIMARY KEY,
  person text COLLATE "C" NOT NULL
);

CREATE TABLE escalate.couriers (
  id         text COLLATE "C" PRIMARY KEY,
  host       text COLLATE "C" NOT NULL,
  pid        bigint NOT NULL,
  socket     text COLLATE "C" NOT NULL,
  started_at text COLLATE "C" NOT NULL,
  beat_at    text COLLATE "C" NOT NULL
);

-- Diacritics are taken off before words come here. What is longer than a text vector can be is found by its beginning.
CREATE TABLE escalate.search (
  words    text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  seq      bigint NOT NULL,
  limited  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (incident, seq)
);
CREATE INDEX search_words ON escalate.search USING gin (to_tsvector('pg_catalog.simple', left(words, 200000)))
  WHERE NOT limited;

CREATE TABLE escalate.sightings (
  entry    text COLLATE "C" PRIMARY KEY,
  incident text COLLATE "C" NOT NULL,
  seq      bigint NOT NULL,
  handle   text COLLATE "C" NOT NULL,
  digest   text COLLATE "C" NOT NULL,
  type     text COLLATE "C" NOT NULL,
  relation text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);
CREATE INDEX sightings_in ON escalate.sightings (incident);
CREATE INDEX sightings_of ON escalate.sightings (handle) WHERE NOT limited;
CREATE INDEX sightings_taken ON escalate.sightings ((handle || ''));
CREATE INDEX sightings_by ON escalate.sightings ((digest || ''));

CREATE TABLE escalate.links (
  entry    text COLLATE "C" PRIMARY KEY,
  incident text COLLATE "C" NOT NULL,
  seq      bigint NOT NULL,
  handle   text COLLATE "C" NOT NULL,
  other    text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);
CREATE INDEX links_in ON escalate.links (incident);
CREATE INDEX links_of ON escalate.links (handle) WHERE NOT limited;
CREATE INDEX links_to ON escalate.links (other) WHERE NOT limited;
