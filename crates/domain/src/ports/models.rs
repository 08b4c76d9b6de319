//! The list of models, where it rests.

use std::future::Future;

use edgewise_protocol::api::Model;

use crate::{chat::send::StoreError, flags::Change};

/// The models that may be asked.
pub trait Models: Clone + Send + Sync + 'static {
    fn all(&self) -> impl Future<Output = Result<Vec<Model>, StoreError>> + Send;

    /// Writes the model and who did it. `false`: there are as many as there may be.
    fn set(&self, model: &Model, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// `false`: there is none.
    fn remove(&self, name: &str, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
