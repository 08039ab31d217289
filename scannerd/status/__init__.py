"""What state everything is in.

snapshot   one look at all of it, for `scannerd status`
"""
