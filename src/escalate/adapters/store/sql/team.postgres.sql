-- name: overwrite_freed
-- Old versions of rows go when the tables are vacuumed, which nobody does inside a transaction.
SELECT 1 AS done

-- name: optimise_search
SELECT 1 AS done

-- name: save_timer
INSERT INTO timers (incident, key, due_at) VALUES (:incident, :key, :due_at)
ON CONFLICT (incident, (key || '')) DO UPDATE SET due_at = excluded.due_at

-- name: copy
-- What comes in until the transaction ends is taken as it was written elsewhere, if who brings it may say so.
SELECT set_config('escalate.copying', 'on', true), copying() AND pg_has_role(session_user, 'escalate_owner', 'USAGE') AS allowed,
       session_user AS login, quote_ident(session_user) AS named

-- name: restricted_head
SELECT incident, seq, digest, recorded_at FROM escalate.break_glass_head(:number)
