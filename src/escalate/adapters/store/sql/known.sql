-- name: clause
SELECT id, version, effective_from, owner, digest, clause, applied_at, applied_by, source
  FROM clauses WHERE id = :id AND version = :version

-- name: clauses
SELECT id, version, effective_from, owner, digest, clause, applied_at, applied_by, source
  FROM clauses ORDER BY id, version

-- name: apply_clause
INSERT INTO clauses (id, version, effective_from, owner, digest, clause, applied_at, applied_by, source)
VALUES (:id, :version, :effective_from, :owner, :digest, :clause, :applied_at, :applied_by, :source)

-- name: subject_keys
SELECT id, added_at, added_by FROM subject_keys ORDER BY added_at, id

-- name: add_subject_key
INSERT INTO subject_keys (id, added_at, added_by) VALUES (:id, :added_at, :added_by) ON CONFLICT DO NOTHING

-- name: handle_of
-- Also of what the asker may not see: the same value has the same handle everywhere.
SELECT handle FROM sightings WHERE digest = :digest LIMIT 1

-- name: handle_taken
SELECT 1 AS taken FROM sightings WHERE handle = :handle AND digest <> :digest LIMIT 1

-- name: sightings_of
SELECT entry, incident, seq, handle, digest, type, relation FROM sightings WHERE handle = :handle ORDER BY incident, seq

-- name: links_of
SELECT entry, incident, seq, handle, other FROM links WHERE handle = :handle OR other = :handle ORDER BY incident, seq

-- name: handles_like
SELECT DISTINCT handle FROM sightings WHERE handle >= :prefix AND handle < :prefix || '~' ORDER BY handle LIMIT 20

-- name: save_sighting
INSERT INTO sightings (entry, incident, seq, handle, digest, type, relation)
VALUES (:entry, :incident, :seq, :handle, :digest, :type, :relation) ON CONFLICT DO NOTHING

-- name: save_link
INSERT INTO links (entry, incident, seq, handle, other)
VALUES (:entry, :incident, :seq, :handle, :other) ON CONFLICT DO NOTHING

-- name: drop_sighting
DELETE FROM sightings WHERE entry = :entry

-- name: drop_link
DELETE FROM links WHERE entry = :entry

-- name: save_matches
-- Once for each other incident the subject was seen in.
INSERT INTO matches (entry, incident, handle, seen_in, by, due_at)
SELECT DISTINCT :entry, s.incident, s.handle, :incident, :by, :due_at
  FROM sightings AS s WHERE s.digest = :digest AND s.incident <> :incident
ON CONFLICT DO NOTHING

-- name: seen_by_digest
SELECT DISTINCT incident, handle FROM sightings WHERE digest = :digest

-- name: save_asked
-- Seen nowhere: somebody only asked.
INSERT INTO matches (entry, incident, handle, seen_in, by, due_at)
VALUES (:entry, :incident, :handle, '', :by, :due_at) ON CONFLICT DO NOTHING

-- name: due_matches
SELECT entry, incident, handle, seen_in, by, due_at FROM matches WHERE told_at IS NULL AND due_at <= :now ORDER BY due_at

-- name: told_match
UPDATE matches SET told_at = :now WHERE entry = :entry AND incident = :incident AND told_at IS NULL

-- name: next_match_due
SELECT min(due_at) AS due_at FROM matches WHERE told_at IS NULL AND due_at > :after

-- name: clear_sightings
DELETE FROM sightings WHERE :left NOT LIKE '%' || incident || '%'

-- name: clear_links
DELETE FROM links WHERE :left NOT LIKE '%' || incident || '%'

-- name: restricted_head
SELECT i.id AS incident, t.seq, t.digest, t.recorded_at
  FROM incidents AS i JOIN heads AS h ON h.incident = i.id
  JOIN timeline AS t ON t.incident = h.incident AND t.seq = h.seq
 WHERE i.number = :number AND i.number > 0

-- name: overwrite_freed
-- What the connection lets go of from here on is overwritten with zeros.
PRAGMA secure_delete = ON

-- name: erase_body
UPDATE timeline SET body = NULL, salt = NULL WHERE id = :id

-- name: blank_message
UPDATE messages SET text = '', subject = '' WHERE id = :id

-- name: optimise_search
INSERT INTO search (search) VALUES ('optimize')
