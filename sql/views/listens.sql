-- What was played. Public and stable: columns may be added at the end, never taken away or renamed.
-- A listen whose lookup is not resolved shows what its source wrote.

create or replace view public.all_listens as
select
    listener.name as listener,
    listen.listened_at,
    track.artist_credit as artist,
    track.title,
    release.title as album,
    listen.played_for_ms,
    coalesce(track.duration_ms, lookup.duration_ms) as duration_ms,
    listen.client,
    listen.source,
    lookup.track_id,
    listen.export_id,
    listen.duplicate_of is null and (
        listen.played_for_ms is null
        or listen.end_reason = 'trackdone'
        or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
    ) as counts,
    listen.id as listen_id,
    listen.duplicate_of,
    listen.time_kind,
    listen.end_reason
from scannerd.listen
join scannerd.listener on listener.id = listen.listener_id
join scannerd.track_lookup as lookup on lookup.id = listen.lookup_id
join scannerd.track on track.id = lookup.track_id
left join scannerd.release on release.id = track.release_id
union all
select
    listener.name,
    listen.listened_at,
    array_to_string(lookup.artists, ', '),
    lookup.title,
    lookup.album,
    listen.played_for_ms,
    lookup.duration_ms,
    listen.client,
    listen.source,
    null,
    listen.export_id,
    listen.duplicate_of is null and (
        listen.played_for_ms is null
        or listen.end_reason = 'trackdone'
        or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
    ),
    listen.id,
    listen.duplicate_of,
    listen.time_kind,
    listen.end_reason
from scannerd.track_lookup as lookup
join scannerd.listen on listen.lookup_id = lookup.id
join scannerd.listener on listener.id = listen.listener_id
where lookup.track_id is null;

create or replace view public.listens as
select
    listener, listened_at, artist, title, album, played_for_ms, duration_ms, client, source, track_id, export_id, listen_id
from public.all_listens
where duplicate_of is null and counts;

create or replace view public.plays_by_day as
select
    listener.name as listener,
    listen.day,
    count(*) as plays,
    sum(listen.played_for_ms) as played_for_ms
from scannerd.listen
join scannerd.listener on listener.id = listen.listener_id
where listen.duplicate_of is null
    and (
        listen.played_for_ms is null
        or listen.end_reason = 'trackdone'
        or listen.played_for_ms >= (select value::int from scannerd.rule where name = 'min_played_ms')
    )
group by listener.name, listen.day;

comment on view public.all_listens is 'Every listen ever told, with whether it counts and of which listen it is a duplicate';
comment on column public.all_listens.listener is 'Whose listen it is';
comment on column public.all_listens.listened_at is 'When it began (time_kind says how well that is known)';
comment on column public.all_listens.artist is 'The artists as printed, in order';
comment on column public.all_listens.title is 'The title of the track';
comment on column public.all_listens.album is 'The title of the release, null where none was named';
comment on column public.all_listens.played_for_ms is 'How long it was heard, in milliseconds; null where the source does not say';
comment on column public.all_listens.duration_ms is 'Full length of the track in milliseconds, where known';
comment on column public.all_listens.client is 'The player or app, as the source names it';
comment on column public.all_listens.source is 'Which service told it';
comment on column public.all_listens.track_id is 'The track, as in tracks; null while it is not resolved';
comment on column public.all_listens.export_id is 'The export that brought it, as in imports; null when it was submitted live';
comment on column public.all_listens.counts is 'It is no duplicate, and it was heard long enough, or to its end, or its source does not say';
comment on column public.all_listens.listen_id is 'Its number';
comment on column public.all_listens.duplicate_of is 'The listen that is the same playing, told by a richer source';
comment on column public.all_listens.time_kind is 'What the source told: start, end or minute';
comment on column public.all_listens.end_reason is 'How it ended, in the source''s word; trackdone is the natural end';
comment on view public.listens is 'The listens that count, each playing once';
comment on column public.listens.listener is 'Whose listen it is';
comment on column public.listens.listened_at is 'When it began';
comment on column public.listens.artist is 'The artists as printed, in order';
comment on column public.listens.title is 'The title of the track';
comment on column public.listens.album is 'The title of the release, null where none was named';
comment on column public.listens.played_for_ms is 'How long it was heard, in milliseconds; null where the source does not say';
comment on column public.listens.duration_ms is 'Full length of the track in milliseconds, where known';
comment on column public.listens.client is 'The player or app, as the source names it';
comment on column public.listens.source is 'Which service told it';
comment on column public.listens.track_id is 'The track, as in tracks';
comment on column public.listens.export_id is 'The export that brought it, as in imports; null when it was submitted live';
comment on column public.listens.listen_id is 'Its number, as in all_listens';
comment on view public.plays_by_day is 'How much was played on each day that had a play';
comment on column public.plays_by_day.listener is 'Who listened';
comment on column public.plays_by_day.day is 'The day, in the listener''s time zone';
comment on column public.plays_by_day.plays is 'How many listens count';
comment on column public.plays_by_day.played_for_ms is 'How long they were heard in all, where the sources say';
