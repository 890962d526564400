//! Objects in a private store: put, look up, read ranges, delete.
//!
//! An [`ObjectKey`] names an object and is safe to use as a path by construction. A [`Folder`]
//! keeps objects on the local disk: an object appears whole or not at all, is never overwritten,
//! and is read as a [`Body`] that holds one chunk of it at a time. What arrives from outside is
//! [`Received`] first, so that it can be looked into before it becomes an object.
//!
//! The store knows nothing of courses, signatures or HTTP. Nothing here prints a path.

mod body;
mod draft;
mod folder;
mod key;
mod layout;
mod record;

pub use body::{Body, CHUNK_BYTES};
pub use folder::{Folder, PutError, Received, Stored};
pub use key::{InvalidKey, ObjectKey};
pub use record::{Info, Metadata};
