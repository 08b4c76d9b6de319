//! `/basic/chats`: a conversation as a page, and the forms that send to it.

use std::collections::VecDeque;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    chat::names::conversation_named,
    rendering::basic::{self, Chat, Draft},
};
use edgewise_protocol::{
    api::Scope,
    calls::conversation::{Call, Create, Reply},
    details::Details,
    ids::ConversationId,
    limit::Class,
    message::Message,
};
use http::Uri;
use serde::Deserialize;

use super::{key, onwards};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure, refused},
    extract::{
        ConversationPath, Params,
        caller::{Asking, Caller, Sender, Writer},
        form::FormBody,
    },
    page::{Unsent, page},
    routes::{ask, transcript::Transcript},
};

/// Messages on one page; of a longer conversation the end is shown.
const SHOWN: usize = 200;

/// A message as its form sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Makes it one message, however often it is sent.
    key: String,
    content: String,
}

#[derive(Debug, Deserialize)]
pub struct ShowParams {
    looked: Option<u32>,
}

/// `GET /basic/chats/{id}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    Params(params): Params<ShowParams>,
) -> Answer {
    let caller = asking.admit(&app, Class::General).await?.holds(Scope::ChatRead)?;
    let conversation = match ask(&app, caller.asker(), id, Call::Get).await? {
        Reply::Conversation { conversation, .. } => conversation,
        other => return Err(refused(other)),
    };
    let (messages, is_cut) = newest(&app, &caller, id).await?;
    let (path, looked) = (path_of(id), params.looked.unwrap_or(0));
    let chat = Chat { path: &path, title: &conversation.title, messages: &messages, is_cut, looked };
    Ok(page(basic::conversation(&chat, Draft { key: &key(&app), text: "" })))
}

/// The end of the current branch, and whether there is more before it.
async fn newest<P: AppPorts>(app: &App<P>, caller: &Caller, id: ConversationId) -> Answer<(Vec<Message>, bool)> {
    let mut transcript = Transcript::new(app, id, Some(caller.asker()));
    let (branch, _) = transcript.branch(None).await?;
    let mut newest = VecDeque::new();
    loop {
        let (messages, _) = transcript.next().await?;
        if messages.is_empty() {
            break;
        }
        newest.extend(messages.into_iter().filter(|message| branch.contains(&message.seq)));
        newest.drain(..newest.len().saturating_sub(SHOWN));
    }
    Ok((newest.into(), branch.len() > SHOWN))
}

/// `POST /basic/chats`: the first message makes the conversation.
pub async fn begin<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    uri: Uri,
    FormBody(said): FormBody<Said>,
) -> Answer {
    let id = conversation_named(asking.user(), &said.key).map_err(|_| Failure::field("/key", "is not one of ours"))?;
    let model = app.config.default_model.clone();
    let create = Create { id, title: None, system_prompt: None, model, place: None, details: Details::default() };
    send(&app, asking, id, said, Some(create), &uri).await
}

/// `POST /basic/chats/{id}/messages`
pub async fn reply<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    ConversationPath(id): ConversationPath,
    uri: Uri,
    FormBody(said): FormBody<Said>,
) -> Answer {
    send(&app, asking, id, said, None, &uri).await
}

/// Sends it. When that fails, its form comes back with what was typed.
async fn send<P: AppPorts>(
    app: &App<P>,
    asking: Asking,
    id: ConversationId,
    said: Said,
    create: Option<Create>,
    uri: &Uri,
) -> Answer {
    let unsent = Unsent { action: uri.path().to_owned(), key: said.key.clone(), text: said.content.clone() };
    match accept(app, asking, id, said, create).await {
        Ok(()) => there(id),
        Err(failure) => {
            let mut response = failure.into_response();
            response.extensions_mut().insert(unsent);
            Ok(response)
        }
    }
}

async fn accept<P: AppPorts>(
    app: &App<P>,
    asking: Asking,
    id: ConversationId,
    said: Said,
    create: Option<Create>,
) -> Answer<()> {
    let Sender(caller) = Sender::admit(app, asking, id).await?;
    let call = Call::Send {
        // A form's lines end as in letters.
        text: said.content.replace("\r\n", "\n"),
        client_message_id: Some(said.key),
        parent_id: None,
        edit_of: None,
        model: None,
        attachments: Vec::new(),
        tools: None,
        reuse: false,
        create,
        follow: None,
    };
    match ask(app, caller.asker(), id, call).await? {
        Reply::Accepted(_) => Ok(()),
        other => Err(refused(other)),
    }
}

/// `POST /basic/chats/{id}/stop`: an answer that has ended by itself meanwhile is as good.
pub async fn stop<P: AppPorts>(
    State(app): State<App<P>>,
    Writer(caller): Writer,
    ConversationPath(id): ConversationPath,
) -> Answer {
    match ask(&app, caller.asker(), id, Call::Stop { turn_id: None }).await? {
        Reply::Done => there(id),
        other => Err(refused(other)),
    }
}

fn path_of(id: ConversationId) -> String {
    format!("{}/chats/{id}", basic::HOME)
}

/// On to the end of the conversation.
fn there(id: ConversationId) -> Answer {
    onwards(&Response::default(), &format!("{}#end", path_of(id)))
}
