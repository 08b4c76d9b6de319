//! An account hears what its row says, also when the first word of it is lost.

use edgewise_domain::{
    ports::{Ports, Users},
    users::tell_all,
};
use edgewise_testkit::memory::Break;

use crate::{
    client::{Guest, Server, run},
    identity::sign_up,
};

async fn name(guest: &Guest) -> String {
    guest.get("/api/auth/session").await.json()["user"]["name"].to_string()
}

/// Whatever of the row's transaction, the account's call and the note of it fails, and however, both know the same
/// after the cron's round, and the row is what they know.
#[test]
fn a_row_and_its_account_come_together_again() {
    run(async {
        for how in [Break::Before, Break::After] {
            for at in 0..3 {
                let server = Server::default();
                let ann = sign_up(&server, "ann@example.org").await;
                let (accounts, users) = (server.ports.accounts(), server.ports.users());
                match at {
                    0 => server.ports.database().break_batch(0, how),
                    // The first call lets the request in.
                    1 => accounts.break_call(1, how),
                    _ => server.ports.database().break_batch(1, how),
                }
                ann.call("PATCH", "/api/users/me", r#"{"name":"Ann"}"#).await.problem(503);
                assert_eq!(tell_all(users, accounts).await, Ok(vec![]), "{how:?} {at}");
                let row = users.by_email("ann@example.org").await.unwrap().unwrap();
                let known = if (how, at) == (Break::Before, 0) { "null" } else { "\"Ann\"" };
                assert_eq!((name(&ann).await.as_str(), row.name.is_some()), (known, known != "null"), "{how:?} {at}");
                assert_eq!(users.untold(10).await, Ok(vec![]));
            }
        }
    });
}

#[test]
fn one_that_cannot_be_told_is_told_later_and_keeps_nobody_waiting() {
    run(async {
        let server = Server::default();
        let (ann, bob) = (sign_up(&server, "ann@example.org").await, sign_up(&server, "bob@example.org").await);
        for guest in [&ann, &bob] {
            server.ports.accounts().break_call(1, Break::Before);
            guest.call("PATCH", "/api/users/me", r#"{"name":"New"}"#).await.problem(503);
        }
        server.ports.accounts().break_call(0, Break::Before);
        let faults = tell_all(server.ports.users(), server.ports.accounts()).await.unwrap();
        assert_eq!(faults.len(), 1);
        let names = [name(&ann).await, name(&bob).await];
        assert!(names.contains(&"null".into()) && names.contains(&"\"New\"".into()), "{names:?}");
        assert_eq!(tell_all(server.ports.users(), server.ports.accounts()).await, Ok(vec![]));
        assert_eq!([name(&ann).await, name(&bob).await], ["\"New\"", "\"New\""]);
        // An account that is gone has nothing to hear.
        ann.call("DELETE", "/api/users/me", r#"{"password":"correct horse battery"}"#).await;
        assert_eq!(tell_all(server.ports.users(), server.ports.accounts()).await, Ok(vec![]));
    });
}
