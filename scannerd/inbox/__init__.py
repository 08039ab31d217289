"""From the drop folder to one settled file, taken in and put away.

listing   what lies there, whose it is, and what is no file
settle    which of it has stopped changing
moving    one file to another place, without replacing or losing any
shelves   where a finished file goes, with its report beside it
"""
