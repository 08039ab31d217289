"""What would bite later, found now, and how to mend each: `scannerd doctor`.

finding          what there is to say of one thing: fine, a warning, or trouble with its remedy
examination      many looks side by side, none of which can hang the others
patient          what is examined, in plain values
whom             the user the service runs as, and what that user may do
drives           what kind of drive a folder lies on, and what should be mounted there
room             space and inodes
settings_file    found, readable, closed where it holds a password
state_folder, drop_folder, leftovers, library_roots, sample, watches
server, stored   a database that answers: its settings, its schema, what is in it
programs         the private PostgreSQL while it does not run, and its binaries
service, units   the daemon, and the files of systemd that start it
machine          clock, limits, memory, helpers
rounds           all of the looks, in the order they are told

Nothing here changes anything, but for a probe file that is removed again.
"""
