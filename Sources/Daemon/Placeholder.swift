// The module's own files take this one's place.
