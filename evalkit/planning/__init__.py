"""Before a pilot starts: what could be seen, with which areas and how many years."""
