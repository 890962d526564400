//! Vocabulary and rules: orders to grants to a decision.
