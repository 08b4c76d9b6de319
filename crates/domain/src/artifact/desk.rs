//! What is done with artifacts: made, written, edited, restored and read, by people and by the tools of a model.

use edgewise_protocol::{
    api::Author,
    ids::{ArtifactId, AttachmentId, MessageId},
};

use super::{
    Fault, check_content, check_language, check_title,
    edits::{self, Edit},
    records::{Added, Content, New, NewVersion, Record, Stored},
};
use crate::{
    access::{Grant, Read, Write},
    chat::send::StoreError,
    files::{
        inspect::Seen,
        records::{New as NewFile, Record as FileRecord, Whole},
    },
    identity::seals,
    ports::{Artifacts, Attachments, Files},
};

/// Of the files that hold contents. No file that somebody attaches is of it: theirs have a text beside them.
pub const MEDIA_TYPE: &str = "text/vnd.edgewise.artifact";
/// How often edits are made anew on what somebody else has written meanwhile.
const MAX_TRIES: u32 = 3;

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Bad(Fault),
    #[error("{0}")]
    BadEdit(String),
    #[error("There are as many artifacts as may be. Delete some.")]
    Full,
    #[error("Too many uploads are unfinished. Try again in a minute.")]
    Busy,
    #[error("Somebody else has written version {0} meanwhile. Read it, and write on top of it.")]
    Newer(u32),
    #[error("There is no such version, or it is not kept any more.")]
    NoVersion,
    #[error("The artifact is not there any more.")]
    Gone,
}

impl From<Fault> for DeskFault {
    fn from(fault: Fault) -> Self {
        Self::Bad(fault)
    }
}

/// Where a version comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    pub author: Author,
    pub message: Option<MessageId>,
    /// Of a call that makes one version, however often it is made.
    pub call: Option<String>,
    pub now_ms: u64,
    /// For the file, if one is needed.
    pub file: AttachmentId,
}

/// Where artifacts are.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a, F, A, R> {
    pub files: &'a F,
    pub attachments: &'a A,
    pub artifacts: &'a R,
}

impl<F: Files, A: Attachments, R: Artifacts> Desk<'_, F, A, R> {
    /// # Errors
    /// [`DeskFault`].
    pub async fn create(
        &self,
        grant: Grant<Write>,
        new: &New,
        origin: &Origin,
        content: &str,
    ) -> Result<(Record, u32), DeskFault> {
        check_title(&new.title)?;
        check_language(new.language.as_deref().unwrap_or_default())?;
        if let Some(made) = self.made_before(origin).await? {
            return Ok(made);
        }
        // A request that is sent once more makes the same.
        if origin.call.is_none()
            && let Some(made) = self.artifacts.find(new.id).await?
        {
            let version = made.version;
            return Ok((made, version));
        }
        let file = self.shelve(grant, origin, &new.title, content).await?;
        self.settle(grant, Aim::New(new), origin, &file, content).await
    }

    /// Another version, on top of `base`; without one, of whichever is the newest. What is as it was makes none.
    ///
    /// # Errors
    /// [`DeskFault`].
    pub async fn write(
        &self,
        grant: Grant<Write>,
        record: Record,
        origin: &Origin,
        base: Option<u32>,
        content: &str,
    ) -> Result<(Record, u32), DeskFault> {
        check_content(content)?;
        if let Some(made) = self.made_before(origin).await? {
            return Ok(made);
        }
        if base.is_some_and(|base| base != record.version) {
            return Err(DeskFault::Newer(record.version));
        }
        let newest = self.artifacts.stored(grant.reading(), record.id, record.version).await?;
        if newest.is_some_and(|newest| newest.sha256 == seals::digest(content)) {
            let version = record.version;
            return Ok((record, version));
        }
        let base = base.unwrap_or(record.version);
        let file = self.shelve(grant, origin, &record.title, content).await?;
        self.settle(grant, Aim::Next(record.id, base), origin, &file, content).await
    }

    /// The newest version with edits made, also where somebody else writes meanwhile.
    ///
    /// # Errors
    /// [`DeskFault`].
    pub async fn edit(
        &self,
        grant: Grant<Write>,
        mut record: Record,
        origin: &Origin,
        edits: &[Edit],
    ) -> Result<(Record, u32), DeskFault> {
        if let Some(made) = self.made_before(origin).await? {
            return Ok(made);
        }
        for _ in 0..MAX_TRIES {
            let (id, version) = (record.id, record.version);
            let (_, text) = self.text(grant.reading(), id, version).await?;
            let edited = edits::apply(&text, edits).map_err(DeskFault::BadEdit)?;
            match self.write(grant, record, origin, Some(version), &edited).await {
                Err(DeskFault::Newer(_)) => record = self.artifacts.find(id).await?.ok_or(DeskFault::Gone)?,
                done => return done,
            }
        }
        Err(DeskFault::Newer(record.version))
    }

    /// An older version's content as a new version. Of the newest one nothing changes.
    ///
    /// # Errors
    /// [`DeskFault`].
    pub async fn restore(
        &self,
        grant: Grant<Write>,
        record: Record,
        origin: &Origin,
        kept: u32,
    ) -> Result<Record, DeskFault> {
        let stored = self.artifacts.stored(grant.reading(), record.id, kept).await?.ok_or(DeskFault::NoVersion)?;
        if kept == record.version {
            return Ok(record);
        }
        let version = NewVersion { size: stored.size, ..version(origin, Some(record.version), Content::Of(kept)) };
        made(self.artifacts.write(grant, record.id, &version).await?).map(|(record, _)| record)
    }

    /// The content of a version, and where it is.
    ///
    /// # Errors
    /// [`DeskFault`].
    pub async fn text(&self, grant: Grant<Read>, id: ArtifactId, version: u32) -> Result<(Stored, String), DeskFault> {
        let stored = self.artifacts.stored(grant, id, version).await?.ok_or(DeskFault::NoVersion)?;
        let bytes = self.files.read(&stored.object, stored.size.max(1)).await?.ok_or(DeskFault::NoVersion)?;
        Ok((stored, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A call that runs again, because a process died, has done what it is to do.
    async fn made_before(&self, origin: &Origin) -> Result<Option<(Record, u32)>, StoreError> {
        match &origin.call {
            Some(call) => self.artifacts.made_by(call).await,
            None => Ok(None),
        }
    }

    /// The row of a content's file, and its bytes unless the tenant has the same already.
    async fn shelve(
        &self,
        grant: Grant<Write>,
        origin: &Origin,
        name: &str,
        content: &str,
    ) -> Result<Shelved, DeskFault> {
        check_content(content)?;
        let size = content.len() as u64;
        let new = NewFile {
            id: origin.file,
            name: name.to_owned(),
            media_type: MEDIA_TYPE.to_owned(),
            size,
            created_at_ms: origin.now_ms,
        };
        if !self.attachments.begin(grant, &new).await? {
            return Err(DeskFault::Busy);
        }
        let record = FileRecord::begun(grant, &new);
        let seen = Seen { media_type: MEDIA_TYPE.to_owned(), size, sha256: seals::digest(content) };
        let is_stored = self.attachments.same(&record, &seen).await?.is_none();
        if is_stored {
            self.files.put(&record.object, content.as_bytes().to_vec()).await?;
        }
        Ok(Shelved { whole: Whole { seen, text_bytes: 0, text_note: None }, object: record.object, is_stored })
    }

    /// Adds a version. Where the object that it was to share has gone meanwhile, its own is stored.
    async fn settle(
        &self,
        grant: Grant<Write>,
        aim: Aim<'_>,
        origin: &Origin,
        shelved: &Shelved,
        content: &str,
    ) -> Result<(Record, u32), DeskFault> {
        let mut added = self.add(grant, aim, origin, shelved, shelved.is_stored).await?;
        if added == Added::NoContent && !shelved.is_stored {
            self.files.put(&shelved.object, content.as_bytes().to_vec()).await?;
            added = self.add(grant, aim, origin, shelved, true).await?;
        }
        if added == Added::NoContent {
            self.attachments.give_up(origin.file).await?;
        }
        made(added)
    }

    async fn add(
        &self,
        grant: Grant<Write>,
        aim: Aim<'_>,
        origin: &Origin,
        shelved: &Shelved,
        is_stored: bool,
    ) -> Result<Added, StoreError> {
        let content = Content::New { file: origin.file, whole: shelved.whole.clone(), is_stored };
        match aim {
            Aim::New(new) => self.artifacts.add(grant, new, &version(origin, None, content)).await,
            Aim::Next(id, base) => self.artifacts.write(grant, id, &version(origin, Some(base), content)).await,
        }
    }
}

/// What a version is added to.
#[derive(Debug, Clone, Copy)]
enum Aim<'a> {
    New(&'a New),
    /// On top of this version.
    Next(ArtifactId, u32),
}

/// A content that is to be a version's.
struct Shelved {
    whole: Whole,
    /// The key that is its own.
    object: String,
    is_stored: bool,
}

fn version(origin: &Origin, base: Option<u32>, content: Content) -> NewVersion {
    let size = match &content {
        Content::New { whole, .. } => whole.seen.size,
        Content::Of(_) => 0,
    };
    let Origin { author, message, call, now_ms, .. } = origin.clone();
    NewVersion { content, size, base, author, message, call, now_ms }
}

fn made(added: Added) -> Result<(Record, u32), DeskFault> {
    match added {
        Added::Made(record, version) => Ok((record, version)),
        Added::Full => Err(DeskFault::Full),
        Added::Newer(record) => Err(DeskFault::Newer(record.version)),
        Added::NoContent => Err(DeskFault::NoVersion),
        Added::Gone => Err(DeskFault::Gone),
    }
}
