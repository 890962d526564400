//! Measurements of Stoa; each is a program of its own.
