//! Artifacts over SQLite with the real migrations: versions, calls that run twice, and what goes with what.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Act, Conversation, Grant, Principal, authorize},
    artifact::{
        MAX_VERSIONS,
        called::{self, Context},
        desk::{Desk, DeskFault, Origin},
        records::{New, Record},
    },
    catalogue::project_statements,
    erasure::ErasuresOver,
    files::sweep::sweep,
    ports::{Artifacts, Catalogue, Database, Erasures, Ports, Statement, Value as Cell},
    tools::Tool,
};
use edgewise_protocol::{
    api::{ArtifactKind, Author},
    ids::{ArtifactId, AttachmentId, ConversationId, OrganizationId, ProjectId, UserId},
    jobs::ProjectConversation,
    organization::{MemberRole, Membership, Owner, Place},
};
use edgewise_testkit::{catalogue::job, ports::FakePorts};
use futures::executor::block_on;
use serde_json::{Value, json};

const NOW_MS: u64 = 1_700_000_000_000;

fn user() -> UserId {
    UserId::new(NOW_MS, &[1; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::new(NOW_MS, &[n; 10])
}

fn place() -> Place {
    Place { project: ProjectId::new(1, &[3; 10]), organization: OrganizationId::new(1, &[4; 10]) }
}

fn memberships() -> [Membership; 1] {
    [Membership { organization: place().organization, role: MemberRole::Editor }]
}

fn grant<A: Act>() -> Grant<A> {
    authorize(&Principal { user: user(), memberships: &[] }, Conversation { creator: user(), place: None }).unwrap()
}

#[derive(Default)]
struct World {
    ports: FakePorts,
    made: std::cell::Cell<u8>,
}

impl World {
    fn desk(
        &self,
    ) -> Desk<'_, <FakePorts as Ports>::Files, <FakePorts as Ports>::Attachments, <FakePorts as Ports>::Artifacts> {
        Desk { files: self.ports.files(), attachments: self.ports.attachments(), artifacts: self.ports.artifacts() }
    }

    fn bytes(&self) -> [u8; 10] {
        self.made.set(self.made.get() + 1);
        [self.made.get(); 10]
    }

    fn origin(&self) -> Origin {
        let file = AttachmentId::new(NOW_MS, &self.bytes());
        Origin { author: Author::User, message: None, call: None, now_ms: NOW_MS, file }
    }

    fn create(&self, of: Option<ConversationId>, content: &str) -> Record {
        let new = New {
            id: ArtifactId::new(NOW_MS, &self.bytes()),
            conversation: of,
            title: "Notes".into(),
            kind: ArtifactKind::Markdown,
            language: None,
        };
        block_on(self.desk().create(grant(), &new, &self.origin(), content)).unwrap().0
    }

    fn write(&self, record: &Record, base: u32, content: &str) -> Result<Record, DeskFault> {
        let (desk, origin) = (self.desk(), self.origin());
        let written = desk.write(grant(), record.clone(), &origin, Some(base), content);
        block_on(written).map(|(record, _)| record)
    }

    fn text(&self, record: &Record, version: u32) -> Result<String, DeskFault> {
        block_on(self.desk().text(grant(), record.id, version)).map(|(_, text)| text)
    }

    fn run(&self, call: &str, tool: Tool, input: Value) -> Result<Value, String> {
        self.run_in(None, call, tool, input)
    }

    fn run_in(&self, place: Option<Place>, call: &str, tool: Tool, input: Value) -> Result<Value, String> {
        tool.check(&input)?;
        let known = memberships();
        let principal = Principal { user: user(), memberships: &known };
        let context = Context {
            principal,
            grant: authorize(&principal, Conversation { creator: user(), place }).unwrap(),
            conversation: Some(conversation(1)),
            message: None,
            call: &format!("{}/{call}", conversation(1)),
            now_ms: NOW_MS,
            artifact: ArtifactId::new(NOW_MS, &self.bytes()),
            file: AttachmentId::new(NOW_MS, &self.bytes()),
        };
        block_on(called::run(&self.desk(), &context, tool, &input))
    }

    fn count(&self, sql: &str) -> u64 {
        self.sql(sql)[0][0].as_u64().unwrap()
    }

    fn sql(&self, sql: &str) -> Vec<Vec<Cell>> {
        let statement = Statement { sql: sql.into(), values: Vec::new() };
        block_on(self.ports.database().batch(vec![statement])).unwrap().pop().unwrap()
    }

    /// Objects that are left when the cron has gone round.
    fn objects(&self) -> usize {
        use edgewise_domain::ports::Files;
        block_on(sweep(self.ports.files(), self.ports.attachments(), NOW_MS)).unwrap();
        block_on(self.ports.files().list(None, 90)).unwrap().len()
    }

    fn project(&self, of: ConversationId, deleted: bool) {
        let version = 1 + u64::from(deleted);
        let job = ProjectConversation { version, deleted, ..job(of, Owner::User(user())) };
        assert!(!project_statements(&job).is_empty());
        block_on(self.ports.catalogue().project(&job)).unwrap();
    }
}

#[test]
fn every_version_is_kept_and_an_older_one_comes_back() {
    let world = World::default();
    let first = world.create(None, "one\n");
    assert_eq!((first.version, first.size), (1, 4));
    let second = world.write(&first, 1, "two two\n").unwrap();
    assert_eq!((second.version, second.size), (2, 8));
    assert_eq!(world.write(&second, 2, "two two\n").unwrap().version, 2, "what is as it was makes no version");
    assert_eq!(world.write(&second, 1, "three\n"), Err(DeskFault::Newer(2)));
    // Somebody who has read the row before the other wrote.
    assert_eq!(world.write(&first, 1, "three\n"), Err(DeskFault::Newer(2)));
    let third = block_on(world.desk().restore(grant(), second.clone(), &world.origin(), 1)).unwrap();
    assert_eq!((third.version, third.size), (3, 4));
    assert_eq!(world.text(&third, 3).unwrap(), "one\n");
    assert_eq!(world.text(&third, 2).unwrap(), "two two\n");
    assert_eq!(world.text(&third, 4), Err(DeskFault::NoVersion));
    let missing = block_on(world.desk().restore(grant(), third.clone(), &world.origin(), 9));
    assert_eq!(missing, Err(DeskFault::NoVersion));
    let versions = block_on(world.ports.artifacts().versions(grant(), third.id)).unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(world.objects(), 2, "what was refused left nothing");
}

#[test]
fn the_same_content_is_stored_once_and_goes_with_the_last_that_has_it() {
    let world = World::default();
    let (one, other) = (world.create(None, "same"), world.create(None, "same"));
    assert_eq!(world.objects(), 1);
    block_on(world.ports.artifacts().remove(grant(), one.id)).unwrap();
    assert_eq!(world.objects(), 1);
    assert_eq!(world.text(&other, 1).unwrap(), "same");
    block_on(world.ports.artifacts().remove(grant(), other.id)).unwrap();
    block_on(world.ports.artifacts().remove(grant(), other.id)).unwrap();
    assert_eq!(world.objects(), 0);
    assert_eq!(world.count("SELECT count(*) FROM artifact_versions"), 0);
}

#[test]
fn a_call_that_runs_again_makes_nothing_more() {
    let world = World::default();
    let made = json!({ "title": "T", "kind": "code", "language": "rust", "content": "fn main() {}" });
    let create = || world.run("call_2_0", Tool::ArtifactCreate, made.clone()).unwrap();
    let first = create();
    assert_eq!((&first, &first["version"]), (&create(), &json!(1)));
    let id = first["artifactId"].clone();
    let edit = json!({ "artifactId": id, "edits": [{ "find": "{}", "replace": "{ go() }" }] });
    let second = world.run("call_2_1", Tool::ArtifactUpdate, edit.clone()).unwrap();
    assert_eq!(
        (&second["version"], &second),
        (&json!(2), &world.run("call_2_1", Tool::ArtifactUpdate, edit.clone()).unwrap())
    );
    let third =
        world.run("call_2_2", Tool::ArtifactUpdate, json!({ "artifactId": id, "content": "all anew" })).unwrap();
    assert_eq!(third["version"], 3);
    assert_eq!(world.run("call_2_1", Tool::ArtifactUpdate, edit).unwrap()["version"], 2, "what it made then");
    assert_eq!(create(), first);
    let read = |input| world.run("call_2_3", Tool::ArtifactRead, input).unwrap();
    assert_eq!(read(json!({ "artifactId": id, "version": 2 }))["content"], "fn main() { go() }");
    assert_eq!(read(json!({ "artifactId": id }))["content"], "all anew");
    let id = id.as_str().unwrap().parse().unwrap();
    let versions = block_on(world.ports.artifacts().versions(grant(), id)).unwrap();
    assert_eq!(versions.len(), 3);
    assert_eq!((versions[1].author, versions[1].call_id.as_deref()), (Author::Model, Some("call_2_1")));
    assert_eq!((world.count("SELECT count(*) FROM artifacts"), world.objects()), (1, 3));
}

#[test]
fn what_a_model_cannot_do_is_told_to_it() {
    let world = World::default();
    let mine = world.create(Some(conversation(1)), "abab");
    let update = |input| world.run("call_2_0", Tool::ArtifactUpdate, input).unwrap_err();
    let id = mine.id;
    for (input, says) in [
        (json!({ "artifactId": "x", "content": "" }), "no artifact"),
        (json!({ "artifactId": conversation(9), "content": "" }), "no artifact"),
        (json!({ "artifactId": id }), "either content or edits"),
        (
            json!({ "artifactId": id, "content": "", "edits": [{ "find": "a", "replace": "" }] }),
            "either content or edits",
        ),
        (json!({ "artifactId": id, "edits": [{ "find": "ab", "replace": "" }] }), "more than once"),
        (json!({ "artifactId": id, "edits": [] }), "edits must be at least 1"),
        (json!({ "artifactId": id, "baseVersion": 7, "content": "" }), "version 1 meanwhile"),
    ] {
        let fault = update(input.clone());
        assert!(fault.contains(says), "{input}: {fault}");
    }
    let create = |input| world.run("call_2_1", Tool::ArtifactCreate, input).unwrap_err();
    assert!(create(json!({ "title": " ", "kind": "text", "content": "" })).starts_with("title"));
    assert!(create(json!({ "title": "T", "kind": "pdf", "content": "" })).starts_with("kind"));
    assert!(create(json!({ "title": "T", "kind": "code", "language": "a b", "content": "" })).starts_with("language"));
    // What is one's own is not read where a project's members read along.
    let fault = world.run_in(Some(place()), "call_2_2", Tool::ArtifactRead, json!({ "artifactId": id })).unwrap_err();
    assert!(fault.contains("no artifact"), "{fault}");
    let shared = json!({ "title": "T", "kind": "text", "content": "ours" });
    let made = world.run_in(Some(place()), "call_2_3", Tool::ArtifactCreate, shared).unwrap();
    let record = block_on(world.ports.artifacts().find(made["artifactId"].as_str().unwrap().parse().unwrap()));
    assert_eq!(record.unwrap().unwrap().owner, Owner::Project(place().project));
}

#[test]
fn the_oldest_versions_go_when_there_are_too_many() {
    let world = World::default();
    let first = world.create(None, "0");
    let second = world.write(&first, 1, "1").unwrap();
    // As if as many as may be had been written.
    world.sql(&format!("UPDATE artifacts SET version = {MAX_VERSIONS}"));
    world.sql(&format!("UPDATE artifact_versions SET version = {MAX_VERSIONS} WHERE version = 2"));
    let full = Record { version: MAX_VERSIONS, ..second };
    let next = world.write(&full, MAX_VERSIONS, "2").unwrap();
    assert_eq!(next.version, MAX_VERSIONS + 1);
    assert_eq!(world.text(&next, 1), Err(DeskFault::NoVersion));
    assert_eq!(world.text(&next, MAX_VERSIONS).unwrap(), "1");
    assert_eq!(world.objects(), 2);
}

#[test]
fn what_was_made_in_a_conversation_goes_with_it_and_is_not_made_after_it() {
    let world = World::default();
    world.project(conversation(1), false);
    let (gone, kept) = (world.create(Some(conversation(1)), "gone"), world.create(None, "kept"));
    world.write(&gone, 1, "gone, too").unwrap();
    world.project(conversation(1), true);
    assert_eq!(world.text(&gone, 1), Err(DeskFault::NoVersion));
    assert_eq!(world.text(&kept, 1).unwrap(), "kept");
    assert_eq!((world.objects(), world.count("SELECT count(*) FROM artifact_versions")), (1, 1));
    let late = json!({ "title": "T", "kind": "text", "content": "late" });
    let fault = world.run("call_2_0", Tool::ArtifactCreate, late).unwrap_err();
    assert!(fault.contains("not there any more"), "{fault}");
    assert_eq!(world.objects(), 1);
}

#[test]
fn an_owner_who_leaves_takes_them_along() {
    let world = World::default();
    world.create(None, "mine");
    let erasures = ErasuresOver(world.ports.database().clone());
    block_on(erasures.nothing_left(&Owner::User(user()).to_string(), None)).unwrap();
    assert_eq!((world.objects(), world.count("SELECT count(*) FROM artifacts")), (0, 0));
}

#[test]
fn pages_are_newest_first_and_those_of_one_conversation_alone() {
    let world = World::default();
    let made: Vec<_> = (0..3_u8).map(|n| world.create(Some(conversation(n % 2)), "x").id).collect();
    let list = |of, after, limit| -> Vec<ArtifactId> {
        let found = block_on(world.ports.artifacts().list(grant(), of, after, limit)).unwrap();
        found.iter().map(|record| record.id).collect()
    };
    assert_eq!(list(None, None, 2), [made[2], made[1], made[0]], "one more than the limit says that there are more");
    assert_eq!(list(None, Some((NOW_MS, made[1])), 2), [made[0]]);
    assert_eq!(list(Some(conversation(0)), None, 9), [made[2], made[0]]);
    assert_eq!(list(Some(conversation(7)), None, 9), []);
    world.sql(&format!(
        "INSERT INTO conversations (id, owner, version, title, model, preview, message_count, created_at_ms, updated_at_ms, \
         details) VALUES ('{}', 'o', 1, '', 'm', '', 0, 1, 1, '{{\"temporary\":true}}')",
        conversation(1)
    ));
    assert_eq!(list(None, None, 9), [made[2], made[0]], "a temporary conversation's are not listed");
}
