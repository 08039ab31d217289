-- Names that a scan's files say: known ones at once for the ScanCache, new ones in one sorted statement per kind.
-- Persons go by the rules that listens follow (resolve_persons.sql). Used by scannerd/library/names.py.

-- name: list_known_persons
-- Every name that means one person, and every verified MBID; a name that means several is asked for when it comes up.
select match_key, null::uuid as mbid, min(person_id) as person_id
from person_alias
where catalogue_id = %(catalogue_id)s and resolves
group by match_key
having count(*) = 1
union all
select null, mbid, id from person where catalogue_id = %(catalogue_id)s and mbid_source = 'verified'
union all
select null, mbid, person_id from person_mbid where catalogue_id = %(catalogue_id)s

-- name: list_wanted_persons
-- Who they are, found or created.
-- needs: create_resolving create_wanted_persons
select match_key, mbid, person_id from wanted_person

-- name: drop_resolving
-- Several times in one transaction, should a caller's be longer.
-- needs: create_resolving create_wanted_persons
drop table resolving, resolving_name, resolving_alias, wanted_person

-- name: fill_sort_names
-- How files sort somebody whom nobody sorted yet, or only our rule; what a person set by hand stays, empty as it may be.
update person
set sort_name = told.sort_name, sort_name_source = told.source
from unnest(%(ids)s::bigint[], %(sort_names)s::text[], %(sources)s::text[]) as told (id, sort_name, source)
where person.id = told.id
    and (person.sort_name is null or (person.sort_name_source = 'rule' and told.source = 'stated'))
    and not exists (
        select from manual_value where entity = 'person' and entity_id = person.id and field = 'sort_name'
    )

-- name: list_known_genres
-- Every genre by its match key and those of its aliases.
select match_key, id from genre where catalogue_id = %(catalogue_id)s
union all
select match_key, genre_id from genre_alias where catalogue_id = %(catalogue_id)s

-- name: list_known_tags
-- Every tag by its match key and those of its aliases.
select match_key, id from tag where catalogue_id = %(catalogue_id)s
union all
select match_key, tag_id from tag_alias where catalogue_id = %(catalogue_id)s

-- name: list_known_series
-- Every series by its match key and those of its aliases.
select match_key, id from series where catalogue_id = %(catalogue_id)s
union all
select match_key, series_id from series_alias where catalogue_id = %(catalogue_id)s

-- name: find_or_create_genres
-- Genres by their match keys, the unknown ones created, sorted.
with wanted as (
    select distinct on (match_key) match_key, name
    from unnest(%(keys)s::text[], %(names)s::text[]) as said (match_key, name)
    order by match_key
), known as (
    select genre.match_key, genre.id
    from genre
    join wanted on wanted.match_key = genre.match_key
    where genre.catalogue_id = %(catalogue_id)s
    union all
    select genre_alias.match_key, genre_alias.genre_id
    from genre_alias
    join wanted on wanted.match_key = genre_alias.match_key
    where genre_alias.catalogue_id = %(catalogue_id)s
), created as (
    insert into genre (catalogue_id, name, match_key)
    select %(catalogue_id)s, name, match_key
    from wanted
    where match_key not in (select match_key from known)
    order by match_key
    returning match_key, id
)
select match_key, id from known
union all
select match_key, id from created

-- name: find_or_create_tags
-- Tags by their match keys, the unknown ones created, sorted.
with wanted as (
    select distinct on (match_key) match_key, name
    from unnest(%(keys)s::text[], %(names)s::text[]) as said (match_key, name)
    order by match_key
), known as (
    select tag.match_key, tag.id
    from tag
    join wanted on wanted.match_key = tag.match_key
    where tag.catalogue_id = %(catalogue_id)s
    union all
    select tag_alias.match_key, tag_alias.tag_id
    from tag_alias
    join wanted on wanted.match_key = tag_alias.match_key
    where tag_alias.catalogue_id = %(catalogue_id)s
), created as (
    insert into tag (catalogue_id, name, match_key)
    select %(catalogue_id)s, name, match_key
    from wanted
    where match_key not in (select match_key from known)
    order by match_key
    returning match_key, id
)
select match_key, id from known
union all
select match_key, id from created

-- name: find_or_create_series
-- Series by their match keys, the unknown ones created, sorted.
with wanted as (
    select distinct on (match_key) match_key, name
    from unnest(%(keys)s::text[], %(names)s::text[]) as said (match_key, name)
    order by match_key
), known as (
    select series.match_key, series.id
    from series
    join wanted on wanted.match_key = series.match_key
    where series.catalogue_id = %(catalogue_id)s
    union all
    select series_alias.match_key, series_alias.series_id
    from series_alias
    join wanted on wanted.match_key = series_alias.match_key
    where series_alias.catalogue_id = %(catalogue_id)s
), created as (
    insert into series (catalogue_id, name, match_key)
    select %(catalogue_id)s, name, match_key
    from wanted
    where match_key not in (select match_key from known)
    order by match_key
    returning match_key, id
)
select match_key, id from known
union all
select match_key, id from created
