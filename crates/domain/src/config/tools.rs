//! The settings of tools: which there are, and which ask a person each time.

use crate::tools::Tool;

/// What the settings say of tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolSettings {
    pub enabled: Vec<Tool>,
    /// Beside what asks by itself.
    pub ask_first: Vec<Tool>,
}

/// What is wrong goes to `faults`. `none` is a list without any.
pub fn read(text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> ToolSettings {
    let mut list = |name: &str, default: &[Tool]| -> Vec<Tool> {
        let Some(names) = text(name).filter(|names| names != "none") else {
            return if text(name).is_some() { Vec::new() } else { default.to_vec() };
        };
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| Tool::of_answers(name).is_none()) {
            let known: Vec<&str> = Tool::ALL.into_iter().map(Tool::name).collect();
            faults.push(format!("{name} must be none, or some of {} with commas between.", known.join(", ")));
        }
        Tool::ALL.into_iter().filter(|tool| names.contains(&tool.name())).collect()
    };
    ToolSettings { enabled: list("TOOLS_ENABLED", &Tool::ALL), ask_first: list("TOOLS_ASK_FIRST", &[]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_enabled_unless_some_are_named() {
        let of = |enabled: Option<&str>, ask_first: Option<&str>| {
            let mut faults = Vec::new();
            let text = |name: &str| if name == "TOOLS_ENABLED" { enabled } else { ask_first }.map(str::to_owned);
            (read(&text, &mut faults), faults)
        };
        assert_eq!(of(None, None).0, ToolSettings { enabled: Tool::ALL.to_vec(), ask_first: Vec::new() });
        let (some, faults) = of(Some("clock, calculator"), Some("web_fetch"));
        assert_eq!((some.enabled, some.ask_first), (vec![Tool::Calculator, Tool::Clock], vec![Tool::WebFetch]));
        assert!(faults.is_empty());
        assert!(of(Some("none"), None).0.enabled.is_empty());
        let (_, faults) = of(Some("clock,rm"), Some("x"));
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("TOOLS_ENABLED") && faults[1].starts_with("TOOLS_ASK_FIRST"));
    }
}
