"""From the drop folder to one settled file, taken in and put away.

watch      when to look: events are hints, the listing is the truth
unheard    files that only a look found: a watcher that is blind
listing    what lies there, whose it is, and what is no file
settle     which of it has stopped changing: pure
writers    whether somebody still has it open for writing
lane       one look after the other: take in what has settled, defer what has trouble
intake     one settled file: imported, moved, reported on
unfinished what a killed daemon left of files that are not in the drop folder any more
untold     files on the shelves whose text a killed daemon did not come to write
importing  the import itself, hashed, claimed, stored, resolved; moves nothing
refused_values  what no database can hold comes from the file
moving     one file to another place, without replacing or losing any
folders    the shelves' own folders: made, held open, never reached through a link
shelves    where a finished file goes, with its report beside it
retry      a failed, undone or unfinished export again, on demand
"""
