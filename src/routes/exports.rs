//! `/api/chat/conversations/{id}/export`: a conversation as a file.

use std::collections::HashSet;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    rendering::{Html, Markdown, content_security_policy},
    transfer::FORMAT,
};
use edgewise_protocol::{
    api::{Conversation, Scope},
    calls::conversation::{Call, Reply},
    limit::Class,
    message::Message,
    timestamp::Timestamp,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::json;

use super::{ask, transcript::Transcript};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{ConversationPath, Params, caller::Asking},
};

#[derive(Debug, Deserialize)]
pub struct ExportParams {
    format: Option<String>,
}

/// `GET …/export`
pub async fn conversation<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    Params(params): Params<ExportParams>,
) -> Answer {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let Reply::Conversation { conversation, .. } = ask(&app, caller.asker(), id, Call::Get).await.and_then(known)?
    else {
        return Err(Failure::no_conversation());
    };
    let mut transcript = Transcript::new(&app, id, Some(caller.asker()));
    match params.format.as_deref() {
        None | Some("json") => {
            let body = json_body(transcript, &conversation, Timestamp(app.now_ms()));
            Ok(file(body, "application/json", &format!("{id}.json")))
        }
        Some("markdown") => {
            let (branch, _) = transcript.branch(None).await?;
            let render = move |messages: Vec<_>, _| {
                let shown = messages.iter().filter(|message| is_in(&branch, message));
                shown.map(Markdown::message).collect()
            };
            let body = transcript.body(Markdown::begin(&conversation.title), render, String::new());
            Ok(file(body, "text/markdown; charset=utf-8", &format!("{id}.md")))
        }
        Some("html") => {
            let (branch, _) = transcript.branch(None).await?;
            let body = html_body(transcript, &conversation.title, branch);
            let mut response = file(body, "text/html; charset=utf-8", &format!("{id}.html"));
            protect(response.headers_mut());
            Ok(response)
        }
        Some(_) => Err(Failure::field("format", "must be json, markdown or html")),
    }
}

fn known(reply: Reply) -> Answer<Reply> {
    match reply {
        found @ Reply::Conversation { .. } => Ok(found),
        other => Err(refused(other)),
    }
}

fn is_in(branch: &HashSet<u64>, message: &Message) -> bool {
    branch.contains(&message.seq)
}

/// The whole tree, as docs/API.md describes it.
fn json_body<P: AppPorts>(transcript: Transcript<P>, conversation: &Conversation, now: Timestamp) -> Body {
    let about = json!(conversation);
    let (format, version) = FORMAT;
    let begin = format!(
        "{{\"format\":\"{format}\",\"version\":{version},\"exportedAt\":\"{now}\",\"conversation\":{about},\"messages\":[\n"
    );
    let render = |messages: Vec<_>, is_first| {
        let texts = messages.iter().filter_map(|message| serde_json::to_string(message).ok());
        let text = texts.collect::<Vec<_>>().join(",\n");
        if is_first || text.is_empty() { text } else { format!(",\n{text}") }
    };
    transcript.body(begin, render, "]}\n".into())
}

/// One branch as a page.
pub fn html_body<P: AppPorts>(transcript: Transcript<P>, title: &str, branch: HashSet<u64>) -> Body {
    let render = move |messages: Vec<_>, _| {
        messages.iter().filter(|message| is_in(&branch, message)).map(Html::message).collect()
    };
    transcript.body(Html::begin(title), render, Html::end().into())
}

fn file(body: Body, kind: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// What a page of ours may do in a browser, and who may find it.
pub fn protect(headers: &mut HeaderMap) {
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
}
