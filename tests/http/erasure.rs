//! Deleting an account deletes what its user has made, whatever fails and whenever it ends.

use edgewise_domain::{
    erasure::{ErasuresOver, MAX_CONVERSATIONS, sweep, sweep_runs, sweep_webhooks},
    ports::{Answer, Catalogue, Clock, Columns, Conversations, Database, Ports, Statement, Value},
};
use edgewise_protocol::{
    calls::conversation::{Asker, Call, Create, Reply},
    ids::{ConversationId, UserId},
};
use edgewise_testkit::{
    memory::Break,
    ports::{FakePorts, TestClock},
};

use crate::{
    client::{Guest, Server, run},
    identity::{PASSWORD, sign_up},
};

const DAY_MS: u64 = 24 * 3_600_000;

/// One round of the cron; how many faults it had.
async fn round(ports: &FakePorts) -> usize {
    let erasures = ErasuresOver(ports.database().clone());
    let now_ms = ports.clock().now_ms();
    let swept = sweep(&erasures, ports.accounts(), ports.conversations(), ports.catalogue(), now_ms).await;
    let runs = sweep_runs(&erasures, ports.runs(), ports.run_list(), now_ms).await;
    let webhooks = sweep_webhooks(&erasures, ports.webhooks(), ports.webhook_list(), now_ms).await;
    [swept, runs, webhooks].into_iter().map(|faults| faults.map_or(1, |faults| faults.len())).sum()
}

/// A round that has no fault.
pub async fn sweep_now(server: &Server) {
    assert_eq!(round(&server.ports).await, 0);
}

async fn rows(ports: &FakePorts, sql: &str) -> Vec<Columns> {
    ports.database().batch(vec![Statement { sql: sql.into(), values: Vec::new() }]).await.unwrap().pop().unwrap()
}

async fn count(ports: &FakePorts, sql: &str) -> u64 {
    rows(ports, sql).await[0][0].as_u64().unwrap()
}

/// Conversations that the catalogue shows to anybody.
async fn live(ports: &FakePorts) -> u64 {
    count(ports, "SELECT count(*) FROM conversations WHERE deleted = 0").await
}

async fn delete(guest: &Guest) -> u16 {
    let body = serde_json::json!({ "password": PASSWORD }).to_string();
    guest.call("DELETE", "/api/users/me", &body).await.status.as_u16()
}

async fn with_conversations(guest: &Guest, count: usize) -> Vec<ConversationId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let path = guest.conversation().await;
        guest.post_json(&format!("{path}/messages"), r#"{"content":"a secret of mine"}"#).await;
        ids.push(path.rsplit('/').next().unwrap().parse().unwrap());
    }
    ids
}

async fn user(guest: &Guest) -> UserId {
    guest.get("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// What the object says to its owner.
async fn is_gone(ports: &FakePorts, owner: UserId, id: ConversationId) -> bool {
    let asker = Some(Asker::user(owner));
    let Answer::Reply(reply) = ports.conversations().call(id, asker, Call::Get).await.unwrap() else { panic!() };
    matches!(*reply, Reply::NotFound)
}

#[test]
fn everything_goes_and_nobody_elses() {
    run(async {
        let server = Server::default();
        let (ann, guest, bob) = (
            sign_up(&server, "ann@example.org").await,
            server.guest().await,
            sign_up(&server, "bob@example.org").await,
        );
        let theirs = [
            (user(&ann).await, with_conversations(&ann, 3).await),
            (user(&guest).await, with_conversations(&guest, 2).await),
        ];
        let bobs = with_conversations(&bob, 2).await;
        ann.call("DELETE", "/api/users/me", r#"{"password":"wrong password"}"#).await.problem(422);
        assert_eq!((delete(&ann).await, delete(&guest).await), (204, 204));
        ann.get("/api/auth/session").await.problem(401);
        assert_eq!(round(&server.ports).await, 0);
        for (owner, ids) in &theirs {
            for id in ids {
                assert!(is_gone(&server.ports, *owner, *id).await);
            }
        }
        assert_eq!(live(&server.ports).await, 2);
        for id in bobs {
            assert_eq!(bob.get(&format!("/api/chat/conversations/{id}")).await.json()["messageCount"], 2);
        }
        let kept = format!(
            "{:?}",
            rows(&server.ports, "SELECT title, preview, system_prompt FROM conversations WHERE deleted = 1").await
        );
        assert!(!kept.contains("secret"), "{kept}");
        assert_eq!(count(&server.ports, "SELECT count(*) FROM letters WHERE recipient = 'ann@example.org'").await, 0);
        assert_eq!(count(&server.ports, "SELECT count(*) FROM letters WHERE recipient = 'bob@example.org'").await, 1);
    });
}

/// Fails one step of the deletion or of the round after it, for every step that there is.
#[test]
fn whatever_fails_it_is_carried_out_in_the_end() {
    run(async {
        for how in [Break::Before, Break::After] {
            for (part, steps) in [("database", 12), ("accounts", 5), ("conversations", 2)] {
                for nth in 0..steps {
                    let server = Server::default();
                    let ports = &server.ports;
                    let (ann, bob) =
                        (sign_up(&server, "ann@example.org").await, sign_up(&server, "bob@example.org").await);
                    let owner = user(&ann).await;
                    let ids = with_conversations(&ann, 2).await;
                    with_conversations(&bob, 1).await;
                    match part {
                        "database" => ports.database().break_batch(nth, how),
                        "accounts" => ports.accounts().break_call(nth, how),
                        _ => ports.conversations().break_call(nth, how),
                    }
                    let mut answers = vec![delete(&ann).await];
                    round(ports).await;
                    // Whoever was told that it failed tries again, and may be out already.
                    while !matches!(answers.last(), Some(204 | 401)) {
                        assert!(answers.len() < 3, "{part} {nth} {how:?}: {answers:?}");
                        answers.push(delete(&ann).await);
                    }
                    for _ in 0..3 {
                        round(ports).await;
                    }
                    let case = format!("{part} {nth} {how:?}: {answers:?}");
                    for id in &ids {
                        assert!(is_gone(ports, owner, *id).await, "{case}");
                    }
                    assert_eq!(live(ports).await, 1, "{case}");
                    ann.get("/api/auth/session").await.problem(401);
                    assert_eq!(
                        bob.get("/api/chat/conversations").await.json()["conversations"].as_array().unwrap().len(),
                        1
                    );
                }
            }
        }
    });
}

#[test]
fn what_the_catalogue_hears_of_late_goes_too_and_then_nothing_is_kept() {
    run(async {
        let server = Server::default();
        let ports = &server.ports;
        let guest = server.guest().await;
        let owner = user(&guest).await;
        delete(&guest).await;
        assert_eq!(round(ports).await, 0);
        // A request that was let in before the account was closed makes one now; the queue brings it later.
        let id = ConversationId::new(1, &[7; 10]);
        let create = Create {
            id,
            title: Some("Late".into()),
            system_prompt: None,
            model: "m".into(),
            place: None,
            details: Default::default(),
        };
        let asker = Some(Asker::user(owner));
        let Answer::Reply(reply) = ports.conversations().call(id, asker, Call::Create(create)).await.unwrap() else {
            panic!()
        };
        let Reply::Conversation { project, .. } = *reply else { panic!() };
        for days in [0, 1, 13] {
            TestClock::advance(ports.clock(), days * DAY_MS);
            ports.catalogue().project(&project).await.unwrap();
            assert_eq!(round(ports).await, 0);
            assert!(is_gone(ports, owner, id).await, "after {days} days");
            assert_eq!(live(ports).await, 0);
        }
        for _ in 0..3 {
            TestClock::advance(ports.clock(), DAY_MS);
            assert_eq!(round(ports).await, 0);
        }
        assert_eq!(count(ports, "SELECT count(*) FROM erasures").await, 0);
        assert_eq!(count(ports, "SELECT count(*) FROM catalogue_versions").await, 0);
    });
}

#[test]
fn rounds_are_bounded_and_rows_without_an_object_go() {
    run(async {
        let server = Server::default();
        let ports = &server.ports;
        let guest = server.guest().await;
        let owner = user(&guest).await;
        for n in 0..u64::from(MAX_CONVERSATIONS) + 5 {
            let sql = "INSERT INTO conversations VALUES (?1, ?2, 9, 'T', 'S', 'm', 'P', 1, 1, 1, 0, '{}')".into();
            let id = ConversationId::new(n, &[0; 10]);
            let values = vec![Value::Text(id.to_string()), Value::Text(owner.to_string())];
            ports.database().batch(vec![Statement { sql, values }]).await.unwrap();
        }
        delete(&guest).await;
        round(ports).await;
        assert_eq!(live(ports).await, 5);
        round(ports).await;
        assert_eq!(live(ports).await, 0);
        assert_eq!(count(ports, "SELECT count(*) FROM conversations WHERE title <> '' OR preview <> ''").await, 0);
    });
}
