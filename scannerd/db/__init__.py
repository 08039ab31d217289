"""The one database: found, started, brought up to date, asked.

opening     the database a command or the daemon works with, whichever it is
connect     a connection with our settings, and psycopg's errors in our words
embedded    the private PostgreSQL of a user who named no other; its parts are `binaries` (which programs), `owner`
            (as whom), `folders` (where), `cluster` (made once), `conf_files` and `memory` (how it is set), `server`
            (started, stopped), `users` (who uses it; the last one stops it) and `share` (the read-only door)
state_lock  the state folder, and the one daemon that owns it
room        a full disk, which is waited for
migrate     forward only, under a lock, with checksums; then the public views
queries     every statement by its name, from `sql/queries`
copying     rows into a table by binary COPY
locks       who may create or merge names, who derives duplicates, who takes lookups away
"""
