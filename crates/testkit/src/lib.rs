//! One test shop for everybody.
