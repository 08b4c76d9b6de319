//! The catalogue's SQL on SQLite with the real migrations: jobs in any order, twice, late.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    access::{Conversation, Grant, Principal, Read, authorize},
    catalogue::{CatalogueOver, purge_statement},
    ports::{Catalogue, Database, ListQuery},
};
use edgewise_protocol::{
    ids::{ConversationId, OrganizationId, ProjectId, UserId},
    jobs::ProjectConversation,
    organization::{MemberRole, Membership, Owner, Place},
    timestamp::Timestamp,
};
use edgewise_testkit::sqlite::Sqlite;
use futures::executor::block_on;

fn user(n: u64) -> UserId {
    UserId::new(n, &[0; 10])
}

/// What user `n` may see of their own.
fn owner(n: u64) -> Grant<Read> {
    let own = Conversation { creator: user(n), place: None };
    authorize(&Principal { user: user(n), memberships: &[] }, own).unwrap()
}

fn job(n: u8, version: u64, deleted: bool) -> ProjectConversation {
    ProjectConversation {
        version,
        title: format!("title {version}"),
        preview: format!("about 50% of c_{n}"),
        message_count: 2,
        updated_at: Timestamp(1_000 + version),
        deleted,
        ..edgewise_testkit::catalogue::job(ConversationId::new(1, &[n; 10]), Owner::User(user(1)))
    }
}

fn query(limit: u32, contains: Option<&str>) -> ListQuery {
    ListQuery { limit, contains: contains.map(str::to_owned), ..ListQuery::default() }
}

/// Every order of `items`.
fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        for mut order in orders(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

#[test]
fn any_order_and_any_repetition_of_jobs_ends_the_same() {
    let jobs = [job(1, 1, false), job(1, 4, false), job(1, 9, false), job(1, 9, false), job(1, 2, false)];
    for order in orders(&jobs) {
        let catalogue = CatalogueOver(Sqlite::migrated());
        for job in &order {
            block_on(catalogue.project(job)).unwrap();
        }
        let (_, list) = block_on(catalogue.list(owner(1), query(10, None))).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].title.as_str(), list[0].last_seq), ("title 9", 9));
    }
}

#[test]
fn what_was_deleted_comes_back_by_no_late_job() {
    let jobs = [job(1, 1, false), job(1, 3, false), job(1, 5, true)];
    for order in orders(&jobs) {
        let catalogue = CatalogueOver(Sqlite::migrated());
        for job in &order {
            block_on(catalogue.project(job)).unwrap();
        }
        assert!(block_on(catalogue.list(owner(1), query(10, None))).unwrap().1.is_empty());
    }
}

#[test]
fn the_version_moves_when_something_changed_and_only_then() {
    let catalogue = CatalogueOver(Sqlite::migrated());
    let version = || block_on(catalogue.version(owner(1))).unwrap();
    assert_eq!(version(), 0);
    block_on(catalogue.project(&job(1, 5, false))).unwrap();
    assert_eq!(version(), 1);
    block_on(catalogue.project(&job(1, 5, false))).unwrap();
    block_on(catalogue.project(&job(1, 4, false))).unwrap();
    assert_eq!(version(), 1);
    block_on(catalogue.project(&job(2, 1, false))).unwrap();
    block_on(catalogue.project(&job(1, 6, true))).unwrap();
    assert_eq!(version(), 3);
    assert_eq!(block_on(catalogue.version(owner(2))).unwrap(), 0);
}

#[test]
fn a_search_takes_signs_for_signs() {
    let catalogue = CatalogueOver(Sqlite::migrated());
    for n in 1..4 {
        block_on(catalogue.project(&job(n, 1, false))).unwrap();
    }
    for (words, found) in
        [("title", 3), ("50%", 3), ("c_2", 1), ("c.2", 0), ("%", 3), ("_", 3), ("\\", 0), ("x", 0), ("'", 0)]
    {
        let (_, list) = block_on(catalogue.list(owner(1), query(10, Some(words)))).unwrap();
        assert_eq!(list.len(), found, "{words}");
    }
    assert!(block_on(catalogue.list(owner(2), query(10, None))).unwrap().1.is_empty());
}

#[test]
fn deleted_rows_are_forgotten_in_time() {
    let sqlite = Sqlite::migrated();
    let catalogue = CatalogueOver(sqlite.clone());
    block_on(catalogue.project(&job(1, 1, true))).unwrap();
    block_on(catalogue.project(&job(2, 1, false))).unwrap();
    block_on(sqlite.batch(vec![purge_statement(1_001)])).unwrap();
    let count = |sqlite: &Sqlite| {
        use edgewise_domain::ports::Sql;
        sqlite.run("SELECT count(*) FROM conversations", Vec::new()).unwrap()[0][0].as_u64()
    };
    assert_eq!(count(&sqlite), Some(2), "not yet");
    block_on(sqlite.batch(vec![purge_statement(9_999)])).unwrap();
    assert_eq!(count(&sqlite), Some(1));
}

#[test]
fn a_projects_conversations_are_in_no_users_list_and_the_other_way_round() {
    let catalogue = CatalogueOver(Sqlite::migrated());
    let place = Place { project: ProjectId::new(7, &[0; 10]), organization: OrganizationId::new(8, &[0; 10]) };
    let shared = Owner::Project(place.project);
    block_on(catalogue.project(&job(1, 1, false))).unwrap();
    block_on(catalogue.project(&ProjectConversation { owner: shared, ..job(2, 1, false) })).unwrap();
    let memberships = [Membership { organization: place.organization, role: MemberRole::Viewer }];
    let principal = Principal { user: user(1), memberships: &memberships };
    let grant = authorize(&principal, Conversation { creator: user(1), place: Some(place) }).unwrap();
    let list = |grant| block_on(catalogue.list(grant, query(10, None))).unwrap().1;
    let (own, theirs) = (list(owner(1)), list(grant));
    assert_eq!((own.len(), own[0].id, own[0].project_id), (1, job(1, 1, false).conversation_id, None));
    assert_eq!((theirs.len(), theirs[0].id), (1, job(2, 1, false).conversation_id));
    assert_eq!(theirs[0].project_id, Some(place.project));
    assert_eq!(block_on(catalogue.version(grant)).unwrap(), 1);
}

#[test]
fn a_list_is_narrowed_by_what_people_set() {
    let catalogue = CatalogueOver(Sqlite::migrated());
    let details = |json: &str| serde_json::from_str(json).unwrap();
    for (n, json) in [
        (1, "{}"),
        (2, r#"{"pinned":true,"tags":["a","b"]}"#),
        (3, r#"{"archived":true,"tags":["a"]}"#),
        (4, r#"{"folder":"Work","tags":["%"]}"#),
    ] {
        block_on(catalogue.project(&ProjectConversation { details: details(json), ..job(n, 1, false) })).unwrap();
    }
    let found = |query: ListQuery| {
        let (_, list) = block_on(catalogue.list(owner(1), ListQuery { limit: 9, ..query })).unwrap();
        let mut ids: Vec<_> = list.iter().map(|each| each.id).collect();
        ids.sort();
        let all = (1..5).filter(|n| ids.contains(&job(*n, 1, false).conversation_id));
        all.collect::<Vec<u8>>()
    };
    assert_eq!(found(ListQuery::default()), [1, 2, 4]);
    assert_eq!(found(ListQuery { archived: true, ..ListQuery::default() }), [3]);
    assert_eq!(found(ListQuery { pinned: Some(true), ..ListQuery::default() }), [2]);
    assert_eq!(found(ListQuery { pinned: Some(false), ..ListQuery::default() }), [1, 4]);
    assert_eq!(found(ListQuery { tag: Some("a".into()), ..ListQuery::default() }), [2]);
    assert_eq!(found(ListQuery { tag: Some("a".into()), archived: true, ..ListQuery::default() }), [3]);
    assert_eq!(found(ListQuery { folder: Some("Work".into()), ..ListQuery::default() }), [4]);
    assert!(found(ListQuery { tag: Some("c".into()), ..ListQuery::default() }).is_empty());
}
