"""A daemon that keeps listening history and a media library in one PostgreSQL database.

Two rivers, one sea: `inbox` takes in the export files a listener drops, `library` (a later part) scans media folders, and both
write the one database below `db`. `cli` and `daemon` are the doors; read the packages in the order
`model`, `formats`, `listens`, `inbox`, `daemon`.
"""

__version__ = "0.1.0"
