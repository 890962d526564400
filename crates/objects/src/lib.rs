//! Objects in a private store: put, read ranges, delete.
