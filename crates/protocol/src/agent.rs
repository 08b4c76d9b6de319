//! What an agent is: who it shall be, what it may use, and how far it may go.

use serde::{Deserialize, Serialize};

/// The way in which a run is worked through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Workflow {
    /// The model answers, with tools as it sees fit.
    #[default]
    Loop,
    /// Initialize, research, analyze, execute, summarize: each reads what the one before it made.
    Research,
}

/// How far one run may go. What is absent is as far as any run may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentBudget {
    /// Questions to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u32>,
    /// Of all questions and answers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// Without the time that it waits for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// One version of an agent, as it rests and as a run takes it along. A later version of this Worker may know more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgentDefinition {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// What it is told before everything else.
    #[serde(default)]
    pub instructions: String,
    /// `None`: the deployment's usual one.
    #[serde(default)]
    pub model: Option<String>,
    /// The tools that it may call, by name.
    #[serde(default)]
    pub tools: Vec<String>,
    #[serde(default)]
    pub workflow: Workflow,
    #[serde(default)]
    pub budget: AgentBudget,
    /// Tasks to begin with, for people.
    #[serde(default)]
    pub starters: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_format_unchanged() {
        let stored = r#"{"name":"N","description":"","instructions":"Be brief.","model":null,"tools":["clock"],"workflow":"research","budget":{"steps":5,"costMicroUsd":9},"starters":["Go"]}"#;
        let definition: AgentDefinition = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&definition).unwrap(), stored);
        let later = r#"{"name":"N","later":1,"budget":{"later":1}}"#;
        assert_eq!(
            serde_json::from_str::<AgentDefinition>(later).unwrap(),
            AgentDefinition { name: "N".into(), ..AgentDefinition::default() }
        );
    }
}
