"""The one database: found, started, brought up to date, asked.

connect    a connection with our settings, and psycopg's errors in our words
embedded   the private PostgreSQL of a user who named no other
migrate    forward only, under a lock, with checksums; then the public views
queries    every statement by its name, from `sql/queries`
"""
