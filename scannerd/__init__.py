"""A daemon that keeps listening history and a media library in one PostgreSQL database.

`inbox` takes in the export files a listener drops and writes the one database below `db`. `cli` and `daemon` are the
doors; read the packages in the order `model`, `formats`, `listens`, `inbox`, `daemon`.
"""

__version__ = "0.1.0"
