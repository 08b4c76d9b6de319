//! Agents, with all their versions.

use edgewise_domain::catalogue::{DEFAULT_PAGE, MAX_PAGE};
use edgewise_protocol::{
    api::{
        Agent, AgentPage, AgentVersions, DecideCall, RerunRun, RestoreAgent, Run, RunEventPage, RunPage, Schedule,
        ScheduleList, SendRunEvent, SetAgent, SetSchedule, StartRun,
    },
    run::{NumberedRunEvent, RunStatus},
};
use serde_json::json;

use super::{
    super::operation::{Operation, operation},
    AGENTS, id, page,
};

pub fn operations() -> Vec<Operation> {
    let on = |method, path, id_, summary| {
        operation(method, path, id_, AGENTS, summary).hole("id", id(), "The agent's.").fails(&[404])
    };
    let version = json!({"type": "integer", "format": "uint32", "minimum": 0});
    let list = operation("GET", "/api/agents", "listAgents", AGENTS, "One's own, the last changed first.");
    vec![
        page(list, MAX_PAGE, DEFAULT_PAGE)
            .query("projectId", id(), "Those of this project.")
            .json::<AgentPage>(200, "A page.")
            .fails(&[404]),
        operation("POST", "/api/agents", "createAgent", AGENTS, "Makes one, with its first version.")
            .once()
            .takes::<SetAgent>()
            .json::<Agent>(201, "It is made.")
            .with(201, "Location")
            .fails(&[404, 409]),
        on("GET", "/api/agents/{id}", "getAgent", "One of them.")
            .query("version", version, "Without it, the newest.")
            .json::<Agent>(200, "It.")
            .fails(&[422]),
        on("PUT", "/api/agents/{id}", "setAgent", "Another definition, as a new version.")
            .takes::<SetAgent>()
            .json::<Agent>(200, "As it is now. What is as it was makes no version.")
            .fails(&[409]),
        on("DELETE", "/api/agents/{id}", "deleteAgent", "Deletes it with all its versions.").empty(204, "It is gone."),
        on("GET", "/api/agents/{id}/versions", "listAgentVersions", "The versions that are kept, newest first.")
            .json::<AgentVersions>(200, "The newest 1,000."),
        on("POST", "/api/agents/{id}/restore", "restoreAgent", "An older version's definition as a new version.")
            .takes::<RestoreAgent>()
            .json::<Agent>(200, "As it is now.")
            .fails(&[409]),
        on("POST", "/api/agents/{id}/runs", "startRun", "Gives the agent a task.")
            .once()
            .takes::<StartRun>()
            .json::<Run>(201, "It is accepted: it goes on when nobody looks.")
            .with(201, "Location"),
    ]
}

/// When they do it by themselves.
pub fn schedules() -> Vec<Operation> {
    let of_agent = |method, path, id_, summary| {
        operation(method, path, id_, AGENTS, summary).hole("id", id(), "The agent's.").fails(&[404])
    };
    let all = "/api/agents/{id}/schedules";
    let one = "/api/agents/{id}/schedules/{schedule}";
    let on = |method, id_, summary| of_agent(method, one, id_, summary).hole("schedule", id(), "The schedule's.");
    vec![
        of_agent("GET", all, "listSchedules", "One's own of this agent.").json::<ScheduleList>(200, "All of them."),
        of_agent("POST", all, "createSchedule", "The agent begins a run whenever its time comes.")
            .once()
            .takes::<SetSchedule>()
            .json::<Schedule>(201, "It is made.")
            .with(201, "Location"),
        on("GET", "getSchedule", "One of them.").json::<Schedule>(200, "It, with its next times."),
        on("PUT", "setSchedule", "Another definition, or a pause.")
            .takes::<SetSchedule>()
            .json::<Schedule>(200, "As it is now.")
            .fails(&[409]),
        on("DELETE", "deleteSchedule", "Deletes it. Its runs stay.").empty(204, "It is gone."),
    ]
}

/// What agents do.
pub fn runs() -> Vec<Operation> {
    let on = |method, path, id_, summary| {
        operation(method, path, id_, AGENTS, summary).hole("id", id(), "The run's.").fails(&[404])
    };
    let number = json!({"type": "integer", "format": "uint64", "minimum": 0});
    let event_name = json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]*$"});
    let status = json!({"type": "string", "enum": RunStatus::ALL.map(RunStatus::name)});
    let list = operation("GET", "/api/runs", "listRuns", AGENTS, "One's own, the newest first.");
    vec![
        page(list, MAX_PAGE, DEFAULT_PAGE)
            .query("agentId", id(), "Those of this agent.")
            .query("status", status, "Those that stand so.")
            .json::<RunPage>(200, "A page."),
        on("GET", "/api/runs/{id}", "getRun", "A run with its steps.").json::<Run>(200, "As it is now."),
        on("GET", "/api/runs/{id}/events", "getRunEvents", "Its journal, from any number on.")
            .query("after", number.clone(), "The number of the last event that is known.")
            .query("wait", number.clone(), "Seconds to wait for an event, at most 30. A stream waits 30.")
            .header("Last-Event-ID", number, "As `after`, and before it.")
            .json::<RunEventPage>(200, "A page, or a stream that ends with it; come again with the last number.")
            .events::<NumberedRunEvent>(200, "A page, or a stream that ends with it; come again with the last number.")
            .empty(204, "Nothing follows.")
            .fails(&[422]),
        on("POST", "/api/runs/{id}/rerun", "rerunRun", "Another run, which goes on from a step of one that has ended.")
            .once()
            .takes::<RerunRun>()
            .json::<Run>(201, "It is accepted. What was done before that step is carried over.")
            .with(201, "Location")
            .fails(&[409]),
        on("POST", "/api/runs/{id}/events/{name}", "sendRunEvent", "An event that the run waits for, or will.")
            .hole("name", event_name, "As the agent calls it.")
            .once()
            .takes::<SendRunEvent>()
            .json::<Run>(200, "It was received.")
            .fails(&[409]),
        on("POST", "/api/runs/{id}/cancel", "cancelRun", "Ends it. One that has ended stays as it is.")
            .json::<Run>(200, "As it is now."),
        on("POST", "/api/runs/{id}/approvals/{call}", "decideRunCall", "Says whether a call may be made.")
            .hole("call", json!({"type": "string"}), "As `approvals` of the run names it.")
            .takes::<DecideCall>()
            .json::<Run>(200, "As it is now.")
            .fails(&[409]),
    ]
}
