//! One schema and one SQL text for SQLite and PostgreSQL.
