"""What a person does to the catalogue. Plain functions with a plain connection, each one transaction under the
catalogue's lock, so that no import resolves names in between.

merge    two persons, releases or tracks become one, and stay one: every name and MBID of the loser finds the winner
delete   a person, release or track goes; what its sources wrote stays, un-resolved, and may bring it back
leaving  how both are done, in sets: what leaves, what takes its place, and what thereby becomes equal

No listen is ever touched but for its mark as the same playing: listens point to lookups, and lookups are re-pointed.
"""
