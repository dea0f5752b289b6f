//! Reads the table of errors, `src/error/table.rs`, so that the OpenAPI document says of each code what the gateway says.
//!
//! The table is an invocation of the macro `codes!`, which is read as Rust code, not run. Start with [`read`].

use std::{fs, path::Path};

use syn::{
    Attribute, Expr, ExprLit, Ident, Item, Lit, LitInt, LitStr, Meta, Token,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// One kind of error.
#[derive(Clone)]
pub struct ErrorCode {
    /// `TOPIC_NOT_FOUND`.
    pub reason: String,
    /// When it is raised: a sentence.
    pub meaning: String,
    pub status: u16,
    /// `error_code` in the body.
    pub number: i32,
}

/// The rows of the table in their order.
///
/// # Errors
/// The file cannot be read, or has no table in the form that is known here.
pub fn read(file: &Path) -> Result<Vec<ErrorCode>, Box<dyn std::error::Error>> {
    let code = syn::parse_file(&fs::read_to_string(file)?)?;
    let table = code.items.into_iter().find_map(|item| match item {
        Item::Macro(item) if item.mac.path.is_ident("codes") => Some(item.mac),
        _ => None,
    });
    let rows = table.ok_or("no table `codes!`")?.parse_body_with(Punctuated::<Row, Token![;]>::parse_terminated)?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// `/// Meaning.` and `Name: "REASON", Grpc, status, error_code, RETRY, "text"`.
struct Row(ErrorCode);

impl Parse for Row {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let meaning = input.call(Attribute::parse_outer)?.iter().filter_map(doc).collect::<Vec<_>>().join(" ");
        input.parse::<Ident>()?;
        input.parse::<Token![:]>()?;
        let reason = input.parse::<LitStr>()?.value();
        input.parse::<Token![,]>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![,]>()?;
        let status = input.parse::<LitInt>()?.base10_parse()?;
        input.parse::<Token![,]>()?;
        let number = input.parse::<LitInt>()?.base10_parse()?;
        input.parse::<Token![,]>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![,]>()?;
        input.parse::<LitStr>()?;
        Ok(Self(ErrorCode { reason, meaning, status, number }))
    }
}

fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    }
}
