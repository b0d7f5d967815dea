-- What follows from rosters and entries, and may not be written otherwise.
SET LOCAL ROLE escalate_owner;

-- rosters, clauses, keys -------------------------------------------------------------------------------------------

CREATE FUNCTION escalate.apply_signed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  writer text;
BEGIN
  IF TG_TABLE_NAME = 'subject_keys' THEN
    writer := NEW.added_by;
  ELSE
    writer := NEW.applied_by;
  END IF;
  IF writer IS DISTINCT FROM escalate.whoami() AND NOT escalate.copying() THEN
    RAISE EXCEPTION 'escalate: it says who applied it, and this is not you' USING ERRCODE = 'ES002';
  END IF;
  IF TG_TABLE_NAME = 'rosters' THEN
    PERFORM escalate.lock_numbers();
    IF NEW.version IS DISTINCT FROM (SELECT coalesce(max(r.version), 0) + 1 FROM escalate.rosters AS r) THEN
      RAISE EXCEPTION 'escalate: this roster is not the next one' USING ERRCODE = 'ES001';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rosters_are_signed BEFORE INSERT ON escalate.rosters
  FOR EACH ROW EXECUTE FUNCTION escalate.apply_signed();
CREATE TRIGGER clauses_are_signed BEFORE INSERT ON escalate.clauses
  FOR EACH ROW EXECUTE FUNCTION escalate.apply_signed();
CREATE TRIGGER subject_keys_are_signed BEFORE INSERT ON escalate.subject_keys
  FOR EACH ROW EXECUTE FUNCTION escalate.apply_signed();
CREATE TRIGGER rosters_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON escalate.rosters
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('rosters are kept as they were');
CREATE TRIGGER clauses_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON escalate.clauses
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('clauses are kept as they were');
CREATE TRIGGER subject_keys_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON escalate.subject_keys
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('keys are kept as they were');

-- Who is who follows from the newest roster and from nothing else: whoever changes it leaves a version behind.
CREATE FUNCTION escalate.follow_roster() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said jsonb := NEW.roster::jsonb;
BEGIN
  DELETE FROM escalate.logins;
  INSERT INTO escalate.logins (login, person)
    SELECT login, slug FROM jsonb_each(coalesce(said -> 'people', '{}')) AS p (slug, person),
           jsonb_array_elements_text(coalesce(person -> 'logins', '[]')) AS login
     WHERE strpos(slug, ':') = 0  -- nobody is called like a courier or a login
    ON CONFLICT DO NOTHING;
  DELETE FROM escalate.team_people;
  INSERT INTO escalate.team_people (team, person)
    SELECT slug, person FROM jsonb_each(coalesce(said -> 'teams', '{}')) AS t (slug, team),
           jsonb_array_elements_text(coalesce(team -> 'people', '[]')) AS person
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER rosters_say_who_is_who AFTER INSERT ON escalate.rosters
  FOR EACH ROW EXECUTE FUNCTION escalate.follow_roster();

-- `apply` writes logins on every store; here they are what the roster made of them already.
CREATE FUNCTION escalate.leave_as_is() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user <> 'escalate_owner' THEN
    RETURN NULL;
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER logins_follow_the_roster BEFORE INSERT OR UPDATE OR DELETE ON escalate.logins
  FOR EACH ROW EXECUTE FUNCTION escalate.leave_as_is();

-- projections ------------------------------------------------------------------------------------------------------

-- What is derived can be made again; until then it must at least be of an entry that is there.
CREATE FUNCTION escalate.keep_to_timeline() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fits boolean;
BEGIN
  IF TG_TABLE_NAME = 'incidents' THEN
    NEW.limited := EXISTS (SELECT FROM escalate.restricted AS r WHERE r.incident = NEW.id AND r.active);
  ELSE
    NEW.limited := EXISTS (SELECT FROM escalate.restricted AS r WHERE r.incident = NEW.incident AND r.active);
  END IF;
  IF TG_TABLE_NAME = 'incidents' THEN
    fits := EXISTS (SELECT FROM escalate.heads AS h
                     WHERE h.incident = NEW.id AND h.seq = NEW.seq AND h.digest = NEW.digest)
            AND (NEW.number = 0 OR EXISTS (SELECT FROM escalate.numbers AS n
                                            WHERE n.incident = NEW.id AND n.number = NEW.number));
  ELSIF TG_TABLE_NAME = 'search' THEN
    fits := EXISTS (SELECT FROM escalate.timeline AS t WHERE t.incident = NEW.incident AND t.seq = NEW.seq);
  ELSIF TG_TABLE_NAME = 'sightings' THEN
    fits := EXISTS (SELECT FROM escalate.timeline AS t
                     WHERE t.id = NEW.entry AND t.incident = NEW.incident AND t.seq = NEW.seq AND t.kind = 'subject.seen'
                       AND t.body::jsonb @> jsonb_build_object('subject', NEW.handle, 'digest', NEW.digest,
                                                               'type', NEW.type, 'relation', NEW.relation));
  ELSIF TG_TABLE_NAME = 'links' THEN
    fits := EXISTS (SELECT FROM escalate.timeline AS t
                     WHERE t.id = NEW.entry AND t.incident = NEW.incident AND t.seq = NEW.seq AND t.kind = 'subject.linked'
                       AND t.body::jsonb @> jsonb_build_object('subject', NEW.handle, 'other', NEW.other));
  ELSE
    fits := EXISTS (SELECT FROM escalate.heads AS h WHERE h.incident = NEW.incident);
  END IF;
  IF NOT fits THEN
    RAISE EXCEPTION 'escalate: that does not follow from the timeline' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
DO $$
DECLARE
  about text;
BEGIN
  FOREACH about IN ARRAY ARRAY['incidents', 'pages', 'codes', 'timers', 'search', 'sightings', 'links'] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_follow_the_timeline BEFORE INSERT%2$s ON escalate.%1$I '
                   'FOR EACH ROW EXECUTE FUNCTION escalate.keep_to_timeline()', about,
                   CASE about WHEN 'incidents' THEN ' OR UPDATE OF id, number, seq, digest' ELSE '' END);
  END LOOP;
END $$;

-- Nor does it change by itself: who stops a page or a clock says so on the timeline, in that transaction.
CREATE FUNCTION escalate.change_aloud() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM escalate.heads AS h JOIN escalate.timeline AS t ON t.incident = h.incident AND t.seq = h.seq
                  WHERE h.incident = OLD.incident AND t.xid = pg_current_xact_id())
     AND NOT escalate.is_courier() AND NOT pg_has_role(session_user, 'escalate_owner', 'member') THEN
    RAISE EXCEPTION 'escalate: that changes with an entry that says so' USING ERRCODE = 'ES002';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER pages_change_aloud BEFORE UPDATE OF state, due_at ON escalate.pages
  FOR EACH ROW EXECUTE FUNCTION escalate.change_aloud();
CREATE TRIGGER timers_stay_until_said BEFORE DELETE OR UPDATE OF due_at ON escalate.timers
  FOR EACH ROW EXECUTE FUNCTION escalate.change_aloud();
CREATE TRIGGER search_changes_aloud BEFORE DELETE ON escalate.search
  FOR EACH ROW EXECUTE FUNCTION escalate.change_aloud();

-- Who broke the glass may not take away that somebody is told of it.
CREATE FUNCTION escalate.keep_alarm() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.key LIKE 'broken/%' AND NOT pg_has_role(session_user, 'escalate_owner', 'member')
     AND (TG_OP = 'DELETE' OR NEW.due_at > OLD.due_at) AND NOT EXISTS (
       SELECT FROM escalate.timeline AS t WHERE t.incident = OLD.incident AND t.kind = 'access.alarmed'
                   AND t.body::jsonb ->> 'broken' = substr(OLD.key, 8)) THEN
    RAISE EXCEPTION 'escalate: nobody has been told of it yet' USING ERRCODE = 'ES002';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER timers_keep_alarms BEFORE UPDATE OR DELETE ON escalate.timers
  FOR EACH ROW EXECUTE FUNCTION escalate.keep_alarm();

-- Other incidents of the same subject are to be told; who wrote this learns nothing of them.
CREATE FUNCTION escalate.tell_others() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO escalate.matches (entry, incident, handle, seen_in, by, due_at)
    SELECT DISTINCT NEW.entry, s.incident, s.handle, NEW.incident, t.actor, escalate.instant(clock_timestamp())
      FROM escalate.timeline AS t, escalate.sightings AS s
     WHERE t.id = NEW.entry AND t.xid = pg_current_xact_id() AND NOT escalate.copying()
       AND s.digest || '' = NEW.digest AND s.incident <> NEW.incident
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER sightings_tell_others AFTER INSERT ON escalate.sightings
  FOR EACH ROW EXECUTE FUNCTION escalate.tell_others();

-- Somebody only asked: restricted incidents of that subject that they may not read are to be told, each once until it was.
-- The answer is always none.
CREATE FUNCTION escalate.ask_about(digest text) RETURNS TABLE (incident text, handle text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  asked text := gen_random_uuid()::text;
  asker text := escalate.whoami();
BEGIN
  INSERT INTO escalate.matches (entry, incident, handle, seen_in, by, due_at)
    SELECT DISTINCT asked, s.incident, s.handle, '', asker, escalate.instant(clock_timestamp())
      FROM escalate.sightings AS s
     WHERE s.digest || '' = ask_about.digest AND s.limited AND NOT escalate.let_in(s.incident)
       AND NOT EXISTS (SELECT FROM escalate.matches AS m WHERE m.incident = s.incident AND m.handle = s.handle
                          AND m.seen_in = '' AND m.by = asker AND m.told_at IS NULL);
END $$;
