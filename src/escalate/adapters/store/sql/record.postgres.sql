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

-- name: next_chain
SELECT next_chain(:after) AS incident

-- name: numbers
SELECT number, incident FROM numbers_seen() WHERE incident IS NOT NULL ORDER BY number

-- name: numbers_and_heads
SELECT number, incident, head FROM numbers_seen() ORDER BY number

-- name: every_chain
SELECT incident FROM heads ORDER BY incident

-- name: number_of
SELECT number FROM number_of(:incident) AS found (number) WHERE number IS NOT NULL

-- name: incident_by_code_name
SELECT id FROM incident_named(:code_name) AS named (id)

-- name: incidents_not_closed
SELECT id, state FROM incidents_not_closed(:before, :limit)

-- name: coded
SELECT incident, page, person FROM coded(:code)

-- name: find
SELECT * FROM find(:words, most => :limit, incident => :incident, kind => :kind, actor => :actor, since => :since,
                   until => :until, rank => :rank)

-- name: entries_there
SELECT id, incident FROM timeline WHERE id IN (SELECT jsonb_array_elements_text(:ids::jsonb))
