//! What the generated bindings read a request's message from: path, query, body, and the chosen media types.

use axum::extract::{FromRequestParts, RawPathParams};
use bytes::Bytes;
use http::request;

use super::json::{self, FromJson};
use crate::error::{Code, Error};

/// The parts of a request that a message can come from. The default has none of them.
#[derive(Debug, Default)]
pub struct Bound {
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Bytes,
    pub(super) consumed: usize,
    pub(super) produced: usize,
}

impl Bound {
    /// Decodes path and query.
    ///
    /// # Errors
    /// [`Code::BadRequest`] for a percent sign without two digits, [`Code::NotFound`] if a variable of the path is empty, or not
    /// UTF-8 once decoded.
    pub(super) async fn from_parts(parts: &mut request::Parts) -> Result<Self, Error> {
        check_escapes(parts.uri.path())?;
        let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| Error::of(Code::NotFound))?;
        let path: Vec<String> = params.iter().map(|(_, value)| value.to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(Error::of(Code::NotFound));
        }
        let query = parts.uri.query().map(pairs).unwrap_or_default();
        Ok(Self { path, query, body: Bytes::new(), consumed: 0, produced: 0 })
    }

    pub(super) fn set_body(&mut self, body: Bytes) {
        self.body = body;
    }

    /// The variable of the path at this place, as text.
    pub fn text(&self, place: usize) -> String {
        self.path.get(place).cloned().unwrap_or_default()
    }

    /// The variable of the path at this place, as a number.
    ///
    /// # Errors
    /// [`Code::NotFound`], as there is nothing under such a path.
    pub fn number<T: TryFrom<i64>>(&self, place: usize) -> Result<T, Error> {
        self.path.get(place).and_then(|text| whole(text)).ok_or_else(|| Error::of(Code::NotFound))
    }

    /// The variable of the path at this place, as the name of a value of an enum, in any case.
    ///
    /// # Errors
    /// [`Code::NotFound`], as there is nothing under such a path.
    pub fn named<T: json::Named>(&self, place: usize) -> Result<T, Error> {
        self.path.get(place).and_then(|name| T::from_name(&name.to_ascii_uppercase())).ok_or_else(|| Error::of(Code::NotFound))
    }

    /// A parameter of the query, as text.
    pub fn query_text(&self, name: &str) -> Option<String> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// A parameter of the query, as a number. Without a value it is as if it were not there.
    ///
    /// # Errors
    /// [`Code::NotFound`], as the documented API answers.
    pub fn query_number<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, Error> {
        let value = self.query.iter().find(|(key, value)| key == name && !value.is_empty());
        value.map(|(_, text)| whole(text).ok_or_else(|| Error::of(Code::NotFound))).transpose()
    }

    /// A parameter of the query that is true if it says so, in any case.
    pub fn query_flag(&self, name: &str) -> Option<bool> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.eq_ignore_ascii_case("true"))
    }

    /// A parameter of the query, as the name of a value of an enum, in any case.
    ///
    /// # Errors
    /// [`Code::NotFound`] naming the parameter, as the documented API answers.
    pub fn query_named<T: json::Named>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some((_, value)) = self.query.iter().find(|(key, _)| key == name) else { return Ok(None) };
        let unknown = || Error::new(Code::NotFound, format!("The valid values for {name} do not include '{value}'; they are {}", T::NAMES));
        T::from_name(&value.to_ascii_uppercase()).map(Some).ok_or_else(unknown)
    }

    /// The number in this list that stands for the body's media type.
    pub fn consumed(&self, values: &[i32]) -> i32 {
        values.get(self.consumed).copied().unwrap_or_default()
    }

    /// The number in this list that stands for the answer's media type.
    pub fn produced(&self, values: &[i32]) -> i32 {
        values.get(self.produced).copied().unwrap_or_default()
    }

    /// The body; `None` if it is absent, blank or `null`.
    ///
    /// # Errors
    /// Those of [`json::read`].
    pub fn body<T: FromJson>(&self) -> Result<Option<T>, Error> {
        if self.body.iter().all(u8::is_ascii_whitespace) { Ok(None) } else { json::read(&self.body) }
    }

    /// The body as a list of the pairs that its members are.
    ///
    /// # Errors
    /// Those of [`json::read`].
    pub fn body_pairs<T: json::Pair>(&self) -> Result<Option<Vec<T>>, Error> {
        Ok(self.body::<json::PairList<T>>()?.map(|list| list.0))
    }
}

/// Refuses a path with a percent sign that escapes nothing.
fn check_escapes(path: &str) -> Result<(), Error> {
    let digit = |b: &u8| b.is_ascii_hexdigit();
    match path.split('%').skip(1).find(|rest| !matches!(rest.as_bytes(), [a, b, ..] if digit(a) && digit(b))) {
        Some(rest) => Err(Error::bad_request(format_args!("the path has a percent sign without two digits: %{rest}"))),
        None => Ok(()),
    }
}

/// A number as Java reads it: digits with an optional sign.
fn whole<T: TryFrom<i64>>(text: &str) -> Option<T> {
    text.parse::<i64>().ok().and_then(|n| T::try_from(n).ok())
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_paths_are_read_as_java_reads_them() {
        for (text, want) in [
            ("01", Some(1)),
            ("+1", Some(1)),
            ("-0", Some(0)),
            ("-1", Some(-1)),
            ("1.0", None),
            ("", None),
            ("2147483648", None),
            ("x", None),
        ] {
            assert_eq!(whole::<i32>(text), want, "{text}");
        }
    }

    #[test]
    fn a_percent_sign_needs_two_digits() {
        for (path, right) in [("/a", true), ("/a%2Fb%00", true), ("/%", false), ("/%4", false), ("/%zz/b", false), ("/%41%4g", false)] {
            assert_eq!(check_escapes(path).map_err(|e| e.code()).err(), (!right).then_some(Code::BadRequest), "{path}");
        }
    }

    #[test]
    fn names_of_enums_are_read_in_any_case_outside_of_bodies() {
        use crate::pb::v3::AclOperation;
        let bound = Bound { path: vec!["describe_configs".into(), "shout".into()], query: pairs("a=Read&b=&c=shout"), ..Bound::default() };
        assert_eq!(bound.named::<AclOperation>(0).ok(), Some(AclOperation::DescribeConfigs));
        assert_eq!(bound.named::<AclOperation>(1).map_err(|e| e.code()), Err(Code::NotFound));
        assert_eq!(bound.query_named::<AclOperation>("a").ok(), Some(Some(AclOperation::Read)));
        assert_eq!(bound.query_named::<AclOperation>("absent").ok(), Some(None));
        for name in ["b", "c"] {
            let e = bound.query_named::<AclOperation>(name).expect_err("no such value");
            assert!(e.code() == Code::NotFound && e.message().contains(name), "{e}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        assert_eq!(
            pairs("a=1&b=x%20y+z&flag&=e"),
            [("a", "1"), ("b", "x y z"), ("flag", ""), ("", "e")].map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
    }
}
