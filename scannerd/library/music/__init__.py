"""Files of music -> tracks and releases.

resolve   what a parsed file says -> what it wants of the catalogue: pure; `batches` makes whole folders of them
releases  which release each album is; `tracks` says which track a file holds; `identity` is how both are found
write     one file and its track with all relations, in one transaction; many in a pipeline
read      files through the parse pool and all of the above; `settle` does what follows from it
"""
