"""One file per study; each defines `study` with its experiments, claims and figures."""
