-- Take back what one export brought: its listens, unless another live export told them too, and the catalogue rows that
-- nothing else needs. Used by scannerd/listens/undo.py, in this order, in one transaction.

-- name: lock_export
-- The export, and nobody else's hands on it.
select state from export where id = %(export_id)s for update

-- name: find_listener_of_export
-- Whose listens an export holds; it never changes.
select listener_id from export where id = %(export_id)s

-- name: lock_lookups
-- Alone with the lookups and listens: an import that found one of them may still be telling so.
select pg_advisory_xact_lock(%(lock)s, %(catalogue_id)s)

-- name: create_undone_lookups
-- The lookups the export touches, with their titles and catalogue rows, remembered before it goes.
create temp table undone_lookup on commit drop as
select lookup.id, lookup.person_id, lookup.play_key, lookup.track_id, lookup.release_id
from track_lookup as lookup
where lookup.id in (select lookup_id from listen where export_id = %(export_id)s)

-- name: create_undone
-- The persons of those lookups, and the titles whose duplicates are marked anew.
-- needs: create_undone_lookups
create temp table undone_person on commit drop as
select track_contribution.person_id as id
from undone_lookup
join track_contribution on track_contribution.track_id = undone_lookup.track_id
union
select release.artist_id
from undone_lookup
join release on release.id = undone_lookup.release_id
where release.artist_id is not null
union
select release_contribution.person_id
from undone_lookup
join release_contribution on release_contribution.release_id = undone_lookup.release_id;
create temp table touched on commit drop as
select distinct person_id, play_key from undone_lookup where person_id is not null;
analyze undone_lookup, undone_person

-- name: add_announced_persons
-- Whom an import that was stopped created in advance of the lookups that name them.
-- needs: create_undone_lookups create_undone
with announced as (
    delete from announced_person where export_id = %(export_id)s returning person_id
)
insert into undone_person (id)
select person_id from announced
where person_id not in (select id from undone_person)

-- name: create_heirs
-- Of each listen that another live export also told, the oldest of those, and how that one told it; unless the live path
-- told it before them.
-- needs: create_undone_lookups create_undone
create temp table heir on commit drop as
select distinct on (told.listen_id)
    told.listen_id, told.export_id, told.member, told.row_no, told.end_reason, told.client
from listen
join export_row as told on told.listen_id = listen.id
join export on export.id = told.export_id
where listen.export_id = %(export_id)s
    and told.outcome = 'duplicate'
    and told.export_id <> %(export_id)s
    and export.state in ('stored', 'resolved', 'shelved')
    and (listen.told_live_at is null or export.stored_at < listen.told_live_at)
order by told.listen_id, told.export_id, told.member, told.row_no

-- name: analyze_heirs
-- Without statistics the joins below go wrong: an undo of 49,050 rows takes minutes.
-- needs: create_undone_lookups create_undone create_heirs
analyze heir

-- name: hand_over_listens
-- The heirs get their listens, as they told them, and their counts follow.
-- needs: create_undone_lookups create_undone create_heirs
with moved as (
    update listen
    set
        export_id = heir.export_id,
        member = heir.member,
        row_no = heir.row_no,
        end_reason = heir.end_reason,
        client = heir.client
    from heir
    where listen.id = heir.listen_id
), plain as (
    delete from export_row as told
    using heir
    where told.export_id = heir.export_id
        and told.member = heir.member
        and told.row_no = heir.row_no
        and told.outcome = 'duplicate'
    returning told.export_id
)
update export
set rows_stored = rows_stored + gained.rows, rows_duplicate = rows_duplicate - gained.rows
from (select export_id, count(*) as rows from plain group by export_id) as gained
where export.id = gained.export_id
returning gained.rows

-- name: delete_listens_of_export
-- What nobody else told.
-- needs: create_undone_lookups create_undone
delete from listen where export_id = %(export_id)s and told_live_at is null

-- name: keep_live_listens
-- What the live path told too, some of it a moment ago, is now as if it alone had.
-- needs: create_undone_lookups create_undone
update listen
set
    export_id = null,
    member = null,
    row_no = null,
    end_reason = live_end_reason,
    client = live_client,
    told_live_at = null,
    live_end_reason = null,
    live_client = null
where export_id = %(export_id)s

-- name: delete_book_listens_of_export
-- What it told of audiobooks: another export that told it too has rows of its own.
delete from book_listen where export_id = %(export_id)s

-- name: delete_rows_of_export
-- Its ledger goes with it; the counts stay with the export, and so does why rows were no listens, unless each says otherwise.
-- needs: create_undone_lookups create_undone
with gone as (
    delete from export_row where export_id = %(export_id)s returning outcome, reason
)
update export
set reasons = (
    select jsonb_agg(told order by times desc, reason)
    from (
        select outcome, reason, count(*) as times
        from gone
        where outcome <> 'duplicate'
        group by outcome, reason
        order by times desc, reason
        limit 100
    ) as told
)
where id = %(export_id)s

-- name: delete_unneeded_lookups
-- Words that no listen says any more.
-- needs: create_undone_lookups create_undone
delete from track_lookup as lookup
using undone_lookup
where lookup.id = undone_lookup.id
    and not exists (select from listen where listen.lookup_id = lookup.id)

-- name: delete_unneeded_tracks
-- Tracks that no lookup points to any more, and that no file holds.
-- needs: create_undone_lookups create_undone
delete from track
where track.id in (select track_id from undone_lookup)
    and track.place_key is null
    and not exists (select from track_lookup where track_lookup.track_id = track.id)

-- name: delete_unneeded_releases
-- Releases without tracks and lookups.
-- needs: create_undone_lookups create_undone
delete from release
where release.id in (select release_id from undone_lookup)
    and not exists (select from track where track.release_id = release.id)
    and not exists (select from track_lookup where track_lookup.release_id = release.id)

-- name: delete_unneeded_persons
-- Persons that nothing is by.
-- needs: create_undone_lookups create_undone
delete from person
where person.id in (select id from undone_person)
    and not exists (select from track_contribution where track_contribution.person_id = person.id)
    and not exists (select from release_contribution where release_contribution.person_id = person.id)
    and not exists (select from release where release.artist_id = person.id)
    and not exists (select from release_alias where release_alias.artist_id = person.id)
    and not exists (select from track_lookup where track_lookup.person_id = person.id)
    and not exists (select from book_contribution where book_contribution.person_id = person.id)
    and not exists (select from file_contribution where file_contribution.person_id = person.id)

-- name: refill_tracks
-- What the undone lookups had filled in is derived anew from those that are left, as if these were all there ever were;
-- of tracks, releases and persons that files name, files say it.
-- needs: create_undone_lookups create_undone
update track
set
    title = known.title,
    recording_mbid = coalesce(known.recording_mbid, known.guessed_recording_mbid),
    mbid_source = case
        when known.recording_mbid is not null then 'verified'
        when known.guessed_recording_mbid is not null then 'lastfm'
    end,
    isrc = known.isrc,
    duration_ms = known.duration_ms
from (
    select
        track_id,
        (array_agg(title order by lookup_key))[1] as title,
        min(recording_mbid::text)::uuid as recording_mbid,
        min(guessed_recording_mbid::text)::uuid as guessed_recording_mbid,
        min(isrc) as isrc,
        (array_agg(duration_ms order by lookup_key) filter (where duration_ms is not null))[1] as duration_ms
    from track_lookup
    where track_id in (select track_id from undone_lookup)
    group by track_id
) as known
where track.id = known.track_id
    and track.place_key is null
    and (track.title, track.recording_mbid, track.mbid_source, track.isrc, track.duration_ms)
    is distinct from (
        known.title,
        coalesce(known.recording_mbid, known.guessed_recording_mbid),
        case
            when known.recording_mbid is not null then 'verified'
            when known.guessed_recording_mbid is not null then 'lastfm'
        end,
        known.isrc,
        known.duration_ms
    )

-- name: refill_releases
-- The same for the ids of releases: its MBID as long as anybody tells it, else another that was told verified, else a
-- guess; none that another release has. Where a merge left further ones, that decided.
-- needs: create_undone_lookups create_undone
with told as materialized (
    select release.id, lookup.release_mbid as mbid, true as is_verified, min(lookup.id) as first_id
    from release
    join track_lookup as lookup on lookup.release_id = release.id
    where release.id in (select release_id from undone_lookup) and lookup.release_mbid is not null
    group by release.id, lookup.release_mbid
    union all
    select release.id, lookup.guessed_release_mbid, false, min(lookup.id)
    from release
    join track_lookup as lookup on lookup.release_id = release.id
    where release.id in (select release_id from undone_lookup) and lookup.guessed_release_mbid is not null
    group by release.id, lookup.guessed_release_mbid
), chosen as materialized (
    select distinct on (best.catalogue_id, best.mbid) best.*
    from (
        select distinct on (release.id) release.id, release.catalogue_id, told.mbid, told.is_verified, told.first_id
        from release
        join told on told.id = release.id
        where told.mbid = release.mbid
            or not exists (
                select from release as other
                where other.catalogue_id = release.catalogue_id and other.mbid = told.mbid
                union all
                select from release_mbid as other
                where other.catalogue_id = release.catalogue_id and other.mbid = told.mbid
            )
        order by release.id, told.is_verified desc, told.mbid = release.mbid desc nulls last, told.first_id
    ) as best
    order by best.catalogue_id, best.mbid, best.is_verified desc, best.first_id
), known as materialized (
    select
        release.id,
        -- A lookup that names this release may point to a track elsewhere, which a merge put there.
        release.mbid_source = 'verified'
            and not coalesce(chosen.is_verified and chosen.mbid = release.mbid, false)
            and (release.catalogue_id, release.mbid) in (
                select catalogue_id, release_mbid from track_lookup where release_mbid is not null
            ) as stays,
        chosen.mbid,
        case when chosen.is_verified then 'verified' when not chosen.is_verified then 'lastfm' end as mbid_source,
        (
            select min(lookup.release_group_mbid::text)::uuid
            from track_lookup as lookup
            where lookup.release_id = release.id
        ) as release_group_mbid
    from release
    left join chosen on chosen.id = release.id
    where release.id in (select release_id from undone_lookup)
        and not exists (select from release_mbid where release_mbid.release_id = release.id)
        and not exists (select from track where track.release_id = release.id and track.place_key is not null)
        and exists (select from track_lookup as lookup where lookup.release_id = release.id)
)
update release
set
    mbid = case when known.stays then release.mbid else known.mbid end,
    mbid_source = case when known.stays then release.mbid_source else known.mbid_source end,
    release_group_mbid = known.release_group_mbid
from known
where release.id = known.id
    and (release.mbid, release.mbid_source, release.release_group_mbid)
    is distinct from (
        case when known.stays then release.mbid else known.mbid end,
        case when known.stays then release.mbid_source else known.mbid_source end,
        known.release_group_mbid
    )

-- name: refill_persons
-- The same for the ids of persons, unless taking one back would leave two persons of one bare name.
-- needs: create_undone_lookups create_undone
with told as materialized (
    select
        person.id,
        coalesce(bool_or(person.mbid::text = any(lookup.artist_mbids)), false) as is_verified,
        coalesce(bool_or(person.mbid = lookup.guessed_artist_mbid), false) as is_guessed
    from person
    left join track_contribution on track_contribution.person_id = person.id
    left join track_lookup as lookup on lookup.track_id = track_contribution.track_id
    where person.id in (select id from undone_person) and person.mbid is not null
    group by person.id
), known as materialized (
    select
        person.id,
        told.is_guessed,
        told.is_verified or (
            -- A lookup that names them may point to a track that was there before, and on which they do not stand.
            person.mbid_source = 'verified' and (person.catalogue_id, person.mbid::text) in (
                select lookup.catalogue_id, said.mbid
                from track_lookup as lookup
                cross join lateral unnest(lookup.artist_mbids) as said (mbid)
                where lookup.artist_mbids <> '{}'
            )
        ) as is_verified
    from told
    join person on person.id = told.id
    where not exists (select from person_mbid where person_mbid.person_id = person.id)
        and not exists (select from track_contribution where person_id = person.id and source = 'file')
        and not exists (select from release_contribution where person_id = person.id and source = 'file')
)
update person
set
    mbid = case when known.is_verified or known.is_guessed then person.mbid end,
    mbid_source = case when known.is_verified then 'verified' when known.is_guessed then 'lastfm' end
from known
where person.id = known.id
    and person.mbid_source
    is distinct from case when known.is_verified then 'verified' when known.is_guessed then 'lastfm' end
    and not exists (
        select from person as other
        where other.catalogue_id = person.catalogue_id
            and other.match_key = person.match_key
            and other.id <> person.id
    )

-- name: mark_undone
-- The export is taken back; the same file may be imported again.
update export set state = 'undone', ended_at = now() where id = %(export_id)s
