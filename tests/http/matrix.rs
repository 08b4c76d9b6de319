//! Whose: every route that names something, asked by every principal about everything that they may write into it.

use std::{cell::RefCell, collections::BTreeMap};

use axum::body::Body;
use edgewise_domain::ports::{Clock, Ports};
use serde_json::{Value, json};

use crate::{
    access::{Holds, Needs, ROUTES, sign_up},
    client::{BOOTSTRAP_SECRET, Guest, Reply, Server, run},
    organizations::{Team, id, join, user_id},
};

const NEVER: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

/// What an id in a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Conversation,
    Message,
    Call,
    Share,
    File,
    Artifact,
    Agent,
    Run,
    Preset,
    Prompt,
    Session,
    Key,
    Passkey,
    Organization,
    Member,
    Invitation,
    Project,
    User,
    Endpoint,
    Schedule,
}
use Kind::{
    Agent, Artifact, Call, Conversation, Endpoint, File, Invitation, Key, Member, Message, Organization, Passkey,
    Preset, Project, Prompt, Run, Schedule, Session, Share, User,
};

impl Kind {
    /// What the segment after `before` names. `None`: nothing of anybody's.
    fn after(before: &str) -> Option<Self> {
        Some(match before {
            "conversations" | "chats" | "chat" => Conversation,
            "messages" => Message,
            "approvals" => Call,
            "shares" => Share,
            "attachments" => File,
            "artifacts" => Artifact,
            "agents" => Agent,
            "runs" => Run,
            "presets" => Preset,
            "prompts" => Prompt,
            "endpoints" => Endpoint,
            "schedules" => Schedule,
            "sessions" => Session,
            "keys" => Key,
            "passkeys" => Passkey,
            "organizations" => Organization,
            "members" => Member,
            "invitations" => Invitation,
            "projects" => Project,
            "users" | "{scope}" => User,
            // Names that are the same for everybody, and a secret that opens to whoever has it.
            "events" | "provider-keys" | "oauth" | "limits" | "flags" | "models" | "parts" | "share" => return None,
            other => panic!("say what the segment after `{other}` names"),
        })
    }

    /// What nobody here can make: a tool's call that waits, a browser's passkey, another session without a password.
    const fn is_found_only(self) -> bool {
        matches!(self, Call | Passkey | Session | Member)
    }

    /// How one of this kind is deleted.
    fn path(self) -> &'static str {
        let of = |end: &str| {
            let found = ROUTES.iter().find(|(method, pattern, ..)| {
                *method == "DELETE" && kinds(pattern).last() == Some(&self) && pattern.ends_with(end)
            });
            found.unwrap_or_else(|| panic!("{self:?} cannot be deleted")).1
        };
        of("}")
    }

    /// What a project may have.
    const fn is_in_projects(self) -> bool {
        matches!(self, Conversation | Artifact | Agent | Organization)
    }
}

/// The kinds that the ids of a pattern name, in their order.
fn kinds(pattern: &str) -> Vec<Kind> {
    let segments: Vec<_> = pattern.split('/').collect();
    let named = segments.windows(2).filter(|pair| pair[1].starts_with('{'));
    named.filter_map(|pair| Kind::after(pair[0])).collect()
}

/// The pattern with these ids; what names nothing of anybody's has a name that anybody may know.
fn filled(pattern: &str, ids: &[String]) -> String {
    let (mut ids, mut before) = (ids.iter(), "");
    let fill = |segment| {
        let kind = if str::starts_with(segment, '{') { Kind::after(before) } else { None };
        let filled = match (kind, segment) {
            (Some(_), _) => ids.next().unwrap().clone(),
            (None, "{scope}") => "users".to_owned(),
            (None, "{number}") => "1".to_owned(),
            (None, other) => other.trim_matches(['{', '}']).to_owned(),
        };
        before = segment;
        filled
    };
    let path = pattern.split('/').map(fill).collect::<Vec<_>>().join("/");
    if path.ends_with("/diff") { path + "?from=1&to=1" } else { path }
}

/// How far a role goes: 0 nothing, 1 reads, 2 writes, 3 manages, 4 owns.
fn least(method: &str, pattern: &str) -> u8 {
    if let Some(rest) = pattern.strip_prefix("/api/organizations/{id}") {
        return match (method, rest) {
            ("DELETE", "") => 4,
            ("GET", rest) if !rest.starts_with("/invitations") => 1,
            _ => 3,
        };
    }
    match (method, pattern) {
        // A run is of whoever starts it, and at their cost: to know an agent is to use it. A copy is one's own too, and
        // so would a schedule be, which a project's agent has none of.
        ("GET", "/api/chat/conversations/{id}/shares") => 2,
        ("GET", _)
        | ("POST", "/api/agents/{id}/runs" | "/api/agents/{id}/schedules" | "/api/chat/conversations/{id}/fork") => 1,
        ("DELETE", pattern) if !pattern.ends_with("/{share}") => 3,
        _ => 2,
    }
}

struct Person {
    name: &'static str,
    asks: Guest,
    /// The same person, with a credential that may make things.
    makes: Guest,
    holds: Holds,
    /// How far their role goes in the first team.
    reach: u8,
}

/// Whose a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Own,
    Anothers,
    Teams,
    OtherTeams,
    Deleted,
    Missing,
    Malformed,
    OfAnotherKind,
    /// Another's, beneath one's own.
    UnderOnesOwn,
    /// One's own, beneath another's.
    OfOnesOwn,
}
use Whose::{Anothers, Deleted, Malformed, Missing, OfAnotherKind, OfOnesOwn, OtherTeams, Own, Teams, UnderOnesOwn};

const EVERY: [Whose; 10] =
    [Own, Anothers, Teams, OtherTeams, Deleted, Missing, Malformed, OfAnotherKind, UnderOnesOwn, OfOnesOwn];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Unauthorized,
    Forbidden,
    Hidden,
    Allowed,
}

/// Of what was made: its maker, kind, parent and team.
type Made = (String, Kind, Option<String>, Option<String>);

struct World {
    server: Server,
    /// Who never asks, and to whose things nobody may do anything.
    victim: Guest,
    team: Team,
    other: Team,
    people: Vec<Person>,
    kept: RefCell<BTreeMap<Made, String>>,
}

impl World {
    async fn new() -> Self {
        let server = Server::with(&[("RATE_LIMIT_ENABLED", "false")]);
        let (team, other) = (Team::at(&server, "one").await, Team::at(&server, "two").await);
        let person = async |name: &str| sign_up(&server, &format!("{name}@example.org")).await;
        let (ann, bob, boss) = (person("ann").await, person("bob").await, person("boss").await);
        let victim = person("victim").await;
        let (banned, left) = (person("banned").await, person("left").await);
        let secret = json!({ "secret": BOOTSTRAP_SECRET }).to_string();
        assert_eq!(boss.call("POST", "/api/auth/bootstrap", &secret).await.status, 200);
        join(&team.owner, &team.organization, &left, "left@example.org", "admin").await;
        let member = format!("/api/organizations/{}/members/{}", team.organization, user_id(&left).await);
        assert_eq!(team.owner.call("DELETE", &member, "").await.status, 204);
        let path = format!("/api/admin/users/{}", user_id(&banned).await);
        assert!(boss.call("PATCH", &path, r#"{"banned":true}"#).await.status.is_success());
        let (guest, ended) = (server.guest().await, server.guest().await);
        ended.call("POST", "/api/auth/logout", "").await;
        let nobody = Guest { server: server.clone(), token: "x".into(), cookie: String::new() };
        let (reads, writes) =
            (ann.with_key(r#"["chat:read"]"#).await, ann.with_key(r#"["chat:read","chat:write"]"#).await);

        let who = |name, asks: &Guest, makes: &Guest, holds, reach| {
            let (asks, makes) = (asks.clone(), makes.clone());
            Person { name, asks, makes, holds, reach }
        };
        let people = vec![
            who("nobody", &nobody, &ann, Holds::Bad, 0),
            who("whose session has ended", &ended, &ann, Holds::Bad, 0),
            who("who is banned", &banned, &ann, Holds::Bad, 0),
            who("ann", &ann, &ann, Holds::Session, 0),
            who("ann's reading key", &reads, &ann, Holds::ReadKey, 0),
            who("ann's writing key", &writes, &ann, Holds::WriteKey, 0),
            who("somebody else", &bob, &bob, Holds::Session, 0),
            who("a guest", &guest, &guest, Holds::Session, 0),
            who("a viewer", &team.viewer, &team.viewer, Holds::Session, 1),
            who("an editor", &team.editor, &team.editor, Holds::Session, 2),
            who("an admin", &team.admin, &team.admin, Holds::Session, 3),
            who("the owner", &team.owner, &team.owner, Holds::Session, 4),
            who("who was an admin and has left", &left, &left, Holds::Session, 0),
            who("another team's owner", &other.owner, &other.owner, Holds::Session, 0),
            who("the deployment's administrator", &boss, &boss, Holds::Session, 0),
        ];
        Self { server, victim, team, other, people, kept: RefCell::default() }
    }

    /// A new thing of `maker`, in a project or their own.
    async fn make(&self, maker: &Guest, kind: Kind, parent: Option<&str>, team: Option<&Team>) -> String {
        let project = team.map(|team| team.project.clone());
        let create = async |path: &str, body: Value| maker.post_json(path, &body.to_string()).await;
        let parent = parent.unwrap_or_default();
        let conversation = format!("/api/chat/conversations/{parent}");
        let organization = format!("/api/organizations/{parent}");
        let name = format!("n{}", self.server.ports.clock().now_ms());
        match kind {
            Conversation => id(&create("/api/chat/conversations", json!({ "projectId": project })).await),
            Message => {
                let sent = create(&format!("{conversation}/messages"), json!({"content": "x"})).await.json();
                sent["turn"]["id"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned()
            }
            Share => {
                Box::pin(self.make(maker, Message, Some(parent), None)).await;
                let made = create(&format!("{conversation}/shares"), json!({"kind": "live"})).await.json();
                made["share"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
            }
            File => {
                let body = json!({"name": "a.txt", "size": 1});
                id(&create("/api/chat/attachments/uploads", body).await)
            }
            Artifact => {
                let conversation = match team {
                    Some(_) => json!(Box::pin(self.make(maker, Conversation, None, team)).await),
                    None => Value::Null,
                };
                let body = json!({"title": "T", "kind": "text", "content": "", "conversationId": conversation});
                id(&create("/api/artifacts", body).await)
            }
            Agent => id(&create("/api/agents", json!({"name": "A", "projectId": project})).await),
            Run => {
                let agent = Box::pin(self.make(maker, Agent, None, None)).await;
                let run = create(&format!("/api/agents/{agent}/runs"), json!({"input": "x"})).await.json();
                run["summary"]["id"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned()
            }
            Preset => id(&create("/api/presets", json!({"name": name})).await),
            Prompt => id(&create("/api/prompts", json!({"title": "P", "command": name, "text": "x"})).await),
            Key => {
                let made = create("/api/users/me/keys", json!({"name": "k"})).await.json();
                made["key"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
            }
            Schedule => {
                let body = json!({"input": "x", "cron": "0 9 1 1 *"});
                id(&create(&format!("/api/agents/{parent}/schedules"), body).await)
            }
            Endpoint => {
                let made = create("/api/webhooks/endpoints", json!({"url": "https://example.com/"})).await.json();
                made["endpoint"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
            }
            Organization => id(&create("/api/organizations", json!({"name": "O"})).await),
            Project => id(&create(&format!("{organization}/projects"), json!({"name": "P"})).await),
            Invitation => {
                let body = json!({"email": format!("{name}@example.org"), "role": "viewer"});
                id(&create(&format!("{organization}/invitations"), body).await)
            }
            Session => {
                let all = maker.get("/api/users/me/sessions").await.json();
                all["sessions"][0]["id"].as_str().unwrap_or_else(|| panic!("{all}")).to_owned()
            }
            // Whoever takes a member's role away changes what the next one may.
            Member => NEVER.into(),
            User => user_id(&self.server.guest().await).await,
            Call => "call_1_0".into(),
            Passkey => "AAAAAAAAAAAAAAAAAAAAAA".into(),
        }
    }

    /// As [`World::make`], but the one that is there will do.
    async fn kept(&self, maker: &Guest, kind: Kind, parent: Option<&str>, team: Option<&Team>) -> String {
        let team_id = team.map(|team| team.organization.clone());
        let at = (maker.token.clone(), kind, parent.map(str::to_owned), team_id);
        let found = self.kept.borrow().get(&at).cloned();
        match found {
            Some(id) => id,
            None => {
                let id = self.make(maker, kind, parent, team).await;
                self.kept.borrow_mut().insert(at, id.clone());
                id
            }
        }
    }

    /// Ids for a path that names these kinds, of which the last is `whose`, and new if `is_new`.
    async fn ids(&self, person: &Person, kinds: &[Kind], whose: Whose, is_new: bool) -> Vec<String> {
        let made = async |maker: &Guest, team: Option<&Team>, is_new: bool| {
            let mut ids: Vec<String> = Vec::new();
            for (at, kind) in kinds.iter().enumerate() {
                let parent = ids.first().cloned();
                ids.push(match (kind, team) {
                    (Organization, Some(team)) if !(is_new && kinds.len() == 1) => team.organization.clone(),
                    (Organization, _) if is_new && kinds.len() == 1 => self.make(maker, *kind, None, None).await,
                    _ if is_new && at == kinds.len() - 1 => self.make(maker, *kind, parent.as_deref(), team).await,
                    _ => self.kept(maker, *kind, parent.as_deref(), team).await,
                });
            }
            ids
        };
        let last = async |last: String| {
            let mut ids = match kinds {
                [parent, child] if !child.is_found_only() => vec![self.kept(&person.makes, *parent, None, None).await],
                _ => Vec::new(),
            };
            ids.resize(kinds.len(), last);
            ids
        };
        match whose {
            Own => made(&person.makes, None, is_new).await,
            Anothers => made(&self.victim, None, is_new).await,
            // Who ends an organization is its owner; all else is made by somebody who owns nothing there.
            Teams if is_new && kinds == [Organization] => made(&self.team.owner, Some(&self.team), true).await,
            Teams => made(&self.team.admin, Some(&self.team), is_new).await,
            OtherTeams if is_new && kinds == [Organization] => made(&self.other.owner, Some(&self.other), true).await,
            OtherTeams => made(&self.other.admin, Some(&self.other), is_new).await,
            Deleted => {
                let ids = made(&person.makes, None, true).await;
                let path = filled(kinds[kinds.len() - 1].path(), &ids);
                let gone = person.makes.call("DELETE", &path, "").await;
                assert_eq!(gone.status, 204, "{path} {}", gone.text);
                ids
            }
            Missing => last(NEVER.into()).await,
            Malformed => last("not-an-id".into()).await,
            OfAnotherKind => {
                let other = if kinds.contains(&Preset) { Prompt } else { Preset };
                last(self.kept(&person.makes, other, None, None).await).await
            }
            UnderOnesOwn | OfOnesOwn => {
                let (mine, theirs) = (made(&person.makes, None, false).await, made(&self.victim, None, false).await);
                let (parent, child) = if whose == UnderOnesOwn { (mine, theirs) } else { (theirs, mine) };
                vec![parent[0].clone(), child[1].clone()]
            }
        }
    }

    /// All that the victim has, as they see it.
    async fn of_the_victim(&self) -> Vec<(&'static str, u16, String)> {
        let mut shown = Vec::new();
        for kinds in [
            &[Conversation, Message][..],
            &[Conversation, Share],
            &[Organization, Project],
            &[Organization, Invitation],
            &[File],
            &[Artifact],
            &[Agent],
            &[Run],
            &[Preset],
            &[Prompt],
            &[Key],
            &[Endpoint],
            &[Agent, Schedule],
        ] {
            let parent = self.kept(&self.victim, kinds[0], None, None).await;
            if let Some(child) = kinds.get(1) {
                self.kept(&self.victim, *child, Some(&parent), None).await;
            }
        }
        for (method, pattern, ..) in ROUTES {
            let kinds = kinds(pattern);
            let is_list = ["presets", "prompts", "/me/keys"].iter().any(|end| pattern.ends_with(end));
            let is_theirs = is_list || kinds.first().is_some_and(|kind| !matches!(kind, User));
            // Sockets, pages and exports, which say when they were made, are other views of the same.
            let is_view = pattern.starts_with("/basic") || ["/ws", "/export"].iter().any(|end| pattern.ends_with(end));
            if *method != "GET" || !is_theirs || is_view {
                continue;
            }
            let mut ids: Vec<String> = Vec::new();
            for kind in &kinds {
                let parent = ids.first().cloned();
                ids.push(self.kept(&self.victim, *kind, parent.as_deref(), None).await);
            }
            let reply = self.victim.call_json("GET", &filled(pattern, &ids), "").await;
            let text = if reply.status.is_success() { reply.text } else { String::new() };
            shown.push((*pattern, reply.status.as_u16(), text));
        }
        shown
    }

    async fn ask(&self, person: &Person, method: &str, path: &str, body: &str) -> Reply {
        let mut request = person.asks.request(method, path).header("accept", "application/json");
        if path.ends_with("/ws") {
            request = request.header("upgrade", "websocket").header("origin", "http://127.0.0.1:8787");
        }
        if !body.is_empty() {
            let kind = if path.starts_with("/basic") { "x-www-form-urlencoded" } else { "json" };
            request = request.header("content-type", format!("application/{kind}"));
        }
        self.server.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

/// Ids in bodies and queries: of a route, and of what kind `{other}` is. `{own}` is a conversation of whoever asks.
const SAID: [(&str, &str, &str, &[Kind]); 13] = [
    ("POST", "/api/chat/conversations", r#"{"projectId":"{other}"}"#, &[Organization, Project]),
    ("POST", "/api/chat/conversations", r#"{"presetId":"{other}"}"#, &[Preset]),
    ("GET", "/api/chat/conversations?project={other}", "", &[Organization, Project]),
    ("GET", "/api/search?q=x&project={other}", "", &[Organization, Project]),
    ("POST", "/api/agents", r#"{"name":"A","projectId":"{other}"}"#, &[Organization, Project]),
    ("GET", "/api/agents?projectId={other}", "", &[Organization, Project]),
    (
        "POST",
        "/api/chat/attachments/uploads",
        r#"{"name":"a.txt","size":1,"projectId":"{other}"}"#,
        &[Organization, Project],
    ),
    (
        "POST",
        "/api/artifacts",
        r#"{"title":"T","kind":"text","content":"","conversationId":"{other}"}"#,
        &[Conversation],
    ),
    ("GET", "/api/artifacts?conversationId={other}", "", &[Conversation]),
    ("POST", "/api/chat/conversations/{own}/messages", r#"{"content":"x","attachments":["{other}"]}"#, &[File]),
    (
        "POST",
        "/api/chat/conversations/{own}/messages",
        r#"{"content":"x","parentId":"{other}"}"#,
        &[Conversation, Message],
    ),
    ("POST", "/api/chat/conversations/{own}/fork", r#"{"messageId":"{other}"}"#, &[Conversation, Message]),
    ("POST", "/api/runs/{run}/approvals/{other}", r#"{"approved":true}"#, &[Run, Call]),
];

#[test]
fn what_a_body_names_is_held_to_the_same() {
    run(async {
        let world = World::new().await;
        let before = world.of_the_victim().await;
        for person in world.people.iter().filter(|person| Holds::meets(person.holds, Needs::Write)) {
            let own = world.kept(&person.makes, Conversation, None, None).await;
            let of_own = world.kept(&person.makes, Run, None, None).await;
            for (method, path, body, kinds) in SAID {
                let mut answers = Vec::new();
                for whose in [Missing, Anothers, OtherTeams, OfAnotherKind] {
                    let is_there = match whose {
                        OtherTeams => kinds[0].is_in_projects() && person.name != "another team's owner",
                        Missing => true,
                        OfAnotherKind => kinds.len() == 1,
                        _ => true,
                    };
                    if !is_there {
                        continue;
                    }
                    let other = match whose {
                        Missing => NEVER.to_owned(),
                        _ => world.ids(person, kinds, whose, false).await.pop().unwrap(),
                    };
                    let filled =
                        |text: &str| text.replace("{other}", &other).replace("{own}", &own).replace("{run}", &of_own);
                    let reply = world.ask(person, method, &filled(path), &filled(body)).await;
                    let status = reply.status.as_u16();
                    let cell = format!("{}: {method} {path} {body} of {whose:?}: {}", person.name, reply.text);
                    assert!(matches!(status, 404 | 409 | 422), "{cell}");
                    answers.push((status, reply.json()["detail"].to_string().replace(&other, "")));
                    assert_eq!(answers.first(), answers.last(), "{cell}");
                }
            }
        }
        for (before, after) in before.iter().zip(&world.of_the_victim().await) {
            assert_eq!(before, after, "what was refused was not done");
        }
    });
}

/// What the table says. `None`: there is no such cell.
fn expected(person: &Person, route: (&str, &str, Needs), whose: Whose) -> Option<Expected> {
    let (method, pattern, needs) = route;
    let kinds = kinds(pattern);
    let (first, last) = (kinds[0], kinds[kinds.len() - 1]);
    let is_boss = needs == Needs::Admin && person.name == "the deployment's administrator";
    let has_some = match first {
        Session | Passkey => false,
        // Guests are in no organization, and nobody owns a user.
        Organization => person.name != "a guest",
        User => false,
        _ => true,
    };
    let exists = match whose {
        Own => has_some,
        Teams | OtherTeams => first.is_in_projects() && last != Schedule,
        // A message that is deleted twice is gone as well, and a run stays.
        Deleted => has_some && !last.is_found_only() && !matches!(last, Message | Run | Call),
        UnderOnesOwn | OfOnesOwn => has_some && kinds.len() == 2 && !last.is_found_only(),
        OfAnotherKind | Missing | Malformed => has_some || kinds.len() == 1,
        Anothers => true,
    };
    if !exists {
        return None;
    }
    Some(match (person.holds, whose) {
        (_, Anothers) if is_boss => Expected::Allowed,
        _ if needs == Needs::Admin => Expected::Hidden,
        (Holds::Nothing | Holds::Bad, _) => Expected::Unauthorized,
        (holds, _) if !holds.meets(needs) => Expected::Forbidden,
        (_, Own) => Expected::Allowed,
        (_, Teams) if person.reach >= least(method, pattern) => Expected::Allowed,
        (_, Teams) if person.reach > 0 => Expected::Forbidden,
        (_, OtherTeams) if person.name == "another team's owner" => Expected::Allowed,
        _ => Expected::Hidden,
    })
}

/// Routes that say the same of what is not there and of what has ended: there is nothing to do.
const IDLE: [(&str, &str); 2] = [("DELETE", "/api/users/me/sessions/{id}"), ("GET", "/api/chat/{id}/stream")];

fn is_as(expected: Expected, whose: Whose, reply: &Reply, route: (&str, &str)) -> bool {
    let kinds = kinds(route.1);
    match (expected, reply.status.as_u16()) {
        // That it is no id is known to everybody, so that it may be said before it is asked who they are.
        (Expected::Unauthorized | Expected::Forbidden, 404) if whose == Malformed => true,
        (Expected::Hidden, status) if IDLE.contains(&route) => status == 204,
        (Expected::Unauthorized, status) => status == 401,
        (Expected::Forbidden, status) => status == 403,
        (Expected::Hidden, status) => status == 404,
        // What nobody can make is missing there, and its parent is not.
        (Expected::Allowed, 404) => {
            kinds[kinds.len() - 1].is_found_only() && reply.json()["error"] != format!("{:?} not found", kinds[0])
        }
        (Expected::Allowed, status) => !matches!(status, 401 | 403 | 500..),
    }
}

#[test]
fn each_thing_is_open_to_whom_the_table_says_and_to_nobody_else() {
    run(async {
        let world = World::new().await;
        let before = world.of_the_victim().await;
        let (mut cells, mut wrong) = (0, Vec::new());
        for (method, pattern, needs, body) in ROUTES {
            let kinds = kinds(pattern);
            if kinds.is_empty() || matches!(needs, Needs::Nobody | Needs::Anybody) {
                continue;
            }
            for person in &world.people {
                for whose in EVERY {
                    let Some(expected) = expected(person, (method, pattern, *needs), whose) else { continue };
                    let is_new = *method == "DELETE" && expected == Expected::Allowed;
                    let ids = world.ids(person, &kinds, whose, is_new).await;
                    let reply = world.ask(person, method, &filled(pattern, &ids), body).await;
                    // A handshake is answered by the object itself, with a close code.
                    if pattern.ends_with("/ws") && matches!(expected, Expected::Allowed | Expected::Hidden) {
                        continue;
                    }
                    if !is_as(expected, whose, &reply, (method, pattern)) {
                        let text = reply.text.chars().take(200).collect::<String>();
                        wrong.push(format!(
                            "{}: {method} {pattern} of {whose:?}: {} instead of {expected:?}: {text}",
                            person.name, reply.status
                        ));
                    }
                    cells += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
        assert!(cells > 7_000, "{cells}");
        for (before, after) in before.iter().zip(&world.of_the_victim().await) {
            assert_eq!(before, after, "what was refused was not done");
        }
    });
}
