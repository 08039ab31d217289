"""Raw rows -> the catalogue. Plain functions with a plain connection; docstrings say who owns the transaction.

listener      whose listens they are, created on first use
exports       the life of one export: taken, stored, resolved, shelved, failed, undone
store         batches by COPY into lookups, listens and the ledger, in one transaction
resolve       lookups -> artists, releases, tracks, in sets, by documented rules
same_play     which listens are the same playing: pure
duplicates    the marks that follow from it, recomputed where something changed
book_listens  which book was heard, of what exports tell of audiobooks
submit        listens that come one by one, or in small batches, without a file
undo          take back exactly what one export brought
"""
