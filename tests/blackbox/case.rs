//! A case: steps that must give the same on every surface. Cases are data; [`crate::run`] carries them out.
//!
//! In all texts `<topic>`, `<topic:x>`, `<group>` and `<group:x>` stand for names of the case's own, `<cluster>` for the cluster's id,
//! `<broker>` for the id of a broker (`<broker:1>`, as a whole value, for that of the second) and `<url>` for the gateway.

use serde_json::Value;

use crate::surfaces::{RestDetails, Surface};

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Area and behaviour, as `topics/create`.
    pub name: String,
    /// Topics that are made before: label and number of partitions.
    pub topics: Vec<(&'static str, i32)>,
    /// Surfaces that cannot say it, and why.
    pub not_on: Vec<(Surface, &'static str)>,
    /// Why the embedded broker cannot do it, if it cannot.
    pub only_kafka: Option<&'static str>,
    /// What is done, one after another.
    pub steps: Vec<Step>,
}

/// A step of a case.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// What must come of it.
    pub expect: Expect,
    /// What the text of an error must contain.
    pub message: Option<String>,
    /// What REST's answer holds beyond the message.
    pub rest: Option<Value>,
    /// What only REST can have.
    pub details: RestDetails,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Calls an RPC, with more than one request only if it streams.
    Call { rpc: &'static str, requests: Vec<Value> },
    /// Reads a partition with a native client.
    Stored { topic: &'static str, partition: i32 },
}

/// What must come of a step.
#[derive(Debug, Clone)]
pub enum Expect {
    /// This answer.
    Gives(Value),
    /// These answers, of a stream.
    Streams(Vec<Value>),
    /// This error.
    Fails(&'static str),
    /// This answer, perhaps only after a while: Kafka does some things later than it says.
    InTheEnd(Value),
    /// This error, perhaps only after a while.
    FailsInTheEnd(&'static str),
    /// Answers whose lists, put together, are this one: records come in any number of reads.
    Collects(&'static str, Vec<Value>),
    /// These records, from the first on.
    Holds(Vec<Value>),
}

/// A case of this name.
pub fn case(name: impl Into<String>) -> Case {
    Case { name: name.into(), topics: Vec::new(), not_on: Vec::new(), only_kafka: None, steps: Vec::new() }
}

impl Case {
    /// A topic that is there before the case begins.
    pub fn topic(mut self, label: &'static str, partitions: i32) -> Self {
        self.topics.push((label, partitions));
        self
    }

    /// Leaves out a surface that cannot say it.
    pub fn not_on(mut self, surface: Surface, why: &'static str) -> Self {
        self.not_on.push((surface, why));
        self
    }

    /// Leaves out gRPC-Web, where requests cannot stream.
    pub fn streams(self) -> Self {
        self.not_on(Surface::Web, "a browser cannot stream requests")
    }

    /// For gRPC and gRPC-Web alone.
    pub fn grpc_only(self, why: &'static str) -> Self {
        self.not_on(Surface::Rest, why)
    }

    /// For REST alone.
    pub fn rest_only(self, why: &'static str) -> Self {
        self.not_on(Surface::Grpc, why).not_on(Surface::Web, why)
    }

    /// For a real Kafka alone.
    pub fn only_kafka(mut self, why: &'static str) -> Self {
        self.only_kafka = Some(why);
        self
    }

    /// Calls an RPC.
    pub fn call(self, rpc: &'static str, request: Value) -> Self {
        self.call_with(rpc, vec![request])
    }

    /// Calls an RPC that streams.
    pub fn call_with(self, rpc: &'static str, requests: Vec<Value>) -> Self {
        self.step(Action::Call { rpc, requests })
    }

    /// Looks into Kafka: the topic's partition holds these records from offset 0 on, each with `key`, `value` and whatever else is
    /// named: `headers` (pairs), `timestamp_ms`. Bytes that are no text are written `0x…`.
    pub fn stored(self, topic: &'static str, partition: i32, records: Value) -> Self {
        let records = records.as_array().expect("a list of records").clone();
        let mut case = self.step(Action::Stored { topic, partition });
        case.last().expect = Expect::Holds(records);
        case
    }

    fn step(mut self, action: Action) -> Self {
        let expect = Expect::Gives(crate::form::ANY.into());
        self.steps.push(Step { action, expect, message: None, rest: None, details: RestDetails::default() });
        self
    }

    fn last(&mut self) -> &mut Step {
        self.steps.last_mut().expect("a step before what is expected of it")
    }

    fn expect(mut self, expect: Expect) -> Self {
        self.last().expect = expect;
        self
    }

    /// The answer holds this. Without an expectation any answer that is no error will do.
    pub fn gives(self, want: Value) -> Self {
        self.expect(Expect::Gives(want))
    }

    /// The answers of a stream hold these.
    pub fn gives_all(self, want: Vec<Value>) -> Self {
        self.expect(Expect::Streams(want))
    }

    /// The answer holds this, if not at once, then soon.
    pub fn gives_in_the_end(self, want: Value) -> Self {
        self.expect(Expect::InTheEnd(want))
    }

    /// The answer is this error of `docs/errors.md`.
    pub fn fails(self, reason: &'static str) -> Self {
        self.expect(Expect::Fails(reason))
    }

    /// The answer is this error, if not at once, then soon.
    pub fn fails_in_the_end(self, reason: &'static str) -> Self {
        self.expect(Expect::FailsInTheEnd(reason))
    }

    /// The answers' lists of this name are, put together, this one.
    pub fn collects(self, field: &'static str, want: Value) -> Self {
        let want = want.as_array().expect("a list").clone();
        self.expect(Expect::Collects(field, want))
    }

    /// The error's text contains this.
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.last().message = Some(text.into());
        self
    }

    /// REST's answer holds this too.
    pub fn rest(mut self, want: Value) -> Self {
        self.last().rest = Some(want);
        self
    }

    /// REST's status of success is this one.
    pub fn rest_status(mut self, status: u16) -> Self {
        self.last().details.status = Some(status);
        self
    }
}
