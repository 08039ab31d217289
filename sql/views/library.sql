-- What the libraries hold, and what listens say of it. Public and stable: columns may be added at the end, never taken
-- away or renamed.

-- A path as people read it, like scannerd.library.walk.shown: NFC, on one line, what is no UTF-8 spelled \xff. It never
-- fails: convert_from would, on one bad byte of one of a million files.
create or replace function scannerd.shown_path(path bytea) returns text
    language sql immutable strict parallel safe
    return case
        when encode(path, 'escape') collate "C" ~ '^[\x20-\x5b\x5d-\x7e]*$' then encode(path, 'escape')
        else (
            select normalize(
                string_agg(
                    coalesce(convert_from(decode(piece[1], 'hex'), 'UTF8'), '\x' || right(piece[2], 2)), '' order by n
                ),
                nfc
            )
            from regexp_matches(
                encode(path, 'hex') collate "C",
                '((?:[2-6].|7[0-9a-e]|c2[ab].|c[3-9a-f][89ab].|d.[89ab].|e0[ab].[89ab].|e[1-9abcef][89ab].[89ab].'
                '|ed[89].[89ab].|f0[9ab].[89ab].[89ab].|f[1-3][89ab].[89ab].[89ab].|f48.[89ab].[89ab].)+)'
                '|([01].|7f|c2[89].|[89a-f].)',
                'g'
            ) with ordinality as found (piece, n)
        )
    end;
comment on function scannerd.shown_path(bytea) is 'A path as people read it: NFC, on one line, what is no UTF-8 spelled \xff';

create or replace function scannerd.whole_path(root bytea, folder bytea, name bytea) returns bytea
    language sql immutable strict parallel safe
    return coalesce(nullif(root, '\x2f'), '') || '\x2f' || folder || name;
comment on function scannerd.whole_path(bytea, bytea, bytea) is 'Where a file lies, as the file system spells it';

create or replace view public.files as
select
    library.name as library,
    scannerd.shown_path(scannerd.whole_path(root.path, file.folder, file.name)) as path,
    file.state,
    file.format,
    file.codec,
    file.duration_ms,
    file.bitrate,
    file.sample_rate,
    file.channels,
    file.bit_depth,
    file.size,
    file.has_picture,
    file.is_tagged,
    file.is_primary,
    file.reason,
    file.missing_since,
    to_timestamp(file.mtime_ns / 1000000000.0) as modified_at,
    file.added_at,
    file.details,
    file.track_id,
    file.id as file_id,
    library.instance,
    scannerd.whole_path(root.path, file.folder, file.name) as raw_path,
    file.role,
    file.book_id,
    file.part,
    file.pages
from scannerd.media_file as file
join scannerd.root on root.id = file.root_id
join scannerd.library on library.id = root.library_id;

create or replace view public.owned_never_played as
select
    track.id as track_id,
    track.title,
    track.artist_credit as artist,
    release.title as album,
    case when release.is_compilation then 'Various Artists' else album_artist.name end as album_artist,
    coalesce(track.year, release.year) as year,
    track.duration_ms,
    owned.added_at,
    release.id as release_id
from (
    select file.track_id, min(file.added_at) as added_at
    from scannerd.media_file as file
    where file.state = 'present' and file.track_id is not null
    group by file.track_id
) as owned
join scannerd.track on track.id = owned.track_id
left join scannerd.release on release.id = track.release_id
left join scannerd.person as album_artist on album_artist.id = release.artist_id
where not exists (
    select
    from scannerd.track_lookup as lookup
    join scannerd.listen on listen.lookup_id = lookup.id
    where lookup.track_id = owned.track_id
        and listen.duplicate_of is null
        and (
            listen.played_for_ms is null
            or listen.end_reason = 'trackdone'
            or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
        )
);

create or replace view public.played_not_owned as
select
    track.id as track_id,
    track.title,
    track.artist_credit as artist,
    release.title as album,
    played.plays,
    played.last_played,
    played.first_played,
    release.id as release_id
from (
    select
        lookup.track_id,
        count(*) as plays,
        max(listen.listened_at) as last_played,
        min(listen.listened_at) as first_played
    from scannerd.track_lookup as lookup
    join scannerd.listen on listen.lookup_id = lookup.id
    where lookup.track_id is not null
        and listen.duplicate_of is null
        and (
            listen.played_for_ms is null
            or listen.end_reason = 'trackdone'
            or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
        )
    group by lookup.track_id
) as played
join scannerd.track on track.id = played.track_id
left join scannerd.release on release.id = track.release_id
where not exists (
    select from scannerd.media_file where media_file.track_id = played.track_id and media_file.state = 'present'
);

-- A row for each thing that is wrong: a file can be untagged and a duplicate.
create or replace view public.library_health as
select
    library.name as library,
    problem.name as problem,
    scannerd.shown_path(scannerd.whole_path(root.path, file.folder, file.name)) as path,
    problem.reason,
    file.track_id,
    coalesce(file.missing_since, greatest(file.added_at, to_timestamp(file.mtime_ns / 1000000000.0))) as since,
    file.id as file_id,
    library.instance,
    file.book_id
from (
    select
        gone.id as file_id,
        'missing' as name,
        case
            when root.is_configured then 'the last scan did not find it' else 'its folder left the settings'
        end as reason
    from scannerd.media_file as gone
    join scannerd.root on root.id = gone.root_id
    where gone.state = 'missing' and gone.role <> 'sidecar'
    union all
    select broken.id, 'unreadable', broken.reason
    from scannerd.media_file as broken
    where broken.state = 'unreadable'
    union all
    select bare.id, 'untagged', 'it names no artist, title or album'
    from scannerd.media_file as bare
    where bare.state = 'present' and not bare.is_tagged and bare.unit is null
    union all
    select bare.id, 'untagged', 'it names no title or author'
    from scannerd.media_file as bare
    left join scannerd.book on book.id = bare.book_id
    where bare.state = 'present' and not bare.is_tagged and bare.unit is not null and bare.role = 'main'
        and coalesce(book.sources ->> 'title' = 'path', true)
        -- Of a comic that its name places in a series, nobody misses anything.
        and not exists (select from scannerd.book_series as place where place.book_id = bare.book_id)
    union all
    select first_file.id, 'no author', 'nobody says who wrote it'
    from scannerd.book
    cross join lateral (
        select file.id, file.is_tagged, file.said ->> 'kind' as kind
        from scannerd.media_file as file
        where file.book_id = book.id and file.state = 'present' and file.role = 'main'
        order by file.part, file.folder, file.name
        limit 1
    ) as first_file
    where first_file.is_tagged and first_file.kind <> 'comic'
        and not exists (
            select from scannerd.book_contribution as part where part.book_id = book.id and part.role <> 'narrator'
        )
    union all
    select
        gap.file_id,
        'gap in parts',
        'of its parts' || case when gap.discs > 1 then ' on disc ' || gap.disc else '' end || ' these are not there: '
        || (
            select string_agg(place::text, ', ' order by place)
            from (
                select generate_series(gap.first_place, gap.last_place) except select unnest(gap.places) order by 1 limit 10
            ) as hole (place)
        )
        || case when gap.holes > 10 then ', ...' else '' end
    from (
        select
            (array_agg(told.id order by told.position))[1] as file_id,
            told.disc,
            told.discs,
            array_agg(told.position) as places,
            min(told.position) as first_place,
            max(told.position) as last_place,
            max(told.position)::bigint - min(told.position) + 1 - count(*) as holes,
            count(*) as there,
            bool_and(told.is_numbered) as is_numbered
        from (
            select
                part.*,
                max(part.disc) over of_reading - min(part.disc) over of_reading + 1 as discs,
                bool_and(part.position is not null) over of_reading as is_numbered
            from (
                -- Where numbers are there twice, each format is a reading of its own.
                select alike.*, case when max(alike.times) over of_book > 1 then alike.format end as reading
                from (
                    select
                        file.id,
                        file.book_id,
                        file.format,
                        numbers.disc,
                        numbers.position,
                        count(*) over (partition by file.book_id, numbers.disc, numbers.position) as times
                    from scannerd.media_file as file
                    cross join lateral (
                        select
                            coalesce((file.said ->> 'disc')::int, 1) as disc,
                            (file.said ->> 'position')::int as position
                    ) as numbers
                    where file.book_id is not null and file.role = 'main' and file.duration_ms is not null
                        and (file.part is not null or file.state = 'missing')
                ) as alike
                window of_book as (partition by alike.book_id)
            ) as part
            window of_reading as (partition by part.book_id, part.reading)
        ) as told
        group by told.book_id, told.reading, told.disc, told.discs
        having count(distinct told.position) = count(*)
    ) as gap
    -- With more holes than parts the numbers count something else.
    where gap.is_numbered and gap.holes between 1 and gap.there
    union all
    select lone.id, 'sidecar only', 'there is no book beside it'
    from scannerd.media_file as lone
    where lone.state = 'present' and lone.role = 'sidecar' and lone.book_id is null and lone.said ->> 'kind' = 'sidecar'
        and not exists (
            select from scannerd.media_file as beside
            where beside.root_id = lone.root_id and beside.unit = lone.unit and beside.role = 'main'
        )
    union all
    select
        copy.id,
        'duplicate',
        case when copy.first_of_content <> copy.id then 'a copy of ' else 'the same track as ' end
        || scannerd.shown_path(scannerd.whole_path(first_root.path, first.folder, first.name))
    from (
        select
            present.id,
            case
                when present.content_hash is null then present.id
                else first_value(present.id) over (
                    partition by root.library_id, present.content_hash order by present.is_primary desc, present.id
                )
            end as first_of_content,
            case
                when present.track_id is null then present.id
                else first_value(present.id) over (
                    partition by root.library_id, present.track_id order by present.is_primary desc, present.id
                )
            end as first_of_track
        from scannerd.media_file as present
        join scannerd.root on root.id = present.root_id
        where present.state = 'present' and present.role = 'main'
    ) as copy
    join scannerd.media_file as first
        on first.id = case when copy.first_of_content <> copy.id then copy.first_of_content else copy.first_of_track end
    join scannerd.root as first_root on first_root.id = first.root_id
    where first.id <> copy.id
) as problem
join scannerd.media_file as file on file.id = problem.file_id
join scannerd.root on root.id = file.root_id
join scannerd.library on library.id = root.library_id;

comment on view public.files is 'Every file that a library holds or held, as the last scan found it';
comment on column public.files.library is 'The library, by its name in the settings';
comment on column public.files.path is 'Where it lies, for people: what is no UTF-8 is spelled \xff';
comment on column public.files.state is 'present; missing: not there in a complete scan; unreadable: there, but broken';
comment on column public.files.format is 'The kind of file: mp3, flac, mp4, ...';
comment on column public.files.codec is 'How the sound is stored: mp3, flac, aac, alac, vorbis, opus, ...';
comment on column public.files.duration_ms is 'Full length in milliseconds, as its header says';
comment on column public.files.bitrate is 'Bits per second';
comment on column public.files.sample_rate is 'Samples per second';
comment on column public.files.channels is '1 for mono, 2 for stereo';
comment on column public.files.bit_depth is 'Bits of a sample, where the codec has such';
comment on column public.files.size is 'Bytes';
comment on column public.files.has_picture is 'Whether a picture is embedded';
comment on column public.files.is_tagged is 'Whether it names an artist, a title or an album; of a book, a title or a person';
comment on column public.files.is_primary is 'Of several files of one track, the one whose tags count';
comment on column public.files.reason is 'Why it is unreadable';
comment on column public.files.missing_since is 'When a scan first did not find it';
comment on column public.files.modified_at is 'When it was last changed, as the file system says';
comment on column public.files.added_at is 'When a scan first saw it';
comment on column public.files.details is 'Further tags, as the file gives them: label, barcode, ReplayGain, ...';
comment on column public.files.track_id is 'The track it holds, as in tracks';
comment on column public.files.file_id is 'Its number';
comment on column public.files.instance is 'The scannerd installation the library belongs to';
comment on column public.files.raw_path is 'Where it lies, byte for byte, for programs that open it';
comment on column public.files.role is 'main: music, or a book or a part of it; supplement: comes with a book; sidecar: says something of it';
comment on column public.files.book_id is 'The book it belongs to, as in books';
comment on column public.files.part is 'Of several audio files of one reading of a book, the how manieth';
comment on column public.files.pages is 'How many pages, of a book that has such';
comment on view public.owned_never_played is 'Every track that a library holds and no listen counts for, whoever listened';
comment on column public.owned_never_played.track_id is 'The track, as in tracks';
comment on column public.owned_never_played.title is 'The title';
comment on column public.owned_never_played.artist is 'The artists as printed, in order';
comment on column public.owned_never_played.album is 'The title of the release, null where none is named';
comment on column public.owned_never_played.album_artist is 'Whose release it is';
comment on column public.owned_never_played.year is 'Year of release, where known';
comment on column public.owned_never_played.duration_ms is 'Full length in milliseconds, where known';
comment on column public.owned_never_played.added_at is 'When a scan first saw the oldest of its files';
comment on column public.owned_never_played.release_id is 'The release, as in albums';
comment on view public.played_not_owned is 'Every track that was played and of which no library holds a file; one whose files are missing or unreadable is among them';
comment on column public.played_not_owned.track_id is 'The track, as in tracks';
comment on column public.played_not_owned.title is 'The title';
comment on column public.played_not_owned.artist is 'The artists as printed, in order';
comment on column public.played_not_owned.album is 'The title of the release, null where none was named';
comment on column public.played_not_owned.plays is 'How many listens count, of all listeners';
comment on column public.played_not_owned.last_played is 'When it was last played';
comment on column public.played_not_owned.first_played is 'When it was first played';
comment on column public.played_not_owned.release_id is 'The release, as in albums';
comment on view public.library_health is 'What is wrong in the libraries: a row for each problem of a file';
comment on column public.library_health.library is 'The library, by its name in the settings';
comment on column public.library_health.problem is 'missing: not there any more; unreadable: there, but broken; untagged: it names nothing; duplicate: of this library''s files of one track or one content, all but the one that counts; no author: of its book nobody says who wrote it; gap in parts: the numbers of its book''s parts leave some out; sidecar only: it says something of a book that is not beside it';
comment on column public.library_health.path is 'Where the file lies, or lay, as in files';
comment on column public.library_health.reason is 'What is wrong, in words; of a duplicate: which file it repeats';
comment on column public.library_health.track_id is 'The track it holds or held, as in tracks';
comment on column public.library_health.since is 'When a scan first did not find it; else when the file was added or, if later, changed';
comment on column public.library_health.file_id is 'The file, as in files';
comment on column public.library_health.instance is 'The scannerd installation the library belongs to';
comment on column public.library_health.book_id is 'The book it belongs to, as in books';
