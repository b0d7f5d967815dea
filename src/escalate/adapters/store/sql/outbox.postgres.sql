-- What must differ on PostgreSQL, where several couriers take messages at once: none waits for another's.

-- name: messages_due_by
-- Who is to be woken comes first, and what was not tried yet before what failed already.
SELECT id, CASE WHEN purpose IN ('page', 'exhausted') THEN 0 ELSE 1 END AS rank, attempts, due_at, purpose, recipient,
       via, bundle
  FROM messages
 WHERE state IN ('queued', 'sending', 'unknown')
   AND (due_at <= :now OR bundle = '' AND EXISTS (
          SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1'))
   AND (leased_until IS NULL OR leased_until <= :now) AND via = :via
 ORDER BY rank, attempts, due_at, id LIMIT :limit
   FOR UPDATE SKIP LOCKED

-- name: turn_taken
-- Nobody else decides at this moment what goes out together.
SELECT pg_try_advisory_xact_lock(hashtextextended('escalate ' || :what, 0)) AS had

-- name: bundle_in_hand
SELECT 1 AS taken FROM messages
 WHERE bundle = :bundle AND state IN ('queued', 'sending', 'unknown') AND leased_until > :now LIMIT 1

-- name: take_messages
UPDATE messages SET state = CASE state WHEN 'unknown' THEN state ELSE 'sending' END, leased_until = :until,
                    attempts = attempts + 1, tried_at = :now
 WHERE id IN (SELECT id FROM messages
               WHERE id = ANY (:ids) AND state IN ('queued', 'sending', 'unknown')
                 AND (leased_until IS NULL OR leased_until <= :now)
                 FOR UPDATE SKIP LOCKED)
RETURNING *

-- name: messages_beside
-- Due, or held until they may go out together with others; nobody has them in hand, and nobody takes them meanwhile.
SELECT * FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND (due_at <= :now OR bundle = '' AND state = 'queued')
   AND (leased_until IS NULL OR leased_until <= :now) AND recipient = :recipient AND via = :via
   FOR UPDATE SKIP LOCKED

-- name: messages_by_ids
SELECT * FROM messages WHERE id = ANY (:ids)

-- name: messages_tried
SELECT * FROM messages_tried(:recipient, :via, :since)

-- name: messages_by_prefix
SELECT * FROM messages_by_prefix(:key)

-- name: next_message_due
-- What somebody has in hand is due when the lease is over, should they have died with it.
SELECT min(due_at) AS due_at FROM (
SELECT CASE WHEN leased_until > :now THEN greatest(due_at, leased_until)
                WHEN bundle = '' AND EXISTS (
                  SELECT 1 FROM incidents AS i WHERE i.id = messages.incident AND i.severity <= 'SEV1')
                THEN least(due_at, :now) ELSE due_at END AS due_at
  FROM messages
 WHERE state IN ('queued', 'sending', 'unknown') AND (via <> 'console' OR :console)) AS found
 WHERE due_at > :after
