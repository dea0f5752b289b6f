//! From a request to the store and back: what each operation reads from path, query and body, and what it answers.
//!
//! Decides nothing: that is the store's. Start with [`perform`].

use super::{
    answer::{Answer, CheckAnswer, Deployment, IdAnswer, Identity, ModeAnswer, Nothing, Place, RegisteredAnswer, Software, VersionAnswer},
    body,
    content::Submission,
    name::{Context, Prefix, Subject},
    query::Query,
    refusal::Refusal,
    request,
    route::{Operation, Route},
    settings::LevelName,
    store::{Registered, Selected, Store, Verdict, Which},
};
use crate::schema::{compiled::Shown, kind::Kind};

/// How many schemas a list has at most.
const SCHEMAS_IN_A_PAGE: usize = 1_000;
/// The kinds of schemas, in the order that clients know.
const KINDS: [Kind; 3] = [Kind::Json, Kind::Protobuf, Kind::Avro];
/// The name by which registries of one cluster find each other.
const GROUP: &str = "schema-registry";

/// A request whose path is known.
pub(super) struct Call<'a> {
    pub route: Route,
    pub query: Query,
    pub body: &'a [u8],
    /// The cluster that the registry says it belongs to.
    pub cluster_id: &'static str,
}

/// Performs a request.
///
/// # Errors
/// If it is refused, here or by the store.
pub(super) fn perform(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.route.operation {
        Operation::Root => Answer::json(&Nothing {}),
        Operation::Subjects => {
            let page = call.query.page(None)?;
            let subjects = store.subjects(&call.prefix(), call.which());
            Answer::json(&page.of(subjects.iter().map(Subject::to_string)))
        }
        Operation::Versions => {
            let page = call.query.page(None)?;
            Answer::json(&page.of(store.versions_of(&call.subject(), call.which())?))
        }
        Operation::Version => {
            let found = store.version(&call.subject(), call.selected()?, call.query.is("deleted"), call.form())?;
            Answer::json(&VersionAnswer::from(&found))
        }
        Operation::VersionText => {
            let found = store.version(&call.subject(), call.selected()?, call.query.is("deleted"), call.form())?;
            Ok(Answer::Text(found.text))
        }
        Operation::Referrers => {
            let page = call.query.page(None)?;
            Answer::json(&page.of(store.referrers_of(&call.subject(), call.selected()?)?))
        }
        Operation::VersionByMetadata => {
            let pairs: Vec<(&str, &str)> = call.query.all("key").zip(call.query.all("value")).collect();
            let found = store.version_with(&call.subject(), &pairs, call.query.is("deleted"), call.form())?;
            Answer::json(&VersionAnswer::from(&found))
        }
        Operation::Register => {
            let submission = call.submission("register.arg5")?;
            match store.register(&call.subject(), &submission, call.query.is("normalize"), call.form())? {
                Registered::Id(id) => Answer::json(&RegisteredAnswer::id(id)),
                Registered::Whole(found) => Answer::json(&RegisteredAnswer::whole(&found)),
            }
        }
        Operation::Lookup => {
            let submission = call.submission("lookUpSchemaUnderSubject.arg5")?;
            let (normalize, deleted) = (call.query.is("normalize"), call.query.is("deleted"));
            let found = store.lookup(&call.subject(), &submission, normalize, deleted, call.form())?;
            Answer::json(&VersionAnswer::from(&found))
        }
        Operation::DeleteVersion => Answer::json(&store.delete_version(&call.subject(), call.selected()?, call.query.is("permanent"))?),
        Operation::DeleteSubject => Answer::json(&store.delete_subject(&call.subject(), call.query.is("permanent"))?),
        Operation::Kinds => Answer::json(&KINDS.map(Kind::name)),
        Operation::Schemas => schemas(store, call),
        Operation::ById => by_id(store, call),
        Operation::TextById => {
            let (subject, id) = call.id()?;
            Ok(Answer::Text(store.by_id(&subject, id, call.form())?.1))
        }
        Operation::SubjectsById => subjects_by_id(store, call),
        Operation::VersionsById => versions_by_id(store, call),
        Operation::CheckVersion => {
            let submission = call.submission("testCompatibilityBySubjectName.arg4")?;
            check(store, call, Some(call.selected()?), &submission)
        }
        Operation::CheckVersions => {
            let submission = call.submission("testCompatibilityForSubject.arg3")?;
            check(store, call, None, &submission)
        }
        Operation::Config => config(store, call),
        Operation::SetConfig => set_config(store, call),
        Operation::DeleteConfig => delete_config(store, call),
        Operation::Mode => mode(store, call),
        Operation::SetMode => set_mode(store, call),
        Operation::DeleteMode => delete_mode(store, call),
        Operation::Contexts => {
            let page = call.query.page(None)?;
            Answer::json(&page.of(store.contexts(call.query.text("contextPrefix").unwrap_or_default())))
        }
        Operation::Identity => Answer::json(&Identity::new(call.cluster_id, GROUP)),
        Operation::Software => Answer::json(&Software { version: env!("CARGO_PKG_VERSION"), commit_id: "barnabas" }),
        Operation::Deployment => Answer::json(&Deployment::default()),
    }
}

fn schemas(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let page = call.query.page(Some(SCHEMAS_IN_A_PAGE))?;
    // Rules are not kept, so no schema has one of the type that is asked for.
    let wanted = call.query.text("ruleType").is_none_or(str::is_empty);
    let schemas = if wanted { store.schemas(&call.prefix(), call.query.is("deleted"), call.query.is("latestOnly")) } else { Vec::new() };
    Answer::json(&page.of(schemas.iter().map(VersionAnswer::from)))
}

fn by_id(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (subject, id) = call.id()?;
    let (content, text) = store.by_id(&subject, id, call.form())?;
    let last_id = call.query.is("fetchMaxId").then(|| store.last_id(&subject.context));
    Answer::json(&IdAnswer::new(&content, &text, last_id))
}

fn subjects_by_id(store: &Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (subject, id) = call.id()?;
    let page = call.query.page(None)?;
    let mut places = store.places_of(&subject, id, call.query.is("deleted"))?;
    places.dedup_by(|one, other| one.0 == other.0);
    Answer::json(&page.of(places.iter().map(|(subject, _)| subject.to_string())))
}

fn versions_by_id(store: &Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (subject, id) = call.id()?;
    let page = call.query.page(None)?;
    let places = store.places_of(&subject, id, call.query.is("deleted"))?;
    Answer::json(&page.of(places.into_iter().map(|(subject, version)| Place { subject: subject.to_string(), version })))
}

fn check(store: &mut Store, call: &Call<'_>, selected: Option<Selected>, submission: &Submission) -> Result<Answer, Refusal> {
    let verbose = call.query.is("verbose");
    let verdict = match store.check(&call.subject(), selected, submission, call.query.is("normalize")) {
        // Whoever asks for reasons is told this one in the same way.
        Err(Refusal::InvalidSchema(reason)) if verbose => Verdict { compatible: false, messages: vec![reason] },
        verdict => verdict?,
    };
    Answer::json(&CheckAnswer { compatible: verdict.compatible, messages: verbose.then_some(verdict.messages) })
}

fn config(store: &Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scope = call.scope();
    let config = if call.wants_own() { store.own_config(&scope)? } else { store.config(&scope) };
    Answer::json(&config.shown(Some(config.level()), LevelName::CompatibilityLevel))
}

fn set_config(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let argument = if call.is_of_subject() { "updateSubjectLevelConfig.arg2" } else { "updateTopLevelConfig.arg1" };
    let change = request::config_change(&body::object(call.body, argument)?)?;
    let config = store.set_config(&call.scope(), change)?;
    Answer::json(&config.shown(config.level, LevelName::Compatibility))
}

fn delete_config(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let former = store.remove_config(&call.scope())?;
    Answer::json(&former.shown(Some(former.level()), LevelName::CompatibilityLevel))
}

fn mode(store: &Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let scope = call.scope();
    let mode = if call.wants_own() { store.own_mode(&scope)? } else { store.mode(&scope) };
    Answer::json(&ModeAnswer { mode: Some(mode.name()) })
}

fn set_mode(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let argument = if call.is_of_subject() { "updateMode.arg2" } else { "updateTopLevelMode.arg1" };
    let wanted = request::mode(&body::object(call.body, argument)?)?;
    store.set_mode(&call.scope(), wanted.as_ref().map(|(mode, _)| *mode), call.query.is("force"))?;
    // As it was written: clients compare.
    Answer::json(&ModeAnswer { mode: wanted.as_ref().map(|(_, written)| written.as_str()) })
}

fn delete_mode(store: &mut Store, call: &Call<'_>) -> Result<Answer, Refusal> {
    let former = store.remove_mode(&call.scope(), call.query.is("recursive"))?;
    Answer::json(&ModeAnswer { mode: Some(former.name()) })
}

impl Call<'_> {
    /// What stands for an asterisk of the path.
    fn parameter(&self, index: usize) -> &str {
        self.route.parameters.get(index).map(String::as_str).unwrap_or_default()
    }

    fn context(&self) -> Context {
        self.route.context.clone().unwrap_or_default()
    }

    fn subject(&self) -> Subject {
        Subject::parse(self.parameter(0), &self.context())
    }

    /// True if the path names a subject (or, as one, a context).
    fn is_of_subject(&self) -> bool {
        !self.route.parameters.is_empty()
    }

    /// What settings are about: without a subject, the context.
    fn scope(&self) -> Subject {
        if self.is_of_subject() { self.subject() } else { Subject::of(&self.context()) }
    }

    /// True if only the subject's own setting is wanted, not what counts without one.
    fn wants_own(&self) -> bool {
        self.is_of_subject() && !self.query.is("defaultToGlobal")
    }

    /// The id in the path, and the subject that tells its context.
    fn id(&self) -> Result<(Subject, i32), Refusal> {
        let id = self.parameter(0).parse().map_err(|_| Refusal::NoPath)?;
        Ok((Subject::parse(self.query.text("subject").unwrap_or_default(), &self.context()), id))
    }

    fn selected(&self) -> Result<Selected, Refusal> {
        Selected::parse(self.parameter(1))
    }

    fn prefix(&self) -> Prefix {
        Prefix::parse(self.query.text("subjectPrefix"), self.route.context.as_ref())
    }

    fn which(&self) -> Which {
        match (self.query.is("deletedOnly"), self.query.is("deleted")) {
            (true, _) => Which::Deleted,
            (false, true) => Which::All,
            (false, false) => Which::Live,
        }
    }

    /// In which form schemas are shown. Others than these are not known, and not refused.
    fn form(&self) -> Shown {
        match self.query.text("format") {
            Some("resolved") => Shown::Resolved,
            Some("ignore_extensions") => Shown::WithoutExtensions,
            Some("serialized") => Shown::Serialized,
            Some(_) | None => Shown::Kept,
        }
    }

    fn submission(&self, argument: &'static str) -> Result<Submission, Refusal> {
        request::submission(&body::object(self.body, argument)?)
    }
}
