//! Writes the JSON form of the messages: the traits of `rest::json`, implemented from the descriptors.
//!
//! What a request's body may hold is read through serde, member by member; what an answer shows is written straight into the body.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    model::{Body, Field, Message, Model, Shape},
    names::{camel, ident, oneof, path},
    options::Presence,
    template::{Part, Template},
};

/// The field of a list that holds the token of its next page. It is `grpc_only`: JSON shows it as the link `metadata.next`.
const NEXT_PAGE: &str = "next_page_token";

/// The implementations for every message and enum that a REST surface reads or writes.
pub fn generate(model: &Model) -> TokenStream {
    let methods = || model.services.iter().flat_map(|s| &s.methods);
    let mut read = BTreeSet::new();
    for method in methods() {
        if method.bindings.iter().any(|b| b.body != Body::None) {
            reach(model, &method.input, &mut read);
        }
    }
    let mut written = BTreeSet::new();
    methods().for_each(|m| reach(model, &m.output, &mut written));
    let pairs: BTreeSet<String> = pairs(model);
    let readers = read.iter().filter_map(|n| model.messages.get_key_value(n)).map(|(name, m)| reader(name, m, &pairs));
    let writers = written.iter().filter_map(|n| model.messages.get_key_value(n)).map(|(name, m)| writer(name, m));
    let enums = model.enums.iter().map(|(name, e)| {
        let (ty, names) = (path(name), e.values.iter().map(|v| &v.0).collect::<Vec<_>>());
        let variants: Vec<_> = names.iter().map(|n| camel(n)).collect();
        let listed = names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
        quote! {
            impl json::Named for #ty {
                const NAMES: &'static str = #listed;
                fn from_name(name: &str) -> Option<Self> {
                    match name { #(#names => Some(Self::#variants),)* _ => None }
                }
                fn name(self) -> Option<&'static str> {
                    match self { #(Self::#variants => Some(#names),)* Self::Unspecified => None }
                }
            }
        }
    });
    quote! { #(#enums)* #(#readers)* #(#writers)* }
}

fn reach(model: &Model, name: &str, found: &mut BTreeSet<String>) {
    if !found.insert(name.to_owned()) {
        return;
    }
    for field in model.messages.get(name).into_iter().flat_map(|m| &m.fields).filter(|f| !f.rule.grpc_only) {
        if let Shape::Message(name) = &field.shape {
            reach(model, name, found);
        }
    }
}

/// The messages that JSON shows as a member of an object.
fn pairs(model: &Model) -> BTreeSet<String> {
    let fields = model.messages.values().flat_map(|m| &m.fields).filter(|f| f.rule.pairs.is_some());
    fields.filter_map(|f| if let Shape::Message(name) = &f.shape { Some(name.clone()) } else { None }).collect()
}

// ---- reading -----------------------------------------------------------------------------------------------------

fn reader(name: &str, message: &Message, pairs: &BTreeSet<String>) -> TokenStream {
    let ty = path(name);
    if message.transparent {
        return transparent_reader(&ty, message);
    }
    if pairs.contains(name) {
        return pair_reader(&ty, message);
    }
    let members: Vec<&Field> = message.fields.iter().filter(|f| !f.rule.grpc_only && !message.not_members.contains(&f.name)).collect();
    let required: Vec<&&Field> = members.iter().filter(|f| f.rule.presence != Presence::Optional).collect();
    let requirements = required.iter().map(|f| {
        let (name, required) = (f.json_name(), f.rule.presence == Presence::Required);
        let absent = match &f.rule.absent {
            Some(refusal) => {
                let (code, text) = (camel(&refusal.reason), &refusal.message);
                quote!(Some((Code::#code, #text)))
            }
            None => quote!(None),
        };
        quote!(json::Requirement { member: #name, required: #required, absent: #absent })
    });
    let arms = members.iter().map(|f| {
        let mark = required.iter().position(|r| r.name == f.name);
        arm(f, message, mark)
    });
    quote! {
        impl json::Members for #ty {
            const REQUIREMENTS: &'static [json::Requirement] = &[#(#requirements),*];
            fn member<'de, A: serde::de::MapAccess<'de>>(&mut self, name: &str, value: &mut json::Value<'_, A>) -> Result<bool, A::Error> {
                match name { #(#arms)* _ => return Ok(false) }
                #[allow(unreachable_code)]
                Ok(true)
            }
        }
    }
}

/// What reads one member. Sets a mark if the member is required.
fn arm(field: &Field, message: &Message, mark: Option<usize>) -> TokenStream {
    let (member, target) = (field.json_name(), ident(&field.name));
    let names = std::iter::once(member).chain(field.rule.aliases.iter().map(String::as_str));
    let mark = |present: TokenStream| mark.map(|bit| quote!(value.mark(#bit, #present);));
    let marked = mark(quote!(read.is_some()));
    let body = if let Some(choice) = &field.oneof {
        let (ty, variant, slot) = (oneof(&message.package, &message.name, choice), camel(&field.name), ident(choice));
        let read = scalar(field);
        let others: Vec<_> = message.fields.iter().filter(|f| f.oneof.as_ref() == Some(choice)).map(Field::json_name).collect();
        let text = alternatives(&others);
        quote! {
            if let Some(read) = value.#read(#member)? {
                if self.#slot.as_ref().is_some_and(|s| !matches!(s, #ty::#variant(_))) { return Err(serde::de::Error::custom(#text)); }
                self.#slot = Some(#ty::#variant(read));
            }
        }
    } else if field.rule.raw_json {
        let marked = mark(quote!(true));
        quote!(self.#target = value.raw(#member)?; #marked)
    } else if field.rule.text_only {
        let marked = mark(quote!(true));
        quote!(self.#target = value.text_only(#member)?; #marked)
    } else if field.rule.pairs.is_some() {
        quote!(let read = value.pairs(#member)?; #marked self.#target = read.unwrap_or_default();)
    } else if field.repeated {
        let read = if field.rule.absent.is_some() { quote!(list_without_null) } else { quote!(list) };
        quote!(let read = value.#read(#member)?; #marked self.#target = read.unwrap_or_default();)
    } else if let Shape::Enum(name) = &field.shape {
        let ty = path(name);
        let read = quote!(let read = value.named::<#ty>(#member)?.map(i32::from); #marked);
        if field.optional { quote!(#read self.#target = read;) } else { quote!(#read self.#target = read.unwrap_or_default();) }
    } else if field.optional {
        quote!(let read = value.read(#member)?; #marked self.#target = read;)
    } else {
        quote!(let read = value.read(#member)?; #marked self.#target = read.unwrap_or_default();)
    };
    quote!(#(#names)|* => { #body })
}

fn scalar(field: &Field) -> TokenStream {
    if field.rule.raw_json { quote!(raw) } else { quote!(read) }
}

/// `Only one of 'a', 'b' or 'c' can be used.`
fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|n| format!("'{n}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("Only one of {} or {last} can be used.", rest.join(", ")),
        _ => format!("Only one of {} can be used.", quoted.join(", ")),
    }
}

/// A message that stands for one of its fields: requests give the raw one.
fn transparent_reader(ty: &TokenStream, message: &Message) -> TokenStream {
    let Some((field, choice)) = message.fields.iter().find_map(|f| Some((f, f.oneof.as_ref().filter(|_| f.rule.raw_json)?))) else {
        return TokenStream::new();
    };
    let (choice_ty, variant, slot) = (oneof(&message.package, &message.name, choice), camel(&field.name), ident(choice));
    quote! {
        impl json::FromJson for #ty {
            fn from_json<'de, D: serde::Deserializer<'de>>(cx: &json::Context, d: D) -> Result<Option<Self>, D::Error> {
                Ok(json::raw(cx, d)?.map(|text| Self { #slot: Some(#choice_ty::#variant(text)) }))
            }
        }
    }
}

/// A message that JSON shows as a member: its first field is the name, the other the value.
fn pair_reader(ty: &TokenStream, message: &Message) -> TokenStream {
    let [key, value] = &message.fields[..] else { return TokenStream::new() };
    let (key_name, value_name, value_member) = (ident(&key.name), ident(&value.name), value.json_name());
    let key_read = if key.shape == Shape::Text { quote!(name.to_owned()) } else { quote!(json::key(name)?) };
    let value_read = if value.repeated {
        quote!(value.list(#value_member)?.unwrap_or_default())
    } else if value.optional {
        quote!(value.read(#value_member)?)
    } else {
        quote!(value.read(#value_member)?.unwrap_or_default())
    };
    quote! {
        impl json::Pair for #ty {
            fn pair<'de, A: serde::de::MapAccess<'de>>(name: &str, value: &mut json::Value<'_, A>) -> Result<Self, A::Error> {
                Ok(Self { #key_name: #key_read, #value_name: #value_read })
            }
        }
    }
}

// ---- writing -----------------------------------------------------------------------------------------------------

fn writer(name: &str, message: &Message) -> TokenStream {
    let ty = path(name);
    if message.transparent {
        return transparent_writer(&ty, message);
    }
    let mut steps = TokenStream::new();
    if let Some(resource) = &message.resource {
        let open = format!("{{\"kind\":\"{}\",\"metadata\":{{\"self\":", resource.kind);
        let name = resource.resource_name.as_ref().map(|t| {
            let parts = parts(t);
            quote!(w.raw(",\"resource_name\":"); w.resource_name(&[#parts]);)
        });
        steps.extend(quote!(w.raw(#open); json::Resource::self_link(self, w); #name w.raw("}");));
    } else if let Some(kind) = &message.list_kind {
        let open = format!("{{\"kind\":\"{kind}\",\"metadata\":{{\"self\":");
        let next = match message.field(NEXT_PAGE) {
            Some(_) => quote!(w.next_link(&self.next_page_token);),
            None => quote!(w.raw("null");),
        };
        let link = match &message.list_self {
            Some(template) => {
                let parts = link(template, message);
                quote!(w.link(&[#parts]);)
            }
            None => quote!(w.request_link();),
        };
        steps.extend(quote!(w.raw(#open); #link w.raw(",\"next\":"); #next w.raw("}");));
    } else {
        steps.extend(quote!(w.raw("{");));
    }
    // With a resource or a list something stands before the first member already.
    let mut separated = message.resource.is_some() || message.list_kind.is_some();
    let fields: Vec<&Field> = message.fields.iter().filter(|f| !f.rule.grpc_only).collect();
    if !separated && fields.first().is_some_and(|f| f.rule.omit_absent) {
        let text = format!("{name}: the first member cannot be left out");
        return quote!(compile_error!(#text););
    }
    for field in &fields {
        for relationship in message.relationships.iter().filter(|r| r.before.as_deref() == Some(field.name.as_str())) {
            steps.extend(relation(&relationship.name, &relationship.path, message));
        }
        steps.extend(member(field, separated));
        separated = true;
    }
    for relationship in message.relationships.iter().filter(|r| r.before.is_none()) {
        steps.extend(relation(&relationship.name, &relationship.path, message));
    }
    let resource = message.resource.as_ref().map(|r| {
        let parts = link(&r.self_link, message);
        quote! {
            impl json::Resource for #ty {
                fn self_link(&self, w: &mut json::Writer<'_>) { w.link(&[#parts]); }
            }
        }
    });
    quote! {
        #resource
        impl json::ToJson for #ty {
            fn to_json(&self, w: &mut json::Writer<'_>) { #steps w.raw("}"); }
        }
    }
}

fn member(field: &Field, separated: bool) -> TokenStream {
    let name = ident(&field.name);
    let start = format!("{}\"{}\":", if separated { "," } else { "" }, field.json_name());
    if let Some((key, value)) = &field.rule.pairs {
        let (key, value) = (ident(key), ident(value));
        return quote!(w.raw(#start); w.pairs(self.#name.iter().map(|p| (&p.#key, &p.#value))););
    }
    let write = |value: TokenStream| match &field.shape {
        Shape::Enum(e) => {
            let ty = path(e);
            quote!(w.name(<#ty>::try_from(*#value).ok());)
        }
        Shape::Bytes if field.rule.raw_json => quote!(w.raw_json(#value);),
        _ => quote!(json::ToJson::to_json(#value, w);),
    };
    if field.repeated {
        let write = write(quote!(item));
        return quote!(w.raw(#start); w.list(&self.#name, |w, item| { #write }););
    }
    if !field.optional {
        let write = write(quote!(&self.#name));
        return quote!(w.raw(#start); #write);
    }
    let write = write(quote!(value));
    if field.rule.omit_absent {
        quote!(if let Some(value) = &self.#name { w.raw(#start); #write })
    } else {
        quote!(w.raw(#start); match &self.#name { Some(value) => { #write } None => w.raw("null") })
    }
}

fn relation(name: &str, template: &Template, message: &Message) -> TokenStream {
    let start = format!(",\"{name}\":");
    let optional: Vec<_> = template.variables().filter(|v| message.field(v).is_some_and(|f| f.optional)).map(ident).collect();
    let parts = template.parts.iter().map(|p| match p {
        Part::Variable(v) if message.field(v).is_some_and(|f| f.optional) => {
            let v = ident(v);
            quote!(json::Part::from(#v),)
        }
        part => piece(part),
    });
    let write = quote!(w.raw("{\"related\":"); w.link(&[#(#parts)*]); w.raw("}"););
    match &optional[..] {
        [] => quote!(w.raw(#start); #write),
        fields => quote!(w.raw(#start); match (#(&self.#fields,)*) { (#(Some(#fields),)*) => { #write } _ => w.raw("null") }),
    }
}

fn piece(part: &Part) -> TokenStream {
    match part {
        Part::Literal(text) => quote!(json::Part::Literal(#text),),
        Part::Variable(name) => {
            let name = ident(name);
            quote!(json::Part::from(&self.#name),)
        }
    }
}

/// A link with its query: a parameter whose field is absent is left out, an enum has its JSON name.
fn link(template: &Template, message: &Message) -> TokenStream {
    let parameters = template.query.iter().map(|(name, value)| {
        let value = match value {
            Part::Literal(text) => quote!(Some(json::Argument::Text(#text))),
            Part::Variable(field) => argument(field, message),
        };
        quote!(json::Part::Parameter(#name, #value),)
    });
    let path = parts(template);
    quote!(#path #(#parameters)*)
}

/// The value of a query's parameter, if there is one.
fn argument(field: &str, message: &Message) -> TokenStream {
    let (name, field) = (ident(field), message.field(field));
    let optional = field.is_some_and(|f| f.optional);
    match field.map(|f| &f.shape) {
        Some(Shape::Enum(kind)) => {
            let ty = path(kind);
            let value = quote!(<#ty>::try_from(value).ok().and_then(json::Named::name).map(json::Argument::Text));
            if optional { quote!(self.#name.and_then(|value| #value)) } else { quote!({ let value = self.#name; #value }) }
        }
        _ if optional => quote!(self.#name.as_ref().map(json::Argument::from)),
        _ => quote!(Some(json::Argument::from(&self.#name))),
    }
}

fn parts(template: &Template) -> TokenStream {
    template.parts.iter().map(piece).collect()
}

fn transparent_writer(ty: &TokenStream, message: &Message) -> TokenStream {
    let arms = message.fields.iter().filter_map(|f| {
        let choice = f.oneof.as_ref()?;
        let (ty, variant) = (oneof(&message.package, &message.name, choice), camel(&f.name));
        let write = if f.rule.raw_json { quote!(w.raw_json(value)) } else { quote!(json::ToJson::to_json(value, w)) };
        Some(quote!(Some(#ty::#variant(value)) => #write,))
    });
    let slot = message.fields.iter().find_map(|f| f.oneof.as_deref()).map(ident);
    quote! {
        impl json::ToJson for #ty {
            fn to_json(&self, w: &mut json::Writer<'_>) { match &self.#slot { #(#arms)* None => w.raw("null") } }
        }
    }
}
