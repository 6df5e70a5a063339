"""One file a study; each holds `study`, its experiments, claims and figures."""
