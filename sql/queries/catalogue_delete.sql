-- What goes with somebody or something that is deleted. Used by scannerd/catalogue/delete.py; the rest is catalogue_merge.sql.

-- name: delete_releases_of_person
-- A deleted person takes the releases they are the artist of along.
-- needs: create_leaving
insert into leaving_release (id, into_id)
select release.id, null
from release
where release.artist_id in (select id from leaving_person)

-- name: delete_tracks_of_release
-- A deleted release takes its tracks along.
-- needs: create_leaving
insert into leaving_track (id, into_id)
select track.id, null
from track
where track.release_id in (select id from leaving_release)

-- name: delete_tracks_of_person
-- A deleted person takes the tracks along on which nobody stands before them.
-- needs: create_leaving
insert into leaving_track (id, into_id)
select distinct contribution.track_id, null::bigint
from track_contribution as contribution
where contribution.person_id in (select id from leaving_person)
    and not exists (
        select from track_contribution as before
        where before.track_id = contribution.track_id
            and before.person_id <> contribution.person_id
            and before.position < contribution.position
    )
on conflict (id) do nothing
