-- Tracks of a batch: a recording at its place on a release. A recording MBID finds a track only on that release, so that
-- one song on three albums stays three tracks. Used by scannerd/listens/resolve.py, after the releases.

-- name: prefer_owned_releases
-- Where a file holds a track of this artist and title, on a release of that title or where the source names none, it is
-- that track that was heard: its release is this lookup's. Of several the one with the same ids, else the oldest.
-- needs: create_resolving
update resolving
set owned_track_id = owned.track_id, release_identity = coalesce(owned.identity_key, resolving.release_identity)
from (
    select distinct on (heard.lookup_id) heard.lookup_id, track.id as track_id, release.identity_key
    from resolving as heard
    join track
        on track.catalogue_id = %(catalogue_id)s
        and track.match_key = heard.title_key
        and track.place_key is not null
    join track_contribution as lead
        on lead.track_id = track.id and lead.position = 0 and lead.person_id = heard.person_id
    left join release on release.id = track.release_id
    where (heard.album_key is null or heard.album_key = release.match_key)
        and (heard.release_mbid is null or release.mbid is null or heard.release_mbid = release.mbid)
        and (
            heard.recording_mbid is null
            or track.mbid_source is distinct from 'verified'
            or heard.recording_mbid = track.recording_mbid
        )
    order by
        heard.lookup_id,
        release.mbid = heard.release_mbid desc nulls last,
        track.recording_mbid = heard.recording_mbid desc nulls last,
        release.is_compilation nulls last,
        release.year nulls last,
        track.id
) as owned
where resolving.lookup_id = owned.lookup_id

-- name: prefer_owned_tracks
-- The track that a file holds, once its release is found.
-- needs: create_resolving
update resolving
set track_identity = track.identity_key
from track
where track.id = resolving.owned_track_id and track.release_id is not distinct from resolving.release_id

-- name: agree_on_track_identities
-- Lookups of one recording on one release are one track, whatever they call it.
-- needs: create_resolving
update resolving
set track_identity = agreed.track_identity
from (
    select distinct on (coalesce(release_id, -person_id), recording_mbid)
        coalesce(release_id, -person_id) as place,
        recording_mbid,
        track_identity
    from resolving
    where recording_mbid is not null
    order by coalesce(release_id, -person_id), recording_mbid, lookup_id
) as agreed
where resolving.recording_mbid = agreed.recording_mbid
    and coalesce(resolving.release_id, -resolving.person_id) = agreed.place
    and resolving.track_identity <> agreed.track_identity

-- name: create_wanted_tracks
-- Each track of the batch once, with all that its lookups know.
-- needs: create_resolving
create temp table wanted_track on commit drop as
select
    track_identity as identity_key,
    min(lookup_id) as lookup_id,
    (array_agg(release_id))[1] as release_id,
    (array_agg(person_id order by lookup_id))[1] as person_id,
    min(recording_mbid::text)::uuid as recording_mbid,
    min(guessed_recording_mbid::text)::uuid as guessed_recording_mbid,
    min(isrc) as isrc,
    (array_agg(duration_ms order by lookup_id) filter (where duration_ms is not null))[1] as duration_ms,
    null::bigint as track_id,
    null::text as how
from resolving
group by track_identity;
analyze wanted_track

-- name: find_tracks_by_recording
-- The verified recording on that release, or of that primary artist where there is no release: the track that has it, else
-- the one that a lookup with it already points to (a merge left it there, or a title brought it there first).
-- needs: create_resolving create_wanted_tracks
update wanted_track
set track_id = known.id, how = 'by recording'
from (
    select distinct on (wanted.identity_key) wanted.identity_key, track.id
    from (select * from wanted_track where recording_mbid is not null) as wanted
    cross join lateral (
        select id as track_id, true as has_it
        from track
        where track.catalogue_id = %(catalogue_id)s
            and track.recording_mbid = wanted.recording_mbid
            and track.mbid_source = 'verified'
        union all
        select lookup.track_id, false
        from track_lookup as lookup
        where lookup.catalogue_id = %(catalogue_id)s
            and lookup.recording_mbid = wanted.recording_mbid
            and lookup.track_id is not null
            and lookup.id not in (select lookup_id from resolving) -- what it pointed to is what is asked anew
    ) as told
    join track on track.id = told.track_id
    where track.release_id = wanted.release_id
        or (track.release_id is null and wanted.release_id is null and exists (
            select from track_contribution
            where track_contribution.track_id = track.id
                and track_contribution.person_id = wanted.person_id
                and track_contribution.position = 0
        ))
    order by wanted.identity_key, told.has_it desc, track.id
) as known
where wanted_track.identity_key = known.identity_key

-- name: find_tracks
-- By release, artists and title, else by an alias of those.
-- needs: create_resolving create_wanted_tracks
update wanted_track
set
    track_id = coalesce(by_title.id, by_alias.track_id),
    how = case when by_title.id is not null then 'by title' else 'by alias' end
from wanted_track as wanted
left join track as by_title
    on by_title.catalogue_id = %(catalogue_id)s and by_title.identity_key = wanted.identity_key
left join track_alias as by_alias
    on by_alias.catalogue_id = %(catalogue_id)s and by_alias.identity_key = wanted.identity_key
where wanted_track.identity_key = wanted.identity_key
    and wanted_track.track_id is null
    and coalesce(by_title.id, by_alias.track_id) is not null

-- name: fill_tracks
-- Ids and lengths fill gaps, and a verified recording replaces a guess; nothing is overwritten.
-- needs: create_resolving create_wanted_tracks
update track
set
    recording_mbid = case
        when track.mbid_source is distinct from 'verified' and wanted.recording_mbid is not null then wanted.recording_mbid
        else coalesce(track.recording_mbid, wanted.guessed_recording_mbid)
    end,
    mbid_source = case
        when track.mbid_source is distinct from 'verified' and wanted.recording_mbid is not null then 'verified'
        when track.recording_mbid is null and wanted.guessed_recording_mbid is not null then 'lastfm'
        else track.mbid_source
    end,
    isrc = coalesce(track.isrc, wanted.isrc),
    duration_ms = coalesce(track.duration_ms, wanted.duration_ms)
from (
    select
        track_id,
        min(recording_mbid::text)::uuid as recording_mbid,
        min(guessed_recording_mbid::text)::uuid as guessed_recording_mbid,
        min(isrc) as isrc,
        (array_agg(duration_ms order by lookup_id) filter (where duration_ms is not null))[1] as duration_ms
    from wanted_track
    where track_id is not null
    group by track_id
) as wanted
where track.id = wanted.track_id
    and (
        (wanted.recording_mbid is not null and track.mbid_source is distinct from 'verified')
        or (wanted.guessed_recording_mbid is not null and track.recording_mbid is null)
        or (wanted.isrc is not null and track.isrc is null)
        or (wanted.duration_ms is not null and track.duration_ms is null)
    )

-- name: insert_tracks
-- What nobody knows yet, sorted, so that two scans lock in one order.
-- needs: create_resolving create_wanted_tracks
with created as (
    insert into track (
        catalogue_id, release_id, title, match_key, artist_ids, artist_credit, identity_key, duration_ms,
        recording_mbid, mbid_source, isrc
    )
    select
        %(catalogue_id)s,
        wanted.release_id,
        resolving.title,
        resolving.title_key,
        resolving.artist_ids,
        resolving.credit,
        wanted.identity_key,
        wanted.duration_ms,
        coalesce(wanted.recording_mbid, wanted.guessed_recording_mbid),
        case
            when wanted.recording_mbid is not null then 'verified'
            when wanted.guessed_recording_mbid is not null then 'lastfm'
        end,
        wanted.isrc
    from wanted_track as wanted
    join resolving on resolving.lookup_id = wanted.lookup_id
    where wanted.track_id is null
    order by wanted.identity_key
    returning id, identity_key
)
update wanted_track
set track_id = created.id, how = 'new'
from created
where wanted_track.identity_key = created.identity_key

-- name: insert_track_contributions
-- Who plays on the new tracks, in order, as printed.
-- needs: create_resolving create_wanted_tracks
insert into track_contribution (track_id, person_id, role, position, credited_as, source)
select distinct on (wanted.track_id, named.person_id)
    wanted.track_id,
    named.person_id,
    case when named.featured and named.position > 0 then 'featured' else 'artist' end,
    named.position,
    named.name,
    'listens'
from wanted_track as wanted
join resolving_name as named on named.lookup_id = wanted.lookup_id
where wanted.how = 'new' and not named.of_album
order by wanted.track_id, named.person_id, named.position

-- name: point_tracks
-- Each lookup gets its track, and is by the primary artist of the lookup that made it.
-- needs: create_resolving create_wanted_tracks
update resolving
set track_id = wanted.track_id, track_how = wanted.how, person_id = wanted.person_id
from wanted_track as wanted
where resolving.track_identity = wanted.identity_key

-- name: follow_tracks
-- A track that was there before says whose it is, and where: it may have been found under other words than its own.
-- needs: create_resolving create_wanted_tracks
update resolving
set release_id = track.release_id, person_id = lead.person_id
from track
cross join lateral (
    select person_id from track_contribution where track_id = track.id order by position limit 1
) as lead
where resolving.track_how <> 'new' and track.id = resolving.track_id

-- name: insert_person_aliases
-- Further names a source gave for an artist; what a service adopted by itself is shown, but credits nobody.
-- needs: create_resolving create_wanted_tracks
insert into person_alias (catalogue_id, person_id, alias, match_key, source, resolves)
select distinct on (resolving_name.person_id, given.match_key)
    %(catalogue_id)s,
    resolving_name.person_id,
    given.alias,
    given.match_key,
    given.source,
    given.source <> 'musicbrainz'
from resolving_alias as given
join resolving_name
    on resolving_name.lookup_id = given.lookup_id
    and not resolving_name.of_album
    and resolving_name.position = given.position
where given.kind = 'artist'
order by resolving_name.person_id, given.match_key, given.source
on conflict (person_id, match_key) do nothing

-- name: insert_release_aliases
-- Further titles a source gave for a release.
-- needs: create_resolving create_wanted_tracks
insert into release_alias (catalogue_id, release_id, alias, match_key, artist_id, identity_key, source)
select distinct on (identity_key) * from (
    select
        %(catalogue_id)s::int,
        release.id,
        given.alias,
        given.match_key,
        release.artist_id,
        set_identity(
            'title', given.match_key, case when release.is_compilation then 'various' else release.artist_id::text end
        ) as identity_key,
        given.source
    from resolving_alias as given
    join resolving on resolving.lookup_id = given.lookup_id
    join release on release.id = resolving.release_id
    where given.kind = 'release'
) as alias
where not exists (
    select from release as taken
    where taken.catalogue_id = %(catalogue_id)s and taken.identity_key = alias.identity_key
)
order by identity_key, source
on conflict (catalogue_id, identity_key) do nothing

-- name: insert_track_aliases
-- Further titles a source gave for a track.
-- needs: create_resolving create_wanted_tracks
insert into track_alias (catalogue_id, track_id, alias, match_key, release_id, artist_ids, identity_key, source)
select distinct on (identity_key) * from (
    select
        %(catalogue_id)s::int,
        track.id,
        given.alias,
        given.match_key,
        track.release_id,
        track.artist_ids,
        set_identity('track', track.release_id::text, array_to_string(track.artist_ids, ','), given.match_key)
            as identity_key,
        given.source
    from resolving_alias as given
    join resolving on resolving.lookup_id = given.lookup_id
    join track on track.id = resolving.track_id
    where given.kind = 'track'
) as alias
where not exists (
    select from track as taken
    where taken.catalogue_id = %(catalogue_id)s and taken.identity_key = alias.identity_key
)
order by identity_key, source
on conflict (catalogue_id, identity_key) do nothing
