-- The outbox: what is owed is owed by an entry, and what became of it is said by one.
SET LOCAL ROLE escalate_owner;

CREATE FUNCTION escalate.owe() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.limited := EXISTS (SELECT FROM escalate.restricted AS r WHERE r.incident = NEW.incident AND r.active);
  NEW.xid := pg_current_xact_id();
  IF escalate.copying() THEN
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM escalate.timeline AS t
                  WHERE t.id = NEW.entry AND t.incident = NEW.incident AND t.seq = NEW.entry_seq
                    AND t.digest = NEW.entry_digest AND t.xid = pg_current_xact_id()) THEN
    RAISE EXCEPTION 'escalate: a message is owed by an entry that is written with it' USING ERRCODE = 'ES002';
  END IF;
  IF NEW.state = 'sending' OR NEW.leased_until IS NOT NULL THEN
    RAISE EXCEPTION 'escalate: nobody has in hand what was not owed before' USING ERRCODE = 'ES002';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER messages_are_owed BEFORE INSERT ON escalate.messages
  FOR EACH ROW EXECUTE FUNCTION escalate.owe();

-- Whether a message is owed by an entry that this transaction says is erased, or says a longer piece of its words again: the
-- rule of app/erasing.py, while the words are still there.
CREATE FUNCTION escalate.repeats(message escalate.messages) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM escalate.timeline AS erased JOIN escalate.timeline AS said
        ON said.incident = erased.incident AND said.id = erased.body::jsonb ->> 'entry'
     WHERE erased.incident = message.incident AND erased.kind = 'entry.erased' AND erased.xid = pg_current_xact_id()
       AND escalate.was_erased(message.incident, said.id)
       AND (said.id = message.entry OR EXISTS (
             SELECT FROM jsonb_path_query(said.body::jsonb, 'strict $.** ? (@.type() == "string")') AS word
              WHERE (char_length(word #>> '{}') >= 12 OR said.kind = 'incident.opened') AND word #>> '{}' <> ''
                AND (strpos(message.text, word #>> '{}') > 0 OR strpos(message.subject, word #>> '{}') > 0))));
END $$;

-- What became of a message changes; to whom, by what and in which words it was owed does not, but that its words go with
-- those of an entry that is erased, in that transaction. Couriers change it; a person can call it off, say that it was passed on, have it tried again or answer it, and sees to their own terminal.
CREATE FUNCTION escalate.change_message() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  same boolean := (NEW.attempts, NEW.due_at, NEW.last_error, NEW.remote, NEW.bundle, NEW.tried_at)
                  IS NOT DISTINCT FROM (OLD.attempts, OLD.due_at, OLD.last_error, OLD.remote, OLD.bundle, OLD.tried_at);
BEGIN
  IF (NEW.id, NEW.incident, NEW.entry, NEW.entry_seq, NEW.entry_digest, NEW.page, NEW.purpose, NEW.recipient, NEW.name,
      NEW.via, NEW.address, NEW.details, NEW.xid)
     IS DISTINCT FROM
     (OLD.id, OLD.incident, OLD.entry, OLD.entry_seq, OLD.entry_digest, OLD.page, OLD.purpose, OLD.recipient, OLD.name,
      OLD.via, OLD.address, OLD.details, OLD.xid)
     OR (NEW.subject, NEW.text) <> (OLD.subject, OLD.text)
        AND NOT (NEW.subject = '' AND NEW.text = '' AND escalate.repeats(OLD)) THEN
    RAISE EXCEPTION 'escalate: what was owed is kept as it was' USING ERRCODE = 'ES002';
  END IF;
  IF escalate.is_courier() OR escalate.copying() OR OLD.via = 'console'
     OR same AND (NEW.state, NEW.leased_until) IS NOT DISTINCT FROM (OLD.state, OLD.leased_until) THEN
    RETURN NEW;
  END IF;
  IF same AND NEW.leased_until IS NULL AND (CASE NEW.state
       WHEN 'cancelled' THEN OLD.state IN ('queued', 'sending', 'unknown', 'shown')
       WHEN 'told' THEN OLD.state IN ('queued', 'sending', 'unknown', 'shown', 'failed', 'gave-up')
       WHEN 'acknowledged' THEN OLD.state IN ('sent', 'delivered')
       ELSE false END)
     OR NEW.state = 'queued' AND OLD.state IN ('queued', 'unknown', 'failed', 'gave-up') AND NEW.leased_until IS NULL
        AND NEW.due_at <= escalate.instant(clock_timestamp()) AND NEW.attempts <= OLD.attempts
        AND (NEW.remote, NEW.tried_at) IS NOT DISTINCT FROM (OLD.remote, OLD.tried_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'escalate: what becomes of a message is for a courier to say' USING ERRCODE = 'ES002';
END $$;
CREATE TRIGGER messages_say_what_they_said BEFORE UPDATE OF
  id, incident, entry, entry_seq, entry_digest, page, purpose, recipient, name, via, address, subject, text, details, state,
  attempts, due_at, leased_until, last_error, remote, bundle, tried_at, xid ON escalate.messages
  FOR EACH ROW EXECUTE FUNCTION escalate.change_message();
CREATE TRIGGER messages_stay BEFORE DELETE OR TRUNCATE ON escalate.messages
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.refuse('a message that was owed is kept');

-- Looked at when the transaction ends: a message that goes out of the queue does so with the entry that says it. Those
-- who have it in hand or put it off are not asked.
CREATE FUNCTION escalate.say_so() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted text := CASE NEW.state WHEN 'acknowledged' THEN 'page.acknowledged' WHEN 'gave-up' THEN 'message.gave_up'
                                WHEN 'queued' THEN 'message.retried' ELSE 'message.' || NEW.state END;
  named text := CASE NEW.state WHEN 'acknowledged' THEN '"page":"' || NEW.page || '"'
                               ELSE '"message":"' || NEW.id || '"' END;
  one record;
BEGIN
  IF NEW.state = 'sending' OR escalate.copying()
     OR NEW.state = 'queued' AND (escalate.is_courier() OR NEW.via = 'console') THEN
    RETURN NULL;
  END IF;
  FOR one IN SELECT t.kind, t.body, t.xid FROM escalate.timeline AS t
              WHERE t.incident = NEW.incident AND t.seq >= NEW.entry_seq ORDER BY t.seq DESC LOOP
    EXIT WHEN one.xid <> pg_current_xact_id();
    IF one.kind = wanted AND strpos(one.body, named) > 0 THEN
      RETURN NULL;
    END IF;
  END LOOP;
  RAISE EXCEPTION 'escalate: what becomes of a message stands on the timeline' USING ERRCODE = 'ES002';
END $$;
CREATE CONSTRAINT TRIGGER messages_change_aloud AFTER UPDATE ON escalate.messages
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.state = 'queued' AND NEW.due_at <> OLD.due_at)
  EXECUTE FUNCTION escalate.say_so();
CREATE CONSTRAINT TRIGGER messages_begin_aloud AFTER INSERT ON escalate.messages
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'queued')
  EXECUTE FUNCTION escalate.say_so();

-- waking -----------------------------------------------------------------------------------------------------------

-- Without a word: everybody in the database hears it. A machine does not wake others by what it does for all of them.
CREATE FUNCTION escalate.wake() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' AND TG_TABLE_NAME IN ('messages', 'matches') OR NOT escalate.is_machine() THEN
    PERFORM pg_notify('escalate', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER messages_wake AFTER INSERT OR UPDATE ON escalate.messages
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.wake();
CREATE TRIGGER pages_wake AFTER INSERT OR UPDATE ON escalate.pages
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.wake();
CREATE TRIGGER timers_wake AFTER INSERT OR UPDATE ON escalate.timers
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.wake();
CREATE TRIGGER matches_wake AFTER INSERT ON escalate.matches
  FOR EACH STATEMENT EXECUTE FUNCTION escalate.wake();
