-- name: insert_entry
INSERT INTO timeline (incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels,
                      body, salt, body_digest, prev, digest)
VALUES (:incident, :seq, :id, :kind, :occurred_at, :precision, :written_at, :recorded_at, :origin, :actor, :labels,
        :body, :salt, :body_digest, :prev, :digest)

-- name: entries_after
SELECT incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,
       body_digest, prev, digest
  FROM timeline WHERE incident = :incident AND seq > :after ORDER BY seq LIMIT :limit

-- name: entries_as_recorded
SELECT rowid AS place, incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels,
       body, salt, body_digest, prev, digest
  FROM timeline WHERE rowid > :after ORDER BY rowid LIMIT :limit

-- name: entries_back
SELECT rowid AS place, incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels,
       body, salt, body_digest, prev, digest
  FROM timeline WHERE rowid < :before ORDER BY rowid DESC LIMIT :limit

-- name: last_entries
SELECT * FROM (
  SELECT incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,
         body_digest, prev, digest
    FROM timeline WHERE incident = :incident ORDER BY seq DESC LIMIT :limit) AS latest
 ORDER BY seq

-- name: entry_by_seq
SELECT incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,
       body_digest, prev, digest
  FROM timeline WHERE incident = :incident AND seq = :seq

-- name: entry_by_id
SELECT incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,
       body_digest, prev, digest
  FROM timeline WHERE id = :id

-- name: entries_there
SELECT id, incident, kind FROM timeline WHERE id IN (SELECT value FROM json_each(:ids))

-- name: hashed_after
-- The lines that `digest` was made of, joined here: verifying a million entries is then two hashes each. Bytes would be
-- joined like the text that they spell, and so give the same digest: where there are any (they come after all text) there
-- are no lines.
SELECT seq, id, kind, actor, prev, digest, body_digest, body, salt,
       CASE WHEN id < x'' AND occurred_at < x'' AND precision < x'' AND written_at < x'' AND recorded_at < x''
             AND origin < x'' AND actor < x'' AND labels < x'' AND body_digest < x''
       THEN 'escalate-entry-1' || '
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
' || prev END AS lines
  FROM timeline WHERE incident = :incident AND seq > :after ORDER BY seq LIMIT :limit

-- name: every_chain
SELECT incident FROM heads ORDER BY incident

-- name: next_chain
SELECT min(incident) AS incident FROM (
  SELECT min(incident) AS incident FROM timeline WHERE incident > :after
   UNION ALL SELECT min(incident) FROM heads WHERE incident > :after
   UNION ALL SELECT min(incident) FROM numbers WHERE incident > :after
   UNION ALL SELECT min(id) FROM incidents WHERE id > :after) AS chains

-- name: head
SELECT seq, digest FROM heads WHERE incident = :incident

-- name: numbers
SELECT number, incident FROM numbers ORDER BY number

-- name: numbers_and_heads
SELECT n.number, n.incident, h.seq AS head
  FROM numbers AS n LEFT JOIN heads AS h ON h.incident = n.incident ORDER BY n.number

-- name: number_of
SELECT number FROM numbers WHERE incident = :incident

-- name: kept
SELECT number, code_name, status, severity, seq, digest, state FROM incidents WHERE id = :incident

-- name: kept_pages
SELECT id, state, due_at, policy FROM pages WHERE incident = :incident ORDER BY id

-- name: kept_messages
-- Each beside the entry that it names as the one that owes it.
SELECT m.id, m.state, m.text, m.subject, m.entry, m.entry_seq, m.entry_digest, m.page, m.purpose, m.recipient, m.name,
       m.via, m.address, m.details, m.due_at, m.leased_until, m.tried_at, t.seq AS seq, t.digest AS digest, t.kind AS kind, t.body AS body
  FROM messages AS m LEFT JOIN timeline AS t ON t.incident = m.incident AND t.id = m.entry
 WHERE m.incident = :incident ORDER BY m.id

-- name: strays
-- Messages of incidents that are not there.
SELECT m.id, m.incident FROM messages AS m LEFT JOIN heads AS h ON h.incident = m.incident
 WHERE h.incident IS NULL ORDER BY m.id

-- name: bundled_astray
-- Bundles of which not all goes to one recipient by one way.
SELECT b.bundle, m.id, m.incident FROM messages AS m
  JOIN (SELECT bundle FROM messages WHERE bundle <> '' GROUP BY bundle
        HAVING count(DISTINCT recipient) > 1 OR count(DISTINCT via) > 1 OR count(DISTINCT address) > 1) AS b
    ON b.bundle = m.bundle
 ORDER BY b.bundle, m.id

-- name: codes_and_pages
SELECT c.code, c.incident, c.page, c.person, p.incident AS place
  FROM codes AS c LEFT JOIN pages AS p ON p.id = c.page ORDER BY c.code, c.page, c.person

-- name: kept_code
SELECT incident, page, person FROM codes WHERE code = :code

-- name: logins
SELECT login, person FROM logins ORDER BY login

-- name: next_number
SELECT coalesce(max(number), 0) + 1 AS number FROM numbers

-- name: give_number
INSERT INTO numbers (number, incident) VALUES (:number, :incident)

-- name: state
SELECT i.seq, i.digest, i.state, h.seq AS head_seq, h.digest AS head_digest
  FROM heads AS h LEFT JOIN incidents AS i ON i.id = h.incident WHERE h.incident = :incident

-- name: save_state
INSERT INTO incidents (id, number, code_name, status, severity, seq, digest, state)
VALUES (:id, :number, :code_name, :status, :severity, :seq, :digest, :state)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, status = excluded.status, severity = excluded.severity,
                               seq = excluded.seq, digest = excluded.digest, state = excluded.state

-- name: incident_by_id
SELECT id FROM incidents WHERE id = :id

-- name: incidents_beginning
SELECT id FROM incidents WHERE id >= :prefix AND id < :prefix || 'g' ORDER BY id LIMIT 20

-- name: incident_by_number
SELECT id FROM incidents WHERE number = :number

-- name: incident_by_code_name
SELECT id FROM incidents WHERE code_name = :code_name

-- name: incidents_all
SELECT id, state FROM incidents WHERE number > 0 AND number < :before ORDER BY number DESC LIMIT :limit

-- name: incidents_not_closed
SELECT id, state FROM incidents WHERE status <> 'closed' AND number > 0 AND number < :before ORDER BY number DESC LIMIT :limit

-- name: open_heads
-- Whether anything changed in what is open, without reading what it is.
SELECT id, seq FROM incidents WHERE status <> 'closed' AND number > 0 ORDER BY number DESC LIMIT :limit

-- name: roster_version
SELECT coalesce(max(version), 0) AS version FROM rosters

-- name: save_page
INSERT INTO pages (id, incident, state, due_at, policy) VALUES (:id, :incident, :state, :due_at, :policy)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at

-- name: due_pages
SELECT incident, id FROM pages WHERE due_at IS NOT NULL AND due_at <= :now ORDER BY due_at

-- name: next_page_due
SELECT min(due_at) AS due_at FROM pages WHERE due_at > :after

-- name: pages_by_policy
SELECT count(*) AS number FROM pages WHERE policy = :policy

-- name: save_code
INSERT INTO codes (code, incident, page, person) VALUES (:code, :incident, :page, :person) ON CONFLICT DO NOTHING

-- name: coded
SELECT incident, page, person FROM codes WHERE code = :code

-- name: last_worked
-- That nobody sends what is owed is written down by whoever is there, and is no work; nor is what a person's machine sent
-- by itself while the record could not be reached, and what was noted when that came in.
SELECT max(recorded_at) AS at FROM timeline
 WHERE incident = :incident AND seq > :after AND actor NOT LIKE 'courier:%'
   AND kind NOT IN ('courier.missing', 'message.sent', 'message.delivered', 'message.unknown', 'message.failed',
                    'message.gave_up', 'message.bundled', 'page.step_fired', 'page.step_skipped', 'page.exhausted',
                    'incident.numbered', 'entry.flagged')

-- name: revealed
SELECT count(*) AS number FROM timeline
 WHERE kind = 'text.revealed' AND actor = :actor AND recorded_at >= :since

-- name: index_words
INSERT INTO search (words, incident, seq) VALUES (:words, :incident, :seq)

-- name: words_of
SELECT seq, words FROM search WHERE incident = :incident ORDER BY seq

-- name: places_of_words
SELECT seq FROM search WHERE incident = :incident ORDER BY seq

-- name: words_back
SELECT s.rowid AS number, t.rowid AS place, s.incident, s.words
  FROM search AS s LEFT JOIN timeline AS t ON t.incident = s.incident AND t.seq = s.seq
 WHERE s.rowid < :before ORDER BY s.rowid DESC LIMIT :limit

-- name: sensitive_incidents
SELECT id FROM incidents WHERE json_valid(state) AND json_extract(state, '$.sensitive')

-- name: words_found
SELECT rowid FROM search WHERE search MATCH :phrase AND incident = :incident AND seq = :seq

-- name: forget_found
DELETE FROM search WHERE rowid = :number

-- name: forget_words
DELETE FROM search WHERE incident = :incident AND seq = :seq

-- name: forget_all_words
DELETE FROM search WHERE incident = :incident

-- name: roster
SELECT version, roster FROM rosters ORDER BY version DESC LIMIT 1

-- name: rosters
SELECT version, applied_at, roster FROM rosters ORDER BY version

-- name: apply_roster
INSERT INTO rosters (version, applied_at, applied_by, roster, source)
VALUES (:version, :applied_at, :applied_by, :roster, :source)

-- name: forget_logins
DELETE FROM logins

-- name: add_login
INSERT INTO logins (login, person) VALUES (:login, :person)

-- name: person_of
SELECT person FROM logins WHERE login = :login

-- name: clear_incidents
-- `left` are the ids of those whose states stay as they are, in one text.
DELETE FROM incidents WHERE :left NOT LIKE '%' || id || '%'

-- name: clear_pages
DELETE FROM pages WHERE :left NOT LIKE '%' || incident || '%'

-- name: timers_of
SELECT key, due_at FROM timers WHERE incident = :incident

-- name: save_timer
INSERT INTO timers (incident, key, due_at) VALUES (:incident, :key, :due_at)
ON CONFLICT (incident, key) DO UPDATE SET due_at = excluded.due_at

-- name: drop_timer
DELETE FROM timers WHERE incident = :incident AND key = :key

-- name: clear_timers
DELETE FROM timers WHERE :left NOT LIKE '%' || incident || '%'

-- name: due_timers
SELECT DISTINCT incident FROM timers WHERE due_at <= :now

-- name: next_timer_due
SELECT min(due_at) AS due_at FROM timers WHERE due_at > :after

-- name: kept_moments
-- Timers, and the clauses that are waited for, which have no moment.
SELECT key, due_at FROM timers WHERE incident = :incident
 UNION ALL SELECT clause, NULL FROM watches WHERE incident = :incident

-- name: drop_watches
DELETE FROM watches WHERE incident = :incident AND clause NOT IN (SELECT value FROM json_each(:clauses))

-- name: save_watches
-- No clause has a longer id.
INSERT INTO watches (clause, incident)
SELECT value, :incident FROM json_each(:clauses) WHERE length(value) <= 64
ON CONFLICT DO NOTHING

-- name: watching
SELECT DISTINCT incident FROM watches WHERE clause IN (SELECT value FROM json_each(:clauses)) ORDER BY incident

-- name: clear_watches
DELETE FROM watches WHERE :left NOT LIKE '%' || incident || '%'

-- name: clear_codes
DELETE FROM codes WHERE :left NOT LIKE '%' || incident || '%'

-- name: on_call_record
SELECT incident FROM timeline WHERE kind = 'oncall.opened' AND seq = 1

-- name: clear_search
DELETE FROM search WHERE :left NOT LIKE '%' || incident || '%'
