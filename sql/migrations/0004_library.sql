-- The media library: folders, files, and what their tags say about tracks.
create table library (
    id int generated always as identity primary key,
    instance text not null,
    name text not null,
    kind text not null constraint library_kind_known check (kind in ('music')),
    catalogue_id int not null references catalogue,
    is_settled boolean not null default true,
    scanned_at timestamptz,
    summary jsonb,
    constraint library_once unique (instance, name)
);
comment on table library is 'Configured folders of one kind that feed one catalogue';
comment on column library.instance is 'The scannerd installation it belongs to: two NAS boxes may both have a "music"';
comment on column library.is_settled is 'False while a scan writes: what follows from it is still to be done, should it be broken off';
comment on column library.scanned_at is 'When the last complete scan ended';
comment on column library.summary is 'What "scannerd scan --json" said of that scan';

create table root (
    id int generated always as identity primary key,
    library_id int not null references library,
    path bytea not null,
    device bigint,
    is_configured boolean not null default true,
    constraint root_once unique (library_id, path)
);
comment on table root is 'A folder of a library, as the file system spells it';
comment on column root.device is 'Its device number at the last scan: when it changed, inodes mean nothing for once';
comment on column root.is_configured is 'False when the settings name it no longer: its files are missing';

create table media_file (
    id bigint generated always as identity primary key,
    root_id int not null references root,
    folder bytea not null,
    name bytea not null,
    size bigint not null,
    mtime_ns bigint not null,
    inode bigint not null,
    content_hash bytea,
    state text not null constraint media_file_state_known check (state in ('present', 'missing', 'unreadable')),
    missing_since timestamptz,
    track_id bigint references track on delete set null,
    is_primary boolean not null default false,
    format text,
    codec text,
    duration_ms int,
    bitrate int,
    sample_rate int,
    channels smallint,
    bit_depth smallint,
    has_picture boolean not null default false,
    is_tagged boolean not null default false,
    details jsonb not null default '{}',
    reason text,
    parsed_by int,
    added_at timestamptz not null default now(),
    constraint media_file_once unique (root_id, folder, name),
    constraint media_file_missing_has_time check ((state = 'missing') = (missing_since is not null)),
    constraint media_file_unreadable_has_reason check (state <> 'unreadable' or reason is not null)
);
comment on table media_file is 'A file of a library: where it lies, its stamp, and the track it holds';
comment on column media_file.folder is 'Its folder below the root, empty or with a slash at its end, so that bytes sort as a walk does';
comment on column media_file.inode is 'Helps to find moves; what does not fit is wrapped into the sign';
comment on column media_file.content_hash is '16 bytes: of size, head and tail (scannerd.library.stamps.content_hash); tells a moved file';
comment on column media_file.state is 'present; missing: not there in a complete scan; unreadable: there, but broken';
comment on column media_file.is_primary is 'Of several files of one track, the one whose tags count';
comment on column media_file.details is 'Further tags, as the file gives them';
comment on column media_file.reason is 'Why it is unreadable';
comment on column media_file.parsed_by is 'The version of the parsers that read it';
create index media_file_track on media_file (track_id) where track_id is not null;
create unique index media_file_primary_once on media_file (track_id) where is_primary;
create index media_file_stamp on media_file (size, mtime_ns);
create index media_file_odd on media_file (root_id, state) where state <> 'present';

create table genre (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    name text not null,
    match_key text not null,
    constraint genre_once unique (catalogue_id, match_key)
);
comment on table genre is 'A genre, from the genre field';
create table genre_alias (
    catalogue_id int not null references catalogue,
    genre_id bigint not null references genre on delete cascade,
    alias text not null,
    match_key text not null,
    source text not null,
    constraint genre_alias_once primary key (catalogue_id, match_key)
);
comment on table genre_alias is 'Further names a genre is found by';
create index genre_alias_genre on genre_alias (genre_id);

create table tag (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    name text not null,
    match_key text not null,
    constraint tag_once unique (catalogue_id, match_key)
);
comment on table tag is 'A user''s label: grouping, mood, tags';
create table tag_alias (
    catalogue_id int not null references catalogue,
    tag_id bigint not null references tag on delete cascade,
    alias text not null,
    match_key text not null,
    source text not null,
    constraint tag_alias_once primary key (catalogue_id, match_key)
);
comment on table tag_alias is 'Further names a tag is found by';
create index tag_alias_tag on tag_alias (tag_id);

create table series (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    name text not null,
    match_key text not null,
    constraint series_once unique (catalogue_id, match_key)
);
comment on table series is 'A series of books';
create table series_alias (
    catalogue_id int not null references catalogue,
    series_id bigint not null references series on delete cascade,
    alias text not null,
    match_key text not null,
    source text not null,
    constraint series_alias_once primary key (catalogue_id, match_key)
);
comment on table series_alias is 'Further names a series is found by';
create index series_alias_series on series_alias (series_id);

create table track_genre (
    track_id bigint not null references track on delete cascade,
    genre_id bigint not null references genre on delete cascade,
    position smallint not null,
    source text not null,
    constraint track_genre_once primary key (track_id, genre_id)
);
comment on table track_genre is 'The genres of a track';
create index track_genre_genre on track_genre (genre_id);

create table track_tag (
    track_id bigint not null references track on delete cascade,
    tag_id bigint not null references tag on delete cascade,
    position smallint not null,
    source text not null,
    constraint track_tag_once primary key (track_id, tag_id)
);
comment on table track_tag is 'The tags of a track';
create index track_tag_tag on track_tag (tag_id);

create table manual_value (
    entity text not null constraint manual_value_entity_known check (entity in ('person', 'release', 'track')),
    entity_id bigint not null,
    field text not null,
    value jsonb,
    set_at timestamptz not null default now(),
    constraint manual_value_once primary key (entity, entity_id, field)
);
comment on table manual_value is 'What a person set by hand: it stays, whatever files and sources say';
comment on column manual_value.field is 'A column, or a relation: contributions, genres, tags';

-- A track that a file holds: where it stands, and by what a scan finds it again.
alter table track
    add column place_key bytea,
    add column track_mbid uuid;
comment on column track.place_key is 'What a file finds it by: of the release track MBID, else of release, disc, position and title; null while no file holds it';
comment on column track.track_mbid is 'MusicBrainz''s release track: this recording at this place on this release';
create unique index track_place_once on track (catalogue_id, place_key) where place_key is not null;
create index track_owned on track (catalogue_id, match_key) where place_key is not null;
create index track_beside_another on track (catalogue_id) where identity_key = place_key;

alter table track_contribution
    drop constraint track_contribution_role_known,
    add constraint track_contribution_role_known check (role in (
        'artist', 'featured', 'composer', 'lyricist', 'writer', 'conductor', 'performer', 'arranger', 'producer',
        'engineer', 'mixer', 'dj-mixer', 'remixer'
    )),
    add column detail text;
comment on column track_contribution.detail is 'The instrument or voice of a performer';
comment on column track_contribution.source is 'Who says so: listens, file, manual';

alter table release
    add column edition text;
comment on column release.edition is 'The date its files state: what tells two editions without MBID apart';
