//! The pages of `/basic`: the chat as forms, for browsers without JavaScript.

use edgewise_protocol::{
    api::Conversation,
    message::{Message, Role, Status},
    problem::Problem,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    page::{STYLE, day, ending, style_hash},
    to_html,
};

/// Where the pages are.
pub const HOME: &str = "/basic";
/// How often a page looks again while an answer is written, in seconds.
const LOOK_AGAIN_S: u32 = 2;

const FORMS: &str = "form{margin:1rem 0}label{display:block;margin:.75rem 0 .25rem}\
input,textarea,button{font:inherit;color:inherit}\
input,textarea{box-sizing:border-box;width:100%;padding:.5rem;border:1px solid #888;border-radius:.4rem;background:transparent}\
textarea{min-height:7rem;resize:vertical}\
button{margin:.75rem .5rem 0 0;padding:.5rem 1rem;border:0;border-radius:.4rem;background:#1d4ed8;color:#fff;cursor:pointer}\
button.quiet{background:#57534e}nav{display:flex;flex-wrap:wrap;gap:1rem;align-items:center}nav form{margin:0}\
nav button{margin:0}ul.chats{list-style:none;padding:0}ul.chats li{padding:.5rem 0;border-bottom:1px solid #8884}\
ul.chats time,.note{color:#666;font-size:.9rem}.alert{padding:.75rem;border-left:4px solid #b91c1c;background:#b91c1c1a}\
:focus-visible{outline:3px solid #3b82f6;outline-offset:2px}\
@media(prefers-color-scheme:dark){header,ul.chats time,.note{color:#aaa}}";

/// What the pages may do: show their styles, and send their forms to us.
pub fn content_security_policy() -> String {
    let styles = [STYLE, FORMS].map(style_hash).join(" ");
    format!("default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
}

/// Who looks at the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A guest, who can still sign in.
    Guest,
    /// Somebody with an account, by their name or address.
    Member(String),
}

/// What a form needs to send a message once, however often it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The message's own id, of its client's making.
    pub key: &'a str,
    pub text: &'a str,
}

/// What is shown of a conversation.
#[derive(Debug, Clone)]
pub struct Chat<'a> {
    /// Where it is below [`HOME`].
    pub path: &'a str,
    pub title: &'a str,
    pub messages: &'a [Message],
    /// Older messages are left out.
    pub is_cut: bool,
    /// How often the page has looked again.
    pub looked: u32,
}

impl Chat<'_> {
    /// Whether an answer is under way.
    fn is_running(&self) -> bool {
        self.messages.iter().any(|message| matches!(message.status, Status::Running | Status::Queued))
    }

    /// Where the page looks again. Each time another address, or a browser would take it for a place in the same page
    /// and ask nobody.
    fn again(&self) -> String {
        format!("{}?looked={}#end", self.path, self.looked.wrapping_add(1))
    }
}

/// For somebody whom nobody knows yet.
pub fn welcome() -> String {
    page(
        "Edgewise",
        None,
        html! {
            p { "This is the chat without JavaScript: every answer is a page. " a href="/" { "The app" } " does more." }
            form method="post" action="/basic/guest" { button { "Start as a guest" } }
            p { a href="/basic/sign-in" { "Sign in" } " or " a href="/basic/sign-up" { "make an account" } "." }
        },
    )
}

/// The conversations, the newest first, and a form for a new one. `older` leads to those before them.
pub fn home(viewer: &Viewer, chats: &[Conversation], older: Option<&str>, draft: Draft<'_>) -> String {
    page(
        "Conversations",
        None,
        html! {
            (who(viewer))
            (message_form("/basic/chats", "New conversation", draft))
            @if chats.is_empty() {
                p class="note" { "There are no conversations yet. Ask something." }
            } @else {
                ul class="chats" {
                    @for chat in chats {
                        li {
                            a href=(format!("/basic/chats/{}", chat.id)) { (or_untitled(&chat.title)) }
                            " " time datetime=(chat.updated_at) { (day(chat.updated_at)) }
                        }
                    }
                }
            }
            @if let Some(cursor) = older { p { a href=(format!("/basic?cursor={cursor}")) { "Older conversations" } } }
        },
    )
}

/// A conversation, and a form for the next message; while an answer is written, a page that looks again by itself, and
/// so has nothing to type into.
pub fn conversation(chat: &Chat<'_>, draft: Draft<'_>) -> String {
    let running = chat.is_running();
    page(
        or_untitled(chat.title),
        running.then(|| chat.again()).as_deref(),
        html! {
            nav { a href=(HOME) { "All conversations" } }
            @if chat.is_cut {
                p class="note" { "This is the end of a long conversation. The app shows the rest." }
            }
            @for message in chat.messages { (article(message)) }
            div id="end" {
                @if running {
                    p class="note" role="status" {
                        "The answer is being written; this page looks again by itself. "
                        a href=(chat.again()) { "Look now" }
                    }
                    form method="post" action=(format!("{}/stop", chat.path)) { button class="quiet" { "Stop" } }
                } @else {
                    (message_form(&format!("{}/messages", chat.path), "Message", draft))
                }
            }
        },
    )
}

pub fn sign_in() -> String {
    page(
        "Sign in",
        None,
        html! {
            form method="post" action="/basic/sign-in" {
                (email())
                (field("password", "Password", "password", "current-password"))
                button { "Sign in" }
            }
            p { "No account? " a href="/basic/sign-up" { "Make one" } ". Forgotten the password? "
                a href="/" { "The app" } " sends a link for a new one." }
        },
    )
}

pub fn sign_up() -> String {
    page(
        "Make an account",
        None,
        html! {
            p class="note" { "What you wrote as a guest in this browser stays yours." }
            form method="post" action="/basic/sign-up" {
                (email())
                (field("password", "Password", "password", "new-password"))
                button { "Make an account" }
            }
        },
    )
}

/// The code that a right password still lacks.
pub fn second_factor(challenge: &str) -> String {
    page(
        "One more step",
        None,
        html! {
            form method="post" action="/basic/sign-in/second" {
                input type="hidden" name="challenge" value=(challenge);
                (field("code", "Code of your authenticator app, or a recovery code", "text", "one-time-code"))
                button { "Sign in" }
            }
        },
    )
}

/// A failure, in words. `unsent` is a message that was typed and not taken, with the address that its form sends to.
pub fn problem(problem: &Problem, unsent: Option<(&str, Draft<'_>)>) -> String {
    page(
        &problem.title,
        None,
        html! {
            p class="alert" role="alert" { (problem.detail) }
            @if problem.status == 401 { p { a href="/basic/sign-in" { "Sign in" } } }
            @if let Some((action, draft)) = unsent { (message_form(action, "Your message was not sent", draft)) }
            p { a href=(HOME) { "Conversations" } " · " a href="/" { "The app" } }
            p class="note" { "Request " code { (problem.request_id) } }
        },
    )
}

/// A page; `again` is where it looks by itself.
fn page(title: &str, again: Option<&str>, body: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                @if let Some(to) = again { meta http-equiv="refresh" content=(format!("{LOOK_AGAIN_S};url={to}")); }
                title { (title) }
                style { (PreEscaped(STYLE)) }
                style { (PreEscaped(FORMS)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    }
    .into_string()
}

fn who(viewer: &Viewer) -> Markup {
    html! {
        nav {
            @match viewer {
                Viewer::Guest => {
                    span { "You are a guest." }
                    a href="/basic/sign-up" { "Make an account" }
                    a href="/basic/sign-in" { "Sign in" }
                }
                Viewer::Member(name) => {
                    span { (name) }
                    form method="post" action="/basic/sign-out" { button class="quiet" { "Sign out" } }
                }
            }
            a href="/" { "The app" }
        }
    }
}

fn message_form(action: &str, label: &str, Draft { key, text }: Draft<'_>) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="key" value=(key);
            label for="content" { (label) }
            // A browser drops the first line's end: the text may begin with one.
            textarea id="content" name="content" required { "\n" (text) }
            button { "Send" }
        }
    }
}

fn email() -> Markup {
    field("email", "E-mail", "email", "username")
}

fn field(name: &str, label: &str, kind: &str, complete: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        input id=(name) name=(name) type=(kind) autocomplete=(complete) required;
    }
}

fn article(message: &Message) -> Markup {
    let (class, said_by) = match message.role {
        Role::User => ("user", "You"),
        Role::Assistant => ("assistant", "Assistant"),
    };
    let is_over = !matches!(message.status, Status::Running | Status::Queued);
    html! {
        article class=(class) {
            header { (said_by) " · " time datetime=(message.created_at) { (day(message.created_at)) } }
            @match message.role {
                // A person's text is shown as it was typed.
                Role::User => p class="said" { (message.content) },
                Role::Assistant => (PreEscaped(to_html(&message.content))),
            }
            @if let Some(note) = ending(message).filter(|_| is_over) { p { em { (note) } } }
        }
    }
}

fn or_untitled(title: &str) -> &str {
    if title.trim().is_empty() { "New conversation" } else { title }
}
