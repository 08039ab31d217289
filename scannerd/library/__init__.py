"""Media folder -> rows. Plain functions with a plain connection; a scan never writes inside a library.

libraries   libraries and roots as rows; one scan of each at a time
walk        folders and stamps, in order; errors are values; `ignore` says what is passed over
changes     what became of each known file: pure; `moves` and `guard` say when a file that is not there is missing
look        the first half of a scan: all of the above; `known` keeps what it found in temp tables
parse       new and changed files through a pool of worker processes; `worker` runs in them
resolve     what a parsed file says -> what it wants of the catalogue: pure
scan_cache  which row a name is; `names` and `releases` find and create them; `tracks` says which track a file holds
write       one file and its track with all relations, in one transaction; many in a pipeline
read        the second half of a scan: parse, resolve, write, by `batches`; `settle` does what follows from it
scan        all of it, in order; `summary` counts
lane        the daemon's side of it: `watch` hears what changed (`watcher` runs in its process), `ears` knows how well,
            `due` says what is due, `outcome` how a scan ended
"""
