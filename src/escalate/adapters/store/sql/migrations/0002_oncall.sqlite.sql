-- On call: several pages told in one message, codes to answer by, and whose turn it is.

-- `bundle` is the one message that several went out as; `tried_at` when it was last handed to a channel.
ALTER TABLE messages ADD COLUMN bundle TEXT;
ALTER TABLE messages ADD COLUMN tried_at TEXT;
CREATE INDEX messages_to ON messages (recipient, via, tried_at) WHERE tried_at IS NOT NULL;
CREATE INDEX messages_in ON messages (bundle) WHERE bundle IS NOT NULL;

-- projections ------------------------------------------------------------------------------------------------------

ALTER TABLE pages ADD COLUMN policy TEXT NOT NULL DEFAULT '';
CREATE INDEX pages_by ON pages (policy);

CREATE TABLE codes (
  code     TEXT NOT NULL,
  incident TEXT NOT NULL,
  page     TEXT NOT NULL,
  person   TEXT NOT NULL,
  PRIMARY KEY (code, page, person)
);

-- What happens to an incident by itself at a moment.
CREATE TABLE timers (
  incident TEXT NOT NULL,
  key      TEXT NOT NULL,
  due_at   TEXT NOT NULL,
  PRIMARY KEY (incident, key)
);
CREATE INDEX timers_due ON timers (due_at);

CREATE INDEX timeline_on_call ON timeline (incident) WHERE kind = 'oncall.opened';
CREATE INDEX timeline_revealed ON timeline (actor, recorded_at) WHERE kind = 'text.revealed';
