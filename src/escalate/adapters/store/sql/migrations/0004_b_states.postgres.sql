-- What is kept of an incident changes with an entry that says so, as its pages and timers do.
SET LOCAL ROLE escalate_owner;

-- The newest entry of some kinds above `after`, with what says what is left of it where its body was erased.
CREATE FUNCTION escalate.said_last(incident text, after bigint, kinds text[]) RETURNS TABLE (kind text, body text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT t.kind, coalesce(t.body,
             (SELECT e.body FROM escalate.timeline AS e
               WHERE e.incident = t.incident AND e.kind = 'entry.erased'
                 AND starts_with(e.body, '{"entry":"' || t.id || '"') LIMIT 1))
      FROM escalate.timeline AS t
     WHERE t.incident = said_last.incident AND t.seq > said_last.after AND t.kind = ANY (said_last.kinds)
     ORDER BY t.seq DESC LIMIT 1;
END $$;

-- A member of a body. Null where none is there, or where what somebody wrote past the program cannot be read.
CREATE FUNCTION escalate.text_in(body text, name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN coalesce(body::jsonb ->> name, body::jsonb -> 'kept' ->> name);
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;

-- By the rule of domain/incident/fold.py. What was said since the state was kept last counts; where nothing was, it stays as
-- it was, or becomes what the timeline says, if somebody had made it something else. What is true is always taken: nobody
-- must be kept from writing on an incident.
CREATE FUNCTION escalate.keep_state() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  statuses CONSTANT text[] := ARRAY['incident.opened', 'oncall.opened', 'incident.mitigated', 'incident.resolved',
                                    'incident.closed', 'incident.reopened'];
  severities CONSTANT text[] := ARRAY['incident.opened', 'oncall.opened', 'severity.changed'];
  since bigint := 0;
  kept record;
  said record;
BEGIN
  IF pg_has_role(session_user, 'escalate_owner', 'member') THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    since := OLD.seq;
  ELSIF EXISTS (SELECT FROM escalate.incidents AS i WHERE i.id = NEW.id) THEN
    RETURN NEW;  -- there is one: what this becomes is asked
  END IF;
  IF NOT EXISTS (SELECT FROM escalate.heads AS h JOIN escalate.timeline AS t ON t.incident = h.incident AND t.seq = h.seq
                  WHERE h.incident = NEW.id AND h.seq = NEW.seq AND h.digest = NEW.digest
                    AND t.xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'escalate: that changes with an entry that says so' USING ERRCODE = 'ES002';
  END IF;

  -- Taken apart once: a state can be long.
  SELECT * INTO kept FROM json_to_record(NEW.state::json)
    AS one (id text, number text, code_name text, status text, severity text, head json);
  IF (kept.id, kept.number, kept.status, kept.severity, kept.head ->> 'seq', kept.head ->> 'digest')
     IS DISTINCT FROM (NEW.id, NEW.number::text, NEW.status, NEW.severity, NEW.seq::text, NEW.digest) THEN
    RAISE EXCEPTION 'escalate: what is kept of an incident is not all of one state' USING ERRCODE = 'ES002';
  END IF;

  SELECT * INTO said FROM escalate.said_last(NEW.id, since, statuses);
  IF NOT FOUND AND NEW.status IS DISTINCT FROM OLD.status THEN
    SELECT * INTO said FROM escalate.said_last(NEW.id, 0, statuses);
  END IF;
  IF said.kind IS NOT NULL
     AND NEW.status <> (CASE said.kind WHEN 'incident.mitigated' THEN 'mitigated' WHEN 'incident.resolved' THEN 'resolved'
                                       WHEN 'incident.closed' THEN 'closed' ELSE 'open' END) THEN
    RAISE EXCEPTION 'escalate: the timeline says that it is not %', NEW.status USING ERRCODE = 'ES002';
  END IF;

  SELECT * INTO said FROM escalate.said_last(NEW.id, since, severities);
  IF NOT FOUND AND NEW.severity IS DISTINCT FROM OLD.severity THEN
    SELECT * INTO said FROM escalate.said_last(NEW.id, 0, severities);
  END IF;
  IF escalate.text_in(said.body, 'severity') <> NEW.severity THEN
    RAISE EXCEPTION 'escalate: the timeline says that it is not %', NEW.severity USING ERRCODE = 'ES002';
  END IF;

  IF TG_OP = 'INSERT' OR kept.code_name IS DISTINCT FROM OLD.code_name THEN
    SELECT * INTO said FROM escalate.said_last(NEW.id, 0, ARRAY['incident.opened']);
    IF escalate.text_in(said.body, 'code_name') <> kept.code_name OR TG_OP = 'INSERT' AND NEW.code_name <> kept.code_name THEN
      RAISE EXCEPTION 'escalate: the timeline says that it is called otherwise' USING ERRCODE = 'ES002';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER incidents_change_aloud
  BEFORE INSERT OR UPDATE OF id, number, code_name, status, severity, seq, digest, state ON escalate.incidents
  FOR EACH ROW EXECUTE FUNCTION escalate.keep_state();

-- What happens by itself, and what is waited for, begins as it ends: nobody is made to look into it for nothing.
CREATE FUNCTION escalate.begin_aloud() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM escalate.heads AS h JOIN escalate.timeline AS t ON t.incident = h.incident AND t.seq = h.seq
                  WHERE h.incident = NEW.incident AND t.xid = pg_current_xact_id())
     AND NOT pg_has_role(session_user, 'escalate_owner', 'member') THEN
    RAISE EXCEPTION 'escalate: that changes with an entry that says so' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER timers_begin_aloud BEFORE INSERT ON escalate.timers
  FOR EACH ROW EXECUTE FUNCTION escalate.begin_aloud();
CREATE TRIGGER watches_begin_aloud BEFORE INSERT ON escalate.watches
  FOR EACH ROW EXECUTE FUNCTION escalate.begin_aloud();

-- A code name is given once.
REVOKE UPDATE (code_name) ON escalate.incidents FROM escalate_member, escalate_courier;

REVOKE ALL ON FUNCTION escalate.said_last(text, bigint, text[]), escalate.text_in(text, text), escalate.keep_state(),
  escalate.begin_aloud() FROM PUBLIC;
