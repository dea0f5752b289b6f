//! Templates of paths: literals and variables in braces, one variable a segment. The path of a link may be followed by a query.

/// A parsed template.
#[derive(Clone, PartialEq)]
pub struct Template {
    pub text: String,
    pub parts: Vec<Part>,
    /// The names and values of what follows a question mark: `?a={field}&b=literal`.
    pub query: Vec<(String, Part)>,
}

/// A piece of a template.
#[derive(Clone, PartialEq)]
pub enum Part {
    Literal(String),
    Variable(String),
}

impl Template {
    /// # Errors
    /// A brace without its partner, or a verb right after a variable, which the router cannot match.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let query = query.split('&').filter(|p| !p.is_empty()).map(parameter).collect();
        let mut parts = Vec::new();
        let mut rest = path;
        while let Some(open) = rest.find('{') {
            let close = rest.find('}').filter(|c| *c > open).ok_or_else(|| format!("{text}: a brace is not closed"))?;
            if open > 0 {
                parts.push(Part::Literal(rest[..open].to_owned()));
            }
            parts.push(Part::Variable(rest[open + 1..close].to_owned()));
            rest = &rest[close + 1..];
            if rest.starts_with(':') {
                return Err(format!("{text}: a verb cannot follow a variable"));
            }
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts, query })
    }

    /// The names of the variables of the path, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|p| match p {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The names of the variables of the query, in order.
    pub fn query_variables(&self) -> impl Iterator<Item = &str> {
        self.query.iter().filter_map(|(_, value)| match value {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }
}

/// `name={field}` or `name=literal`.
fn parameter(text: &str) -> (String, Part) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let value = match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
        Some(field) => Part::Variable(field.to_owned()),
        None => Part::Literal(value.to_owned()),
    };
    (name.to_owned(), value)
}
