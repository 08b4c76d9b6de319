//! A conversation read page by page and sent as it is read, so that a long one is never held whole.

use std::collections::HashSet;

use axum::body::{Body, Bytes};
use edgewise_domain::{
    chat::branch::Tree,
    ports::{Answer as ObjectAnswer, Conversations},
};
use edgewise_protocol::{
    calls::conversation::{Asker, Call, Reply},
    ids::ConversationId,
    message::Message,
};
use futures::{StreamExt, stream};

use super::unasked;
use crate::{
    app::{App, AppPorts},
    bounds::MAX_MESSAGE_PAGE,
    error::{Answer, Failure, refused},
};

/// The messages of one conversation up to a number, oldest first.
pub struct Transcript<P> {
    app: App<P>,
    id: ConversationId,
    /// Without one it is the platform that reads: a link has opened the conversation.
    asker: Option<Asker>,
    after: u64,
    until: u64,
    is_whole: bool,
}

impl<P: AppPorts> Transcript<P> {
    pub fn new(app: &App<P>, id: ConversationId, asker: Option<Asker>) -> Self {
        Self { app: app.clone(), id, asker, after: 0, until: u64::MAX, is_whole: false }
    }

    /// The next messages; empty at the end. Also the number of the log's newest event.
    pub async fn next(&mut self) -> Answer<(Vec<Message>, u64)> {
        if self.is_whole {
            return Ok((Vec::new(), 0));
        }
        let call = Call::Read { after: self.after, limit: MAX_MESSAGE_PAGE };
        let ObjectAnswer::Reply(reply) = self.app.ports.conversations().call(self.id, self.asker.clone(), call).await?
        else {
            return Err(unasked());
        };
        let (mut messages, more, last_seq) = match *reply {
            Reply::Messages { messages, more, last_seq } => (messages, more, last_seq),
            other => return Err(refused(other)),
        };
        self.after = messages.last().map_or(self.after, |last| last.seq);
        self.is_whole = !more || self.after >= self.until;
        messages.retain(|message| message.seq <= self.until);
        Ok((messages, last_seq))
    }

    /// Reads it once without keeping a word: the numbers of the branch that ends with `leaf`, or of the current one, and
    /// the number of the log's newest event. From then on nothing newer is read.
    pub async fn branch(&mut self, leaf: Option<u64>) -> Answer<(HashSet<u64>, u64)> {
        let (mut tree, mut newest) = (Tree::default(), None);
        self.until = leaf.unwrap_or(u64::MAX);
        while !self.is_whole {
            let (messages, last_seq) = self.next().await?;
            newest.get_or_insert(last_seq);
            messages.iter().for_each(|message| tree.note(message));
        }
        self.until = leaf.unwrap_or(self.after);
        (self.after, self.is_whole) = (0, false);
        Ok((tree.branch(leaf), newest.unwrap_or(0)))
    }

    /// A body: `begin`, what `render` makes of each page, and `end`. A fault in the middle ends the body early, which
    /// the reader's client tells from its end.
    pub fn body(
        self,
        begin: String,
        render: impl Fn(Vec<Message>, bool) -> String + Send + 'static,
        end: String,
    ) -> Body {
        let pages = stream::try_unfold((self, render, true), |(mut transcript, render, is_first)| async move {
            if transcript.is_whole {
                return Ok::<_, Failure>(None);
            }
            let (messages, _) = transcript.next().await?;
            let text = render(messages, is_first);
            Ok(Some((Bytes::from(text), (transcript, render, false))))
        });
        let whole = stream::once(async { Ok(Bytes::from(begin)) })
            .chain(pages)
            .chain(stream::once(async { Ok(Bytes::from(end)) }));
        Body::from_stream(whole.map(|piece| piece.map_err(|_| std::io::Error::other("the transcript broke off"))))
    }
}
