"""Mail that leaves the site: one server that takes it, and the part of the site worker that hands it over."""
