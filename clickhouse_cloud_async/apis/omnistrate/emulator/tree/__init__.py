"""The resources of vendors: their kinds and relations."""
