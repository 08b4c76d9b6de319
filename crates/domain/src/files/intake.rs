//! Takes a file: its bytes go to the store as they come, in parts of one size, and are looked at on the way. A file is
//! there when it is whole and is what it says; of every other nothing stays.

use std::pin::pin;

use futures::{Stream, StreamExt};

use super::{
    PART_BYTES,
    inspect::{Inspector, Seen},
    kind::Mismatch,
    records::{Record, Whole, text_key},
    text::{self, Text},
};
use crate::{
    chat::send::StoreError,
    ports::{Attachments, Files, WebStandards},
};

/// The platform itself takes no larger body.
const MAX_DISCARDED_BYTES: u64 = 100 * 1024 * 1024;

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    #[error("The file is longer than it may be.")]
    TooLarge,
    /// Whoever sent it stopped in the middle.
    #[error("The body ended early.")]
    Cut,
    #[error("{0}")]
    Unread(String),
    #[error("Not all parts are there.")]
    Missing,
}

/// Where files go, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a, F, A, W> {
    pub files: &'a F,
    pub attachments: &'a A,
    pub standards: &'a W,
}

impl<F: Files, A: Attachments, W: WebStandards> Shelf<'_, F, A, W> {
    /// Takes the bytes of a file whose row is there, all at once: `most` of them. What is longer is read to its end, so
    /// that its sender hears of it.
    ///
    /// # Errors
    /// [`IntakeFault`]; the row is given up.
    pub async fn take<C: AsRef<[u8]>>(
        &self,
        record: &Record,
        most: u64,
        chunks: impl Stream<Item = Result<C, IntakeFault>>,
    ) -> Result<Record, IntakeFault> {
        let mut sink = Sink { key: &record.object, held: Vec::new(), upload: None, parts: Vec::new() };
        let taken = self.pour(record, most, chunks, &mut sink).await;
        if taken.is_err() {
            if let Some(upload) = &sink.upload {
                // Whatever is left is found by the row that is gone.
                let _ = self.files.abort(&record.object, upload).await;
            }
            let _ = self.attachments.give_up(record.id).await;
        }
        taken
    }

    async fn pour<C: AsRef<[u8]>>(
        &self,
        record: &Record,
        most: u64,
        chunks: impl Stream<Item = Result<C, IntakeFault>>,
        sink: &mut Sink<'_>,
    ) -> Result<Record, IntakeFault> {
        let mut chunks = pin!(chunks);
        let mut inspector = Inspector::new(&record.media_type);
        let mut length = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            length += chunk.as_ref().len() as u64;
            if length > most {
                if length > MAX_DISCARDED_BYTES {
                    break;
                }
                continue;
            }
            inspector.push(chunk.as_ref());
            if let Some(upload) = sink.push(self.files, chunk.as_ref()).await? {
                self.attachments.upload_begun(record.id, &upload).await?;
            }
        }
        if length > most {
            return Err(IntakeFault::TooLarge);
        }
        let seen = inspector.finish(&record.media_type, &record.name)?;
        if let Some(shared) = self.share(record, &seen).await? {
            if let Some(upload) = &sink.upload {
                self.files.abort(&record.object, upload).await?;
            }
            return Ok(shared);
        }
        sink.finish(self.files).await?;
        self.settle(record, seen).await
    }

    /// Makes a file of the parts that are there.
    ///
    /// # Errors
    /// [`IntakeFault`]; of what is not what it says nothing stays.
    pub async fn complete(&self, record: &Record) -> Result<Record, IntakeFault> {
        let parts = self.attachments.parts(record.id).await?;
        if parts.len() as u64 != record.part_count() {
            return Err(IntakeFault::Missing);
        }
        let upload = record.upload.as_deref().ok_or(IntakeFault::Missing)?;
        let made = self.files.complete(&record.object, upload, parts).await;
        let inspected = self.files.inspect(&record.object, Inspector::new(&record.media_type)).await?;
        // Whoever asks twice finds that the parts have become an object already.
        let Some(inspector) = inspected else {
            return Err(made.err().map_or(IntakeFault::Missing, IntakeFault::Store));
        };
        match inspector.finish(&record.media_type, &record.name) {
            Ok(seen) => match self.share(record, &seen).await? {
                Some(shared) => {
                    // Two that complete the same file at once find the other's row, which is their own.
                    if shared.object != record.own_key() {
                        self.files.delete(vec![record.own_key()]).await?;
                    }
                    Ok(shared)
                }
                None => self.settle(record, seen).await,
            },
            Err(mismatch) => {
                self.attachments.give_up(record.id).await?;
                Err(mismatch.into())
            }
        }
    }

    /// Shares the object of a file that has the same content and type, if there is one.
    async fn share(&self, record: &Record, seen: &Seen) -> Result<Option<Record>, StoreError> {
        let Some(same) = self.attachments.same(record, seen).await? else { return Ok(None) };
        let whole = Whole { seen: seen.clone(), text_bytes: same.text_bytes, text_note: same.text_note };
        self.attachments.settle(record.id, &whole, false).await
    }

    /// Its bytes are stored: reads its text, and says that it is there.
    async fn settle(&self, record: &Record, seen: Seen) -> Result<Record, IntakeFault> {
        let (text_bytes, text_note) = self.keep_text(record, &seen).await?;
        let whole = Whole { seen, text_bytes, text_note };
        // Deleted while it came.
        let settled = self.attachments.settle(record.id, &whole, true).await?.ok_or(IntakeFault::Missing)?;
        if settled.object != record.object {
            // Another of the same content was a moment faster.
            self.files.delete(vec![record.object.clone(), text_key(&record.object)]).await?;
        }
        Ok(settled)
    }

    async fn keep_text(&self, record: &Record, seen: &Seen) -> Result<(u64, Option<String>), StoreError> {
        if let Err(sentence) = text::is_readable(&seen.media_type, seen.size) {
            return Ok((0, Some(sentence.into())));
        }
        let bytes = self.files.read(&record.object, text::MAX_READ_BYTES).await?.unwrap_or_default();
        match text::extract(self.standards, &seen.media_type, &bytes) {
            Text::Said { text, cut } => {
                let length = text.len() as u64;
                self.files.put(&text_key(&record.object), text.into_bytes()).await?;
                Ok((length, cut.then(|| "The text is longer than what models are shown.".to_owned())))
            }
            Text::None(sentence) => Ok((0, Some(sentence.into()))),
        }
    }
}

/// Gathers bytes into parts.
struct Sink<'a> {
    key: &'a str,
    held: Vec<u8>,
    upload: Option<String>,
    parts: Vec<(u32, String)>,
}

impl Sink<'_> {
    /// Gives the name of the upload when it has just begun.
    async fn push(&mut self, files: &impl Files, chunk: &[u8]) -> Result<Option<String>, StoreError> {
        const PART: usize = PART_BYTES as usize;
        let mut begun = None;
        let mut rest = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at_checked(PART - self.held.len()).unwrap_or((rest, &[]));
            self.held.extend_from_slice(now);
            rest = later;
            // What fits into one part may be all there is.
            if self.held.len() == PART {
                if self.upload.is_none() {
                    let upload = files.begin(self.key).await?;
                    begun = Some(upload.clone());
                    self.upload = Some(upload);
                }
                self.send(files).await?;
            }
        }
        Ok(begun)
    }

    async fn send(&mut self, files: &impl Files) -> Result<(), StoreError> {
        let Some(upload) = &self.upload else { return Ok(()) };
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX).saturating_add(1);
        let bytes = std::mem::take(&mut self.held);
        self.parts.push((number, files.part(self.key, upload, number, bytes).await?));
        Ok(())
    }

    async fn finish(&mut self, files: &impl Files) -> Result<(), StoreError> {
        if self.upload.is_none() {
            return files.put(self.key, std::mem::take(&mut self.held)).await;
        }
        if !self.held.is_empty() {
            self.send(files).await?;
        }
        let Some(upload) = self.upload.clone() else { return Ok(()) };
        files.complete(self.key, &upload, std::mem::take(&mut self.parts)).await
    }
}
