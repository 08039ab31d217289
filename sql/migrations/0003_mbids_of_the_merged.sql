-- What a merge must not lose: the verified ids of what became another, and what its bare name meant.
create table person_mbid (
    catalogue_id int not null references catalogue,
    mbid uuid not null,
    person_id bigint not null references person on delete cascade,
    constraint person_mbid_further_once primary key (catalogue_id, mbid)
);
comment on table person_mbid is 'Further verified MBIDs of a person, each left by somebody who was merged into them; the first stands in person';
create index person_mbid_person on person_mbid (person_id);

create table release_mbid (
    catalogue_id int not null references catalogue,
    mbid uuid not null,
    release_id bigint not null references release on delete cascade,
    constraint release_mbid_further_once primary key (catalogue_id, mbid)
);
comment on table release_mbid is 'Further verified MBIDs of a release, each left by one that was merged into it; the first stands in release';
create index release_mbid_release on release_mbid (release_id);

alter table person_alias add column answers_bare boolean not null default false;
comment on column person_alias.answers_bare is 'Left by the merge of somebody without MBID: where several hold this name, the bare name means this person';
