-- Which incidents wait for a newer version of a clause: found by the clause, without looking through all of them.
SET LOCAL ROLE escalate_owner;

-- Whoever writes has done so before, or does so afterwards: states are made again at the end.
LOCK TABLE escalate.heads IN EXCLUSIVE MODE;

CREATE TABLE escalate.watches (
  clause   text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  limited  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX watches_in ON escalate.watches (incident, (clause || ''));
CREATE INDEX watches_of ON escalate.watches (clause) WHERE NOT limited;
ALTER TABLE escalate.watches ALTER COLUMN clause SET STATISTICS 0;
ALTER INDEX escalate.watches_in ALTER COLUMN 2 SET STATISTICS 0;

CREATE TRIGGER watches_follow_the_timeline BEFORE INSERT ON escalate.watches
  FOR EACH ROW EXECUTE FUNCTION escalate.keep_to_timeline();
CREATE TRIGGER watches_stay_until_said BEFORE DELETE ON escalate.watches
  FOR EACH ROW EXECUTE FUNCTION escalate.change_aloud();

-- Every row of an incident, when it is restricted or lifted.
CREATE OR REPLACE FUNCTION escalate.mark(incident text, limited boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  about text;
BEGIN
  FOREACH about IN ARRAY ARRAY['timeline', 'heads', 'messages', 'incidents', 'pages', 'codes', 'timers', 'search',
                               'sightings', 'links', 'watches'] LOOP
    EXECUTE format('UPDATE escalate.%I SET limited = $2 WHERE %I = $1 AND limited <> $2',
                   about, CASE about WHEN 'incidents' THEN 'id' ELSE 'incident' END) USING incident, limited;
  END LOOP;
END $$;

-- The incidents that wait for one of them.
CREATE FUNCTION escalate.watching(clauses text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  known text[] := escalate.granted();
BEGIN
  RETURN QUERY
    SELECT w.incident FROM escalate.watches AS w WHERE w.clause = ANY (watching.clauses) AND NOT w.limited
     UNION
    SELECT w.incident FROM escalate.watches AS w
     WHERE w.incident = ANY (known) AND w.limited AND w.clause = ANY (watching.clauses)
     ORDER BY incident;
END $$;

REVOKE ALL ON escalate.watches FROM PUBLIC;
REVOKE ALL ON FUNCTION escalate.watching(text[]) FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON escalate.watches TO escalate_member, escalate_courier;
GRANT EXECUTE ON FUNCTION escalate.watching(text[]) TO escalate_member, escalate_courier;

ALTER TABLE escalate.watches ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON escalate.watches USING (NOT limited OR escalate.let_in(incident))
  WITH CHECK (escalate.may_read(incident));
