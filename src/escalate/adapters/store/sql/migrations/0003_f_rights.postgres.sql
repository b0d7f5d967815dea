-- Who may do what: as little as their work takes. What is not granted here nobody has; views there are none.
SET LOCAL ROLE escalate_owner;

REVOKE ALL ON SCHEMA escalate FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA escalate FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA escalate FROM PUBLIC;

GRANT USAGE ON SCHEMA escalate TO escalate_member, escalate_courier;
GRANT SELECT ON escalate.schema_version, escalate.timeline, escalate.heads, escalate.rosters, escalate.clauses,
                escalate.subject_keys, escalate.messages, escalate.incidents, escalate.pages, escalate.codes,
                escalate.timers, escalate.logins, escalate.couriers
   TO escalate_member, escalate_courier;
GRANT SELECT (number) ON escalate.numbers TO escalate_member, escalate_courier;
GRANT INSERT ON escalate.timeline, escalate.messages, escalate.incidents, escalate.pages, escalate.codes,
                escalate.timers, escalate.search
   TO escalate_member, escalate_courier;
GRANT UPDATE (number, code_name, status, severity, seq, digest, state) ON escalate.incidents
   TO escalate_member, escalate_courier;
GRANT UPDATE (state, due_at) ON escalate.pages TO escalate_member, escalate_courier;
GRANT UPDATE (due_at) ON escalate.timers TO escalate_member, escalate_courier;
GRANT DELETE ON escalate.timers TO escalate_member, escalate_courier;
GRANT UPDATE (state, attempts, due_at, leased_until, last_error, remote, bundle, tried_at)
   ON escalate.messages TO escalate_member, escalate_courier;

-- Of words and of subjects only those columns by which one's own rows are found: the rest is asked of functions, since
-- a plan tells how many rows an index found.
GRANT SELECT (incident, seq) ON escalate.search TO escalate_member;
GRANT DELETE ON escalate.search TO escalate_member;
GRANT SELECT (entry) ON escalate.sightings, escalate.links TO escalate_member;
GRANT INSERT, DELETE ON escalate.sightings, escalate.links TO escalate_member;
GRANT UPDATE (body, salt) ON escalate.timeline TO escalate_member;
GRANT UPDATE (subject, text) ON escalate.messages TO escalate_member;

GRANT SELECT ON escalate.matches TO escalate_courier;
GRANT UPDATE (told_at) ON escalate.matches TO escalate_courier;
GRANT INSERT, UPDATE, DELETE ON escalate.couriers TO escalate_courier;

GRANT INSERT ON escalate.rosters, escalate.clauses, escalate.subject_keys TO escalate_keeper;
GRANT INSERT, DELETE ON escalate.logins TO escalate_keeper;

GRANT EXECUTE ON FUNCTION
  escalate.owns(), escalate.whoami(), escalate.is_courier(), escalate.is_machine(), escalate.copying(), escalate.may_read(text),
  escalate.granted(), escalate.let_in(text), escalate.lock_head(text), escalate.try_head(text), escalate.lock_numbers(),
  escalate.numbers_seen(), escalate.number_of(text), escalate.next_chain(text), escalate.incident_named(text),
  escalate.incidents_not_closed(bigint, bigint), escalate.coded(text), escalate.messages_tried(text, text, text),
  escalate.messages_by_prefix(text), escalate.find(text, bigint, text, text, text, text, text, boolean),
  escalate.handle_of(text), escalate.handle_taken(text, text), escalate.sightings_of(text), escalate.links_of(text),
  escalate.handles_like(text)
TO escalate_member, escalate_courier;
GRANT EXECUTE ON FUNCTION escalate.break_glass_head(bigint), escalate.ask_about(text) TO escalate_member;

-- need to know -----------------------------------------------------------------------------------------------------

-- Not FORCE: the owner, whose functions and triggers these are, sees all.
DO $$
DECLARE
  about text;
  id text;
  seen text;
  written text;
BEGIN
  FOREACH about IN ARRAY ARRAY['heads', 'incidents', 'pages', 'codes', 'timers', 'messages', 'search', 'sightings',
                               'links', 'matches', 'timeline', 'numbers', 'restricted', 'grants'] LOOP
    EXECUTE format('ALTER TABLE escalate.%I ENABLE ROW LEVEL SECURITY', about);
    CONTINUE WHEN about IN ('restricted', 'grants', 'numbers');
    id := CASE about WHEN 'incidents' THEN 'id' ELSE 'incident' END;
    seen := format('NOT limited OR escalate.let_in(%I)', id);
    written := format('escalate.may_read(%I)', id);
    IF about = 'timeline' THEN
      EXECUTE format('CREATE POLICY known ON escalate.timeline FOR SELECT USING (%s)', seen);
      EXECUTE format('CREATE POLICY erased ON escalate.timeline FOR UPDATE USING (%s) WITH CHECK (%s)', seen, written);
      -- Who breaks the glass writes where they may not read; the guards see to it that it is nothing else.
      EXECUTE format('CREATE POLICY written ON escalate.timeline FOR INSERT '
                     'WITH CHECK (kind = ''access.broken'' OR %s)', written);
    ELSE
      EXECUTE format('CREATE POLICY known ON escalate.%I USING (%s) WITH CHECK (%s)',
                     about, CASE about WHEN 'matches' THEN written ELSE seen END, written);
    END IF;
  END LOOP;
END $$;
CREATE POLICY counted ON escalate.numbers FOR SELECT USING (true);

-- The planner's notes about what stands in a column would answer guesses, through the rows a plan expects.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT c.relname, a.attname, a.attnum, c.relkind FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'escalate'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
       AND (c.relkind = 'r' AND c.relrowsecurity
              AND a.attname NOT IN ('incident', 'seq', 'id', 'number', 'entry', 'entry_seq', 'page', 'due_at', 'limited', 'xid')
            OR c.relkind = 'i' AND c.relname IN ('search_words', 'codes_one', 'timers_of', 'sightings_taken', 'sightings_by')
           AND pg_catalog.pg_get_indexdef(c.oid, a.attnum, false) ~ '[(|]')
  LOOP
    IF one.relkind = 'r' THEN
      EXECUTE format('ALTER TABLE escalate.%I ALTER COLUMN %I SET STATISTICS 0', one.relname, one.attname);
    ELSE
      EXECUTE format('ALTER INDEX escalate.%I ALTER COLUMN %s SET STATISTICS 0', one.relname, one.attnum);
    END IF;
  END LOOP;
END $$;
