//! Fetches the files that a prompt wants and puts them into it, before the model is asked.

use std::rc::Rc;

use edgewise_domain::{
    chat::conversation::Ask,
    files::{
        records::text_key,
        shown::{self, How, Wanted},
    },
    ports::Files,
};
use edgewise_platform::{files::R2Files, log};
use futures::future::join_all;

use super::room::Room;

/// Every file at the same time: each is bounded, and so are all of them together.
pub async fn put_into(room: &Rc<Room>, ask: &mut Ask) {
    let files = R2Files::new(room.env.clone());
    let wanted = std::mem::take(&mut ask.files);
    let fetched = join_all(wanted.iter().map(|wanted| fetch(&files, wanted))).await;
    shown::put_into(&mut ask.prompt, wanted.into_iter().zip(fetched).collect());
}

/// `None` when it is not there any more. The model is told so, and the turn goes on.
async fn fetch(files: &R2Files, wanted: &Wanted) -> Option<Vec<u8>> {
    let (key, most) = match wanted.how {
        How::Named(_) => return None,
        How::Text => (text_key(&wanted.file.object), wanted.file.text_bytes),
        How::Image => (wanted.file.object.clone(), wanted.file.size),
    };
    files.read(&key, most).await.unwrap_or_else(|error| {
        log::warn(format_args!("files: {error}"));
        None
    })
}
