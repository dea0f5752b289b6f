//! Requests of many kinds, each made over and over while something is killed, and the check that what was answered is true.
//!
//! An answer of success promises that it is done, and the retriable error promises nothing: it may have been done. What is found in
//! the end must be one of the states that the answers leave open. Start with [`Rounds`].

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{PATIENCE, operator::Operator};

/// The pause between two requests of a kind.
const PACE: Duration = Duration::from_millis(200);
/// The reference's error that may be gone a moment later.
const RETRIABLE: i64 = 50003;
/// The code of what Kafka does not take as it is: of a topic that exists, too.
const INVALID_REQUEST: i64 = 40002;

/// What is there, by name.
pub type State = BTreeMap<String, String>;
/// Names what a request changes, and what that becomes; absent if it goes.
pub type Effect = (String, Option<String>);

/// Verb, path and body.
pub type Request = (&'static str, String, Value);

/// One request, and what it changes.
pub struct Step {
    request: Request,
    effect: Option<Effect>,
}

pub fn step(request: Request, effect: Option<Effect>) -> Step {
    Step { request, effect }
}

/// A kind of request, of which each one is made of a number.
pub struct Kind {
    pub name: &'static str,
    pub step: Box<dyn Fn(usize) -> Step + Send>,
    /// Where to see what the requests have changed, and how to read it.
    pub state: Option<(String, Read)>,
}

type Read = Box<dyn Fn(&Value) -> State + Send>;

/// The same request, which changes nothing.
pub fn repeated(name: &'static str, verb: &'static str, path: &str, body: Value) -> Kind {
    let path = path.to_owned();
    Kind { name, step: Box::new(move |_| step((verb, path.clone(), body.clone()), None)), state: None }
}

/// Gives one thing ever new values.
pub fn set(
    name: &'static str,
    path: String,
    read: fn(&Value) -> Option<String>,
    request: impl Fn(usize) -> (Request, String) + Send + 'static,
) -> Kind {
    let step = move |number| {
        let (request, value) = request(number);
        step(request, Some((name.to_owned(), Some(value))))
    };
    let read = move |shown: &Value| read(shown).map(|value| (name.to_owned(), value)).into_iter().collect();
    Kind { name, step: Box::new(step), state: Some((path, Box::new(read))) }
}

/// A text of an answer.
pub fn text(shown: &Value) -> Option<String> {
    shown.as_str().map(str::to_owned)
}

/// A whole number of an answer, also if it is written as one that may have a fraction.
pub fn whole(shown: &Value) -> Option<String> {
    shown.as_f64().map(|number| format!("{number:.0}"))
}

/// Requests of all kinds, under way until they are finished.
pub struct Rounds {
    operator: Operator,
    stop: Arc<AtomicBool>,
    /// When the last request of a kind that succeeded was begun.
    begun: watch::Receiver<HashMap<&'static str, Instant>>,
    kinds: Vec<&'static str>,
    tasks: JoinSet<(Kind, Vec<Answered>)>,
}

struct Answered {
    effect: Option<Effect>,
    status: u16,
    body: Value,
    took: Duration,
}

impl Rounds {
    pub fn start(operator: &Operator, kinds: Vec<Kind>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (succeeded, begun) = watch::channel(HashMap::new());
        let names = kinds.iter().map(|kind| kind.name).collect();
        let mut tasks = JoinSet::new();
        for kind in kinds {
            let (operator, stop, succeeded) = (operator.clone(), stop.clone(), succeeded.clone());
            tasks.spawn(async move {
                let (mut answers, mut pace) = (Vec::new(), tokio::time::interval(PACE));
                for number in 0.. {
                    pace.tick().await;
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let Step { request: (verb, path, body), effect } = (kind.step)(number);
                    let at = Instant::now();
                    let (status, body) = operator.ask(verb, &path, &body).await;
                    if status < 300 {
                        succeeded.send_modify(|begun| begun.extend([(kind.name, at)]));
                    }
                    answers.push(Answered { effect, status, body, took: at.elapsed() });
                }
                (kind, answers)
            });
        }
        Self { operator: operator.clone(), stop, begun, kinds: names, tasks }
    }

    /// Waits until a request of each kind has succeeded that was begun later than now.
    pub async fn succeed(&mut self) {
        let (since, kinds) = (Instant::now(), self.kinds.clone());
        let is_new = |begun: &HashMap<&str, Instant>, kind| begun.get(kind).is_some_and(|at| *at > since);
        let all = self.begun.wait_for(|begun| kinds.iter().all(|kind| is_new(begun, kind)));
        let waited = timeout(PATIENCE, all).await.map(drop);
        let late: Vec<_> = kinds.iter().filter(|kind| !is_new(&self.begun.borrow(), kind)).collect();
        assert!(waited.is_ok(), "no success any more: {late:?}");
    }

    /// Stops, checks each answer, and that what is there now is what the answers said.
    pub async fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        let rounds = timeout(PATIENCE, self.tasks.join_all()).await.expect("every request is answered");
        for (kind, answers) in rounds {
            let slowest = answers.iter().map(|it| it.took).max().unwrap_or_default();
            let failed = answers.iter().filter(|it| it.status >= 300).count();
            println!("{}: {} requests, {failed} failed, the slowest took {slowest:?}", kind.name, answers.len());
            let open = possible(kind.name, &answers);
            let Some((path, read)) = kind.state else { continue };
            let is_so = |status, body: &Value| {
                let found = if status == 200 { read(body) } else { State::new() };
                open.iter().all(|(name, states)| states.contains(&found.get(name).cloned()))
            };
            self.operator.until(&path, &format!("what {} was answered ({open:?})", kind.name), is_so).await;
        }
    }
}

/// What the answers leave open for each name.
fn possible(kind: &str, answers: &[Answered]) -> BTreeMap<String, BTreeSet<Option<String>>> {
    let (mut open, mut found_done) = (BTreeMap::<_, BTreeSet<_>>::new(), false);
    for Answered { effect, status, body, .. } in answers {
        let (name, value) = effect.clone().unzip();
        let states = open.entry(name.unwrap_or_default()).or_insert_with(|| BTreeSet::from([None]));
        let failures: Vec<_> = [body, &body["failures"], &body["data"]].into_iter().flat_map(failures).collect();
        match (status, value) {
            (200..300, Some(value)) if failures.is_empty() => *states = BTreeSet::from([value]),
            (200..300, None) if failures.is_empty() => {}
            // An earlier request whose answer was lost has done it.
            (404, Some(None)) if states.contains(&None) => *states = BTreeSet::from([None]),
            // A broker hands the request on to the controller, and on to the next controller if the first one dies: that one finds the
            // first one's work, and nobody but the broker knows that it is the same request.
            (_, Some(value)) if finds_done(*status, body, value.is_some()) && !found_done => {
                (*states, found_done) = (BTreeSet::from([value]), true);
            }
            (_, value) => {
                assert!(failures.iter().all(|code| **code == RETRIABLE), "{kind}: {status} {body}");
                states.extend(value);
            }
        }
    }
    open.remove("");
    open
}

/// True for the refusal to make what is there already, or to delete what is not there any more.
fn finds_done(status: u16, body: &Value, makes: bool) -> bool {
    let is_already = body["message"].as_str().is_some_and(|message| message.contains("already"));
    if makes { status == 400 && body["error_code"] == INVALID_REQUEST && is_already } else { status == 404 }
}

/// The codes of errors in an answer, or in the rows of a list.
fn failures(told: &Value) -> Vec<&Value> {
    let rows = told.as_array().map_or(std::slice::from_ref(told), Vec::as_slice);
    rows.iter().map(|row| &row["error_code"]).filter(|code| !code.is_null()).collect()
}
