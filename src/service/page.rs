//! Pages of a list: what `page_size` and `page_token` ask for.
//!
//! A list is whole unless the request has a `page_size`. A token names the last entry of the page before, not a number of entries, so
//! that what comes or goes between two requests is neither shown twice nor hides its neighbour. Start with [`Page::of`].

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// The largest page.
const LARGEST: i32 = 10_000;

/// Which part of a list is asked for. `K` is what the list is sorted by; no two entries have the same.
pub(super) struct Page<K> {
    size: Option<usize>,
    after: Option<K>,
}

impl<K: Ord + Serialize + DeserializeOwned> Page<K> {
    /// From the fields of a request: a size of 1 to 10,000, and the token of an earlier answer or nothing.
    ///
    /// # Errors
    /// [`Code::BadRequest`](crate::error::Code::BadRequest) naming the field.
    pub(super) fn of(page_size: Option<i32>, page_token: &str) -> Result<Self> {
        let size = match page_size {
            None => None,
            Some(size @ 1..=LARGEST) => usize::try_from(size).ok(),
            Some(size) => return Err(Error::bad_request(format!("page_size must be 1 to {LARGEST}, not {size}"))),
        };
        let after = match page_token {
            "" => None,
            token => Some(read(token).ok_or_else(|| Error::bad_request("page_token is not one that this list has given"))?),
        };
        Ok(Self { size, after })
    }

    /// True if the list is not asked for in pages.
    pub(super) fn is_whole(&self) -> bool {
        self.size.is_none() && self.after.is_none()
    }

    /// The last entry of the page before, if there was one.
    pub(super) fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// How many entries this page may have, if there is a limit.
    pub(super) fn size(&self) -> Option<usize> {
        self.size
    }

    /// True if so many entries after the page before are enough to tell this page, and whether there is another one.
    pub(super) fn is_filled_by(&self, count: usize) -> bool {
        self.size.is_some_and(|size| count > size)
    }

    /// The entries of this page, and the token of the next one, empty if this is the last. `all` is sorted by the key.
    pub(super) fn cut<T>(&self, mut all: Vec<T>, key: impl Fn(&T) -> K) -> (Vec<T>, String) {
        if let Some(after) = &self.after {
            let begin = all.partition_point(|entry| key(entry) <= *after);
            all.drain(..begin);
        }
        let more = self.size.is_some_and(|size| all.len() > size);
        if let Some(size) = self.size {
            all.truncate(size);
        }
        let token = all.last().filter(|_| more).and_then(|last| serde_json::to_vec(&key(last)).ok());
        (all, token.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key)).unwrap_or_default())
    }
}

fn read<K: DeserializeOwned>(token: &str) -> Option<K> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(entry: &(&str, i32)) -> (String, i32) {
        (entry.0.to_owned(), entry.1)
    }

    #[test]
    fn pages_put_together_are_the_list() {
        let all = vec![("a", 1), ("a", 2), ("b", 10), ("ä", 0), ("ž", 3)];
        for size in 1..=6 {
            let (mut token, mut seen) = (String::new(), Vec::new());
            loop {
                let (part, next) = Page::of(Some(size), &token).unwrap().cut(all.clone(), key);
                assert!(part.len() <= usize::try_from(size).unwrap());
                seen.extend(part);
                if next.is_empty() {
                    break;
                }
                token = next;
            }
            assert_eq!(seen, all, "{size}");
        }
    }

    #[test]
    fn an_entry_that_has_gone_hides_no_other() {
        let (_, token) = Page::of(Some(1), "").unwrap().cut(vec![("b", 0), ("c", 0)], key);
        let (part, next) = Page::of(Some(1), &token).unwrap().cut(vec![("a", 0), ("c", 0)], key);
        assert_eq!((part, next.as_str()), (vec![("c", 0)], ""));
    }

    #[test]
    fn without_a_size_the_list_is_whole() {
        let (part, next) = Page::of(None, "").unwrap().cut(vec![("a", 0), ("b", 0)], key);
        assert_eq!((part.len(), next.as_str()), (2, ""));
    }

    #[test]
    fn what_is_no_page_is_refused_by_name() {
        for size in [0, -1, LARGEST + 1] {
            assert!(Page::<i32>::of(Some(size), "").err().unwrap().message().contains("page_size"), "{size}");
        }
        for token in ["!", "bm90", "e30"] {
            assert!(Page::<i32>::of(None, token).err().unwrap().message().contains("page_token"), "{token}");
        }
    }
}
