//! What every route can reach: the ports and the settings.

use std::sync::{Arc, Mutex};

use axum::response::IntoResponse;
use edgewise_domain::{
    config::Config,
    health::Report,
    identity::key_sets::KeySets,
    limits::Refusals,
    models::list::Known,
    ports::{Clock, Conversations, Entropy, Files, Ports},
};
use edgewise_protocol::{
    api::Flag,
    ids::{AttachmentId, ConversationId, InvitationId, LetterId, SessionId, UserId},
};

use crate::routes::attachments::room::Uploads;

/// Ports whose streams a door can pass on.
pub trait AppPorts:
    Ports<Conversations: Conversations<Stream: IntoResponse>, Files: Files<Body: IntoResponse>>
{
}

impl<P: Ports<Conversations: Conversations<Stream: IntoResponse>, Files: Files<Body: IntoResponse>>> AppPorts for P {}

/// Flags, and since when they are known.
#[derive(Debug, Clone)]
pub struct KnownFlags {
    pub at_ms: u64,
    pub flags: Vec<Flag>,
}

#[derive(Debug, Clone)]
pub struct App<P> {
    pub ports: P,
    pub config: Arc<Config>,
    /// Who is refused already.
    pub refusals: Arc<Mutex<Refusals>>,
    /// The last report of this isolate.
    pub health: Arc<Mutex<Option<Report>>>,
    /// Of other issuers; one memory for each isolate.
    pub key_sets: Arc<KeySets>,
    /// The flags as this isolate knows them.
    pub flags: Arc<Mutex<Option<KnownFlags>>>,
    /// The models as this isolate knows them.
    pub models: Arc<Known>,
    /// Uploads that hold a part in memory.
    pub uploads: Uploads,
}

impl<P: AppPorts> App<P> {
    pub fn new(ports: P, config: Config) -> Self {
        Self {
            ports,
            config: Arc::new(config),
            refusals: Arc::default(),
            health: Arc::default(),
            key_sets: Arc::default(),
            flags: Arc::default(),
            models: Arc::default(),
            uploads: Uploads::default(),
        }
    }

    pub fn now_ms(&self) -> u64 {
        self.ports.clock().now_ms()
    }

    /// Random bytes, fit for secrets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ports.entropy().fill(&mut bytes);
        bytes
    }

    pub fn new_conversation_id(&self) -> ConversationId {
        ConversationId::new(self.now_ms(), &self.random())
    }

    pub fn new_attachment_id(&self) -> AttachmentId {
        AttachmentId::new(self.now_ms(), &self.random())
    }

    pub fn new_user_id(&self) -> UserId {
        UserId::new(self.now_ms(), &self.random())
    }

    pub fn new_session_id(&self) -> SessionId {
        SessionId::new(self.now_ms(), &self.random())
    }

    pub fn new_letter_id(&self) -> LetterId {
        LetterId::new(self.now_ms(), &self.random())
    }

    pub fn new_invitation_id(&self) -> InvitationId {
        InvitationId::new(self.now_ms(), &self.random())
    }

    pub fn new_request_id(&self) -> String {
        self.new_conversation_id().to_string()
    }
}
