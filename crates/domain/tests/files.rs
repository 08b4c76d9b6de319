//! Files over their rows in SQLite, where several calls for one happen at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{future::Future, pin::pin, task::Poll};

use edgewise_domain::{
    access::{Conversation, Grant, Principal, Write, authorize},
    catalogue::CatalogueOver,
    chat::send::StoreError,
    files::{
        PART_BYTES,
        intake::Shelf,
        records::{AttachmentsOver, New, Record},
    },
    ports::{Attachments, Catalogue, Columns, Database, Files, Ports, Statement},
};
use edgewise_protocol::{
    ids::{AttachmentId, ConversationId, UserId},
    jobs::ProjectConversation,
    organization::Owner,
};
use edgewise_testkit::{catalogue::job, files::MemoryFiles, ports::FakePorts, sqlite::Sqlite, standards::Standards};
use futures::{executor::block_on, poll};

fn user(n: u64) -> UserId {
    UserId::new(n, &[0; 10])
}

fn grant(n: u64) -> Grant<Write> {
    let own = Conversation { creator: user(n), place: None };
    authorize(&Principal { user: user(n), memberships: &[] }, own).unwrap()
}

fn file(n: u8, media_type: &str, size: u64) -> New {
    let id = AttachmentId::new(1, &[n; 10]);
    New { id, name: "a.txt".into(), media_type: media_type.into(), size, created_at_ms: 1 }
}

/// A database that answers each call a moment later.
#[derive(Debug, Clone)]
struct Late(Sqlite);

impl Database for Late {
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Columns>>, StoreError>> + Send {
        let (answer, mut is_late) = (self.0.batch(statements), true);
        async move {
            let answer = answer.await;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut is_late) { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            answer
        }
    }
}

fn files() -> MemoryFiles {
    FakePorts::default().files().clone()
}

async fn find(rows: &AttachmentsOver<Sqlite>, new: &New) -> Option<Record> {
    rows.find(&[new.id]).await.unwrap().pop()
}

#[test]
fn two_that_complete_a_file_at_once_leave_its_bytes() {
    block_on(async {
        let (sqlite, files) = (Sqlite::migrated(), files());
        let (rows, late_rows) = (AttachmentsOver(sqlite.clone()), AttachmentsOver(Late(sqlite)));
        let new = file(1, "text/plain", PART_BYTES);
        rows.begin(grant(1), &new).await.unwrap();
        let record = find(&rows, &new).await.unwrap();
        let upload = files.begin(&record.object).await.unwrap();
        rows.upload_begun(record.id, &upload).await.unwrap();
        let bytes = vec![b'a'; PART_BYTES as usize];
        let etag = files.part(&record.object, &upload, 1, bytes).await.unwrap();
        rows.part(record.id, 1, &etag).await.unwrap();
        let record = find(&rows, &new).await.unwrap();

        let prompt = Shelf { files: &files, attachments: &rows, standards: &Standards };
        let late = Shelf { files: &files, attachments: &late_rows, standards: &Standards };
        let mut second = pin!(late.complete(&record));
        // It knows of the parts, and nothing more.
        assert!(poll!(&mut second).is_pending());
        let first = prompt.complete(&record).await.unwrap();
        assert_eq!(second.await.unwrap(), first);
        assert!(files.keys().contains(&first.object), "{:?}", files.keys());
    });
}

async fn taken(shelf: &Shelf<'_, MemoryFiles, AttachmentsOver<Sqlite>, Standards>, by: u64, new: &New) -> Record {
    shelf.attachments.begin(grant(by), new).await.unwrap();
    let record = find(shelf.attachments, new).await.unwrap();
    shelf.take(&record, 100, futures::stream::iter([Ok(b"<p>same</p>")])).await.unwrap()
}

#[test]
fn bytes_are_shared_by_files_of_one_type() {
    block_on(async {
        let (rows, files) = (AttachmentsOver(Sqlite::migrated()), files());
        let shelf = Shelf { files: &files, attachments: &rows, standards: &Standards };
        let one = taken(&shelf, 1, &file(1, "text/plain", 11)).await;
        let same = taken(&shelf, 1, &file(2, "text/plain", 11)).await;
        let other = taken(&shelf, 1, &file(3, "text/html", 11)).await;
        assert_eq!(one.object, same.object);
        assert_eq!((&one.sha256, one.object == other.object), (&other.sha256, false));
        assert_ne!(one.text_bytes, other.text_bytes);
        assert!(files.keys().contains(&other.object));
    });
}

#[test]
fn a_conversation_that_is_deleted_takes_the_files_of_its_owner_only() {
    block_on(async {
        let (sqlite, files) = (Sqlite::migrated(), files());
        let (rows, catalogue) = (AttachmentsOver(sqlite.clone()), CatalogueOver(sqlite));
        let shelf = Shelf { files: &files, attachments: &rows, standards: &Standards };
        let (own, others) = (file(1, "text/plain", 11), file(2, "text/plain", 11));
        taken(&shelf, 1, &own).await;
        taken(&shelf, 2, &others).await;
        let conversation_id = ConversationId::new(1, &[1; 10]);
        rows.used(conversation_id, &[own.id, others.id]).await.unwrap();
        let owner = Owner::User(user(1));
        let job = ProjectConversation { version: 2, deleted: true, ..job(conversation_id, owner) };
        catalogue.project(&job).await.unwrap();
        assert!(find(&rows, &own).await.is_none());
        assert!(find(&rows, &others).await.is_some());
    });
}
