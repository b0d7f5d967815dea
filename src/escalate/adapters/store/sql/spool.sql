-- What is kept while the shared record cannot be reached. Beside the ordinary tables stands up to where it has come in,
-- and for which messages the shared record answers since.

-- name: spool_tables
CREATE TABLE IF NOT EXISTS synced (
  incident TEXT PRIMARY KEY,
  target   TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  at       TEXT NOT NULL
)

-- name: spool_tables_more
CREATE TABLE IF NOT EXISTS moved (
  id TEXT PRIMARY KEY
)

-- name: save_state
-- None has a number yet, and each number stands once: those without are counted downwards.
INSERT INTO incidents (id, number, code_name, status, severity, seq, digest, state)
VALUES (:id, CASE WHEN :number <> 0 THEN :number
                  ELSE coalesce((SELECT number FROM incidents WHERE id = :id AND number < 0),
                                (SELECT min(number, 0) - 1 FROM (SELECT coalesce(min(number), 0) AS number FROM incidents)))
             END, :code_name, :status, :severity, :seq, :digest, :state)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, code_name = excluded.code_name, status = excluded.status,
                               severity = excluded.severity, seq = excluded.seq, digest = excluded.digest,
                               state = excluded.state

-- name: same_number
SELECT id FROM incidents WHERE number = :number AND id <> :id

-- name: unnumber
UPDATE incidents SET number = (SELECT min(number, 0) - 1 FROM (SELECT min(number) AS number FROM incidents)) WHERE id = :id

-- name: incidents_all
SELECT id, state FROM incidents WHERE number < :before ORDER BY number DESC LIMIT :limit

-- name: incidents_not_closed
SELECT id, state FROM incidents WHERE status <> 'closed' AND number < :before ORDER BY number DESC LIMIT :limit

-- name: recalled_as
SELECT incident AS id FROM timeline WHERE seq = 1 AND kind = 'incident.recalled' AND instr(body, :ref) > 0

-- name: synced_of
SELECT target, seq, at FROM synced WHERE incident = :incident

-- name: mark_synced
INSERT INTO synced (incident, target, seq, at) VALUES (:incident, :target, :seq, :at)
ON CONFLICT (incident) DO UPDATE SET target = excluded.target, seq = excluded.seq, at = excluded.at

-- name: mark_moved
INSERT OR IGNORE INTO moved (id) SELECT id FROM messages WHERE incident = :incident

-- name: is_moved
SELECT 1 AS yes FROM moved WHERE id = :id

-- name: unsynced
-- In the order in which they were first written on.
SELECT t.incident, min(t.rowid) AS place FROM timeline AS t LEFT JOIN synced AS s ON s.incident = t.incident
 WHERE t.seq > coalesce(s.seq, 0) AND t.kind <> 'incident.recalled' GROUP BY t.incident ORDER BY place

-- name: waiting
SELECT count(DISTINCT t.incident) AS incidents, count(*) AS entries, min(t.written_at) AS since
  FROM timeline AS t LEFT JOIN synced AS s ON s.incident = t.incident
 WHERE t.seq > coalesce(s.seq, 0) AND t.kind <> 'incident.recalled'

-- name: waiting_messages
SELECT count(*) AS unsent FROM messages
 WHERE state IN ('queued', 'sending', 'unknown', 'shown') AND id NOT IN (SELECT id FROM moved)

-- name: messages_to_sync
SELECT * FROM messages WHERE incident = :incident AND id NOT IN (SELECT id FROM moved) ORDER BY entry_seq, id

-- name: ways_due
SELECT DISTINCT via FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND id NOT IN (SELECT id FROM moved)
   AND (due_at <= :now OR bundle = '' AND EXISTS (
          SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1'))
   AND (leased_until IS NULL OR leased_until <= :now) AND (via <> 'console' OR :console)

-- name: messages_due_by
SELECT id, CASE WHEN purpose IN ('page', 'exhausted') THEN 0 ELSE 1 END AS rank, attempts, due_at FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND id NOT IN (SELECT id FROM moved)
   AND (due_at <= :now OR bundle = '' AND EXISTS (
          SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1'))
   AND (leased_until IS NULL OR leased_until <= :now) AND via = :via
 ORDER BY rank, attempts, due_at, id LIMIT :limit

-- name: messages_beside
SELECT * FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND id NOT IN (SELECT id FROM moved)
   AND (due_at <= :now OR bundle = '' AND state = 'queued')
   AND (leased_until IS NULL OR leased_until <= :now) AND recipient = :recipient AND via = :via

-- name: messages_in_bundle
SELECT * FROM messages WHERE bundle = :bundle AND bundle <> '' AND id NOT IN (SELECT id FROM moved) ORDER BY id

-- name: messages_owed
SELECT * FROM messages
 WHERE state IN ('queued', 'sending', 'unknown', 'shown') AND id NOT IN (SELECT id FROM moved) ORDER BY due_at LIMIT :limit

-- name: messages_by_hand
SELECT * FROM messages
 WHERE (state = 'shown' OR state IN ('queued', 'sending', 'unknown') AND via = 'console' AND due_at <= :now)
   AND id NOT IN (SELECT id FROM moved) ORDER BY due_at LIMIT :limit

-- name: tally
SELECT incident, count(*) AS messages, sum(state <> 'shown' AND via <> 'console') AS moving,
       sum(state <> 'shown' AND due_at <= :now) AS due, sum(state = 'shown' OR via = 'console') AS at_hand,
       sum(state <> 'shown' AND via = 'console' AND due_at <= :now) AS to_show
  FROM messages
 WHERE state IN ('queued', 'sending', 'unknown', 'shown') AND id NOT IN (SELECT id FROM moved) GROUP BY incident

-- name: messages_of_incident
SELECT * FROM messages
 WHERE incident = :incident AND NOT (id IN (SELECT id FROM moved) AND state IN ('queued', 'sending', 'unknown', 'shown'))
 ORDER BY due_at, entry_seq, id LIMIT :limit

-- name: next_message_due
SELECT min(due_at) AS due_at FROM (
SELECT CASE WHEN leased_until > :now THEN max(due_at, leased_until)
                WHEN bundle = '' AND EXISTS (
                  SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1')
                THEN min(due_at, :now) ELSE due_at END AS due_at
  FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND id NOT IN (SELECT id FROM moved) AND (via <> 'console' OR :console)) AS found
 WHERE due_at > :after
