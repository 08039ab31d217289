-- Listens, where they came from, and what their sources wrote: raw first, resolved afterwards.
create table listener (
    id int generated always as identity primary key,
    name text not null,
    match_key text not null constraint listener_name_once unique,
    catalogue_id int not null references catalogue,
    time_zone text not null
);
comment on table listener is 'Whose listens they are';
comment on column listener.time_zone is 'IANA name: where a day begins for this listener, and what a device without a zone meant';

create table export (
    id bigint generated always as identity primary key,
    listener_id int not null references listener,
    name text not null,
    sha256 bytea not null,
    size bigint not null,
    format text,
    state text not null default 'taken'
        constraint export_state_known check (state in ('taken', 'stored', 'resolved', 'shelved', 'failed', 'undone')),
    members text[] not null default '{}',
    rows_read bigint not null default 0,
    rows_stored bigint not null default 0,
    rows_duplicate bigint not null default 0,
    rows_skipped bigint not null default 0,
    rows_failed bigint not null default 0,
    new_artists bigint not null default 0,
    new_releases bigint not null default 0,
    new_tracks bigint not null default 0,
    first_at timestamptz,
    last_at timestamptz,
    left_out jsonb not null default '[]',
    reasons jsonb,
    warnings text[] not null default '{}',
    error text,
    path bytea,
    shelved_as bytea,
    taken_at timestamptz not null default now(),
    stored_at timestamptz,
    resolved_at timestamptz,
    shelved_at timestamptz,
    ended_at timestamptz,
    constraint export_rows_add_up check (rows_read = rows_stored + rows_duplicate + rows_skipped + rows_failed)
);
comment on table export is 'One file a service gave its user, and how far its import has come';
comment on column export.state is 'taken -> stored -> resolved -> shelved, or failed, or undone; each step can be restarted from here';
comment on column export.members is 'The members of an archive that held listens; listen.member counts into it from 1';
comment on column export.left_out is 'Members that are no listening history, each with the reason: [[name, why], ...]';
comment on column export.reasons is 'Of an undone export, whose ledger is gone: why rows were skipped or failed, and how often';
comment on column export.path is 'Where the file lay when it was taken in, as the file system spells it';
comment on column export.shelved_as is 'Where the file lies now';
create unique index export_content_once on export (listener_id, sha256) where state not in ('failed', 'undone');

create table announced_person (
    person_id bigint primary key references person on delete cascade,
    export_id bigint references export on delete cascade
);
comment on table announced_person is 'Persons created before the lookups that name them are resolved; whom nothing needs when all of these are, goes again';
comment on column announced_person.export_id is 'The export whose lookups name them; null where all lookups are resolved again';
create index announced_person_export on announced_person (export_id);

create table track_lookup (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    lookup_key bytea not null,
    form text not null,
    artists text[] not null,
    artist_mbids text[] not null,
    joiners text[] not null,
    title text not null,
    album text,
    album_key text,
    album_artists text[] not null,
    is_compilation boolean not null,
    recording_mbid uuid,
    release_mbid uuid,
    release_group_mbid uuid,
    track_mbid uuid,
    isrc text,
    source_track_id text,
    duration_ms int,
    guessed_artist_mbid uuid,
    guessed_recording_mbid uuid,
    guessed_release_mbid uuid,
    aliases jsonb,
    track_id bigint references track on delete set null,
    release_id bigint references release on delete set null,
    person_id bigint references person on delete set null,
    play_key text,
    resolved_by text,
    rules_version int,
    constraint track_lookup_key_once unique (catalogue_id, lookup_key)
);
comment on table track_lookup is 'What a source wrote for a track, and the track it was resolved to; listens point here';
comment on column track_lookup.lookup_key is 'SHA-256 of every name, title, album and verified id (scannerd.model.listen.lookup_key)';
comment on column track_lookup.form is 'joined, list, unordered or credit: what the source knows about where a name ends';
comment on column track_lookup.album_key is 'The album folded (scannerd.model.names.match_key): lookups of one album are resolved in one batch';
comment on column track_lookup.person_id is 'The primary artist';
comment on column track_lookup.play_key is 'The title folded so far that two sources of one play agree (scannerd.model.names.play_key)';
comment on column track_lookup.resolved_by is 'By which rules artist, release and track were found';
comment on column track_lookup.rules_version is 'The name rules it was resolved under; other than today''s means that it may be resolved again';
-- Lookups are stored before they are resolved: as long as they point nowhere they need no place here.
create index track_lookup_track on track_lookup (track_id) where track_id is not null;
create index track_lookup_release on track_lookup (release_id) where release_id is not null;
create index track_lookup_play on track_lookup (person_id, play_key) where person_id is not null;
-- What finds a track by a recording that is not the one it has.
create index track_lookup_recording on track_lookup (recording_mbid) where recording_mbid is not null and track_id is not null;
create index track_lookup_unresolved on track_lookup (id) where track_id is null or rules_version is null;

create table listen (
    id bigint generated always as identity primary key,
    listener_id int not null,
    listened_at timestamptz not null,
    lookup_id bigint not null references track_lookup on delete restrict,
    played_for_ms int,
    nth smallint not null default 0,
    member smallint,
    row_no int,
    export_id bigint,
    duplicate_of bigint,
    day date not null,
    source text not null,
    time_kind text not null constraint listen_time_kind_known check (time_kind in ('start', 'end', 'minute')),
    end_reason text,
    client text,
    told_live_at timestamptz,
    live_end_reason text,
    live_client text,
    constraint listen_no_duplicate_of_itself check (duplicate_of <> id),
    constraint listen_told_live_too check (told_live_at is null or export_id is not null)
);
comment on table listen is 'One playing of one track at one moment, as one source told it';
comment on column listen.listened_at is 'When it began, as well as the source lets us know';
comment on column listen.time_kind is 'What the source told: the start, the end (less played_for_ms it is the start), or only a minute';
comment on column listen.nth is '0, but for equal rows of sources that tell only minutes: the n-th equal row is the n-th listen';
comment on column listen.day is 'The day it began on, in the listener''s time zone';
comment on column listen.export_id is 'The export that brought it; null when it was submitted live';
comment on column listen.told_live_at is 'When the live path told it too, which is no export: it is what is left of it when its export is undone';
comment on column listen.live_end_reason is 'What the live path said where it may differ';
comment on column listen.live_client is 'What the live path said where it may differ';
comment on column listen.duplicate_of is 'The listen that is the same playing told by a richer source; never itself a duplicate';
-- Source, kind of time and length belong to the identity: two sources that tell one second are two tellings, and which
-- of them counts must not depend on which was imported first. Lookups come first, for the key check below track_lookup.
create unique index listen_once on listen
    (lookup_id, listened_at, listener_id, nth, source, time_kind, coalesce(played_for_ms, -1));
create index listen_by_time on listen (listener_id, listened_at desc) where duplicate_of is null;
create index listen_by_day on listen (listener_id, day, played_for_ms, end_reason) where duplicate_of is null;
create index listen_export on listen (export_id, member, row_no) where export_id is not null;
create index listen_duplicate_of on listen (duplicate_of) where duplicate_of is not null;
alter table listen add constraint listen_duplicate_of_listen
    foreign key (duplicate_of) references listen on delete set null;

-- A foreign key checked for each of a million listens costs more than storing them, and the ids come from the same
-- transaction. The other side is rare: so the few rows that listens point to refuse to go while listens remain.
create function refuse_while_listens_remain() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'export' and exists (select from listen where export_id = old.id) then
        raise foreign_key_violation using message = format('export %s still has listens', old.id), table = 'listen', constraint = 'listen_export';
    elsif tg_table_name = 'listener' and exists (select from listen where listener_id = old.id) then
        raise foreign_key_violation using message = format('listener %s still has listens', old.id), table = 'listen', constraint = 'listen_listener';
    end if;
    return old;
end $$;
create trigger export_keeps_listens before delete on export for each row execute function refuse_while_listens_remain();
create trigger listener_keeps_listens before delete on listener for each row execute function refuse_while_listens_remain();

create table export_row (
    export_id bigint not null references export on delete cascade,
    member smallint not null,
    row_no int not null,
    outcome text not null constraint export_row_outcome_known check (outcome in ('duplicate', 'skipped', 'failed')),
    reason text,
    raw text,
    listen_id bigint,
    end_reason text,
    client text,
    constraint export_row_raw_is_short check (octet_length(raw) <= 16384)
);
comment on table export_row is 'The ledger: every row of an export that was not plainly stored, and why';
comment on column export_row.listen_id is 'For a duplicate: the listen that was there before';
comment on column export_row.end_reason is 'What this row said where it may differ from that listen: the listen is handed over with it when the other export is undone';
create index export_row_export on export_row (export_id, outcome);
create index export_row_listen on export_row (listen_id) where listen_id is not null;

create table rule (
    name text primary key,
    value text not null
);
comment on table rule is 'Settings that the views read';
insert into rule (name, value) values ('min_played_ms', '30000');
