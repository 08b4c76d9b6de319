//! What has happened, as receivers read it: `{"type", "timestamp", "data"}` of Standard Webhooks.
//!
//! A body names things by their ids. What people and models have said, also where a title or a task is made of it, is in
//! the body with content alone. An id is made of what happened, so that the same thing is the same event however often
//! somebody tells of it.

use edgewise_protocol::{
    calls::webhook::NewEvent,
    ids::{AgentId, ConversationId, RunId},
    message::{Message, Role, Status},
    run::{NumberedRunEvent, RunEvent, RunReason, RunStatus},
    timestamp::Timestamp,
    webhook::EventKind,
};
use serde_json::{Map, Value, json};

use super::MAX_CONTENT_BYTES;

/// An event, and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub at_ms: u64,
    pub event: NewEvent,
}

fn happening(id: String, kind: EventKind, at_ms: u64, data: Value, content: &[(&str, Value)]) -> Happening {
    let body =
        |data: &Map<String, Value>| json!({ "type": kind, "timestamp": Timestamp(at_ms), "data": data }).to_string();
    let Value::Object(mut data) = data else {
        return Happening { at_ms, event: NewEvent { id, kind, body: "{}".into(), whole: None } };
    };
    let plain = body(&data);
    let whole = (!content.is_empty()).then(|| {
        data.extend(content.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        body(&data)
    });
    Happening { at_ms, event: NewEvent { id, kind, body: plain, whole } }
}

/// A text as long as an event holds.
fn cut(text: &str) -> Value {
    text.get(..text.floor_char_boundary(MAX_CONTENT_BYTES)).unwrap_or_default().into()
}

pub fn created(id: ConversationId, title: &str, model: &str, at_ms: u64) -> Happening {
    let data = json!({ "conversationId": id, "model": model });
    happening(format!("{id}_created"), EventKind::ConversationCreated, at_ms, data, &[("title", cut(title))])
}

pub fn deleted(id: ConversationId, at_ms: u64) -> Happening {
    let data = json!({ "conversationId": id });
    happening(format!("{id}_deleted"), EventKind::ConversationDeleted, at_ms, data, &[])
}

/// Of an answer that has ended; `None` of anything else.
pub fn answered(conversation: ConversationId, message: &Message) -> Option<Happening> {
    if message.role != Role::Assistant || !message.status.is_terminal() {
        return None;
    }
    let kind = if message.status == Status::Failed { EventKind::MessageFailed } else { EventKind::MessageCompleted };
    let data = json!({ "conversationId": conversation, "messageId": message.id, "status": message.status });
    let content = [("content", cut(&message.content))];
    Some(happening(format!("{}_ended", message.id), kind, message.created_at.0, data, &content))
}

/// Which run, of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfRun {
    pub id: RunId,
    pub agent: AgentId,
    pub task: String,
    /// What it came to, once it is done.
    pub output: Option<String>,
}

/// Of an entry of a run's journal; `None` of those that nobody outside waits for.
pub fn of_run(run: &OfRun, entry: &NumberedRunEvent) -> Option<Happening> {
    let mut data = json!({ "runId": run.id, "agentId": run.agent, "seq": entry.seq });
    let mut content = vec![("task", cut(&run.task))];
    let kind = match &entry.event {
        RunEvent::Created { .. } => EventKind::RunStarted,
        RunEvent::StepAnswered { calls, .. } => {
            let asked = calls.iter().filter(|call| call.asks && call.error_text.is_none());
            let approvals: Vec<_> = asked.map(|call| call.tool_call_id.clone()).collect();
            if approvals.is_empty() {
                return None;
            }
            set(&mut data, "approvals", approvals.into());
            EventKind::RunWaiting
        }
        RunEvent::StepLost { approval: Some(approval), .. } => {
            set(&mut data, "approvals", vec![approval.clone()].into());
            EventKind::RunWaiting
        }
        RunEvent::Ended { status, reason, .. } => {
            set(&mut data, "reason", reason_name(*reason));
            content.extend(run.output.as_deref().map(|output| ("output", cut(output))));
            match status {
                RunStatus::Completed => EventKind::RunCompleted,
                RunStatus::Cancelled => EventKind::RunCancelled,
                _ => EventKind::RunFailed,
            }
        }
        _ => return None,
    };
    Some(happening(format!("{}_{}", run.id, entry.seq), kind, entry.at.0, data, &content))
}

fn reason_name(reason: RunReason) -> Value {
    serde_json::to_value(reason).unwrap_or_default()
}

fn set(data: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = data {
        fields.insert(name.to_owned(), value);
    }
}

/// A test, asked for by hand.
pub fn test(id: String, at_ms: u64) -> NewEvent {
    happening(id, EventKind::Test, at_ms, json!({ "message": "This is a test." }), &[]).event
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::run::RunCall;

    use super::*;

    fn run() -> OfRun {
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap();
        let agent = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c".parse().unwrap();
        OfRun { id, agent, task: "a secret task".into(), output: Some("a secret end".into()) }
    }

    fn kind_of(event: RunEvent) -> Option<(EventKind, NewEvent)> {
        let found = of_run(&run(), &NumberedRunEvent { seq: 3, at: Timestamp(5), event })?;
        Some((found.event.kind, found.event))
    }

    #[test]
    fn what_was_said_is_in_the_whole_body_alone() {
        let ended = RunEvent::Ended { status: RunStatus::Completed, reason: RunReason::Done, error: None };
        let (kind, event) = kind_of(ended).unwrap();
        assert_eq!((kind, event.id.ends_with("4a5b_3")), (EventKind::RunCompleted, true));
        assert!(!event.body.contains("secret"), "{}", event.body);
        let whole: Value = serde_json::from_str(&event.whole.unwrap()).unwrap();
        assert_eq!(whole["type"], "run.completed");
        assert_eq!(whole["timestamp"], "1970-01-01T00:00:00.005Z");
        assert_eq!(
            (&whole["data"]["task"], &whole["data"]["output"]),
            (&"a secret task".into(), &"a secret end".into())
        );
        let conversation = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5d".parse().unwrap();
        assert!(
            !created(conversation, "secret", "m", 1).event.body.contains("secret"),
            "a title is made of what was said"
        );
    }

    #[test]
    fn a_run_waits_when_somebody_is_asked() {
        let call = |asks| RunCall {
            tool_call_id: "call_1_0".into(),
            tool_name: "t".into(),
            input: Value::Null,
            asks,
            error_text: None,
        };
        let answered = |asks| RunEvent::StepAnswered {
            key: "a-0".into(),
            phase: "a".into(),
            text: String::new(),
            calls: vec![call(asks)],
        };
        assert_eq!(kind_of(answered(false)), None);
        let (kind, event) = kind_of(answered(true)).unwrap();
        assert_eq!(kind, EventKind::RunWaiting);
        assert!(event.body.contains(r#""approvals":["call_1_0"]"#), "{}", event.body);
        let lost = |approval: Option<&str>| RunEvent::StepLost {
            key: "a-0".into(),
            attempt: 1,
            approval: approval.map(str::to_owned),
        };
        assert_eq!(kind_of(lost(None)), None);
        assert_eq!(kind_of(lost(Some("x"))).unwrap().0, EventKind::RunWaiting);
    }
}
