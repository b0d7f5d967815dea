-- What couriers take up for everybody must be readable, and put together by a courier alone: one row that is not would keep
-- them from all others. Rows of before, and what is copied, stay as they are.
SET LOCAL ROLE escalate_owner;

CREATE FUNCTION escalate.is_instant(text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN $1 ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}Z$'
     AND to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') = $1;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;

CREATE FUNCTION escalate.refuse_unreadable() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made CONSTANT jsonb := to_jsonb(NEW);
  was CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
  about text;
BEGIN
  IF escalate.copying() THEN
    RETURN NEW;
  END IF;
  FOREACH about IN ARRAY ARRAY['due_at', 'leased_until', 'tried_at'] LOOP
    IF made ->> about IS DISTINCT FROM was ->> about AND NOT escalate.is_instant(made ->> about) THEN
      RAISE EXCEPTION 'escalate: that is no moment' USING ERRCODE = 'ES002';
    END IF;
  END LOOP;
  IF TG_TABLE_NAME = 'messages' AND TG_OP = 'INSERT' THEN
    IF json_typeof((made ->> 'details')::json) <> 'object' OR (made ->> 'attempts')::bigint NOT BETWEEN 0 AND 1000000 THEN
      RAISE EXCEPTION 'escalate: that is no message' USING ERRCODE = 'ES002';
    END IF;
  END IF;
  IF TG_TABLE_NAME = 'messages' AND made ->> 'state' <> ALL (ARRAY['queued', 'sending', 'unknown', 'shown', 'sent', 'delivered',
       'bundled', 'acknowledged', 'cancelled', 'told', 'failed', 'gave-up']) THEN
    RAISE EXCEPTION 'escalate: a message is in no such state' USING ERRCODE = 'ES002';
  END IF;
  -- What goes out together, and why something did not go out, is for a courier to say.
  IF TG_TABLE_NAME = 'messages' AND TG_OP = 'UPDATE' AND NOT escalate.is_courier() AND made ->> 'via' <> 'console' AND NOT (
       coalesce(made ->> 'bundle', '') IN ('', coalesce(was ->> 'bundle', ''), made ->> 'id')
       AND made ->> 'last_error' IN ('', was ->> 'last_error')) THEN
    RAISE EXCEPTION 'escalate: what becomes of a message is for a courier to say' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER messages_can_be_read BEFORE INSERT OR UPDATE ON escalate.messages
  FOR EACH ROW EXECUTE FUNCTION escalate.refuse_unreadable();
CREATE TRIGGER pages_can_be_read BEFORE INSERT OR UPDATE ON escalate.pages
  FOR EACH ROW EXECUTE FUNCTION escalate.refuse_unreadable();
CREATE TRIGGER timers_can_be_read BEFORE INSERT OR UPDATE ON escalate.timers
  FOR EACH ROW EXECUTE FUNCTION escalate.refuse_unreadable();
CREATE TRIGGER pages_begin_aloud BEFORE INSERT ON escalate.pages
  FOR EACH ROW EXECUTE FUNCTION escalate.begin_aloud();
CREATE TRIGGER codes_begin_aloud BEFORE INSERT ON escalate.codes
  FOR EACH ROW EXECUTE FUNCTION escalate.begin_aloud();
CREATE TRIGGER search_begin_aloud BEFORE INSERT ON escalate.search
  FOR EACH ROW EXECUTE FUNCTION escalate.begin_aloud();

REVOKE ALL ON FUNCTION escalate.is_instant(text), escalate.refuse_unreadable() FROM PUBLIC;
