-- What was imported. Public and stable: columns may be added at the end, never taken away or renamed.

create or replace view public.imports as
select
    export.id as export_id,
    listener.name as listener,
    export.name as file,
    export.format,
    export.state,
    export.rows_read,
    export.rows_stored,
    export.rows_duplicate,
    export.rows_skipped,
    export.rows_failed,
    export.new_artists,
    export.new_releases,
    export.new_tracks,
    export.first_at,
    export.last_at,
    export.taken_at,
    export.shelved_at,
    export.error
from scannerd.export
join scannerd.listener on listener.id = export.listener_id;

comment on view public.imports is 'Every export that was dropped or imported, and what became of its rows';
comment on column public.imports.export_id is 'Its number, for "scannerd exports show"';
comment on column public.imports.listener is 'Whose listens it holds';
comment on column public.imports.file is 'The name it was dropped under';
comment on column public.imports.format is 'The format it was recognised as';
comment on column public.imports.state is 'taken, stored, resolved, shelved, failed or undone';
comment on column public.imports.rows_read is 'Rows in the file; the sum of the next four';
comment on column public.imports.rows_stored is 'Rows that became listens';
comment on column public.imports.rows_duplicate is 'Rows whose exact listen was there before';
comment on column public.imports.rows_skipped is 'Rows that are no listens of music, or not wanted; each has its reason';
comment on column public.imports.rows_failed is 'Broken rows; each has its reason';
comment on column public.imports.new_artists is 'Artists it brought';
comment on column public.imports.new_releases is 'Releases it brought';
comment on column public.imports.new_tracks is 'Tracks it brought';
comment on column public.imports.first_at is 'Its earliest listen';
comment on column public.imports.last_at is 'Its latest listen';
comment on column public.imports.taken_at is 'When the import began';
comment on column public.imports.shelved_at is 'When it was done';
comment on column public.imports.error is 'Why it failed';
