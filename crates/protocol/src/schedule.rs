//! What a schedule is: the task, and when it is given.

use serde::{Deserialize, Serialize};

/// As it rests. A later version of this Worker may know more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScheduleDefinition {
    /// The task.
    pub input: String,
    /// Of the agent; without it, the newest at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Five fields; or a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    /// The first local time that the rule counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// A name of the IANA's list.
    pub time_zone: String,
    pub enabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_format_unchanged() {
        let stored = r#"{"input":"Look.","version":2,"rrule":"FREQ=DAILY","start":"2026-03-01T09:00","timeZone":"Europe/Berlin","enabled":true}"#;
        let definition: ScheduleDefinition = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&definition).unwrap(), stored);
        let later = r#"{"input":"x","cron":"0 9 * * *","timeZone":"UTC","enabled":false,"later":1}"#;
        assert_eq!(serde_json::from_str::<ScheduleDefinition>(later).unwrap().cron.as_deref(), Some("0 9 * * *"));
    }
}
