//! Looks for an answer that was given to the same request before, and keeps those that may be given again.

use std::rc::Rc;

use edgewise_domain::{
    chat::{conversation::Keep, reuse},
    models::{Delta, Prompt},
};
use edgewise_platform::{cache::KvCache, files::R2Files, patience::within};
use edgewise_protocol::api::ModelRoute;

use super::room::Room;

/// A model would have begun to speak by then.
const MAX_MS: u64 = 2_000;

/// The words of the answer to `prompt`, where one is kept and wanted.
pub async fn find(room: &Rc<Room>, epoch: u64, route: &ModelRoute, prompt: &Prompt) -> Option<Vec<Delta>> {
    let key = room.with(|log| Ok(log.reusable(epoch, route, prompt))).flatten()?;
    let (cache, files) = (KvCache::new(room.env.clone()), R2Files::new(room.env.clone()));
    let kept = within(MAX_MS, reuse::find(&cache, &files, &key)).await.flatten()?;
    room.with(|log| Ok(log.reused(epoch, &kept))).flatten()
}

/// Keeps an answer beside whatever comes next.
pub fn keep(room: &Room, keep: Keep) {
    let (cache, files) = (KvCache::new(room.env.clone()), R2Files::new(room.env.clone()));
    room.spawn(async move { reuse::keep(&cache, &files, &keep.key, keep.answer).await });
}
