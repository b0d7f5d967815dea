-- Which incidents wait for a newer version of a clause: found by the clause, without looking through all of them.

-- projections ------------------------------------------------------------------------------------------------------

CREATE TABLE watches (
  clause   TEXT NOT NULL,
  incident TEXT NOT NULL,
  PRIMARY KEY (clause, incident)
);
CREATE INDEX watches_in ON watches (incident);
