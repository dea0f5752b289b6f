//! What a schema refers to, and what that refers to: all of it, dependencies first, within bounds.

use std::{collections::HashSet, sync::Arc, time::Instant};

use super::{Inner, LONGEST, answers::Link, fault::Fault};
use crate::schema::kind::Reference;

/// How many schemas one may refer to in all. A registry does not count; this is far beyond what people write.
const MOST_REFERENCES: usize = 1_000;
/// How large their texts may be in all, in bytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// What is still to be done, the last first.
enum Step {
    /// Fetch it, and before it what it refers to.
    Enter(Link),
    /// Everything that it refers to is there.
    Leave(String, Arc<str>),
}

impl Inner {
    /// The schemas behind the links. Of several with one name the first counts, as in the registry.
    ///
    /// # Errors
    /// [`Fault::Unusable`] if there are too many; those of the requests.
    pub(super) async fn resolve(self: &Arc<Self>, links: &[Link]) -> Result<Vec<Reference>, Fault> {
        let mut steps: Vec<Step> = links.iter().rev().cloned().map(Step::Enter).collect();
        let (mut entered, mut names) = (HashSet::new(), HashSet::new());
        let mut found = Vec::new();
        let mut bytes = 0_usize;
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(link) => {
                    if !entered.insert(link.clone()) {
                        continue;
                    }
                    let stored = self.stored(link.subject.as_str().into(), link.version, Instant::now() + LONGEST).await?;
                    bytes = bytes.saturating_add(stored.schema.len());
                    if entered.len() > MOST_REFERENCES || bytes > MOST_BYTES {
                        let text = format!("a schema may refer to {MOST_REFERENCES} others with {MOST_BYTES} bytes at most");
                        return Err(Fault::Unusable(text));
                    }
                    steps.push(Step::Leave(link.name, stored.schema.clone()));
                    steps.extend(stored.references.iter().rev().cloned().map(Step::Enter));
                }
                Step::Leave(name, text) => {
                    if names.insert(name.clone()) {
                        found.push(Reference { name, text });
                    }
                }
            }
        }
        Ok(found)
    }
}
