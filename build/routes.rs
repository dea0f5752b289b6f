//! Writes the REST router: a [`Route`] for each verb and path, and one function that puts them all before the services.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::{
    model::{Binding, Body, Method, Model, Service, Shape},
    names::{camel, ident, path, snake},
    openapi::media_names,
};

/// The order in which the documented API lists the methods of a path.
const OPTIONS_ORDER: [&str; 7] = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PATCH", "PUT"];

/// The router and everything that it is made of.
pub fn generate(model: &Model) -> TokenStream {
    let services: Vec<&Service> = model.services.iter().filter(|s| s.methods.iter().any(|m| !m.bindings.is_empty())).collect();
    let (mut routes, mut streams) = (TokenStream::new(), TokenStream::new());
    // Path by path, as axum wants all verbs of a path at once.
    let mut paths: BTreeMap<String, Vec<(String, TokenStream)>> = BTreeMap::new();
    for service in &services {
        for method in &service.methods {
            for (i, binding) in method.bindings.iter().enumerate() {
                let name = format_ident!("{}", route_name(service, method, i));
                routes.extend(route(model, service, method, binding, &name));
                if method.streams {
                    let (verb, path) = (binding.verb, &binding.path.text);
                    streams.extend(quote!((#verb, #path),));
                }
                paths.entry(binding.path.text.clone()).or_default().push((binding.verb.to_owned(), handler(service, method, &name)));
            }
        }
    }
    let fields: Vec<Ident> = services.iter().map(|s| field(s)).collect();
    let generics: Vec<Ident> = services.iter().map(|s| camel(&format!("{}_{}", s.package.replace("barnabas.", ""), s.name))).collect();
    let bounds = services.iter().map(|s| bound(s));
    let docs = services.iter().map(|s| format!("`{}.{}`.", s.package, s.name));
    let entries = paths.iter().map(|(path, verbs)| {
        let mut allow: Vec<&str> = verbs.iter().map(|(verb, _)| verb.as_str()).chain(["OPTIONS"]).collect();
        if allow.contains(&"GET") {
            allow.push("HEAD");
        }
        allow.sort_by_key(|verb| OPTIONS_ORDER.iter().position(|known| known == verb));
        allow.dedup();
        let allow = allow.join(", ");
        let handlers = verbs.iter().map(|(verb, handler)| {
            let verb = ident(&verb.to_lowercase());
            quote!(.#verb(#handler))
        });
        quote!(.route(#path, axum::routing::options(|| std::future::ready(reply::options(#allow)))#(#handlers)*))
    });
    quote! {
        use axum::extract::Request;
        use super::{json, reply, route::{self, Route}, bind::Bound};
        use crate::error::{Code, Dialect, Error};

        #routes

        /// Verbs and templates of the paths whose methods stream.
        pub const STREAMS: &[(&str, &str)] = &[#streams];

        /// The services behind the REST surface.
        pub struct Services<#(#generics),*> { #(#[doc = #docs] pub #fields: std::sync::Arc<#generics>),* }

        /// Every documented path, with the errors of paths and methods that are not.
        pub fn router<#(#generics: #bounds),*>(services: &Services<#(#generics),*>) -> axum::Router {
            axum::Router::new()
                #(#entries)*
                .fallback(reply::not_found)
                .method_not_allowed_fallback(reply::method_not_allowed)
        }
    }
}

/// The traits of the methods that take a stream. They belong to no surface, so they stand beside the messages. What is there at a
/// time goes together, in both directions: it costs much less than message by message.
pub fn streams(model: &Model) -> TokenStream {
    model.services.iter().map(streams_trait).collect()
}

fn field(service: &Service) -> Ident {
    let version = service.package.trim_start_matches("barnabas.");
    format_ident!("{}_{}", version, snake(service.name.trim_end_matches("Service")))
}

fn route_name(service: &Service, method: &Method, binding: usize) -> String {
    let name = heck::ToShoutySnakeCase::to_shouty_snake_case(method.name.as_str());
    let version = service.package.trim_start_matches("barnabas.").to_uppercase();
    let suffix = if binding == 0 { String::new() } else { format!("_{}", binding + 1) };
    format!("{version}_{name}{suffix}")
}

fn server(service: &Service) -> TokenStream {
    let package = ident(service.package.trim_start_matches("barnabas."));
    let (module, name) = (snake(&format!("{}Server", service.name)), ident(&service.name));
    quote!(crate::pb::#package::#module::#name)
}

fn streams_name(service: &Service) -> Ident {
    format_ident!("{}Streams", service.name)
}

fn streams_path(service: &Service) -> TokenStream {
    let name = streams_name(service);
    quote!(crate::pb::streams::#name)
}

fn bound(service: &Service) -> TokenStream {
    let server = server(service);
    let streams = service.methods.iter().any(|m| m.streams).then(|| streams_path(service)).map(|path| quote!(+ #path));
    quote!(#server #streams)
}

fn handler(service: &Service, method: &Method, name: &Ident) -> TokenStream {
    let (field, call, server) = (field(service), snake(&method.name), server(service));
    let (serve, target) = if method.streams {
        let streams = streams_path(service);
        (quote!(duplex), quote!(#streams::#call))
    } else {
        (quote!(unary), quote!(#server::#call))
    };
    quote!({
        let service = services.#field.clone();
        move |request: Request| {
            let service = service.clone();
            route::#serve(&#name, request, async move |request| #target(&*service, request).await)
        }
    })
}

/// The methods of a service that take a stream, free of the transport: tonic's method and the REST route both call these.
fn streams_trait(service: &Service) -> TokenStream {
    let methods: Vec<&Method> = service.methods.iter().filter(|m| m.streams).collect();
    if methods.is_empty() {
        return TokenStream::new();
    }
    let name = streams_name(service);
    let doc = format!("The methods of `{}.{}` that take a stream, free of the transport.", service.package, service.name);
    let methods = methods.iter().map(|m| {
        let (name, input, output, doc) = (snake(&m.name), path(&m.input), path(&m.output), m.comment.as_str());
        quote! {
            #[doc = #doc]
            fn #name(&self, request: tonic::Request<futures::stream::BoxStream<'static, Vec<Result<#input, crate::error::Error>>>>)
                -> impl Future<Output = Result<tonic::Response<futures::stream::BoxStream<'static, Vec<#output>>>, tonic::Status>> + Send;
        }
    });
    quote!(#[doc = #doc] pub trait #name: Send + Sync + 'static { #(#methods)* })
}

fn route(model: &Model, service: &Service, method: &Method, binding: &Binding, name: &Ident) -> TokenStream {
    let (input, output) = (path(&method.input), path(&method.output));
    let rpc = format!("{}.{}/{}", service.package, service.name, method.name);
    let dialect = if service.package.ends_with(".v2") { quote!(V2) } else { quote!(V3) };
    let (success, no_body) = (method.success, method.no_body);
    let (consumes, produces) = (media_names(method.consumes.as_ref()), media_names(method.produces.as_ref()));
    let (checks_type, requires_type, has_body) = (method.consumes.is_some(), method.content_type_required, binding.body != Body::None);
    let bind = bind(model, method, binding);
    let answer = match &method.response_body {
        None => quote!(|answer, w| json::ToJson::to_json(answer, w)),
        Some(name) => {
            let name = ident(name);
            quote!(|answer, w| json::ToJson::to_json(&answer.#name, w))
        }
    };
    let location = match (&method.location, &method.response_body) {
        (true, Some(name)) => {
            let name = ident(name);
            quote!(Some(|answer, w| if let Some(resource) = &answer.#name { json::Resource::self_link(resource, w) }))
        }
        (true, None) => quote!(Some(|answer, w| json::Resource::self_link(answer, w))),
        (false, _) => quote!(None),
    };
    quote! {
        static #name: Route<#input, #output> = Route {
            rpc: #rpc, dialect: Dialect::#dialect, success: #success, consumes: &[#(#consumes),*], checks_type: #checks_type,
            requires_type: #requires_type, produces: &[#(#produces),*], has_body: #has_body,
            no_body: #no_body, bind: #bind, answer: #answer, location: #location,
        };
    }
}

/// Path and query first, then the body: a path that leads nowhere is told before a body that cannot be read.
fn bind(model: &Model, method: &Method, binding: &Binding) -> TokenStream {
    let input = path(&method.input);
    let Some(message) = model.messages.get(&method.input) else { return TokenStream::new() };
    let typed = |name: &str| message.field(name).map(|f| (ident(&f.name), f.shape.clone(), f.optional, f.query_name().to_owned()));
    let in_path = binding.path.variables().enumerate().filter_map(|(place, name)| Some((place, typed(name)?)));
    let (mut before, mut after) = (TokenStream::new(), TokenStream::new());
    for (place, (field, shape, optional, _)) in in_path {
        let read = match &shape {
            Shape::Text => quote!(request.text(#place)),
            Shape::Enum(name) => {
                let ty = path(name);
                quote!(i32::from(request.named::<#ty>(#place)?))
            }
            _ => quote!(request.number(#place)?),
        };
        let read = if optional { quote!(Some(#read)) } else { read };
        before.extend(quote!(let #field = #read;));
        after.extend(quote!(message.#field = #field;));
    }
    for (field, shape, optional, name) in binding.query.iter().filter_map(|name| typed(name)) {
        let read = match &shape {
            Shape::Text => quote!(request.query_text(#name)),
            Shape::Enum(kind) => {
                let ty = path(kind);
                quote!(request.query_named::<#ty>(#name)?.map(i32::from))
            }
            Shape::Bool => quote!(request.query_flag(#name)),
            _ => quote!(request.query_number(#name)?),
        };
        let read = if optional { read } else { quote!(#read.unwrap_or_default()) };
        before.extend(quote!(let #field = #read;));
        after.extend(quote!(message.#field = #field;));
    }
    let refusal = match &method.empty_body {
        Some(refusal) => {
            let (code, text) = (camel(&refusal.reason), &refusal.message);
            Some(quote!(.ok_or_else(|| Error::new(Code::#code, #text))?))
        }
        None => None,
    };
    let message = match &binding.body {
        Body::None => quote!(let mut message = <#input>::default();),
        Body::Whole => {
            let rest = refusal.unwrap_or(quote!(.unwrap_or_default()));
            quote!(let mut message: #input = request.body()? #rest;)
        }
        Body::Field(name) => {
            let field = ident(name);
            let pairs = message.field(name).is_some_and(|f| f.rule.pairs.is_some());
            let optional = message.field(name).is_some_and(|f| f.optional);
            let read = if pairs { quote!(request.body_pairs()?) } else { quote!(request.body()?) };
            let rest = if optional { quote!() } else { quote!(.unwrap_or_default()) };
            quote!(let mut message = <#input>::default(); message.#field = #read #rest;)
        }
    };
    let chosen = [(&method.consumes, quote!(consumed)), (&method.produces, quote!(produced))].into_iter().filter_map(|(types, which)| {
        let types = types.as_ref()?;
        let field = ident(types.iter().find_map(|t| t.field.as_deref())?);
        let Shape::Enum(name) = &model.messages.get(&method.input)?.field(&field.to_string())?.shape else { return None };
        let values = &model.enums.get(name)?.values;
        let numbers = types.iter().map(|t| values.iter().find(|(n, ..)| Some(n) == t.value.as_ref()).map_or(0, |(_, number, _)| *number));
        Some(quote!(message.#field = request.#which(&[#(#numbers),*]);))
    });
    quote!(|request: &Bound| { #before #message #after #(#chosen)* Ok(message) })
}
