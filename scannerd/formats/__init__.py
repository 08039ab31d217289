"""From an export file to `Listen | Skipped | Failed`, by content, in a worker process.

    archive    what is inside: the file itself, or the members of a zip (also nested once) or a gzip, safely
    json_rows  the items of a JSON array or the lines of a JSONL file: whole when small, streamed when large
    csv_rows   the records of a CSV file with what is odd in their encodings
    spotify …  one file per format family; each format is one value in `FORMATS`
    recognise  which format a member is, by content
    packing    rows -> batches that a COPY can take as they are
    worker     the child process that does all of this under limits, and the parent's view of it

Nothing here imports asyncio, psycopg or the settings: a worker starts fast and holds no connection.
"""
