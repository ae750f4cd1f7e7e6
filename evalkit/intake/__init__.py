"""Before anything is counted: what is asked for, and what was found in what came in."""
