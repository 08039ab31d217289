-- The catalogue: who plays what on which release. Tables are private and live in the schema scannerd; the views in public are the interface.
create table catalogue (
    id int generated always as identity primary key,
    name text not null constraint catalogue_name_once unique
);
comment on table catalogue is 'A namespace of persons, releases and tracks; two catalogues never share a row';
insert into catalogue (name) values ('music');

create function set_identity(variadic parts text[]) returns bytea
    language sql immutable parallel safe
    as $$ select sha256(convert_to(array_to_string(parts, E'\x1f', ''), 'UTF8')) $$;
comment on function set_identity(text[]) is 'The identity of a release or a track: SHA-256 of its parts joined by U+001F; short enough for a b-tree, whatever the title';

create table person (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    name text not null,
    match_key text not null,
    sort_name text,
    mbid uuid,
    mbid_source text constraint person_mbid_source_known check (mbid_source in ('verified', 'lastfm')),
    set_apart boolean not null default false,
    constraint person_mbid_has_source check ((mbid is null) = (mbid_source is null))
);
comment on table person is 'Whoever contributes: an artist, a composer; also a group';
comment on column person.match_key is 'The name folded for comparison (scannerd.model.names.match_key), at most 512 characters and a hash';
comment on column person.mbid_source is 'verified: stated by MusicBrainz, a tagger or a checked mapping; lastfm: a guess that fills a gap and gives way to any verified id';
comment on column person.set_apart is 'A person decided that this is another one of the same name';
create unique index person_mbid_once on person (catalogue_id, mbid) where mbid is not null;
create unique index person_bare_name_once on person (catalogue_id, match_key)
    where mbid_source is distinct from 'verified' and not set_apart;

create table person_alias (
    catalogue_id int not null references catalogue,
    person_id bigint not null references person on delete cascade,
    alias text not null,
    match_key text not null,
    source text not null,
    is_primary boolean not null default false,
    resolves boolean not null default true,
    constraint person_alias_once primary key (person_id, match_key)
);
comment on table person_alias is 'Every name a person is found by, its own included';
comment on column person_alias.source is 'name: its own; merge: left by a merge; else who says so (manual, musicbrainz, import, ...)';
comment on column person_alias.resolves is 'False for names a service adopted by itself: shown, but no listen is credited by them';
create index person_alias_match_key on person_alias (catalogue_id, match_key);
create unique index person_alias_primary_once on person_alias (person_id) where is_primary;

create table release (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    title text not null,
    match_key text not null,
    artist_id bigint references person on delete cascade,
    identity_key bytea not null,
    mbid uuid,
    mbid_source text constraint release_mbid_source_known check (mbid_source in ('verified', 'lastfm')),
    release_group_mbid uuid,
    year smallint,
    year_source text,
    is_compilation boolean not null default false,
    title_is_provisional boolean not null default false,
    constraint release_mbid_has_source check ((mbid is null) = (mbid_source is null)),
    constraint release_identity_once unique (catalogue_id, identity_key)
);
comment on table release is 'An issued product: an album, a single, a compilation';
comment on column release.artist_id is 'Its primary artist; null for a release by various artists';
comment on column release.identity_key is 'Of title and primary artist, or of the MBID where the title is not known';
comment on column release.title_is_provisional is 'Known only by its MBID: the title is that of the track it was first seen with';
create unique index release_mbid_once on release (catalogue_id, mbid) where mbid is not null;
create index release_artist on release (artist_id);
create index release_match_key on release (catalogue_id, match_key);

create table release_alias (
    catalogue_id int not null references catalogue,
    release_id bigint not null references release on delete cascade,
    alias text not null,
    match_key text not null,
    artist_id bigint references person on delete cascade,
    identity_key bytea not null,
    source text not null,
    constraint release_alias_once primary key (catalogue_id, identity_key)
);
comment on table release_alias is 'Further titles a release is found by, with the artist they stand with: left by merges, given by sources';
create index release_alias_release on release_alias (release_id);
create index release_alias_artist on release_alias (artist_id);

create table release_contribution (
    release_id bigint not null references release on delete cascade,
    person_id bigint not null references person on delete cascade,
    role text not null constraint release_contribution_role_known check (role in ('artist')),
    position smallint not null,
    credited_as text not null,
    source text not null,
    constraint release_contribution_once primary key (release_id, person_id, role)
);
comment on table release_contribution is 'Whose release it is, in order, as printed';
create index release_contribution_person on release_contribution (person_id);

create table track (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    release_id bigint references release on delete cascade,
    title text not null,
    match_key text not null,
    artist_ids bigint[] not null,
    artist_credit text not null,
    identity_key bytea not null,
    disc smallint,
    position int,
    duration_ms int,
    recording_mbid uuid,
    mbid_source text constraint track_mbid_source_known check (mbid_source in ('verified', 'lastfm')),
    isrc text,
    year smallint,
    year_source text,
    constraint track_mbid_has_source check ((recording_mbid is null) = (mbid_source is null)),
    constraint track_identity_once unique (catalogue_id, identity_key)
);
comment on table track is 'A recording at its place on a release, or without one where no album was ever named';
comment on column track.match_key is 'The title without its featured part, folded (scannerd.model.names.title_key)';
comment on column track.artist_ids is 'Everybody its identity names, sorted';
comment on column track.artist_credit is 'The artists as printed, in order, with their joiners';
comment on column track.identity_key is 'Of release, artists and title';
create index track_release on track (release_id);
create index track_recording on track (catalogue_id, recording_mbid) where recording_mbid is not null;
create index track_artist_credit on track (artist_credit);
create index track_title on track (title);

create table track_alias (
    catalogue_id int not null references catalogue,
    track_id bigint not null references track on delete cascade,
    alias text not null,
    match_key text not null,
    release_id bigint references release on delete cascade,
    artist_ids bigint[] not null,
    identity_key bytea not null,
    source text not null,
    constraint track_alias_once primary key (catalogue_id, identity_key)
);
comment on table track_alias is 'Further titles a track is found by, with the release and the artists they stand with';
create index track_alias_track on track_alias (track_id);
create index track_alias_release on track_alias (release_id);
create index track_alias_artists on track_alias using gin (artist_ids);

create table track_contribution (
    track_id bigint not null references track on delete cascade,
    person_id bigint not null references person on delete cascade,
    role text not null constraint track_contribution_role_known check (role in ('artist', 'featured')),
    position smallint not null,
    credited_as text not null,
    source text not null,
    constraint track_contribution_once primary key (track_id, person_id, role)
);
comment on table track_contribution is 'Who plays on a track, in order, as printed; position 0 is the primary artist';
create index track_contribution_person on track_contribution (person_id);
