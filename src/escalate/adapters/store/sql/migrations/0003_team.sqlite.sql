-- Guidance, subjects, and what one incident is to be told of another.

-- The clauses that decisions name, each version as it was applied, for ever.
CREATE TABLE clauses (
  id             TEXT NOT NULL,
  version        INTEGER NOT NULL,
  effective_from TEXT NOT NULL,
  owner          TEXT NOT NULL,
  digest         TEXT NOT NULL,
  clause         TEXT NOT NULL,
  applied_at     TEXT NOT NULL,
  applied_by     TEXT NOT NULL,
  source         TEXT NOT NULL,
  PRIMARY KEY (id, version)
);

CREATE TRIGGER clauses_are_kept BEFORE UPDATE ON clauses
BEGIN SELECT RAISE(ABORT, 'escalate: clauses are kept as they were'); END;

CREATE TRIGGER clauses_stay BEFORE DELETE ON clauses
BEGIN SELECT RAISE(ABORT, 'escalate: clauses are kept as they were'); END;

-- The ids of the keys that subjects were ever seen under; a key whose id is not here is a wrong one. No key is here.
CREATE TABLE subject_keys (
  id       TEXT PRIMARY KEY,
  added_at TEXT NOT NULL,
  added_by TEXT NOT NULL
);

CREATE TRIGGER subject_keys_are_kept BEFORE UPDATE ON subject_keys
BEGIN SELECT RAISE(ABORT, 'escalate: keys are kept as they were'); END;

CREATE TRIGGER subject_keys_stay BEFORE DELETE ON subject_keys
BEGIN SELECT RAISE(ABORT, 'escalate: keys are kept as they were'); END;

-- What one incident is to be told of another: a subject of `incident` was seen in `seen_in`, by the entry `entry`, whose
-- writer is `by`. Whoever sends what is owed acts on it and sets `told_at`. On PostgreSQL a trigger on `sightings` fills
-- it, since who writes may not see all incidents.
CREATE TABLE matches (
  entry    TEXT NOT NULL,
  incident TEXT NOT NULL,
  handle   TEXT NOT NULL,
  seen_in  TEXT NOT NULL,
  by       TEXT NOT NULL,
  due_at   TEXT NOT NULL,
  told_at  TEXT,
  PRIMARY KEY (entry, incident)
);
CREATE INDEX matches_due ON matches (due_at) WHERE told_at IS NULL;

-- What was owed is kept as it was, but that its words go with the words of an entry that was erased.
DROP TRIGGER messages_say_what_they_said;

CREATE TRIGGER messages_say_what_they_said BEFORE UPDATE ON messages
BEGIN
  SELECT RAISE(ABORT, 'escalate: what was owed is kept as it was')
   WHERE NEW.id IS NOT OLD.id OR NEW.incident IS NOT OLD.incident OR NEW.entry IS NOT OLD.entry
      OR NEW.entry_seq IS NOT OLD.entry_seq OR NEW.entry_digest IS NOT OLD.entry_digest OR NEW.page IS NOT OLD.page
      OR NEW.purpose IS NOT OLD.purpose OR NEW.recipient IS NOT OLD.recipient OR NEW.name IS NOT OLD.name
      OR NEW.via IS NOT OLD.via OR NEW.address IS NOT OLD.address OR NEW.details IS NOT OLD.details
      OR ((NEW.subject IS NOT OLD.subject OR NEW.text IS NOT OLD.text)
          AND NOT (NEW.subject = '' AND NEW.text = ''
                   AND EXISTS (SELECT 1 FROM timeline WHERE incident = OLD.incident AND kind = 'entry.erased')));
END;

-- projections ------------------------------------------------------------------------------------------------------

CREATE TABLE sightings (
  entry    TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  handle   TEXT NOT NULL,
  digest   TEXT NOT NULL,
  type     TEXT NOT NULL,
  relation TEXT NOT NULL
);
CREATE INDEX sightings_of ON sightings (handle);
CREATE INDEX sightings_by ON sightings (digest);

CREATE TABLE links (
  entry    TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  handle   TEXT NOT NULL,
  other    TEXT NOT NULL
);
CREATE INDEX links_of ON links (handle);
CREATE INDEX links_to ON links (other);
