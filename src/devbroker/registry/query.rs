//! The parameters after a path's question mark.

use axum::{extract::Query as Pairs, http::Uri};

use super::refusal::Refusal;

/// The parameters of a request, in their order.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads them from a request's address.
    ///
    /// # Errors
    /// If their escapes are not UTF-8.
    pub fn of(uri: &Uri) -> Result<Self, Refusal> {
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
        pairs.map(|Pairs(pairs)| Self(pairs)).map_err(|e| Refusal::Unreadable(e.to_string()))
    }

    /// The value of a parameter; of several the first.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// True if the parameter says so; anything else is no.
    pub fn is(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The page of a list that is asked for, which has `most` items if none is said.
    ///
    /// # Errors
    /// If a parameter is no number; clients know that as a path that is not there.
    pub fn page(&self, most: Option<usize>) -> Result<Page, Refusal> {
        let number = |name: &str| match self.text(name) {
            None | Some("") => Ok(None),
            Some(text) => text.parse::<i32>().map(Some).map_err(|_| Refusal::NoPath),
        };
        // Negative numbers, and 0 items, are what is taken if nothing is said.
        let offset = number("offset")?.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        let limit = number("limit")?.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        let limit = limit.filter(|limit| most.is_none_or(|most| *limit <= most)).or(most);
        Ok(Page { offset, limit: limit.unwrap_or(usize::MAX) })
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    /// That part of the list.
    pub fn of<T>(self, list: impl IntoIterator<Item = T>) -> Vec<T> {
        list.into_iter().skip(self.offset).take(self.limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap()).unwrap()
    }

    #[test]
    fn a_page_is_cut_as_the_parameters_say() {
        for (text, expected, why) in [
            ("", Some(&[1, 2, 3][..]), "no page"),
            ("limit=2", Some(&[1, 2]), "the first ones"),
            ("offset=1&limit=1", Some(&[2]), "from the middle"),
            ("offset=9", Some(&[]), "past the end"),
            ("limit=0", Some(&[1, 2, 3]), "0 is none said"),
            ("limit=-5&offset=-1", Some(&[1, 2, 3]), "so is less"),
            ("limit=99", Some(&[1, 2, 3]), "more than there may be"),
            ("limit=x", None, "no number"),
            ("offset=99999999999", None, "too large a number"),
        ] {
            let page = query(text).page(Some(10)).map(|page| page.of([1, 2, 3]));
            assert_eq!(page.ok().as_deref(), expected, "{why}");
        }
    }

    #[test]
    fn only_true_is_true() {
        let query = query("a=TRUE&b=1&c=&key=x&key=y+z");
        assert_eq!(["a", "b", "c", "d"].map(|name| query.is(name)), [true, false, false, false]);
        assert_eq!(query.all("key").collect::<Vec<_>>(), ["x", "y z"]);
    }
}
