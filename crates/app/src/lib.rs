//! The use cases, called by HTTP, jobs and the command line alike.
