-- What must differ on PostgreSQL: some of it is looked up also where the asker may not look.

-- name: handle_of
SELECT handle FROM handle_of(:digest) AS found (handle) WHERE handle IS NOT NULL

-- name: handle_taken
SELECT 1 AS taken WHERE handle_taken(:handle, :digest)

-- name: sightings_of
SELECT entry, incident, seq, handle, digest, type, relation FROM sightings_of(:handle)

-- name: links_of
SELECT entry, incident, seq, handle, other FROM links_of(:handle)

-- name: handles_like
SELECT handle FROM handles_like(:prefix) AS found (handle)

-- name: ask_about
-- Where the asker may not look, whoever leads is to be told; the asker learns nothing.
SELECT incident FROM ask_about(:digest)
