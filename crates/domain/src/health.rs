//! What the service stands on, and what it means when a part does not answer.

/// How long a part may take to answer, milliseconds. Whoever asks whether we live asks every few seconds.
pub const DEADLINE_MS: u64 = 2_000;
/// For how long a report is given again: however often we are asked, the parts are asked once in this time.
pub const FRESH_MS: u64 = 5_000;

/// One thing that the service stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Database,
    Cache,
    Storage,
    Objects,
    Queues,
    Models,
}

impl Part {
    pub const ALL: [Self; 6] = [Self::Database, Self::Cache, Self::Storage, Self::Objects, Self::Queues, Self::Models];

    /// The name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Storage => "storage",
            Self::Objects => "objects",
            Self::Queues => "queues",
            Self::Models => "models",
        }
    }

    /// Without it nobody can be served. What else fails, somebody can do without for a while, and sending the traffic
    /// elsewhere would not help.
    const fn is_vital(self) -> bool {
        matches!(self, Self::Database | Self::Objects)
    }
}

/// How one part did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    pub part: Part,
    pub ok: bool,
    pub ms: u64,
}

/// How all parts did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub at_ms: u64,
    pub checks: Vec<Check>,
}

impl Report {
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }

    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| check.ok || !check.part.is_vital())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_needs_the_vital_parts_alone() {
        for down in Part::ALL {
            let check = |part| Check { part, ok: part != down, ms: 1 };
            let report = Report { at_ms: 1, checks: Part::ALL.into_iter().map(check).collect() };
            assert!(!report.is_healthy());
            assert_eq!(report.is_ready(), !matches!(down, Part::Database | Part::Objects), "{down:?}");
        }
    }
}
