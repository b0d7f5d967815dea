-- What the database itself refuses, whoever writes to it. ES001: the record changed, try again. ES002: it is not allowed.
SET LOCAL ROLE escalate_owner;

CREATE FUNCTION escalate.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'escalate: %', TG_ARGV[0] USING ERRCODE = 'ES002';
END $$;

-- entries ----------------------------------------------------------------------------------------------------------

-- What a courier says of its own accord; everything else somebody has to say.
CREATE FUNCTION escalate.couriers_write(kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT split_part(kind, '.', 1) = ANY (ARRAY['message', 'page', 'intake', 'ticket', 'shift', 'handoff'])
      OR kind = ANY (ARRAY['clock.alerted', 'clock.lapsed', 'assessment.expired', 'decision.reopened', 'question.late',
                           'approval.late', 'approval.asked', 'courier.missing', 'oncall.opened', 'access.alarmed',
                           'subject.matched'])
$$;

-- Whether the writer may write an entry of this kind under this name.
CREATE FUNCTION escalate.refuse_author(entry escalate.timeline) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named escalate.messages;
BEGIN
  IF entry.kind LIKE 'message.%' THEN
    SELECT * INTO named FROM escalate.messages AS m
     WHERE m.id = entry.body::jsonb ->> 'message' AND m.incident = entry.incident;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'escalate: there is no such message' USING ERRCODE = 'ES002';
    END IF;
  END IF;
  -- A break-glass that could not be understood would be told to nobody, and neither would one after which nobody else is let in.
  IF entry.kind = 'access.broken' AND NOT coalesce(
       jsonb_typeof(entry.body::jsonb -> 'why') = 'string' AND entry.body::jsonb ->> 'why' ~ '[^[:space:]]'
       AND entry.body::jsonb - 'why' = '{}', false) THEN
    RAISE EXCEPTION 'escalate: whoever breaks the glass says why, and nothing else' USING ERRCODE = 'ES002';
  END IF;
  IF entry.kind = 'access.revoked' AND EXISTS (
       SELECT FROM escalate.timeline AS broken
        WHERE broken.incident = entry.incident AND broken.kind = 'access.broken' AND broken.actor = entry.actor
          AND NOT EXISTS (SELECT FROM escalate.timeline AS told
                           WHERE told.incident = entry.incident AND told.kind = 'access.alarmed'
                             AND told.body::jsonb ->> 'broken' = broken.id)) THEN
    RAISE EXCEPTION 'escalate: nobody has been told yet that you broke the glass' USING ERRCODE = 'ES002';
  END IF;
  IF entry.actor ~ '^courier:[^[:space:]]+$' AND escalate.is_courier() AND escalate.couriers_write(entry.kind) THEN
    RETURN;
  END IF;
  IF entry.actor IS DISTINCT FROM escalate.whoami() OR escalate.is_machine() THEN
    RAISE EXCEPTION 'escalate: an entry says who wrote it, and this is not you' USING ERRCODE = 'ES002';
  END IF;
  -- What a person says of a message: what they did with it, what stands on their own terminal, and what was sent while
  -- the record could not be reached, with the message itself.
  IF entry.kind IN ('access.alarmed', 'subject.matched')
     OR (entry.kind LIKE 'message.%' AND entry.kind NOT IN ('message.told', 'message.cancelled', 'message.retried')
         AND named.via <> 'console' AND named.xid <> pg_current_xact_id()) THEN
    RAISE EXCEPTION 'escalate: that is for a courier to say' USING ERRCODE = 'ES002';
  END IF;
END $$;

CREATE FUNCTION escalate.take_entry() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head escalate.heads;
  latest text;
  copied boolean := escalate.copying();
  present timestamptz;
BEGIN
  NEW.limited := EXISTS (SELECT FROM escalate.restricted AS r WHERE r.incident = NEW.incident AND r.active);
  NEW.xid := pg_current_xact_id();
  IF NEW.kind = 'access.broken' AND escalate.is_machine()
     OR NEW.kind IS DISTINCT FROM 'access.broken' AND NOT escalate.may_read(NEW.incident) THEN
    RAISE EXCEPTION 'escalate: this incident is not yours to write on' USING ERRCODE = 'ES002';
  END IF;
  IF NEW.kind = 'oncall.opened' THEN
    PERFORM escalate.lock_numbers();
  END IF;
  SELECT * INTO head FROM escalate.heads AS h WHERE h.incident = NEW.incident FOR UPDATE;
  IF EXISTS (SELECT FROM escalate.timeline AS t WHERE t.id = NEW.id) OR NEW.seq <= head.seq
     OR NEW.kind = 'oncall.opened' AND EXISTS (SELECT FROM escalate.timeline AS t WHERE t.kind = 'oncall.opened') THEN
    RAISE EXCEPTION 'escalate: this entry is there already' USING ERRCODE = 'ES001';
  END IF;
  IF NEW.seq IS DISTINCT FROM coalesce(head.seq, 0) + 1
     OR NEW.prev IS DISTINCT FROM coalesce(head.digest, repeat('0', 64)) THEN
    RAISE EXCEPTION 'escalate: this entry is not the next one' USING ERRCODE = 'ES001';
  END IF;
  IF (NEW.seq = 1) IS DISTINCT FROM (NEW.kind IN ('incident.opened', 'oncall.opened')) THEN
    RAISE EXCEPTION 'escalate: a timeline begins with its opening, and has one' USING ERRCODE = 'ES002';
  END IF;
  IF NEW.kind LIKE 'access.%' AND EXISTS (SELECT FROM escalate.timeline AS t
                                           WHERE t.incident = NEW.incident AND t.kind = 'oncall.opened') THEN
    RAISE EXCEPTION 'escalate: who is on call is for all to know' USING ERRCODE = 'ES002';
  END IF;

  IF NEW.body IS NULL AND NOT copied OR octet_length(NEW.salt) <> 16 OR octet_length(NEW.body) <> length(NEW.body)
     OR NEW.body_digest IS DISTINCT FROM
        coalesce(encode(sha256(NEW.salt || convert_to(NEW.body, 'UTF8')), 'hex'), substring(NEW.body_digest, '^[0-9a-f]{64}$'))
     OR NEW.digest IS DISTINCT FROM encode(sha256(convert_to(
          'escalate-entry-1' || E'\n' || NEW.incident || E'\n' || NEW.seq || E'\n' || NEW.id || E'\n' || NEW.kind
          || E'\n' || NEW.occurred_at || E'\n' || NEW.precision || E'\n' || NEW.written_at || E'\n' || NEW.recorded_at
          || E'\n' || NEW.origin || E'\n' || NEW.actor || E'\n' || NEW.labels || E'\n' || NEW.body_digest
          || E'\n' || NEW.prev, 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'escalate: the digests of this entry are not its own' USING ERRCODE = 'ES002';
  END IF;
  IF json_typeof(NEW.body::json) <> 'object' THEN
    RAISE EXCEPTION 'escalate: what happened is said in an object' USING ERRCODE = 'ES002';
  END IF;
  IF copied THEN
    RETURN NEW;
  END IF;

  PERFORM escalate.refuse_author(NEW);
  SELECT t.recorded_at INTO latest FROM escalate.timeline AS t WHERE t.incident = NEW.incident AND t.seq = head.seq;
  present := clock_timestamp();
  -- Between the beginning of this transaction, which nobody keeps open to date something back, and now.
  IF NOT (NEW.recorded_at >= coalesce(latest, '')
          AND (NEW.recorded_at = latest
               OR NEW.recorded_at BETWEEN
                  escalate.instant(greatest(transaction_timestamp() - interval '1 s', present - interval '10 min'))
                  AND escalate.instant(present))) THEN
    RAISE EXCEPTION 'escalate: when it was recorded is for this server to say' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER timeline_takes_only_the_next BEFORE INSERT ON escalate.timeline
  FOR EACH ROW EXECUTE FUNCTION escalate.take_entry();

-- What follows from an entry where nobody else may write: the head, its number, who may know.
CREATE FUNCTION escalate.keep_entry() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb;
BEGIN
  IF NEW.seq = 1 THEN
    INSERT INTO escalate.heads (incident, seq, digest, limited) VALUES (NEW.incident, NEW.seq, NEW.digest, NEW.limited);
  ELSE
    UPDATE escalate.heads SET seq = NEW.seq, digest = NEW.digest WHERE incident = NEW.incident;
  END IF;
  IF NEW.kind IN ('incident.opened', 'incident.numbered', 'role.assigned', 'page.step_fired')
     OR NEW.kind LIKE 'access.%' THEN
    said := coalesce(NEW.body, '{}')::jsonb;
    -- What is brought in gets its number from whoever brings it in.
    IF NEW.kind LIKE 'incident.%' AND NOT escalate.copying() AND coalesce((said ->> 'number')::bigint, 0) <> 0 THEN
      INSERT INTO escalate.numbers (number, incident) VALUES ((said ->> 'number')::bigint, NEW.incident);
    END IF;
    PERFORM escalate.keep_access(NEW, said);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER timeline_moves_the_head AFTER INSERT ON escalate.timeline
  FOR EACH ROW EXECUTE FUNCTION escalate.keep_entry();

-- Every row of an incident, when it is restricted or lifted.
CREATE FUNCTION escalate.mark(incident text, limited boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  about text;
BEGIN
  FOREACH about IN ARRAY ARRAY['timeline', 'heads', 'messages', 'incidents', 'pages', 'codes', 'timers', 'search',
                               'sightings', 'links'] LOOP
    EXECUTE format('UPDATE escalate.%I SET limited = $2 WHERE %I = $1 AND limited <> $2',
                   about, CASE about WHEN 'incidents' THEN 'id' ELSE 'incident' END) USING incident, limited;
  END LOOP;
END $$;

-- By the rule of domain/incident/access.py: who opens, restricts, leads, is paged or breaks the glass may read.
CREATE FUNCTION escalate.keep_access(entry escalate.timeline, said jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  xid xid8 := pg_current_xact_id();
  -- A login of another machine's system is not the login of that name here.
  writer text := CASE WHEN entry.actor LIKE 'db:%' THEN substr(entry.actor, 4)
                      WHEN entry.actor NOT LIKE 'os:%' THEN 'person:' || entry.actor END;
  limits boolean := entry.kind = 'access.restricted'
                    OR entry.kind = 'incident.opened' AND said -> 'restricted' = 'true'::jsonb;
BEGIN
  IF limits THEN
    INSERT INTO escalate.restricted AS r (incident, active, login, xid) VALUES (entry.incident, true, session_user, xid)
        ON CONFLICT (incident) DO UPDATE SET active = true, login = excluded.login, xid = excluded.xid
           WHERE NOT r.active;
    PERFORM escalate.mark(entry.incident, true);
  ELSIF entry.kind LIKE 'access.%' THEN
    INSERT INTO escalate.restricted (incident, active, login, xid) VALUES (entry.incident, false, session_user, xid)
        ON CONFLICT DO NOTHING;
  END IF;
  IF entry.kind = 'access.lifted' THEN
    UPDATE escalate.restricted SET active = false WHERE incident = entry.incident;
    PERFORM escalate.mark(entry.incident, false);
  ELSIF entry.kind = 'access.revoked' THEN
    DELETE FROM escalate.grants WHERE incident = entry.incident AND grantee = said ->> 'to';
  END IF;
  INSERT INTO escalate.grants (incident, grantee, xid)
    SELECT DISTINCT entry.incident, one, xid FROM (
      SELECT writer WHERE limits OR entry.kind = 'access.broken'
       UNION ALL SELECT said ->> 'to' WHERE entry.kind = 'access.granted'
       UNION ALL SELECT 'person:' || (said ->> 'person') WHERE entry.kind = 'role.assigned'
       UNION ALL SELECT 'person:' || person FROM jsonb_array_elements_text(
           CASE WHEN entry.kind = 'page.step_fired' THEN said -> 'people' ELSE '[]'::jsonb END) AS person
    ) AS granted (one)
     WHERE one IS NOT NULL AND EXISTS (SELECT FROM escalate.restricted WHERE incident = entry.incident)
    ON CONFLICT DO NOTHING;
  IF entry.kind = 'access.broken' AND NOT escalate.copying() THEN
    -- Whoever sends what is owed tells the lead: who broke the glass may not even see who leads.
    INSERT INTO escalate.timers (incident, key, due_at) VALUES (entry.incident, 'broken/' || entry.id, entry.recorded_at)
        ON CONFLICT DO NOTHING;
  END IF;
END $$;

-- Whether two people, one after the other, had an entry erased: this one, or any where none is named.
CREATE FUNCTION escalate.was_erased(incident text, entry text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM escalate.timeline AS erased JOIN escalate.timeline AS asked ON asked.incident = erased.incident
     WHERE erased.incident = was_erased.incident AND erased.kind = 'entry.erased' AND asked.kind = 'entry.erase_asked'
       AND asked.seq < erased.seq AND asked.actor <> erased.actor
       AND split_part(erased.body, '"', 4) = split_part(asked.body, '"', 4)
       -- Keys are sorted, and no key of these two events comes before this one.
       AND starts_with(erased.body, '{"entry":"' || coalesce(was_erased.entry, split_part(asked.body, '"', 4)) || '"')
       AND starts_with(asked.body, '{"entry":"'));
END $$;

CREATE FUNCTION escalate.only_erase() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.body IS NOT NULL OR NEW.salt IS NOT NULL
     OR (NEW.incident, NEW.seq, NEW.id, NEW.kind, NEW.occurred_at, NEW.precision, NEW.written_at, NEW.recorded_at,
         NEW.origin, NEW.actor, NEW.labels, NEW.body_digest, NEW.prev, NEW.digest, NEW.xid)
        IS DISTINCT FROM
        (OLD.incident, OLD.seq, OLD.id, OLD.kind, OLD.occurred_at, OLD.precision, OLD.written_at, OLD.recorded_at,
         OLD.origin, OLD.actor, OLD.labels, OLD.body_digest, OLD.prev, OLD.digest, OLD.xid)
     OR NOT escalate.was_erased(OLD.incident, OLD.id) THEN
    RAISE EXCEPTION 'escalate: the timeline is append-only' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER timeline_only_erases BEFORE UPDATE OF
  incident, seq, id, kind, occurred_at, precision, written_at, recorded_at, origin, actor, labels, body, salt,
  body_digest, prev, digest, xid ON escalate.timeline
  FOR EACH ROW EXECUTE FUNCTION escalate.only_erase();
CREATE TRIGGER timeline_forgets_nothing BEFORE DELETE OR TRUNCATE ON escalate.timeline
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('the timeline is append-only');

-- heads and numbers ------------------------------------------------------------------------------------------------

CREATE FUNCTION escalate.follow_timeline() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.seq IS DISTINCT FROM (CASE WHEN TG_OP = 'UPDATE' THEN OLD.seq ELSE 0 END) + 1
     OR TG_OP = 'UPDATE' AND NEW.incident <> OLD.incident
     OR NOT EXISTS (SELECT FROM escalate.timeline AS t
                     WHERE t.incident = NEW.incident AND t.seq = NEW.seq AND t.digest = NEW.digest) THEN
    RAISE EXCEPTION 'escalate: heads follow the timeline' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER heads_only_advance BEFORE INSERT OR UPDATE OF incident, seq, digest ON escalate.heads
  FOR EACH ROW EXECUTE FUNCTION escalate.follow_timeline();
CREATE TRIGGER heads_stay BEFORE DELETE OR TRUNCATE ON escalate.heads
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('heads follow the timeline');

CREATE FUNCTION escalate.number_densely() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM escalate.lock_numbers();
  IF EXISTS (SELECT FROM escalate.numbers AS n WHERE n.incident = NEW.incident) THEN
    RAISE EXCEPTION 'escalate: a number is given once' USING ERRCODE = 'ES002';
  ELSIF NEW.number IS DISTINCT FROM (SELECT coalesce(max(n.number), 0) + 1 FROM escalate.numbers AS n) THEN
    RAISE EXCEPTION 'escalate: this number is not the next one' USING ERRCODE = 'ES001';
  ELSIF NOT EXISTS (SELECT FROM escalate.heads AS h WHERE h.incident = NEW.incident) THEN
    RAISE EXCEPTION 'escalate: a number is that of an incident' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER numbers_are_dense BEFORE INSERT ON escalate.numbers
  FOR EACH ROW EXECUTE FUNCTION escalate.number_densely();
CREATE TRIGGER numbers_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON escalate.numbers
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('a number is given once');
