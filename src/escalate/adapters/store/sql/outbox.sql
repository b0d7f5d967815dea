-- name: queue_message
INSERT INTO messages (id, incident, entry, entry_seq, entry_digest, page, purpose, recipient, name, via, address,
                      subject, text, details, state, attempts, due_at, leased_until, last_error, remote, bundle, tried_at)
VALUES (:id, :incident, :entry, :entry_seq, :entry_digest, :page, :purpose, :recipient, :name, :via, :address,
        :subject, :text, :details, :state, :attempts, :due_at, :leased_until, :last_error, :remote, :bundle, :tried_at)
ON CONFLICT (id) DO NOTHING

-- name: update_message
UPDATE messages SET state = :state, attempts = :attempts, due_at = :due_at, leased_until = :leased_until,
                    last_error = :last_error, remote = :remote, bundle = :bundle, tried_at = :tried_at
 WHERE id = :id

-- name: ways_due
-- A lease that has run out belongs to nobody: its courier died between sending and settling.
-- What is held is due once its incident is of those whose pages are not held.
SELECT DISTINCT via FROM messages
 WHERE state IN ('queued', 'sending', 'unknown')
   AND (due_at <= :now OR bundle = '' AND EXISTS (
          SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1')) AND (leased_until IS NULL OR leased_until <= :now)
   AND (via <> 'console' OR :console)

-- name: messages_due_by
-- Who is to be woken comes first, and what was not tried yet before what failed already.
SELECT id, CASE WHEN purpose IN ('page', 'exhausted') THEN 0 ELSE 1 END AS rank, attempts, due_at FROM messages
 WHERE state IN ('queued', 'sending', 'unknown')
   AND (due_at <= :now OR bundle = '' AND EXISTS (
          SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1'))
   AND (leased_until IS NULL OR leased_until <= :now) AND via = :via
 ORDER BY rank, attempts, due_at, id LIMIT :limit

-- name: take_message
UPDATE messages SET state = CASE state WHEN 'unknown' THEN state ELSE 'sending' END, leased_until = :until,
                    attempts = attempts + 1, tried_at = :now
 WHERE id = :id AND state IN ('queued', 'sending', 'unknown')

-- name: messages_beside
-- Due, or held until they may go out together with others; nobody has them in hand.
SELECT * FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND due_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
   AND recipient = :recipient AND via = :via
 UNION
SELECT * FROM messages
 WHERE bundle = '' AND state = 'queued' AND (leased_until IS NULL OR leased_until <= :now)
   AND recipient = :recipient AND via = :via

-- name: messages_tried
-- Those that reached nobody for good do not count, nor do those that were never sent.
SELECT * FROM messages
 WHERE recipient = :recipient AND via = :via AND tried_at > :since
   AND purpose = 'page' AND state NOT IN ('failed', 'gave-up', 'bundled')

-- name: messages_in_bundle
SELECT * FROM messages WHERE bundle = :bundle AND bundle <> '' ORDER BY id

-- name: messages_by_id
SELECT * FROM messages WHERE id = :id

-- name: messages_by_prefix
SELECT * FROM messages WHERE id >= :key AND id < :key || 'g' ORDER BY id LIMIT 20

-- name: messages_all
SELECT * FROM messages ORDER BY due_at, id LIMIT :limit

-- name: messages_of_incident
SELECT * FROM messages WHERE incident = :incident ORDER BY due_at, entry_seq, id LIMIT :limit

-- name: messages_owed
SELECT * FROM messages WHERE state IN ('queued', 'sending', 'unknown')
 UNION ALL SELECT * FROM messages WHERE state = 'shown' ORDER BY due_at LIMIT :limit

-- name: messages_by_hand
SELECT * FROM messages WHERE state IN ('queued', 'sending', 'unknown') AND via = 'console' AND due_at <= :now
 UNION ALL SELECT * FROM messages WHERE state = 'shown' ORDER BY due_at LIMIT :limit

-- name: tally
-- By incident, so that what is restricted can be left out.
SELECT incident, count(*) AS messages, sum(moving) AS moving, sum(due) AS due, sum(at_hand) AS at_hand,
       sum(to_show) AS to_show
  FROM (SELECT incident, CASE WHEN via <> 'console' THEN 1 ELSE 0 END AS moving,
               CASE WHEN due_at <= :now THEN 1 ELSE 0 END AS due,
               CASE WHEN via = 'console' THEN 1 ELSE 0 END AS at_hand,
               CASE WHEN via = 'console' AND due_at <= :now THEN 1 ELSE 0 END AS to_show
          FROM messages WHERE state IN ('queued', 'sending', 'unknown')
         UNION ALL SELECT incident, 0, 0, 1, 0 FROM messages WHERE state = 'shown') AS each
 GROUP BY incident

-- name: next_message_due
-- What somebody has in hand is due when the lease is over, should they have died with it.
SELECT min(due_at) AS due_at FROM (
SELECT CASE WHEN leased_until > :now THEN max(due_at, leased_until)
                WHEN bundle = '' AND EXISTS (
                  SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1')
                THEN min(due_at, :now) ELSE due_at END AS due_at
  FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND (via <> 'console' OR :console)) AS found
 WHERE due_at > :after

-- name: couriers
SELECT id, host, pid, socket, started_at, beat_at FROM couriers WHERE beat_at >= :since ORDER BY beat_at DESC

-- name: beat
INSERT INTO couriers (id, host, pid, socket, started_at, beat_at)
VALUES (:id, :host, :pid, :socket, :started_at, :beat_at)
ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at

-- name: leave
DELETE FROM couriers WHERE id = :id
