//! How things of the protos are called in Rust.

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// An identifier, raw if it is a keyword.
pub fn ident(name: &str) -> Ident {
    match name {
        "type" | "match" | "move" | "ref" | "use" | "where" | "async" | "await" | "loop" | "in" | "for" | "fn" | "impl" | "mod" => {
            Ident::new_raw(name, Span::call_site())
        }
        _ => Ident::new(name, Span::call_site()),
    }
}

/// The identifier of a method: `ListTopics` is `list_topics`.
pub fn snake(name: &str) -> Ident {
    ident(&name.to_snake_case())
}

/// The identifier of a variant of a `oneof`.
pub fn camel(name: &str) -> Ident {
    ident(&name.to_upper_camel_case())
}

/// The path of a message or enum: `barnabas.v3.Topic` is `crate::pb::v3::Topic`.
pub fn path(full_name: &str) -> TokenStream {
    let mut parts = full_name.split('.').skip(1).map(ident);
    let (package, name) = (parts.next(), parts.next());
    quote!(crate::pb::#package::#name)
}

/// The path of a `oneof` of a message.
pub fn oneof(package: &str, message: &str, name: &str) -> TokenStream {
    let package = ident(package.trim_start_matches("barnabas."));
    let (module, name) = (snake(message), camel(name));
    quote!(crate::pb::#package::#module::#name)
}
