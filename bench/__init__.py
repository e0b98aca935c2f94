"""`make bench`: Otklik beside bare Temporal on the same machine, in one run."""
