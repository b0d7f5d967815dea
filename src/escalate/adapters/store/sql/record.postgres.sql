-- What must differ on PostgreSQL. Functions look where row security would keep an index from being used, and show only
-- what may be seen.

-- name: state_held
-- The head is locked, and then read as it is; the kept state may be older than the lock, and is brought up to date.
SELECT i.seq, i.digest, i.state, h.seq AS head_seq, h.digest AS head_digest
  FROM lock_head(:incident) AS h LEFT JOIN incidents AS i ON i.id = :incident

-- name: state_free
SELECT i.seq, i.digest, i.state, h.seq AS head_seq, h.digest AS head_digest
  FROM try_head(:incident) AS h LEFT JOIN incidents AS i ON i.id = :incident

-- name: hold_heads
-- In the order of ids, which everybody keeps, so that no two wait for each other.
SELECT one.id, i.seq, i.digest, i.state, h.seq AS head_seq, h.digest AS head_digest
  FROM (SELECT DISTINCT id COLLATE "C" AS id FROM unnest(:incidents::text[]) AS given (id) ORDER BY 1) AS one
  CROSS JOIN LATERAL lock_head(one.id) AS h LEFT JOIN incidents AS i ON i.id = one.id

-- name: lock_numbers
SELECT lock_numbers()

-- name: hashed_after
-- Columns hold nothing but text here.
SELECT seq, id, kind, actor, prev, digest, body_digest, body, salt,
       'escalate-entry-1' || '
' || incident || '
' || seq || '
' || id || '
' || kind || '
' || occurred_at || '
' || precision || '
' || written_at || '
' || recorded_at || '
' || origin || '
' || actor || '
' || labels || '
' || body_digest || '
' || prev AS lines
  FROM timeline WHERE incident = :incident AND seq > :after ORDER BY seq LIMIT :limit

-- name: next_chain
SELECT next_chain(:after) AS incident

-- name: numbers
SELECT number, incident FROM numbers_seen() WHERE incident IS NOT NULL ORDER BY number

-- name: numbers_and_heads
SELECT number, incident, head FROM numbers_seen() ORDER BY number

-- name: number_of
SELECT number FROM number_of(:incident) AS found (number) WHERE number IS NOT NULL

-- name: incident_by_code_name
SELECT id FROM incident_named(:code_name) AS named (id)

-- name: incidents_not_closed
SELECT id, state FROM incidents_not_closed(:before, :limit)

-- name: coded
SELECT incident, page, person FROM coded(:code)

-- name: reads_words
SELECT has_column_privilege('search', 'words', 'SELECT') AS reads

-- name: find
SELECT * FROM find(:words, most => :limit, incident => :incident, kind => :kind, actor => :actor, since => :since,
                   until => :until, rank => :rank)

-- name: entries_there
SELECT id, incident, kind FROM timeline WHERE id IN (SELECT jsonb_array_elements_text(:ids::jsonb))

-- name: drop_watches
DELETE FROM watches
 WHERE incident = :incident AND clause NOT IN (SELECT jsonb_array_elements_text(:clauses::jsonb))

-- name: save_watches
INSERT INTO watches (clause, incident)
SELECT one, :incident FROM jsonb_array_elements_text(:clauses::jsonb) AS given (one) WHERE length(one) <= 64
ON CONFLICT DO NOTHING

-- name: watching
SELECT incident FROM watching(ARRAY(SELECT jsonb_array_elements_text(:clauses::jsonb))) AS found (incident)
