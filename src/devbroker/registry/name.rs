//! Names of contexts and subjects, and how the two are written as one: `:.context:subject`.
//!
//! A name without a context is of the default one, or of the one that the request's path names. Start with [`Subject::parse`].

use std::{fmt, sync::Arc};

use super::refusal::Refusal;

/// Names that stand for something else where subjects stand.
const RESERVED: [&str; 2] = ["__GLOBAL", "__EMPTY"];
/// Its settings hold for every context.
const GLOBAL: &str = ".__GLOBAL";
/// The name of the context that need not be named.
const DEFAULT: &str = ".";

/// A room of its own for subjects and ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Context(Arc<str>);

impl Default for Context {
    fn default() -> Self {
        Self(DEFAULT.into())
    }
}

impl Context {
    /// The context that a path or a qualified name means; the dot before its name may be missing.
    pub fn parse(name: &str) -> Self {
        let name = name.trim_matches(':');
        if name.starts_with('.') { Self(name.into()) } else { Self(format!(".{name}").into()) }
    }

    /// True for the one that need not be named.
    pub fn is_default(&self) -> bool {
        &*self.0 == DEFAULT
    }

    /// As a list of contexts has it.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// As it stands before a subject; the default one is not written.
    pub fn prefix(&self) -> String {
        if self.is_default() { String::new() } else { format!(":{}:", self.0) }
    }
}

/// A subject and its context. Without a name it stands for the context itself, which has settings too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Subject {
    pub context: Context,
    pub name: Arc<str>,
}

impl Subject {
    /// Reads a name that stands within a context: it is of that one if it does not name another.
    pub fn parse(text: &str, within: &Context) -> Self {
        let Some(qualified) = text.strip_prefix(':').filter(|rest| rest.starts_with('.')) else {
            return Self { context: within.clone(), name: text.into() };
        };
        let (context, name) = qualified.split_once(':').unwrap_or((qualified, ""));
        Self { context: Context(context.into()), name: name.into() }
    }

    /// What stands for a context among subjects.
    pub fn of(context: &Context) -> Self {
        Self { context: context.clone(), name: "".into() }
    }

    /// What stands for all contexts.
    pub fn everywhere() -> Self {
        Self::of(&Context(GLOBAL.into()))
    }

    /// True for what `/config` and `/mode` mean without a context.
    pub fn is_global(&self) -> bool {
        self.context.is_default() && self.name.is_empty()
    }

    /// Refuses what cannot be a subject's name.
    ///
    /// # Errors
    /// If it has control characters, or is a reserved word.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.name.chars().any(char::is_control) || RESERVED.contains(&&*self.name) {
            return Err(Refusal::InvalidSubject(self.clone()));
        }
        Ok(())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context.prefix())?;
        f.write_str(&self.name)
    }
}

/// Which subjects a list is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    /// `None`: of every context.
    context: Option<Context>,
    name: String,
}

impl Prefix {
    /// Reads `subjectPrefix`; none is every subject of the context, or of all if none is named. `:*:` stands for all contexts.
    pub fn parse(text: Option<&str>, within: Option<&Context>) -> Self {
        match text {
            None => Self { context: within.cloned(), name: String::new() },
            Some(text) => match text.strip_prefix(":*:") {
                Some(name) => Self { context: None, name: name.to_owned() },
                None => {
                    let subject = Subject::parse(text, &within.cloned().unwrap_or_default());
                    Self { context: Some(subject.context), name: subject.name.to_string() }
                }
            },
        }
    }

    /// True if the list has subjects of this context.
    pub fn has_context(&self, context: &Context) -> bool {
        self.context.as_ref().is_none_or(|wanted| wanted == context)
    }

    /// True if the list has a subject of this name, if it has its context.
    pub fn has_name(&self, name: &str) -> bool {
        name.starts_with(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_with_their_context() {
        let other = Context::parse(".in");
        for (text, within, context, name, written, why) in [
            ("a", Context::default(), ".", "a", "a", "a plain name"),
            ("a", other.clone(), ".in", "a", ":.in:a", "the path names the context"),
            (":.c:a", other.clone(), ".c", "a", ":.c:a", "the name names another"),
            (":.:a", Context::default(), ".", "a", "a", "the default one, written out"),
            (":.c:", Context::default(), ".c", "", ":.c:", "the context itself"),
            (":.c", Context::default(), ".c", "", ":.c:", "the last colon may be missing"),
            (":.c:b:a", Context::default(), ".c", "b:a", ":.c:b:a", "a colon in the name"),
            (":c:a", Context::default(), ".", ":c:a", ":c:a", "no dot, no context"),
        ] {
            let subject = Subject::parse(text, &within);
            assert_eq!((subject.context.name(), &*subject.name), (context, name), "{why}");
            assert_eq!(subject.to_string(), written, "{why}");
        }
    }

    #[test]
    fn words_that_mean_something_else_are_no_subjects() {
        for (text, good, why) in [
            ("a/b c", true, "any text"),
            ("__GLOBAL", false, "the global settings"),
            (":.c:__EMPTY", false, "in any context"),
            ("a\nb", false, "a control character"),
        ] {
            assert_eq!(Subject::parse(text, &Context::default()).check().is_ok(), good, "{why}");
        }
    }

    #[test]
    fn a_prefix_tells_which_contexts_it_means() {
        let (default, other) = (Context::default(), Context::parse("c"));
        for (text, within, of_default, of_other, why) in [
            (None, None, true, true, "everything"),
            (None, Some(&other), false, true, "everything of the path's context"),
            (Some("a"), None, true, false, "a plain prefix"),
            (Some(""), None, true, false, "an empty one is plain"),
            (Some(":*:a"), None, true, true, "of all contexts"),
            (Some(":.c:"), None, false, true, "of a context"),
        ] {
            let prefix = Prefix::parse(text, within);
            assert_eq!((prefix.has_context(&default), prefix.has_context(&other)), (of_default, of_other), "{why}");
            assert!(prefix.has_name("a1"), "{why}");
        }
    }
}
