"""Names: cleaned, compared, taken apart. Pure."""
