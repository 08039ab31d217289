"""What state everything is in.

snapshot      one look at all of it, for `scannerd status`
daemon_state  what a running daemon is at, as it publishes it
"""
