//! Organizations over the API: who comes in, who may do what to whose conversation, and what is left when they end.

use edgewise_domain::{
    organizations::tell,
    ports::{Accounts, Organizations, Ports},
};
use edgewise_protocol::calls::account::{AccountName, Call, Reply as Told};
use edgewise_testkit::memory::Break;
use serde_json::json;

use crate::{
    access::sign_up,
    client::{BOOTSTRAP_SECRET, Guest, Reply, Server, run},
};

/// An organization with somebody in each role, a project, and a conversation in it that the editor has made.
pub struct Team {
    pub server: Server,
    pub organization: String,
    pub project: String,
    pub conversation: String,
    pub owner: Guest,
    pub admin: Guest,
    pub editor: Guest,
    pub viewer: Guest,
}

pub fn id(reply: &Reply) -> String {
    assert!(reply.status.is_success(), "{} {}", reply.status, reply.text);
    reply.json()["id"].as_str().unwrap_or_else(|| panic!("no id in {}", reply.text)).to_owned()
}

/// The code of the newest letter that invites.
async fn newest_code(guest: &Guest) -> String {
    let letters = guest.get("/api/dev/mailbox").await.json();
    let texts = letters["letters"].as_array().unwrap().iter().map(|letter| letter["text"].as_str().unwrap().to_owned());
    let code = |text: String| Some(text.split_once("/invitation?code=")?.1.split_whitespace().next()?.to_owned());
    texts.filter_map(code).next().unwrap()
}

pub async fn user_id(guest: &Guest) -> String {
    id(&guest.get("/api/users/me").await)
}

pub async fn join(owner: &Guest, organization: &str, member: &Guest, email: &str, role: &str) {
    let body = json!({ "email": email, "role": role }).to_string();
    id(&owner.call("POST", &format!("/api/organizations/{organization}/invitations"), &body).await);
    let body = json!({ "code": newest_code(owner).await }).to_string();
    assert_eq!(id(&member.call("POST", "/api/invitations/accept", &body).await), organization);
}

async fn send(guest: &Guest, conversation: &str) -> u16 {
    let path = format!("/api/chat/conversations/{conversation}/messages");
    guest.post_json(&path, r#"{"content":"hello"}"#).await.status.as_u16()
}

async fn read(guest: &Guest, conversation: &str) -> u16 {
    guest.get(&format!("/api/chat/conversations/{conversation}")).await.status.as_u16()
}

impl Team {
    pub async fn new() -> Self {
        Self::at(&Server::default(), "one").await
    }

    pub async fn at(server: &Server, name: &str) -> Self {
        let person = async |role: &str| sign_up(server, &format!("{role}@{name}.example.org")).await;
        let (owner, admin) = (person("owner").await, person("admin").await);
        let (editor, viewer) = (person("editor").await, person("viewer").await);
        let organization = id(&owner.call("POST", "/api/organizations", r#"{"name":"Team"}"#).await);
        for (member, role) in [(&admin, "admin"), (&editor, "editor"), (&viewer, "viewer")] {
            join(&owner, &organization, member, &format!("{role}@{name}.example.org"), role).await;
        }
        let body = r#"{"name":"Project"}"#;
        let project = id(&admin.call("POST", &format!("/api/organizations/{organization}/projects"), body).await);
        let mut team = Self {
            server: server.clone(),
            organization,
            project,
            conversation: String::new(),
            owner,
            admin,
            editor,
            viewer,
        };
        team.conversation = team.make(&team.editor).await;
        team
    }

    /// A new conversation in the project.
    async fn make(&self, by: &Guest) -> String {
        let body = json!({ "projectId": self.project }).to_string();
        id(&by.call("POST", "/api/chat/conversations", &body).await)
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/organizations/{}{rest}", self.organization)
    }
}

/// What may be done to a conversation: the method, the rest of the path, a body, and the least that is needed.
const ACTIONS: [(&str, &str, &str, u8); 8] = [
    ("GET", "", "", 1),
    ("GET", "/messages", "", 1),
    ("GET", "/events", "", 1),
    ("GET", "/events?wait=0", "", 1),
    ("POST", "/messages", r#"{"content":"x"}"#, 2),
    ("POST", "/stop", "", 2),
    ("PATCH", "", r#"{"title":"T"}"#, 2),
    ("DELETE", "", "", 3),
];

#[test]
fn every_principal_may_do_to_each_conversation_what_their_role_says() {
    run(async {
        let team = Team::new().await;
        let other = Team::at(&team.server, "two").await;
        let boss = sign_up(&team.server, "boss@example.org").await;
        let body = json!({ "secret": BOOTSTRAP_SECRET }).to_string();
        assert_eq!(boss.call("POST", "/api/auth/bootstrap", &body).await.status, 200);
        let guest = team.server.guest().await;
        let private = id(&team.owner.call("POST", "/api/chat/conversations", "").await);
        let deleted = team.make(&team.admin).await;
        team.admin.call("DELETE", &format!("/api/chat/conversations/{deleted}"), "").await;
        let never = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".to_owned();
        let malformed = "not-an-id".to_owned();

        // How far each may go in the first team: 0 nothing, 1 read, 2 write, 3 delete what another has made.
        let principals = [
            ("viewer", &team.viewer, 1),
            ("editor", &team.editor, 2),
            ("admin", &team.admin, 3),
            ("owner", &team.owner, 3),
            ("stranger", &guest, 0),
            ("other organization's owner", &other.owner, 0),
            ("other organization's editor", &other.editor, 0),
            ("deployment's administrator", &boss, 0),
        ];
        let mut cells = 0;
        for (who, guest, may) in principals {
            for (what, at, reach) in [
                ("the team's", None, may),
                ("the owner's own", Some(&private), if who == "owner" { 3 } else { 0 }),
                ("a deleted", Some(&deleted), 0),
                ("a missing", Some(&never), 0),
                ("a malformed", Some(&malformed), 0),
            ] {
                for (method, rest, body, needs) in ACTIONS {
                    // What can be deleted is made for it.
                    let made = match (at, method) {
                        (None, "DELETE") => team.make(&team.admin).await,
                        (None, _) => team.conversation.clone(),
                        (Some(_), "DELETE") if reach == 3 => {
                            id(&team.owner.call("POST", "/api/chat/conversations", "").await)
                        }
                        (Some(at), _) => at.clone(),
                    };
                    let path = format!("/api/chat/conversations/{made}{rest}");
                    let reply = guest.call_json(method, &path, body).await;
                    let cell =
                        format!("{who}: {method} {rest} of {what} conversation: {} {}", reply.status, reply.text);
                    match reach {
                        0 => assert_eq!(reply.problem(404)["error"], "Conversation not found", "{cell}"),
                        reach if reach < needs => drop(reply.problem(403)),
                        _ => assert!(reply.status.is_success(), "{cell}"),
                    }
                    cells += 1;
                }
            }
        }
        assert_eq!(cells, 8 * 5 * 8);
        assert_eq!(read(&team.owner, &private).await, 200);
    });
}

#[test]
fn whoever_made_a_conversation_deletes_it_while_they_are_an_editor() {
    run(async {
        let team = Team::new().await;
        let (first, second) = (team.make(&team.editor).await, team.make(&team.editor).await);
        let delete = async |id: &str| team.editor.call("DELETE", &format!("/api/chat/conversations/{id}"), "").await;
        assert_eq!(delete(&first).await.status, 204);
        let member = team.path(&format!("/members/{}", user_id(&team.editor).await));
        assert_eq!(team.owner.call("PATCH", &member, r#"{"role":"viewer"}"#).await.status, 204);
        delete(&second).await.problem(403);
    });
}

#[test]
fn every_role_may_do_to_the_organization_what_the_table_says() {
    run(async {
        let team = Team::new().await;
        let other = Team::at(&team.server, "two").await;
        let stranger = team.server.guest().await;
        let project = format!("/projects/{}", team.project);
        let nobody = "/members/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        // Method, path, body, and what a viewer, an editor, an admin and an owner are answered.
        let cases: [(&str, &str, &str, [u16; 4]); 15] = [
            ("GET", "", "", [200; 4]),
            ("PATCH", "", r#"{"name":"N"}"#, [403, 403, 200, 200]),
            ("GET", "/members", "", [200; 4]),
            ("PATCH", nobody, r#"{"role":"viewer"}"#, [403, 403, 404, 404]),
            ("DELETE", nobody, "", [403, 403, 404, 404]),
            ("DELETE", "/members/me", "", [403, 403, 404, 404]),
            ("GET", "/invitations", "", [403, 403, 200, 200]),
            ("POST", "/invitations", r#"{"email":"n@example.org","role":"viewer"}"#, [403, 403, 201, 201]),
            ("POST", "/invitations", r#"{"email":"n@example.org","role":"owner"}"#, [403, 403, 403, 201]),
            ("DELETE", "/invitations/x", "", [403, 403, 404, 404]),
            ("GET", "/projects", "", [200; 4]),
            ("POST", "/projects", r#"{"name":"P"}"#, [403, 403, 201, 201]),
            ("GET", &project, "", [200; 4]),
            ("PATCH", &project, r#"{"name":"P"}"#, [403, 403, 200, 200]),
            ("DELETE", &project, "", [403, 403, 409, 409]),
        ];
        for (method, rest, body, expected) in cases {
            let members = [&team.viewer, &team.editor, &team.admin, &team.owner];
            for (member, status) in members.into_iter().zip(expected) {
                let reply = member.call(method, &team.path(rest), body).await;
                assert_eq!(reply.status.as_u16(), status, "{method} {rest} {}", reply.text);
            }
            for outsider in [&stranger, &other.owner] {
                let reply = outsider.call(method, &team.path(rest), body).await;
                assert_eq!(reply.problem(404)["error"], "Organization not found", "{method} {rest}");
            }
        }
        team.admin.call("DELETE", &team.path(""), "").await.problem(403);
    });
}

#[test]
fn an_id_counts_under_its_own_parent_alone() {
    run(async {
        let team = Team::new().await;
        let other = Team::at(&team.server, "two").await;
        let body = r#"{"email":"n@example.org","role":"viewer"}"#;
        let invitation = id(&team.owner.call("POST", &team.path("/invitations"), body).await);
        let viewer = user_id(&team.viewer).await;
        for (method, rest, body) in [
            ("GET", format!("/projects/{}", team.project), ""),
            ("PATCH", format!("/projects/{}", team.project), r#"{"name":"x"}"#),
            ("DELETE", format!("/projects/{}", team.project), ""),
            ("PATCH", format!("/members/{viewer}"), r#"{"role":"owner"}"#),
            ("DELETE", format!("/members/{viewer}"), ""),
            ("DELETE", format!("/invitations/{invitation}"), ""),
        ] {
            other.owner.call(method, &other.path(&rest), body).await.problem(404);
        }
        let body = json!({ "projectId": team.project }).to_string();
        let refused = other.owner.call("POST", "/api/chat/conversations", &body).await;
        assert_eq!(refused.problem(404)["error"], "Project not found");
        for project in [team.project.as_str(), "x", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"] {
            other.owner.get(&format!("/api/chat/conversations?project={project}")).await.problem(404);
        }
        team.viewer.call("POST", "/api/chat/conversations", &body).await.problem(403);
        let invitations = team.owner.get(&team.path("/invitations")).await.json();
        assert_eq!(invitations["invitations"][0]["id"], invitation.as_str(), "nothing happened to it");
        assert_eq!(invitations["invitations"][0]["code"], json!(null));
    });
}

#[test]
fn a_member_comes_falls_and_goes() {
    run(async {
        let team = Team::new().await;
        assert_eq!(send(&team.editor, &team.conversation).await, 202);
        let member = team.path(&format!("/members/{}", user_id(&team.editor).await));
        // The stream of the answer to the message is open for all that the account knows.
        let changed = || team.server.ports.accounts().take_changed();
        assert_eq!(changed(), []);
        assert_eq!(team.owner.call("PATCH", &member, r#"{"role":"viewer"}"#).await.status, 204);
        let told: Vec<_> = changed().into_iter().map(|changed| changed.conversation.to_string()).collect();
        assert_eq!(told.join(" "), team.conversation);
        assert_eq!(
            (read(&team.editor, &team.conversation).await, send(&team.editor, &team.conversation).await),
            (200, 403)
        );
        assert_eq!(team.admin.call("DELETE", &member, "").await.status, 204);
        assert_eq!(
            (read(&team.editor, &team.conversation).await, send(&team.editor, &team.conversation).await),
            (404, 404)
        );
        // What was made by whoever left stays with the team.
        assert_eq!(send(&team.admin, &team.conversation).await, 202);
        let list = team.viewer.get(&format!("/api/chat/conversations?project={}", team.project)).await.json();
        assert_eq!(list["conversations"][0]["projectId"], team.project.as_str());
        assert_eq!(team.editor.get("/api/chat/conversations").await.json()["conversations"], json!([]));
        let audited: Vec<_> = team.server.ports.audit().await.into_iter().map(|(action, ..)| action).collect();
        for action in [
            "organization.create",
            "invitation.create",
            "member.join",
            "project.create",
            "member.set-role",
            "member.remove",
        ] {
            assert!(audited.iter().any(|each| each == action), "{action} in {audited:?}");
        }
    });
}

#[test]
fn nobody_is_left_inside_an_organization_that_has_ended() {
    run(async {
        let team = Team::new().await;
        assert_eq!(team.owner.call("DELETE", &team.path(""), "").await.status, 204);
        for member in [&team.owner, &team.admin, &team.editor, &team.viewer] {
            assert_eq!((read(member, &team.conversation).await, send(member, &team.conversation).await), (404, 404));
            member.get(&team.path("")).await.problem(404);
            assert_eq!(member.get("/api/organizations").await.json()["organizations"], json!([]));
        }
    });
}

#[test]
fn the_last_owner_stays_also_by_ending_their_account() {
    run(async {
        let team = Team::new().await;
        let oneself = team.path(&format!("/members/{}", user_id(&team.owner).await));
        team.owner.call("DELETE", &oneself, "").await.problem(409);
        team.owner.call("PATCH", &oneself, r#"{"role":"viewer"}"#).await.problem(409);
        let password = r#"{"password":"correct horse battery"}"#;
        team.owner.call("DELETE", "/api/users/me", password).await.problem(409);
        let admin = team.path(&format!("/members/{}", user_id(&team.admin).await));
        team.admin.call("PATCH", &admin, r#"{"role":"owner"}"#).await.problem(403);
        assert_eq!(team.owner.call("PATCH", &admin, r#"{"role":"owner"}"#).await.status, 204);
        assert_eq!(team.owner.call("DELETE", "/api/users/me", password).await.status, 204);
        let members = team.admin.get(&team.path("/members")).await.json();
        assert_eq!(members["members"].as_array().unwrap().len(), 3);
        // Anybody else leaves as they please.
        let viewer = team.path(&format!("/members/{}", user_id(&team.viewer).await));
        assert_eq!(team.viewer.call("DELETE", &viewer, "").await.status, 204);
        assert_eq!(read(&team.viewer, &team.conversation).await, 404);
    });
}

#[test]
fn guests_are_in_no_organization_and_keys_manage_none() {
    run(async {
        let team = Team::new().await;
        let guest = team.server.guest().await;
        let refused = guest.call("POST", "/api/organizations", r#"{"name":"O"}"#).await.problem(403);
        assert!(refused["detail"].as_str().unwrap().contains("Sign up first"), "{refused}");
        guest.call("POST", "/api/invitations/accept", r#"{"code":"x"}"#).await.problem(403);
        let key = async |scopes: &str| {
            let body = format!(r#"{{"name":"k","scopes":{scopes}}}"#);
            let made = team.editor.call("POST", "/api/users/me/keys", &body).await.json();
            Guest { token: made["secret"].as_str().unwrap().to_owned(), ..team.editor.clone() }
        };
        let (reads, writes) = (key(r#"["chat:read"]"#).await, key(r#"["chat:read","chat:write"]"#).await);
        assert_eq!((read(&reads, &team.conversation).await, send(&reads, &team.conversation).await), (200, 403));
        assert_eq!(send(&writes, &team.conversation).await, 202);
        writes.get(&team.path("")).await.problem(403);
    });
}

#[test]
fn what_is_made_twice_with_one_key_is_made_once() {
    run(async {
        let server = Server::default();
        let ann = sign_up(&server, "ann@example.org").await;
        let make = async |path: &str, body: &str| {
            let request = ann.request("POST", path).header("content-type", "application/json");
            id(&server.send(request.header("idempotency-key", "k").body(body.to_owned().into()).unwrap()).await)
        };
        let first = make("/api/organizations", r#"{"name":"O"}"#).await;
        assert_eq!(make("/api/organizations", r#"{"name":"O"}"#).await, first);
        assert_eq!(ann.get("/api/organizations").await.json()["organizations"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn bad_fields_are_named() {
    run(async {
        let team = Team::new().await;
        for (method, rest, body, pointer) in [
            ("PATCH", "", r#"{"name":""}"#, "/name"),
            ("POST", "/invitations", r#"{"email":"x","role":"viewer"}"#, "/email"),
            ("POST", "/invitations", r#"{"email":"x@example.org","role":"king"}"#, "/role"),
            ("POST", "/projects", r#"{"name":"P","jurisdiction":"mars"}"#, "/jurisdiction"),
            ("POST", "/projects", r#"{"name":" "}"#, "/name"),
        ] {
            let problem = team.owner.call(method, &team.path(rest), body).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{method} {rest}");
        }
        let problem = team.owner.call("POST", "/api/invitations/accept", r#"{"code":"x"}"#).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/code");
    });
}

#[test]
fn a_conversation_of_an_eu_project_says_so_in_its_id_and_no_other_does() {
    run(async {
        let team = Team::new().await;
        let body = r#"{"name":"EU","jurisdiction":"eu"}"#;
        let project = id(&team.owner.call("POST", &team.path("/projects"), body).await);
        let body = json!({ "projectId": project }).to_string();
        let made = id(&team.editor.call("POST", "/api/chat/conversations", &body).await);
        assert!(made.ends_with("00e5"), "{made}");
        assert!(!team.conversation.ends_with("00e5"));
        assert_eq!(send(&team.editor, &made).await, 202);
    });
}

#[test]
fn a_word_that_was_lost_is_said_again() {
    run(async {
        for how in [Break::Before, Break::After] {
            let team = Team::new().await;
            let editor = user_id(&team.editor).await;
            // The first call is the owner's admission, the second the word to the editor's account.
            team.server.ports.accounts().break_call(1, how);
            let removed = team.owner.call("DELETE", &team.path(&format!("/members/{editor}")), "").await;
            assert_eq!(removed.status, 204, "D1 has it");
            let (organizations, accounts) = (team.server.ports.organizations(), team.server.ports.accounts());
            let untold = organizations.untold(10).await.unwrap();
            assert_eq!(untold.len(), 1, "{how:?}");
            assert_eq!(tell(organizations, accounts, &untold).await.unwrap(), 0);
            assert!(organizations.untold(10).await.unwrap().is_empty());
            assert_eq!(read(&team.editor, &team.conversation).await, 404);
            let name = AccountName::User(editor.parse().unwrap());
            let told = accounts.call(&name, Call::Memberships).await.unwrap();
            assert!(matches!(told, Told::Memberships { memberships } if memberships.is_empty()));
        }
    });
}
