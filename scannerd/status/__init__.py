"""What state everything is in.

snapshot      one look at all of it, for `scannerd status`
daemon_state  what a running daemon is at, as it publishes it
places        the folders of the settings, as they look from here
deadline      questions that may hang
notices       what of all that wants somebody's attention, and what to do about it
"""
