-- Names to catalogue rows, in sets. A batch of lookups is taken apart in Python (scannerd/model/names.py), copied into
-- temp tables, and resolved here in one short transaction under the catalogue's lock. Used by scannerd/listens/resolve.py.

-- name: lock_catalogue
-- One creator at a time for one catalogue, until the transaction ends.
select pg_advisory_xact_lock(%(lock)s, %(catalogue_id)s)

-- name: create_pending
-- The lookups one export told, again or for the first time, that point to no track yet or know more than when they were
-- resolved, in batches of about the given size that never cut an album apart.
create temp table pending as
select
    lookup_id,
    plays,
    min(seq) over (partition by coalesce(album_key, lookup_id::text)) / %(batch_size)s as batch_no
from (
    select
        lookup.id as lookup_id,
        lookup.album_key,
        wanted.plays,
        row_number() over (order by lookup.album_key nulls last, lookup.lookup_key) as seq
    from (
        select told.lookup_id, count(*) as plays
        from (
            select lookup_id from listen where export_id = %(export_id)s
            union all
            select listen.lookup_id
            from export_row
            join listen on listen.id = export_row.listen_id
            join track_lookup as lookup on lookup.id = listen.lookup_id
            where export_row.export_id = %(export_id)s
                and (lookup.track_id is null or lookup.rules_version is null)
                -- Asked once, and mostly answered by no: then the rows that are duplicates cost nothing.
                and exists (select from track_lookup where track_id is null or rules_version is null)
        ) as told
        group by told.lookup_id
    ) as wanted
    join track_lookup as lookup on lookup.id = wanted.lookup_id
    where lookup.track_id is null or lookup.rules_version is null
) as numbered

-- name: create_pending_again
-- All lookups of a catalogue that point to no track, or were resolved under other rules than today's.
create temp table pending as
select
    lookup_id,
    plays,
    min(seq) over (partition by coalesce(album_key, lookup_id::text)) / %(batch_size)s as batch_no
from (
    select
        lookup.id as lookup_id,
        lookup.album_key,
        1::bigint as plays,
        row_number() over (order by lookup.album_key nulls last, lookup.lookup_key) as seq
    from track_lookup as lookup
    where lookup.catalogue_id = %(catalogue_id)s
        and (lookup.track_id is null or lookup.rules_version is distinct from %(rules_version)s)
) as numbered

-- name: create_pending_some
-- The named lookups, in one batch: the live path.
create temp table pending as
select id as lookup_id, 1::bigint as plays, 0::bigint as batch_no
from track_lookup
where id = any(%(lookup_ids)s) and track_id is null

-- name: drop_pending
-- The work list is done.
-- needs: create_pending
drop table pending

-- name: list_pending_batches
-- The batches in order.
-- needs: create_pending
select distinct batch_no from pending order by batch_no

-- name: list_pending_pairs
-- The names of the whole work list that stand with a verified MBID, the most frequent spellings first.
-- needs: create_pending
select lookup.form, said.name, said.mbid
from pending
join track_lookup as lookup on lookup.id = pending.lookup_id
cross join lateral unnest(lookup.artists, lookup.artist_mbids) as said (name, mbid)
where said.mbid <> ''
group by lookup.form, said.name, said.mbid
order by count(*) desc, said.name, said.mbid, lookup.form

-- name: list_pending_lookups
-- What the sources wrote, for one batch.
-- needs: create_pending
select
    lookup.id,
    pending.plays,
    lookup.form,
    lookup.artists,
    lookup.artist_mbids,
    lookup.joiners,
    lookup.title,
    lookup.album,
    lookup.album_artists,
    lookup.is_compilation,
    lookup.recording_mbid,
    lookup.release_mbid,
    lookup.release_group_mbid,
    lookup.isrc,
    lookup.duration_ms,
    lookup.guessed_artist_mbid,
    lookup.guessed_recording_mbid,
    lookup.guessed_release_mbid,
    lookup.aliases
from pending
join track_lookup as lookup on lookup.id = pending.lookup_id
where pending.batch_no = %(batch_no)s

-- name: create_resolving
-- The temp tables a batch of lookups is copied into, taken apart.
create temp table resolving (
    lookup_id bigint, plays bigint, title text, title_key text, play_key text, credit text, album text, album_key text,
    various boolean, unordered boolean, release_mbid uuid, release_group_mbid uuid, recording_mbid uuid, isrc text,
    duration_ms int, guessed_artist_mbid uuid, guessed_recording_mbid uuid, guessed_release_mbid uuid,
    person_id bigint, album_person_id bigint, artist_ids bigint[], release_identity bytea, release_id bigint,
    track_identity bytea, track_id bigint, owned_track_id bigint, person_how text, release_how text, track_how text
) on commit drop;
create temp table resolving_name (
    lookup_id bigint, of_album boolean, position smallint, name text, match_key text, mbid uuid, featured boolean,
    person_id bigint, how text
) on commit drop;
create temp table resolving_alias (
    lookup_id bigint, kind text, position smallint, alias text, match_key text, source text
) on commit drop

-- name: copy_resolving
-- The titles of a batch.
-- needs: create_resolving
copy resolving (
    lookup_id, plays, title, title_key, play_key, credit, album, album_key, various, unordered, release_mbid,
    release_group_mbid, recording_mbid, isrc, duration_ms, guessed_artist_mbid, guessed_recording_mbid,
    guessed_release_mbid
) from stdin (format binary)

-- name: copy_resolving_names
-- The names of a batch.
-- needs: create_resolving
copy resolving_name (lookup_id, of_album, position, name, match_key, mbid, featured) from stdin (format binary)

-- name: copy_resolving_aliases
-- The further names a batch's sources gave.
-- needs: create_resolving
copy resolving_alias (lookup_id, kind, position, alias, match_key, source) from stdin (format binary)

-- name: analyze_resolving
-- Without statistics the joins below go wrong.
-- needs: create_resolving
analyze resolving, resolving_name

-- name: point_lookups
-- The batch is resolved: its lookups point into the catalogue, and say by which rule.
-- needs: create_resolving
update track_lookup
set
    track_id = resolving.track_id,
    release_id = resolving.release_id,
    person_id = resolving.person_id,
    play_key = resolving.play_key,
    resolved_by = format(
        'artist %%s, %%s, track %%s',
        resolving.person_how,
        coalesce('release ' || resolving.release_how, 'no release'),
        resolving.track_how
    ),
    rules_version = %(rules_version)s
from resolving
where track_lookup.id = resolving.lookup_id

-- name: create_left_lookups
-- Those of a batch that pointed somewhere before: what they leave may be needed by nobody else.
-- needs: create_pending
create temp table undone_lookup on commit drop as
select lookup.id, lookup.person_id, lookup.play_key, lookup.track_id, lookup.release_id
from pending
join track_lookup as lookup on lookup.id = pending.lookup_id
where pending.batch_no = %(batch_no)s and lookup.track_id is not null
