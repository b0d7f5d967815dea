-- The record: what happened, for ever. Everything after the line "projections" can be made again from it.

CREATE TABLE timeline (
  incident    TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  id          TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  precision   TEXT NOT NULL,
  written_at  TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  origin      TEXT NOT NULL,
  actor       TEXT NOT NULL,
  labels      TEXT NOT NULL,
  body        TEXT,
  salt        BLOB,
  body_digest TEXT NOT NULL,
  prev        TEXT NOT NULL,
  digest      TEXT NOT NULL,
  PRIMARY KEY (incident, seq),
  CHECK ((body IS NULL) = (salt IS NULL))
);

-- Where each timeline ends, apart from the timeline, so that a tail that was cut off is missed.
CREATE TABLE heads (
  incident TEXT PRIMARY KEY,
  seq      INTEGER NOT NULL,
  digest   TEXT NOT NULL
);

CREATE TABLE numbers (
  number   INTEGER PRIMARY KEY,
  incident TEXT NOT NULL UNIQUE
);

CREATE TRIGGER timeline_takes_only_the_next BEFORE INSERT ON timeline
BEGIN
  -- Said here and not by the keys: INSERT OR REPLACE would pass those.
  SELECT RAISE(ABORT, 'escalate: this entry is there already')
   WHERE EXISTS (SELECT 1 FROM timeline WHERE id = NEW.id)
      OR EXISTS (SELECT 1 FROM timeline WHERE incident = NEW.incident AND seq = NEW.seq);
  SELECT RAISE(ABORT, 'escalate: this entry is not the next one')
   WHERE NEW.seq IS NOT coalesce((SELECT seq FROM heads WHERE incident = NEW.incident), 0) + 1
      OR NEW.prev IS NOT coalesce((SELECT digest FROM heads WHERE incident = NEW.incident), printf('%064d', 0));
END;

CREATE TRIGGER timeline_moves_the_head AFTER INSERT ON timeline
BEGIN
  UPDATE heads SET seq = NEW.seq, digest = NEW.digest WHERE incident = NEW.incident;
  INSERT INTO heads (incident, seq, digest) SELECT NEW.incident, NEW.seq, NEW.digest WHERE NEW.seq = 1;
END;

CREATE TRIGGER timeline_only_erases BEFORE UPDATE ON timeline
BEGIN
  SELECT RAISE(ABORT, 'escalate: the timeline is append-only')
   WHERE NEW.body IS NOT NULL OR NEW.salt IS NOT NULL
      OR NEW.incident IS NOT OLD.incident OR NEW.seq IS NOT OLD.seq OR NEW.id IS NOT OLD.id
      OR NEW.kind IS NOT OLD.kind OR NEW.occurred_at IS NOT OLD.occurred_at
      OR NEW.precision IS NOT OLD.precision OR NEW.written_at IS NOT OLD.written_at
      OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.origin IS NOT OLD.origin
      OR NEW.actor IS NOT OLD.actor OR NEW.labels IS NOT OLD.labels
      OR NEW.body_digest IS NOT OLD.body_digest OR NEW.prev IS NOT OLD.prev OR NEW.digest IS NOT OLD.digest
      OR NOT EXISTS (
           SELECT 1 FROM timeline AS erased JOIN timeline AS asked ON asked.incident = erased.incident
            -- Read as text: json_extract is not allowed here, where the schema itself is not trusted. Keys are sorted,
            -- and no key of these two events comes before this one.
            WHERE erased.incident = OLD.incident
              AND erased.kind = 'entry.erased' AND instr(erased.body, '{"entry":"' || OLD.id || '"') = 1
              AND asked.kind = 'entry.erase_asked' AND instr(asked.body, '{"entry":"' || OLD.id || '"') = 1
              AND asked.seq < erased.seq AND asked.actor <> erased.actor);
END;

CREATE TRIGGER timeline_forgets_nothing BEFORE DELETE ON timeline
BEGIN SELECT RAISE(ABORT, 'escalate: the timeline is append-only'); END;

CREATE TRIGGER heads_begin_at_one BEFORE INSERT ON heads
BEGIN
  SELECT RAISE(ABORT, 'escalate: heads follow the timeline')
   WHERE NEW.seq <> 1
      OR EXISTS (SELECT 1 FROM heads WHERE incident = NEW.incident)
      OR NOT EXISTS (SELECT 1 FROM timeline WHERE incident = NEW.incident AND seq = 1 AND digest = NEW.digest);
END;

CREATE TRIGGER heads_only_advance BEFORE UPDATE ON heads
BEGIN
  SELECT RAISE(ABORT, 'escalate: heads follow the timeline')
   WHERE NEW.incident <> OLD.incident OR NEW.seq <> OLD.seq + 1
      OR NOT EXISTS (SELECT 1 FROM timeline
                      WHERE incident = NEW.incident AND seq = NEW.seq AND digest = NEW.digest);
END;

CREATE TRIGGER heads_stay BEFORE DELETE ON heads
BEGIN SELECT RAISE(ABORT, 'escalate: heads follow the timeline'); END;

CREATE TRIGGER numbers_are_dense BEFORE INSERT ON numbers
BEGIN
  SELECT RAISE(ABORT, 'escalate: this number is not the next one')
   WHERE NEW.number IS NOT coalesce((SELECT max(number) FROM numbers), 0) + 1;
END;

CREATE TRIGGER numbers_are_kept BEFORE UPDATE ON numbers
BEGIN SELECT RAISE(ABORT, 'escalate: a number is given once'); END;

CREATE TRIGGER numbers_stay BEFORE DELETE ON numbers
BEGIN SELECT RAISE(ABORT, 'escalate: a number is given once'); END;

CREATE TABLE rosters (
  version    INTEGER PRIMARY KEY,
  applied_at TEXT NOT NULL,
  applied_by TEXT NOT NULL,
  roster     TEXT NOT NULL,
  source     TEXT NOT NULL
);

CREATE TRIGGER rosters_are_kept BEFORE UPDATE ON rosters
BEGIN SELECT RAISE(ABORT, 'escalate: rosters are kept as they were'); END;

CREATE TRIGGER rosters_stay BEFORE DELETE ON rosters
BEGIN SELECT RAISE(ABORT, 'escalate: rosters are kept as they were'); END;

-- The outbox. What is said was rendered when it became owed; its text stands nowhere else.
CREATE TABLE messages (
  id           TEXT PRIMARY KEY,
  incident     TEXT NOT NULL,
  entry        TEXT NOT NULL,
  entry_seq    INTEGER NOT NULL,
  entry_digest TEXT NOT NULL,
  page         TEXT,
  purpose      TEXT NOT NULL,
  recipient    TEXT NOT NULL,
  name         TEXT NOT NULL,
  via          TEXT NOT NULL,
  address      TEXT NOT NULL,
  subject      TEXT NOT NULL,
  text         TEXT NOT NULL,
  details      TEXT NOT NULL,
  state        TEXT NOT NULL,
  attempts     INTEGER NOT NULL,
  due_at       TEXT NOT NULL,
  leased_until TEXT,
  last_error   TEXT NOT NULL,
  remote       TEXT NOT NULL
);
CREATE TRIGGER messages_stay BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'escalate: a message that was owed is kept'); END;

-- What became of a message changes; to whom, by what and in which words it was owed does not.
CREATE TRIGGER messages_say_what_they_said BEFORE UPDATE ON messages
BEGIN
  SELECT RAISE(ABORT, 'escalate: what was owed is kept as it was')
   WHERE NEW.id IS NOT OLD.id OR NEW.incident IS NOT OLD.incident OR NEW.entry IS NOT OLD.entry
      OR NEW.entry_seq IS NOT OLD.entry_seq OR NEW.entry_digest IS NOT OLD.entry_digest OR NEW.page IS NOT OLD.page
      OR NEW.purpose IS NOT OLD.purpose OR NEW.recipient IS NOT OLD.recipient OR NEW.name IS NOT OLD.name
      OR NEW.via IS NOT OLD.via OR NEW.address IS NOT OLD.address OR NEW.subject IS NOT OLD.subject
      OR NEW.text IS NOT OLD.text OR NEW.details IS NOT OLD.details;
END;

CREATE INDEX messages_of ON messages (incident, entry_seq);
CREATE INDEX messages_waiting ON messages (due_at) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX messages_shown ON messages (due_at) WHERE state = 'shown';

-- projections ------------------------------------------------------------------------------------------------------

-- The folded state, and the entry up to which it was folded.
CREATE TABLE incidents (
  id        TEXT PRIMARY KEY,
  number    INTEGER NOT NULL UNIQUE,
  code_name TEXT NOT NULL,
  status    TEXT NOT NULL,
  severity  TEXT NOT NULL,
  seq       INTEGER NOT NULL,
  digest    TEXT NOT NULL,
  state     TEXT NOT NULL
);
CREATE INDEX incidents_open ON incidents (number) WHERE status <> 'closed';
CREATE INDEX incidents_named ON incidents (code_name);

CREATE TABLE pages (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  state    TEXT NOT NULL,
  due_at   TEXT
);
CREATE INDEX pages_due ON pages (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE logins (
  login  TEXT PRIMARY KEY,
  person TEXT NOT NULL
);

CREATE TABLE couriers (
  id         TEXT PRIMARY KEY,
  host       TEXT NOT NULL,
  pid        INTEGER NOT NULL,
  socket     TEXT NOT NULL,
  started_at TEXT NOT NULL,
  beat_at    TEXT NOT NULL
);

CREATE VIRTUAL TABLE search USING fts5 (
  words, incident UNINDEXED, seq UNINDEXED, tokenize = "unicode61 remove_diacritics 2"
);
