-- Several daemons on one database, each with libraries of its own: whose a library is, and who is who.
create table library_keeper (
    instance text not null,
    library text not null,
    keeper text not null,
    place text not null,
    kept_at timestamptz not null,
    constraint library_keeper_once primary key (instance, library, keeper)
);
comment on table library_keeper is 'Whose settings name a library: its files are missing only when nobody''s do';
comment on column library_keeper.library is 'Its name, for it may be named before it is scanned for the first time';
comment on column library_keeper.keeper is 'The identity of a state folder, which outlives names of machines';
comment on column library_keeper.place is 'Where that is, for people: the machine and the folder';
comment on column library_keeper.kept_at is 'When it last said so, to the day';

-- What they said holds for moments only, and is said again by each with its start.
truncate daemon;
alter table daemon
    drop constraint daemon_once,
    add column identity text not null,
    add constraint daemon_once primary key (identity);
comment on column daemon.identity is 'The identity of its state folder; it runs while a session holds the lead on it';
comment on column daemon.seen_at is 'When it last said so; an idle daemon says it once a day, for disks want to sleep';
