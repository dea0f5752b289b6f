//! Getting at the keywords of one schema: each as the kind of value that it must have, or with an error that says where it stands.

use std::fmt::Display;

use super::super::{
    documents::Place,
    draft::Draft,
    number::Number,
    rules::Name,
    tape::{Kind, View},
};
use crate::schema::kind::Invalid;

/// A schema that is an object, and where it stands.
pub(super) struct Keywords<'d> {
    pub(super) place: Place,
    pub(super) view: View<'d>,
    pub(super) draft: Draft,
    /// For errors: a pointer, or the reference that led here.
    pub(super) path: String,
}

impl<'d> Keywords<'d> {
    pub(super) fn get(&self, keyword: &str) -> Option<View<'d>> {
        self.view.get(keyword.as_bytes())
    }

    /// Why a keyword is wrong.
    pub(super) fn wrong(&self, keyword: &str, reason: impl Display) -> Invalid {
        Invalid::new(format_args!("{}/{keyword}: {reason}", self.path))
    }

    pub(super) fn string(&self, keyword: &str) -> Result<Option<String>, Invalid> {
        match self.get(keyword) {
            None => Ok(None),
            Some(view) if view.kind() == Kind::String => Ok(Some(view.string().into_owned())),
            Some(_) => Err(self.wrong(keyword, "a string is expected")),
        }
    }

    pub(super) fn boolean(&self, keyword: &str) -> Result<bool, Invalid> {
        match self.get(keyword).map(View::kind) {
            None | Some(Kind::False) => Ok(false),
            Some(Kind::True) => Ok(true),
            Some(_) => Err(self.wrong(keyword, "a boolean is expected")),
        }
    }

    pub(super) fn number(&self, keyword: &str) -> Result<Option<View<'d>>, Invalid> {
        match self.get(keyword) {
            None => Ok(None),
            Some(view) if view.kind() == Kind::Number => Ok(Some(view)),
            Some(_) => Err(self.wrong(keyword, "a number is expected")),
        }
    }

    /// A length or a count. What is beyond all lengths is the longest of them.
    pub(super) fn size(&self, keyword: &str) -> Result<Option<u64>, Invalid> {
        let Some(view) = self.number(keyword)? else { return Ok(None) };
        let number = Number::read(view.raw());
        match number.to_size() {
            Some(size) => Ok(Some(size)),
            None if number.is_positive() && number.is_whole() => Ok(Some(u64::MAX)),
            None => Err(self.wrong(keyword, "an integer that is not negative is expected")),
        }
    }

    /// Names and values of an object.
    pub(super) fn named(&self, keyword: &str) -> Result<Vec<(View<'d>, View<'d>)>, Invalid> {
        match self.get(keyword) {
            None => Ok(Vec::new()),
            Some(view) if view.kind() == Kind::Object => Ok(view.entries().collect()),
            Some(_) => Err(self.wrong(keyword, "an object is expected")),
        }
    }

    /// The names in a list.
    pub(super) fn names(&self, keyword: &str, list: View<'d>) -> Result<Vec<Name>, Invalid> {
        if list.kind() != Kind::Array || list.items().any(|item| item.kind() != Kind::String) {
            return Err(self.wrong(keyword, "a list of names is expected"));
        }
        Ok(list.items().map(|item| item.raw().into()).collect())
    }
}
