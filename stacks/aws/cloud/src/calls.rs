//! What was asked of the account, and how busy it was.

/// One call, as a test can look back on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service of its signature, such as `ecs`.
    pub service: String,
    /// Its action, such as `CreateService`.
    pub action: String,
    /// The region of its signature.
    pub region: String,
    /// What it named and what it made: ARNs where they can be told, else names and ids.
    pub resources: Vec<String>,
    /// The version of a function or a layer that it was about, by its number: the one that was
    /// called, published or provisioned, or to which an alias points. Lambda's calls alone have it.
    pub version: Option<String>,
    /// Whether it may change something.
    pub mutating: bool,
    /// The error it was answered with.
    pub error: Option<String>,
}

/// How busy the account was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many calls came in.
    pub calls: usize,
    /// How many were in flight at the most.
    pub most_at_once: usize,
    /// How often the number in flight went from none to one.
    pub rounds: usize,
}

/// Counts calls in flight.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    traffic: Traffic,
    flying: usize,
}

impl Counter {
    /// A call came in.
    pub(crate) fn enter(&mut self) {
        self.traffic.calls += 1;
        self.traffic.rounds += usize::from(self.flying == 0);
        self.flying += 1;
        self.traffic.most_at_once = self.traffic.most_at_once.max(self.flying);
    }

    /// A call was answered, or its caller went away.
    pub(crate) fn leave(&mut self) {
        self.flying = self.flying.saturating_sub(1);
    }

    /// The count so far.
    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Begins again; calls in flight stay in flight.
    pub(crate) fn clear(&mut self) {
        self.traffic = Traffic::default();
    }
}
