-- Who somebody is, what they may know, and the functions that look where they may not look themselves. Every function
-- here runs as the owner with a fixed path, and asks for `session_user`, which neither SET ROLE nor a setting changes.
SET LOCAL ROLE escalate_owner;

-- who --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION escalate.whoami() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT person FROM escalate.logins WHERE login = session_user::text), 'db:' || session_user::text)
$$;

CREATE FUNCTION escalate.is_courier() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_has_role(session_user, 'escalate_courier', 'member')
$$;

-- A courier that is nobody: a machine's account, which must see all that is to be sent.
CREATE FUNCTION escalate.is_machine() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_has_role(session_user, 'escalate_courier', 'member')
     AND NOT pg_has_role(session_user, 'escalate_member', 'member')
     AND NOT pg_has_role(session_user, 'escalate_owner', 'member')
$$;

-- Entries are brought in as they were written elsewhere. Nobody but the owner's own may say so.
CREATE FUNCTION escalate.copying() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(current_setting('escalate.copying', true), '') = 'on'
     AND pg_has_role(session_user, 'escalate_owner', 'member')
$$;

CREATE FUNCTION escalate.instant(at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- may read ---------------------------------------------------------------------------------------------------------

-- Of the incidents that not all may know of, those that this login may. A grant of the current transaction does not
-- count: otherwise one could look and roll back. Who restricts an incident goes on writing on it.
CREATE FUNCTION escalate.granted() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  now_ xid8 := pg_current_xact_id_if_assigned();
  me text := (SELECT l.person FROM escalate.logins AS l WHERE l.login = session_user::text);
BEGIN
  IF escalate.is_machine() THEN
    RETURN ARRAY(SELECT r.incident FROM escalate.restricted AS r WHERE r.active);
  END IF;
  RETURN ARRAY(
    SELECT g.incident FROM escalate.grants AS g JOIN escalate.restricted AS r ON r.incident = g.incident AND r.active
     WHERE g.xid IS DISTINCT FROM now_
       AND g.grantee IN (SELECT session_user::text UNION ALL SELECT 'person:' || me
                          UNION ALL SELECT 'team:' || t.team FROM escalate.team_people AS t WHERE t.person = me)
     UNION SELECT r.incident FROM escalate.restricted AS r
            WHERE r.active AND r.login = session_user AND r.xid = now_);
END $$;

-- The same of one incident. Row security asks it of every row that is limited and of no other, and before it looks at
-- anything that was asked for: it says that it costs nothing, by which the planner puts it first. Asked afterwards, how
-- often it was asked would tell how many withheld rows fit a guess.
CREATE FUNCTION escalate.let_in(incident text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 0.0001 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked text := let_in.incident;
  now_ xid8 := pg_current_xact_id_if_assigned();
BEGIN
  RETURN EXISTS (
      SELECT FROM escalate.grants AS g
       WHERE g.incident = asked AND g.xid IS DISTINCT FROM now_
         AND (g.grantee = session_user::text
              OR EXISTS (SELECT FROM escalate.logins AS l
                          WHERE l.login = session_user::text
                            AND (g.grantee = 'person:' || l.person
                                 OR EXISTS (SELECT FROM escalate.team_people AS t
                                             WHERE t.person = l.person AND g.grantee = 'team:' || t.team)))))
    OR EXISTS (SELECT FROM escalate.restricted AS r
                WHERE r.incident = asked AND r.active AND r.login = session_user AND r.xid = now_)
    OR escalate.is_machine();
END $$;

CREATE FUNCTION escalate.may_read(incident text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM escalate.restricted AS r WHERE r.incident = may_read.incident AND r.active)
      OR escalate.let_in(may_read.incident)
$$;

-- locks ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION escalate.lock_head(incident text) RETURNS TABLE (seq bigint, digest text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF escalate.may_read(lock_head.incident) THEN
    RETURN QUERY SELECT h.seq, h.digest FROM escalate.heads AS h WHERE h.incident = lock_head.incident FOR UPDATE;
  END IF;
END $$;

-- No row where somebody else holds it: whoever holds messages must not wait for a head.
CREATE FUNCTION escalate.try_head(incident text) RETURNS TABLE (seq bigint, digest text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF escalate.may_read(try_head.incident) THEN
    RETURN QUERY SELECT h.seq, h.digest FROM escalate.heads AS h WHERE h.incident = try_head.incident
                    FOR UPDATE SKIP LOCKED;
  END IF;
END $$;

CREATE FUNCTION escalate.lock_numbers() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM escalate.turns WHERE name = 'numbers' FOR UPDATE;
END $$;

-- All that somebody learns before they say why: where the chain is to be continued.
CREATE FUNCTION escalate.break_glass_head(number bigint)
RETURNS TABLE (incident text, seq bigint, digest text, recorded_at text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked bigint := number;
  found_ text;
BEGIN
  SELECT n.incident INTO found_ FROM escalate.numbers AS n
    JOIN escalate.restricted AS r ON r.incident = n.incident AND r.active WHERE n.number = asked;
  IF found_ IS NULL OR escalate.is_machine() THEN
    RETURN;
  END IF;
  PERFORM FROM escalate.heads AS h WHERE h.incident = found_ FOR UPDATE;
  RETURN QUERY SELECT h.incident, h.seq, h.digest, t.recorded_at FROM escalate.heads AS h
    JOIN escalate.timeline AS t ON t.incident = h.incident AND t.seq = h.seq WHERE h.incident = found_;
END $$;

-- looking ----------------------------------------------------------------------------------------------------------

-- To what somebody was let in is found first and whatever is asked for: see `let_in`.

-- Whoever has the owner's rights reads every row as it is, and so can verify every chain. Commands that list and search
-- do not ask this.
CREATE FUNCTION escalate.owns() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_has_role(session_user, 'escalate_owner', 'usage')
$$;

-- Every number, and what it is the number of, and how long that is, where it may be seen.
CREATE FUNCTION escalate.numbers_seen() RETURNS TABLE (number bigint, incident text, head bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT n.number, CASE WHEN seen THEN n.incident END, CASE WHEN seen THEN h.seq END
    FROM (SELECT escalate.granted() AS incidents, escalate.owns() AS owns) AS known, escalate.numbers AS n
    LEFT JOIN escalate.heads AS h ON h.incident = n.incident,
         LATERAL (SELECT h.limited IS NOT TRUE OR known.owns OR n.incident = ANY (known.incidents)) AS may (seen)
   ORDER BY n.number
$$;

-- The number of one of them.
CREATE FUNCTION escalate.number_of(incident text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT n.number FROM escalate.numbers AS n
   WHERE n.incident = number_of.incident AND (escalate.may_read(number_of.incident) OR escalate.owns())
$$;

-- The next timeline after this one that may be read, by id; null after the last.
CREATE FUNCTION escalate.next_chain(after text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last text := after;
BEGIN
  LOOP
    SELECT min(c.incident) INTO last FROM (
      SELECT min(incident) AS incident FROM escalate.timeline WHERE incident > last
       UNION ALL SELECT min(incident) FROM escalate.heads WHERE incident > last
       UNION ALL SELECT min(incident) FROM escalate.numbers WHERE incident > last
       UNION ALL SELECT min(id) FROM escalate.incidents WHERE id > last) AS c;
    EXIT WHEN last IS NULL OR escalate.may_read(last) OR escalate.owns();
  END LOOP;
  RETURN last;
END $$;

CREATE FUNCTION escalate.incident_named(name text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT i.id FROM escalate.incidents AS i WHERE i.code_name = incident_named.name AND NOT i.limited
     UNION ALL
    SELECT i.id FROM escalate.incidents AS i WHERE i.id = ANY (known) AND i.code_name = incident_named.name AND i.limited;
END $$;

-- Those not closed, newest first, with numbers below `before`.
CREATE FUNCTION escalate.incidents_not_closed(before bigint, most bigint) RETURNS TABLE (id text, state text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT found.id, found.state FROM (
      (SELECT i.id, i.number, i.state FROM escalate.incidents AS i
        WHERE i.status <> 'closed' AND NOT i.limited AND i.number > 0 AND i.number < incidents_not_closed.before
        ORDER BY i.number DESC LIMIT incidents_not_closed.most)
       UNION ALL
      SELECT i.id, i.number, i.state FROM escalate.incidents AS i
       WHERE i.id = ANY (known) AND i.limited AND i.status <> 'closed' AND i.number > 0 AND i.number < incidents_not_closed.before
    ) AS found ORDER BY found.number DESC LIMIT incidents_not_closed.most;
END $$;

CREATE FUNCTION escalate.coded(given text) RETURNS TABLE (incident text, page text, person text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT c.incident, c.page, c.person FROM escalate.codes AS c WHERE c.code = coded.given AND NOT c.limited
     UNION ALL
    SELECT c.incident, c.page, c.person FROM escalate.codes AS c
     WHERE c.incident = ANY (known) AND c.limited AND c.code = coded.given;
END $$;

-- Pages that were handed over for somebody by one way since then, and may have arrived or still will.
CREATE FUNCTION escalate.messages_tried(recipient text, via text, since text) RETURNS SETOF escalate.messages
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT * FROM escalate.messages AS m
     WHERE m.recipient = messages_tried.recipient AND m.via = messages_tried.via AND m.tried_at > messages_tried.since AND NOT m.limited
       AND m.purpose = 'page' AND m.state NOT IN ('failed', 'gave-up', 'bundled')
     UNION ALL
    SELECT * FROM escalate.messages AS m
     WHERE m.incident = ANY (known) AND m.limited AND m.recipient = messages_tried.recipient
       AND m.via = messages_tried.via AND m.tried_at > messages_tried.since AND m.purpose = 'page'
       AND m.state NOT IN ('failed', 'gave-up', 'bundled');
END $$;

-- Those whose id begins with `key`.
CREATE FUNCTION escalate.messages_by_prefix(key text) RETURNS SETOF escalate.messages
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT * FROM escalate.messages AS m
     WHERE m.id >= messages_by_prefix.key AND m.id < messages_by_prefix.key || 'g' AND (NOT m.limited OR m.incident = ANY (known))
     ORDER BY m.id LIMIT 20;
END $$;

-- An entry as it is hashed and kept, without what is here alone.
CREATE TYPE escalate.entry AS (
  incident text, seq bigint, id text, kind text, occurred_at text, "precision" text, written_at text, recorded_at text,
  origin text, actor text, labels text, body text, salt bytea, body_digest text, prev text, digest text
);

-- `query` is a text query ('a' & 'b':* | 'c' <-> 'd'). Newest first, or with `rank` the best first.
CREATE FUNCTION escalate.find(
  query text, most bigint DEFAULT 20, incident text DEFAULT NULL, kind text DEFAULT NULL, actor text DEFAULT NULL,
  since text DEFAULT NULL, until text DEFAULT NULL, rank boolean DEFAULT false
) RETURNS SETOF escalate.entry
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  wanted tsquery := to_tsquery('pg_catalog.simple', query);
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT t.incident, t.seq, t.id, t.kind, t.occurred_at, t.precision, t.written_at, t.recorded_at, t.origin, t.actor,
           t.labels, t.body, t.salt, t.body_digest, t.prev, t.digest
      FROM (SELECT s.words, s.incident, s.seq FROM escalate.search AS s
             WHERE to_tsvector('pg_catalog.simple', left(s.words, 200000)) @@ wanted AND NOT s.limited
             UNION ALL
            SELECT s.words, s.incident, s.seq FROM escalate.search AS s
             WHERE s.incident = ANY (known) AND s.limited
               AND to_tsvector('pg_catalog.simple', left(s.words, 200000)) @@ wanted) AS s
      JOIN escalate.timeline AS t ON t.incident = s.incident AND t.seq = s.seq
     WHERE (incident IS NULL OR t.incident = incident) AND (kind IS NULL OR t.kind = kind)
       AND (actor IS NULL OR t.actor = actor)
       AND (since IS NULL OR t.occurred_at >= since) AND (until IS NULL OR t.occurred_at <= until)
     ORDER BY CASE WHEN rank THEN ts_rank(to_tsvector('pg_catalog.simple', left(s.words, 200000)), wanted) END DESC,
              t.recorded_at DESC, t.incident, t.seq DESC
     LIMIT most;
END $$;

-- subjects ---------------------------------------------------------------------------------------------------------

-- The same value has the same handle everywhere, also where the asker may not look.
CREATE FUNCTION escalate.handle_of(digest text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.handle FROM escalate.sightings AS s WHERE s.digest || '' = handle_of.digest LIMIT 1
$$;

CREATE FUNCTION escalate.handle_taken(handle text, digest text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM escalate.sightings AS s
                  WHERE s.handle || '' = handle_taken.handle AND s.digest <> handle_taken.digest)
$$;

CREATE FUNCTION escalate.sightings_of(handle text) RETURNS SETOF escalate.sightings
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT * FROM escalate.sightings AS s WHERE s.handle = sightings_of.handle AND NOT s.limited
     UNION ALL
    SELECT * FROM escalate.sightings AS s
     WHERE s.incident = ANY (known) AND s.limited AND s.handle = sightings_of.handle
     ORDER BY incident, seq;
END $$;

CREATE FUNCTION escalate.links_of(handle text) RETURNS SETOF escalate.links
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT * FROM escalate.links AS l WHERE (l.handle = links_of.handle OR l.other = links_of.handle) AND NOT l.limited
     UNION ALL
    SELECT * FROM escalate.links AS l
     WHERE l.incident = ANY (known) AND l.limited AND links_of.handle IN (l.handle, l.other)
     ORDER BY incident, seq;
END $$;

CREATE FUNCTION escalate.handles_like(prefix text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT s.handle FROM escalate.sightings AS s WHERE s.handle >= handles_like.prefix AND s.handle < handles_like.prefix || '~' AND NOT s.limited
     UNION
    SELECT s.handle FROM escalate.sightings AS s
     WHERE s.incident = ANY (known) AND s.limited AND s.handle >= handles_like.prefix AND s.handle < handles_like.prefix || '~'
     ORDER BY handle LIMIT 20;
END $$;
