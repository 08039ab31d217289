-- The files of books and the chapters in them. Public and stable: columns may be added at the end, never taken away or
-- renamed.

create or replace view public.book_files as
select
    file.book_id,
    book.title,
    scannerd.shown_path(scannerd.whole_path(root.path, file.folder, file.name)) as path,
    file.role,
    file.part,
    file.state,
    file.format,
    file.said ->> 'kind' as kind,
    file.duration_ms,
    file.pages,
    case
        when exists (select from scannerd.file_contribution as own where own.file_id = file.id) then array(
            select person.name
            from scannerd.file_contribution as own
            join scannerd.person on person.id = own.person_id
            where own.file_id = file.id and own.role = 'narrator'
            order by own.position
        )
        when file.role = 'main' and file.said ->> 'kind' = 'audio' then array(
            select person.name
            from scannerd.book_contribution as part
            join scannerd.person on person.id = part.person_id
            where part.book_id = file.book_id and part.role = 'narrator'
            order by part.position
        )
        else '{}'
    end as narrators,
    (select count(*) from scannerd.chapter where chapter.file_id = file.id) as chapters,
    file.size,
    file.reason,
    library.name as library,
    scannerd.whole_path(root.path, file.folder, file.name) as raw_path,
    file.id as file_id,
    file.codec,
    file.bitrate,
    file.has_picture,
    file.is_tagged,
    file.missing_since,
    to_timestamp(file.mtime_ns / 1000000000.0) as modified_at,
    file.added_at,
    file.details,
    library.instance
from scannerd.media_file as file
join scannerd.book on book.id = file.book_id
join scannerd.root on root.id = file.root_id
join scannerd.library on library.id = root.library_id;

create or replace view public.book_chapters as
select
    file.book_id,
    chapter.file_id,
    chapter.position,
    chapter.level,
    chapter.title,
    chapter.start_ms,
    chapter.end_ms,
    chapter.start_page,
    chapter.end_page,
    chapter.href,
    file.part,
    file.state
from scannerd.chapter
join scannerd.media_file as file on file.id = chapter.file_id
where file.book_id is not null;

comment on view public.book_files is 'Every file of a book: what can be read or heard, what comes with it, and what says something of it';
comment on column public.book_files.book_id is 'The book, as in books';
comment on column public.book_files.title is 'The title of the book';
comment on column public.book_files.path is 'Where it lies, for people: what is no UTF-8 is spelled \xff';
comment on column public.book_files.role is 'main: the book, or a part of it; supplement: comes with it; sidecar: says something of it';
comment on column public.book_files.part is 'Of several audio files of one reading, the how manieth';
comment on column public.book_files.state is 'present; missing: not there in a complete scan; unreadable: there, but broken';
comment on column public.book_files.format is 'The kind of file: epub, m4b, mp3, cbz, pdf, mobi, ...';
comment on column public.book_files.kind is 'audio, text, comic, sidecar or picture; null where it cannot be read';
comment on column public.book_files.duration_ms is 'Full length in milliseconds, of audio';
comment on column public.book_files.pages is 'How many pages, where it has such';
comment on column public.book_files.narrators is 'Who reads this file: its own narrators, else those of the book';
comment on column public.book_files.chapters is 'How many chapters it has';
comment on column public.book_files.size is 'Bytes';
comment on column public.book_files.reason is 'Why it is unreadable';
comment on column public.book_files.library is 'The library, by its name in the settings';
comment on column public.book_files.raw_path is 'Where it lies, byte for byte, for programs that open it';
comment on column public.book_files.file_id is 'Its number, as in files';
comment on column public.book_files.codec is 'How the sound is stored: mp3, aac, opus, ...';
comment on column public.book_files.bitrate is 'Bits per second';
comment on column public.book_files.has_picture is 'Whether a picture is embedded';
comment on column public.book_files.is_tagged is 'Whether it names a title or a person';
comment on column public.book_files.missing_since is 'When a scan first did not find it';
comment on column public.book_files.modified_at is 'When it was last changed, as the file system says';
comment on column public.book_files.added_at is 'When a scan first saw it';
comment on column public.book_files.details is 'Further values, as the file gives them';
comment on column public.book_files.instance is 'The scannerd installation the library belongs to';
comment on view public.book_chapters is 'The chapters of the files of books: by time in audio, by page in comics and PDFs, by document in e-books';
comment on column public.book_chapters.book_id is 'The book, as in books';
comment on column public.book_chapters.file_id is 'The file, as in book_files';
comment on column public.book_chapters.position is 'Its place in the file';
comment on column public.book_chapters.level is '0 is a chapter, 1 a section of it, and so on';
comment on column public.book_chapters.title is 'The title, null where it has none';
comment on column public.book_chapters.start_ms is 'Where it begins in its file, in milliseconds';
comment on column public.book_chapters.end_ms is 'Where it ends in its file, in milliseconds';
comment on column public.book_chapters.start_page is 'Its first page, from 1';
comment on column public.book_chapters.end_page is 'Its last page';
comment on column public.book_chapters.href is 'Where it begins inside an e-book';
comment on column public.book_chapters.part is 'The part its file is, as in book_files';
comment on column public.book_chapters.state is 'Of the file: present, missing or unreadable';
