//! What is learned of the caller of a request, and who is refused because of what is known of them.

use std::sync::{Arc, Mutex};

use edgewise_protocol::{
    calls::account::{Admission, Reply},
    ids::UserId,
    limit::{Class, Standing},
};
use http::request::Parts;

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
};

/// What was learned of the caller, on its way out to the layers that write headers and log.
#[derive(Debug, Clone, Default)]
pub struct Note(Arc<Mutex<Noted>>);

#[derive(Debug, Clone, Copy, Default)]
struct Noted {
    standing: Option<Standing>,
    user: Option<UserId>,
}

impl Note {
    /// The note of this request.
    pub(super) fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Where a limited request stands.
    pub fn standing(&self) -> Option<Standing> {
        self.0.lock().ok()?.standing
    }

    /// Who was admitted.
    pub fn user(&self) -> Option<UserId> {
        self.0.lock().ok()?.user
    }

    pub(super) fn keep(&self, standing: Option<Standing>, user: Option<UserId>) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = Noted { standing: standing.or(kept.standing), user: user.or(kept.user) };
        }
    }

    /// Refuses somebody of whom it is known that their account would.
    pub(super) fn refuse_known<P: AppPorts>(&self, app: &App<P>, who: &str, class: Class) -> Answer<()> {
        let now_ms = app.now_ms();
        let refused = app.refusals.lock().ok().and_then(|known| known.refused(who, class, now_ms));
        match refused {
            Some(standing) => {
                self.keep(Some(standing), None);
                Err(Failure::Limited { standing })
            }
            None => Ok(()),
        }
    }

    /// The account's answer, with where the caller stands noted. A refusal is remembered for `most_ms` at most.
    pub(super) fn admitted<P: AppPorts>(
        &self,
        app: &App<P>,
        who: &str,
        class: Class,
        reply: Reply,
        most_ms: u64,
    ) -> Answer<Admission> {
        let (standing, answer) = match reply {
            Reply::Admitted(admission) => (admission.standing, Ok(*admission)),
            Reply::Limited { standing } => (Some(standing), Err(Failure::Limited { standing })),
            Reply::OverBudget => (None, Err(Failure::OverBudget)),
            Reply::Unknown => (None, Err(Failure::Unauthorized)),
            _ => (None, Err(Failure::account_failed())),
        };
        let user = answer.as_ref().ok().and_then(|admission: &Admission| Some(admission.profile.as_ref()?.user));
        self.keep(standing, user);
        if app.config.rates.enabled
            && let Ok(mut known) = app.refusals.lock()
        {
            let refused = standing.filter(|_| matches!(answer, Err(Failure::Limited { .. })));
            known.note(who, class, refused, most_ms, app.now_ms());
        }
        answer
    }
}
