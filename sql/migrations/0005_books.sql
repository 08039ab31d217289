-- Books: audiobooks, e-books and comics, who made them, where they stand in their series, and what was heard of them.
alter table library
    drop constraint library_kind_known,
    add constraint library_kind_known check (kind in ('music', 'books'));

create table book (
    id bigint generated always as identity primary key,
    catalogue_id int not null references catalogue,
    title text not null,
    match_key text not null,
    sort_title text not null,
    subtitle text,
    description text,
    language text,
    published date,
    published_precision text
        constraint book_published_precision_known check (published_precision in ('year', 'month', 'day')),
    publisher text,
    is_abridged boolean,
    sources jsonb not null default '{}',
    added_at timestamptz not null default now(),
    constraint book_published_has_precision check ((published is null) = (published_precision is null))
);
comment on table book is 'A book as it is owned: its files lie together and are one work';
comment on column book.match_key is 'The title folded for comparison (scannerd.model.names.match_key)';
comment on column book.published is 'When it was published; what the precision leaves out is 1';
comment on column book.sources is 'Who says each value: manual, sidecar, file, path';
create index book_title on book (catalogue_id, match_key);

create table book_contribution (
    book_id bigint not null references book on delete cascade,
    person_id bigint not null references person on delete cascade,
    role text not null,
    position smallint not null,
    credited_as text not null,
    source text not null,
    constraint book_contribution_once primary key (book_id, role, person_id),
    constraint book_contribution_role_known check (role in (
        'author', 'writer', 'narrator', 'translator', 'editor', 'illustrator', 'penciller', 'inker', 'colorist',
        'letterer', 'cover-artist', 'photographer', 'composer', 'introduction', 'afterword', 'contributor'
    ))
);
comment on table book_contribution is 'Who made a book, and which part of it';
comment on column book_contribution.credited_as is 'The name as printed';
comment on column book_contribution.source is 'Who says so: manual, sidecar, file, path';
create index book_contribution_person on book_contribution (person_id);

create table file_contribution (
    file_id bigint not null references media_file on delete cascade,
    person_id bigint not null references person on delete cascade,
    role text not null constraint file_contribution_role_known check (role in ('narrator')),
    position smallint not null,
    credited_as text not null,
    source text not null,
    constraint file_contribution_once primary key (file_id, role, person_id)
);
comment on table file_contribution is 'Who reads one file of a book, where its files are read by different people';
comment on column file_contribution.credited_as is 'The name as printed';
comment on column file_contribution.source is 'Who says so: manual, sidecar, file, path';
create index file_contribution_person on file_contribution (person_id);

create table book_genre (
    book_id bigint not null references book on delete cascade,
    genre_id bigint not null references genre on delete cascade,
    position smallint not null,
    source text not null,
    constraint book_genre_once primary key (book_id, genre_id)
);
comment on table book_genre is 'The genres of a book';
create index book_genre_genre on book_genre (genre_id);

create table book_tag (
    book_id bigint not null references book on delete cascade,
    tag_id bigint not null references tag on delete cascade,
    position smallint not null,
    source text not null,
    constraint book_tag_once primary key (book_id, tag_id)
);
comment on table book_tag is 'The tags of a book';
create index book_tag_tag on book_tag (tag_id);

create table book_series (
    book_id bigint not null references book on delete cascade,
    series_id bigint not null references series on delete cascade,
    position smallint not null,
    number numeric,
    number_end numeric,
    unit text constraint book_series_unit_known check (unit in ('volume', 'chapter')),
    number_text text,
    source text not null,
    constraint book_series_once primary key (book_id, series_id),
    constraint book_series_range_rises check (number_end > number),
    constraint book_series_number_is_whole check (number is not null or (number_end is null and unit is null))
);
comment on table book_series is 'The series a book belongs to, and its place there: number, end and unit come from one source';
comment on column book_series.position is 'Its first series has 0: the one it is shown with';
comment on column book_series.number_text is 'As printed, where that is no number';
create index book_series_series on book_series (series_id);

create table book_identifier (
    book_id bigint not null references book on delete cascade,
    type text not null,
    value text not null,
    source text not null,
    constraint book_identifier_once primary key (book_id, type, value),
    constraint book_identifier_type_known check (
        type in ('isbn_10', 'isbn_13', 'asin', 'uuid', 'doi', 'goodreads', 'google', 'other')
    )
);
comment on table book_identifier is 'Numbers that name a book, normalised';
create index book_identifier_value on book_identifier (type, value);

alter table media_file
    add column unit bytea,
    add column role text not null default 'main'
        constraint media_file_role_known check (role in ('main', 'supplement', 'sidecar')),
    add column book_id bigint references book on delete set null,
    add column part int,
    add column pages int,
    add column said jsonb,
    add column is_derived boolean not null default true,
    add constraint media_file_holds_one check (track_id is null or book_id is null);
comment on column media_file.unit is 'What lies together and is divided into books: the folder of a book, or right below a root the name; null for music';
comment on column media_file.role is 'main: a book, or a part of it; supplement: comes with it; sidecar: says something of it';
comment on column media_file.part is 'Of several audio files of one reading, the how manieth';
comment on column media_file.said is 'What it said of its book when it was read (scannerd.model.book_json): the book is derived from it again when another of its files comes or goes';
comment on column media_file.is_derived is 'False when it came, went or moved since its book was derived';
create index media_file_book on media_file (book_id) where book_id is not null;
create index media_file_unit on media_file (root_id, unit) where unit is not null;
create index media_file_underived on media_file (root_id, unit) where not is_derived;

create table chapter (
    file_id bigint not null references media_file on delete cascade,
    position int not null,
    level smallint not null default 0,
    title text,
    start_ms bigint,
    end_ms bigint,
    start_page int,
    end_page int,
    href text,
    constraint chapter_once primary key (file_id, position)
);
comment on table chapter is 'The chapters of a file: by time in audio, by page in comics and PDFs, by document in e-books';
comment on column chapter.level is '0 is a chapter, 1 a section of it, and so on';

alter table manual_value
    drop constraint manual_value_entity_known,
    add constraint manual_value_entity_known check (entity in ('person', 'release', 'track', 'book'));

alter table person
    add column sort_name_source text
        constraint person_sort_name_source_known check (sort_name_source in ('stated', 'rule')),
    add constraint person_sort_name_has_source check (sort_name is not null or sort_name_source is null);
comment on column person.sort_name_source is 'stated: by a file or a person; rule: made from the name, and gives way to any that is stated';
update person set sort_name_source = 'stated' where sort_name is not null;

-- What was heard of audiobooks: no listens of tracks, and rows that an export skips by that reason.
create table book_listen (
    id bigint generated always as identity primary key,
    listener_id int not null references listener,
    export_id bigint not null references export on delete cascade,
    member smallint not null,
    row_no int not null,
    listened_at timestamptz not null,
    source text not null,
    time_kind text not null constraint book_listen_time_kind_known check (time_kind in ('start', 'end', 'minute')),
    played_for_ms int,
    title text not null,
    title_key text not null,
    author text,
    author_key text,
    chapter text,
    client text,
    source_id text,
    book_id bigint references book on delete set null,
    constraint book_listen_once unique (export_id, member, row_no)
);
comment on table book_listen is 'One playing of an audiobook, as an export tells it; with its book, where one of that title and author is owned';
comment on column book_listen.time_kind is 'What the source told, as in listen';
comment on column book_listen.title_key is 'The title folded for comparison';
comment on column book_listen.source_id is 'The source''s own id of the audiobook';
create index book_listen_book on book_listen (book_id) where book_id is not null;
create index book_listen_title on book_listen (title_key);
create index book_listen_time on book_listen (listener_id, listened_at);

-- Whoever opens psql means the view "series", not the table behind it; scannerd itself says where it looks. Only in a
-- database that is ours by its name.
do $$
begin
    if current_database() = 'scannerd' then
        alter database scannerd set search_path = public;
    end if;
exception when insufficient_privilege then
    raise notice 'the search path of the database stays as it is';
end $$;
