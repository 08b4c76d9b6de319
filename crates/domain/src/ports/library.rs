//! What users keep to use again.

use std::future::Future;

use edgewise_protocol::ids::LibraryId;

use crate::{
    access::{Delete, Grant, Own, Read, Write},
    chat::send::StoreError,
    library::{Entry, Kept, Shelf},
};

/// The entries of users, each user's own.
pub trait Library: Clone + Send + Sync + 'static {
    /// All of one kind, by their names.
    fn list(
        &self,
        grant: Grant<Read, Own>,
        shelf: Shelf,
    ) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    fn find(
        &self,
        grant: Grant<Read, Own>,
        shelf: Shelf,
        id: LibraryId,
    ) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;

    /// A new one. The same again finds itself.
    fn add(
        &self,
        grant: Grant<Write, Own>,
        shelf: Shelf,
        entry: &Entry,
    ) -> impl Future<Output = Result<Kept, StoreError>> + Send;

    /// Another content of one that is there.
    fn change(
        &self,
        grant: Grant<Write, Own>,
        shelf: Shelf,
        entry: &Entry,
    ) -> impl Future<Output = Result<Kept, StoreError>> + Send;

    /// `false`: there is none.
    fn remove(
        &self,
        grant: Grant<Delete, Own>,
        shelf: Shelf,
        id: LibraryId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
