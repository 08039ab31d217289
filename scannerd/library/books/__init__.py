"""Files of books -> books. A book is derived whole whenever one of its files comes, goes or changes.

units     what lies together: a folder with its disc folders; `divide` tells the books in it apart: pure
derive    one book from its files, sidecars and path, the better source first: pure; `path_names` reads the path
plan      which book of the database each one is
write     one book with its files and all relations, in one transaction
read      units through the parse pool and all of the above; `settle` takes away what nothing needs any more
"""
