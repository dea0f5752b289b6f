//! Unions: with a tag that names the branch, or by what fits.

use super::{Encoder, Rules, count, may_be, quoted_text};
use crate::schema::{
    avro::{
        binary,
        types::{TypeId, Union},
    },
    json::reader::{Reader, Token},
    kind::Mismatch,
};

impl Encoder<'_> {
    /// Reads a value of a union.
    pub(super) fn union(&mut self, union: &Union, token: Token, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        if let (Token::Null, Some(null)) = (token, union.null) {
            binary::write_long(self.out, count(null));
            return Ok(r.null()?);
        }
        match self.rules {
            Rules::Tagged if token == Token::Object => self.tagged(union, r),
            Rules::Tagged => Err(Mismatch::here(format_args!(
                "expected {} of the union's types {}, found {}",
                if token == Token::Null { "one" } else { "{\"<type>\": <value>} with one" },
                types(union),
                token.name()
            ))),
            Rules::Lenient | Rules::Default => self.untagged(union, token, r),
        }
    }

    /// `{"<tag>": <value>}`.
    fn tagged(&mut self, union: &Union, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        r.enter_object()?;
        let Some(tag) = r.next_member()? else {
            return Err(Mismatch::here(format_args!("expected one of the union's types {}, found none", types(union))));
        };
        let unknown = || Mismatch::here(format_args!("the union has no type {}, but {}", quoted_text(&tag), types(union)));
        let (place, branch) = union.names.find(&tag).and_then(|place| Some((place, *union.branches.get(place)?))).ok_or_else(unknown)?;
        binary::write_long(self.out, count(place));
        self.value(branch, r).map_err(|e| e.in_member(&tag))?;
        match r.next_member()? {
            None => Ok(()),
            Some(more) => {
                Err(Mismatch::here(format_args!("a union's value has one type, found {} after {}", quoted_text(&more), quoted_text(&tag))))
            }
        }
    }

    /// The first branch that the value fits. If there is none, an object may still say its branch by a tag.
    fn untagged(&mut self, union: &Union, token: Token, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        let types = self.types;
        let rules = self.rules;
        let mut likely = union.branches.iter().copied().enumerate().filter(|(_, id)| may_be(types.at(*id), token, rules)).peekable();
        let tags = token == Token::Object && rules == Rules::Lenient;
        let mut refused = None;
        while let Some((place, branch)) = likely.next() {
            let alone = refused.is_none() && likely.peek().is_none() && !tags;
            if alone {
                return self.branch(place, branch, r);
            }
            match self.attempt(|encoder, r| encoder.branch(place, branch, r), r)? {
                Ok(()) => return Ok(()),
                Err(e) if refused.is_none() && likely.peek().is_none() => refused = Some(e),
                Err(_) => refused = Some(none_fits(union, token)),
            }
        }
        if tags && self.has_tag(union, *r)? {
            match self.attempt(|encoder, r| encoder.tagged(union, r), r)? {
                Ok(()) => return Ok(()),
                Err(e) => refused = refused.or(Some(e)),
            }
        }
        Err(refused.unwrap_or_else(|| none_fits(union, token)))
    }

    fn branch(&mut self, place: usize, branch: TypeId, r: &mut Reader<'_>) -> Result<(), Mismatch> {
        binary::write_long(self.out, count(place));
        self.value(branch, r)
    }

    /// True if the next value is an object with one member, which is named as a branch.
    fn has_tag(&mut self, union: &Union, mut r: Reader<'_>) -> Result<bool, Mismatch> {
        let before = r.offset();
        r.enter_object()?;
        if r.next_member()?.is_none_or(|tag| union.names.find(&tag).is_none()) {
            return Ok(false);
        }
        r.skip()?;
        self.read_again(r.offset() - before)?;
        Ok(r.next_member()?.is_none())
    }

    /// Tries something; if it does not fit, all is as before, and what was read counts as read in vain.
    fn attempt<'t>(
        &mut self,
        try_it: impl FnOnce(&mut Self, &mut Reader<'t>) -> Result<(), Mismatch>,
        r: &mut Reader<'t>,
    ) -> Result<Result<(), Mismatch>, Mismatch> {
        let (before, length) = (*r, self.out.len());
        let Err(e) = try_it(self, r) else { return Ok(Ok(())) };
        self.read_again(r.offset() - before.offset())?;
        self.out.truncate(length);
        *r = before;
        Ok(Err(e))
    }
}

fn none_fits(union: &Union, token: Token) -> Mismatch {
    Mismatch::here(format_args!("{} that fits none of the union's types {}", token.name(), types(union)))
}

/// The tags of a union, the first ones of many.
fn types(union: &Union) -> String {
    const SHOWN: usize = 10;
    let shown = union.tags.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if union.tags.len() > SHOWN { format!("{shown}, …") } else { shown }
}
