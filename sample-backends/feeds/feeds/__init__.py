"""RSS and Atom feeds as mail folders."""
