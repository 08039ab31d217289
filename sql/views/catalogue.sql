-- Tracks, albums and artists. Public and stable: columns may be added at the end, never taken away or renamed.

create or replace view public.tracks as
select
    track.id as track_id,
    track.title,
    track.artist_credit as artist,
    (
        select array_agg(person.name order by tc.position)
        from scannerd.track_contribution as tc
        join scannerd.person on person.id = tc.person_id
        where tc.track_id = track.id and tc.role in ('artist', 'featured')
    ) as artists,
    release.title as album,
    case when release.is_compilation then 'Various Artists' else album_artist.name end as album_artist,
    track.disc,
    track.position,
    track.duration_ms,
    coalesce(track.year, release.year) as year,
    array(
        select genre.name
        from scannerd.track_genre
        join scannerd.genre on genre.id = track_genre.genre_id
        where track_genre.track_id = track.id
        order by track_genre.position, genre.name
    ) as genres,
    array(
        select tag.name
        from scannerd.track_tag
        join scannerd.tag on tag.id = track_tag.tag_id
        where track_tag.track_id = track.id
        order by track_tag.position, tag.name
    ) as tags,
    track.recording_mbid,
    track.isrc,
    exists (
        select from scannerd.media_file where media_file.track_id = track.id and media_file.state = 'present'
    ) as owned,
    played.plays,
    played.last_played,
    release.id as release_id
from scannerd.track
left join scannerd.release on release.id = track.release_id
left join scannerd.person as album_artist on album_artist.id = release.artist_id
left join lateral ( -- "left", so that it is left out where nobody asks for it
    select count(*) as plays, max(listen.listened_at) as last_played
    from scannerd.track_lookup as lookup
    join scannerd.listen on listen.lookup_id = lookup.id
    where lookup.track_id = track.id
        and listen.duplicate_of is null
        and (
            listen.played_for_ms is null
            or listen.end_reason = 'trackdone'
            or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
        )
) as played on true;

create or replace view public.albums as
select
    release.id as release_id,
    release.title,
    case when release.is_compilation then 'Various Artists' else album_artist.name end as artist,
    release.year,
    (select count(*) from scannerd.track where track.release_id = release.id) as tracks,
    exists (
        select
        from scannerd.track
        join scannerd.media_file on media_file.track_id = track.id
        where track.release_id = release.id and media_file.state = 'present'
    ) as owned,
    (
        select count(*)
        from scannerd.track_lookup as lookup
        join scannerd.listen on listen.lookup_id = lookup.id
        where lookup.release_id = release.id
            and listen.duplicate_of is null
            and (
                listen.played_for_ms is null
                or listen.end_reason = 'trackdone'
                or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
            )
    ) as plays,
    release.mbid as release_mbid,
    (
        select count(distinct track.id)
        from scannerd.track
        join scannerd.media_file on media_file.track_id = track.id
        where track.release_id = release.id and media_file.state = 'present'
    ) as owned_tracks
from scannerd.release
left join scannerd.person as album_artist on album_artist.id = release.artist_id;

create or replace view public.artists as
select
    person.id as person_id,
    person.name,
    person.mbid,
    (
        select count(*)
        from (
            select distinct tc.track_id
            from scannerd.track_contribution as tc
            where tc.person_id = person.id and tc.role in ('artist', 'featured')
        ) as theirs
        join scannerd.track_lookup as lookup on lookup.track_id = theirs.track_id
        join scannerd.listen on listen.lookup_id = lookup.id
        where listen.duplicate_of is null
            and (
                listen.played_for_ms is null
                or listen.end_reason = 'trackdone'
                or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
            )
    ) as plays,
    (
        select count(distinct tc.track_id)
        from scannerd.track_contribution as tc
        where tc.person_id = person.id and tc.role in ('artist', 'featured')
    ) as tracks,
    (
        select count(distinct track.release_id)
        from scannerd.track_contribution as tc
        join scannerd.track on track.id = tc.track_id
        where tc.person_id = person.id and tc.role in ('artist', 'featured')
    ) as albums,
    (
        select count(distinct tc.track_id)
        from scannerd.track_contribution as tc
        join scannerd.media_file on media_file.track_id = tc.track_id
        where tc.person_id = person.id and tc.role in ('artist', 'featured') and media_file.state = 'present'
    ) as owned_tracks
from scannerd.person
where exists (
        select from scannerd.track_contribution as tc
        where tc.person_id = person.id and tc.role in ('artist', 'featured')
    )
    or exists (select from scannerd.release where release.artist_id = person.id)
    or exists (select from scannerd.release_contribution as rc where rc.person_id = person.id);

comment on view public.tracks is 'Every track that was played or that a library holds, with how often it was played';
comment on column public.tracks.track_id is 'Its number';
comment on column public.tracks.title is 'The title';
comment on column public.tracks.artist is 'The artists as printed, in order';
comment on column public.tracks.artists is 'The artists and guests one by one, the primary artist first';
comment on column public.tracks.album is 'The title of the release, null where none was named';
comment on column public.tracks.album_artist is 'Whose release it is';
comment on column public.tracks.disc is 'Number of the disc, where known';
comment on column public.tracks.position is 'Number on the disc, where known';
comment on column public.tracks.duration_ms is 'Full length in milliseconds, where known';
comment on column public.tracks.year is 'Year of release, where known';
comment on column public.tracks.genres is 'Genres, in the order of its tags; empty where no file says';
comment on column public.tracks.tags is 'A user''s labels (grouping, mood, tags), in the order of its tags; empty where no file says';
comment on column public.tracks.recording_mbid is 'MusicBrainz id of the recording, where known';
comment on column public.tracks.isrc is 'International Standard Recording Code, where known';
comment on column public.tracks.owned is 'Whether a library holds it: some file of it is there and can be read';
comment on column public.tracks.plays is 'How many listens count, of all listeners';
comment on column public.tracks.last_played is 'When it was last played';
comment on column public.tracks.release_id is 'The release, as in albums';
comment on view public.albums is 'Every release that a listen or a file names, with how often it was played';
comment on column public.albums.release_id is 'Its number';
comment on column public.albums.title is 'The title';
comment on column public.albums.artist is 'Its primary artist, or Various Artists';
comment on column public.albums.year is 'Year of release, where known';
comment on column public.albums.tracks is 'How many of its tracks are known';
comment on column public.albums.owned is 'Whether a library holds it, or a part of it';
comment on column public.albums.plays is 'How many listens count, of all listeners';
comment on column public.albums.release_mbid is 'MusicBrainz id of the release, where known';
comment on column public.albums.owned_tracks is 'How many of its tracks a library holds';
comment on view public.artists is 'Everybody who plays on a track, as its artist or as a guest, and whoever only an album is by; a composer is none';
comment on column public.artists.person_id is 'Their number';
comment on column public.artists.name is 'The name as printed';
comment on column public.artists.mbid is 'MusicBrainz id, where known';
comment on column public.artists.plays is 'How many listens count, of all listeners, as artist or guest';
comment on column public.artists.tracks is 'On how many tracks, as artist or guest';
comment on column public.artists.albums is 'On how many releases they play';
comment on column public.artists.owned_tracks is 'How many of these tracks a library holds';
