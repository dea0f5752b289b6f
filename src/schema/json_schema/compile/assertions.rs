//! The keywords for numbers, strings, arrays and objects, as each draft has them.

use super::{
    super::{
        draft::Draft,
        format::Format,
        number::{Divisor, Number},
        rules::{ArrayRules, Bound, Contains, NumberRules, ObjectRules, StringRules},
        tape::Kind,
    },
    Compiler,
    keywords::Keywords,
};
use crate::schema::kind::Invalid;

pub(super) fn number(from: &Keywords<'_>) -> Result<Option<Box<NumberRules>>, Invalid> {
    let bound = |keyword: &str| {
        let view = from.number(keyword)?;
        Ok(view.map(|v| Bound { number: Number::read(v.raw()).into_owned(), text: String::from_utf8_lossy(v.raw()).into_owned() }))
    };
    let mut rules = NumberRules { minimum: bound("minimum")?, maximum: bound("maximum")?, ..NumberRules::default() };
    if from.draft == Draft::Four {
        // In draft 4 these are booleans that say what the limit means.
        if from.boolean("exclusiveMinimum")? {
            rules.exclusive_minimum = rules.minimum.take();
        }
        if from.boolean("exclusiveMaximum")? {
            rules.exclusive_maximum = rules.maximum.take();
        }
    } else {
        rules.exclusive_minimum = bound("exclusiveMinimum")?;
        rules.exclusive_maximum = bound("exclusiveMaximum")?;
    }
    if let Some(view) = from.number("multipleOf")? {
        let number = Number::read(view.raw());
        if !number.is_positive() {
            return Err(from.wrong("multipleOf", "a number above 0 is expected"));
        }
        let divisor = Divisor::new(&number).ok_or_else(|| from.wrong("multipleOf", "more than 19 digits"))?;
        rules.multiple_of = Some((String::from_utf8_lossy(view.raw()).into_owned(), divisor));
    }
    let NumberRules { minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of } = &rules;
    let bounds = [minimum, maximum, exclusive_minimum, exclusive_maximum];
    Ok((multiple_of.is_some() || bounds.iter().any(|b| b.is_some())).then(|| Box::new(rules)))
}

impl<'d> Compiler<'d> {
    pub(super) fn strings(&mut self, from: &Keywords<'d>) -> Result<Option<Box<StringRules>>, Invalid> {
        let pattern = from.string("pattern")?;
        let rules = StringRules {
            min_length: from.size("minLength")?,
            max_length: from.size("maxLength")?,
            pattern: pattern.map(|text| self.pattern(from, "pattern", &text)).transpose()?,
            format: from.string("format")?.filter(|_| from.draft.asserts_formats()).and_then(|name| Format::named(&name, from.draft)),
        };
        let StringRules { min_length, max_length, pattern, format } = &rules;
        let any = min_length.is_some() || max_length.is_some() || pattern.is_some() || format.is_some();
        Ok(any.then(|| Box::new(rules)))
    }

    pub(super) fn arrays(&mut self, from: &Keywords<'d>) -> Result<Option<Box<ArrayRules>>, Invalid> {
        let mut rules = ArrayRules {
            min_items: from.size("minItems")?,
            max_items: from.size("maxItems")?,
            unique: from.boolean("uniqueItems")?,
            ..ArrayRules::default()
        };
        if from.draft == Draft::December2020 {
            rules.prefix = self.list(from, "prefixItems")?;
            rules.rest = self.one(from, "items")?;
        } else if let Some(items) = from.get("items").filter(|items| items.kind() == Kind::Array) {
            if items.len() > 0 {
                rules.prefix = self.list(from, "items")?;
            }
            rules.rest = self.one(from, "additionalItems")?;
        } else {
            rules.rest = self.one(from, "items")?;
        }
        if from.draft >= Draft::Six
            && let Some(schema) = self.one(from, "contains")?
        {
            let counted = from.draft >= Draft::September2019;
            let least = if counted { from.size("minContains")?.unwrap_or(1) } else { 1 };
            let most = if counted { from.size("maxContains")? } else { None };
            rules.contains = Some(Contains { schema, least, most, evaluates: from.draft == Draft::December2020 });
        }
        let ArrayRules { min_items, max_items, unique, prefix, rest, contains } = &rules;
        let any = min_items.is_some() || max_items.is_some() || *unique || !prefix.is_empty() || rest.is_some() || contains.is_some();
        Ok(any.then(|| Box::new(rules)))
    }

    pub(super) fn objects(&mut self, from: &Keywords<'d>) -> Result<Option<Box<ObjectRules>>, Invalid> {
        let mut rules = ObjectRules {
            min_properties: from.size("minProperties")?,
            max_properties: from.size("maxProperties")?,
            additional: self.one(from, "additionalProperties")?,
            names: if from.draft >= Draft::Six { self.one(from, "propertyNames")? } else { None },
            ..ObjectRules::default()
        };
        for (name, schema) in from.named("properties")? {
            let id = self.below(from, schema, format!("{}/properties/{}", from.path, name.string()));
            if let Some(property) = rules.properties.entry(name.raw()) {
                property.schema = Some(id);
                property.default = schema.get(b"default").map(|value| value.written().to_vec());
            }
        }
        for (name, schema) in from.named("patternProperties")? {
            let pattern = self.pattern(from, "patternProperties", &name.string())?;
            rules.patterns.push((pattern, self.below(from, schema, format!("{}/patternProperties/{}", from.path, name.string()))));
        }
        if let Some(list) = from.get("required") {
            for name in from.names("required", list)? {
                if let Some(property) = rules.properties.entry(&name) {
                    property.required = true;
                }
            }
        }
        self.dependencies(from, &mut rules)?;
        let ObjectRules { min_properties, max_properties, properties, patterns, additional, names, dependent_required, dependent_schemas } =
            &rules;
        let any = min_properties.is_some()
            || max_properties.is_some()
            || !properties.all().is_empty()
            || !patterns.is_empty()
            || additional.is_some()
            || names.is_some()
            || !dependent_required.is_empty()
            || !dependent_schemas.is_empty();
        Ok(any.then(|| Box::new(rules)))
    }

    /// `dependencies`, which later drafts have parted in two.
    fn dependencies(&mut self, from: &Keywords<'d>, rules: &mut ObjectRules) -> Result<(), Invalid> {
        let (lists, schemas): (&[&str], &[&str]) = if from.draft <= Draft::Seven {
            (&["dependencies"], &["dependencies"])
        } else {
            (&["dependentRequired"], &["dependentSchemas"])
        };
        for keyword in lists {
            let one_kind = !schemas.contains(keyword);
            for (name, value) in from.named(keyword)? {
                if one_kind || value.kind() == Kind::Array {
                    rules.dependent_required.push((name.raw().into(), from.names(keyword, value)?));
                }
            }
        }
        for keyword in schemas {
            let one_kind = !lists.contains(keyword);
            for (name, value) in from.named(keyword)? {
                if one_kind || value.kind() != Kind::Array {
                    let id = self.below(from, value, format!("{}/{keyword}/{}", from.path, name.string()));
                    rules.dependent_schemas.push((name.raw().into(), id));
                }
            }
        }
        Ok(())
    }
}
