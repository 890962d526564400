//! What can go wrong with the database.

/// What a caller of the storage can meet.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A row like that exists already.
    #[error("it exists already")]
    AlreadyExists,
    /// The database cannot be reached, is full, or said no.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The address of the database is none.
    #[error("the database address is neither sqlite://PATH nor postgres://…")]
    Address,
    /// The process is shutting down.
    #[error("the writer has stopped")]
    Stopped,
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        let is_duplicate = error
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if is_duplicate {
            Self::AlreadyExists
        } else {
            Self::Database(error)
        }
    }
}

/// What the storage's functions return.
pub(crate) type Result<T> = std::result::Result<T, StorageError>;
