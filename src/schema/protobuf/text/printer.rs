//! The one layout of a tree: that of the registry that everybody knows, so that its clients see the text that they expect.
//!
//! Two spaces of indentation. The parts of a message come in a fixed order, whatever the order of the statements was, and an empty
//! line parts them.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Enum, EnumValue, Extend, Extensions, Field, File, Group, Label, Message, Method, Oneof, Payload, Range, Reserved, Service, Setting,
    Strength, Syntax, Type, Value, lexer::quoted,
};

impl Display for File {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.syntax {
            None => {}
            Some(Syntax::Proto2) => f.write_str("syntax = \"proto2\";\n")?,
            Some(Syntax::Proto3) => f.write_str("syntax = \"proto3\";\n")?,
            Some(Syntax::Edition(edition)) => writeln!(f, "edition = \"{edition}\";")?,
        }
        if let Some(package) = &self.package {
            writeln!(f, "package {package};")?;
        }
        part(
            f,
            &self
                .imports
                .iter()
                .filter(|i| i.strength != Strength::Public)
                .chain(self.imports.iter().filter(|i| i.strength == Strength::Public))
                .collect::<Vec<_>>(),
            |f, import| {
                let strength = match import.strength {
                    Strength::Plain => "",
                    Strength::Weak => "weak ",
                    Strength::Public => "public ",
                };
                writeln!(f, "import {strength}{};", quoted(import.path.as_bytes()))
            },
        )?;
        part(f, &self.options, statement)?;
        if !self.messages.is_empty() || !self.enums.is_empty() {
            f.write_char('\n')?;
        }
        self.messages.iter().try_for_each(|m| write!(f, "{m}"))?;
        self.enums.iter().try_for_each(|e| write!(f, "{e}"))?;
        part(f, &self.extends, |f, e| write!(f, "{e}"))?;
        part(f, &self.services, |f, s| write!(f, "{s}"))
    }
}

/// Things that stand together after an empty line, or after the line that opens what they are in.
fn part<W: Write, T>(f: &mut W, things: &[T], mut one: impl FnMut(&mut W, &T) -> fmt::Result) -> fmt::Result {
    if things.is_empty() {
        return Ok(());
    }
    f.write_char('\n')?;
    things.iter().try_for_each(|thing| one(f, thing))
}

fn statement<W: Write>(f: &mut W, option: &Setting) -> fmt::Result {
    writeln!(f, "option {option};")
}

/// Writes every line two spaces further in.
struct Indented<'a, W> {
    to: &'a mut W,
    line_begins: bool,
}

impl<W: Write> Write for Indented<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for line in text.split_inclusive('\n') {
            if self.line_begins && line != "\n" {
                self.to.write_str("  ")?;
            }
            self.to.write_str(line)?;
            self.line_begins = line.ends_with('\n');
        }
        Ok(())
    }
}

fn indented<W: Write>(to: &mut W) -> Indented<'_, W> {
    Indented { to, line_begins: true }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) => f.write_str(text),
            Self::Text(bytes) => f.write_str(&quoted(bytes)),
            Self::Members(members) => enclosed(f, "{", members, |f, (name, value)| write!(f, "{name}: {value}"), "}"),
            Self::List(items) => enclosed(f, "[", items, |f, item| write!(f, "{item}"), "]"),
        }
    }
}

/// One item a line, commas between them.
fn enclosed<T>(
    f: &mut Formatter<'_>,
    open: &str,
    items: &[T],
    one: impl Fn(&mut Indented<'_, Formatter<'_>>, &T) -> fmt::Result,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    f.write_char('\n')?;
    let mut inside = indented(f);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            inside.write_str(",\n")?;
        }
        one(&mut inside, item)?;
    }
    if !items.is_empty() {
        f.write_char('\n')?;
    }
    f.write_str(close)
}

/// ` [deprecated = true]`: one option in the line, more of them in lines of their own.
fn brackets(f: &mut Formatter<'_>, options: &[Setting]) -> fmt::Result {
    match options {
        [] => Ok(()),
        [only] => write!(f, " [{only}]"),
        more => {
            f.write_char(' ')?;
            enclosed(f, "[", more, |f, option| write!(f, "{option}"), "]")
        }
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "message {} ", self.name)?;
        body(f, self)?;
        f.write_char('\n')
    }
}

fn body(f: &mut Formatter<'_>, message: &Message) -> fmt::Result {
    f.write_char('{')?;
    let inside = &mut indented(f);
    // The line of the brace is not indented; only what follows it is.
    inside.line_begins = false;
    part(inside, &message.reserved, |f, r| write!(f, "{r}"))?;
    part(inside, &message.options, statement)?;
    part(inside, &message.fields, |f, field| write!(f, "{field}"))?;
    part(inside, &message.oneofs, |f, oneof| write!(f, "{oneof}"))?;
    part(inside, &message.groups, |f, group| write!(f, "{group}"))?;
    part(inside, &message.extensions, |f, extensions| write!(f, "{extensions}"))?;
    if !message.messages.is_empty() || !message.enums.is_empty() {
        inside.write_char('\n')?;
    }
    message.messages.iter().try_for_each(|m| write!(inside, "{m}"))?;
    message.enums.iter().try_for_each(|e| write!(inside, "{e}"))?;
    part(inside, &message.extends, |f, e| write!(f, "{e}"))?;
    f.write_char('}')
}

impl Display for Range {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.end {
            None => write!(f, "{} to max", self.start),
            Some(end) if end == self.start => write!(f, "{end}"),
            Some(end) => write!(f, "{} to {end}", self.start),
        }
    }
}

fn list<T>(f: &mut Formatter<'_>, items: &[T], text: impl Fn(&T) -> String) -> fmt::Result {
    f.write_str(&items.iter().map(text).collect::<Vec<_>>().join(", "))
}

impl Display for Reserved {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("reserved ")?;
        match self {
            Self::Numbers(ranges) => list(f, ranges, Range::to_string)?,
            Self::Names(names) => list(f, names, |name| quoted(name.as_bytes()))?,
        }
        f.write_str(";\n")
    }
}

impl Display for Extensions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("extensions ")?;
        list(f, &self.ranges, Range::to_string)?;
        brackets(f, &self.options)?;
        f.write_str(";\n")
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Repeated => "repeated",
        })
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
        }
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(label) = self.label {
            write!(f, "{label} ")?;
        }
        write!(f, "{} {} = {}", self.kind, self.name, self.number)?;
        let mut options = self.options.options.clone();
        options.extend(self.options.default.clone().map(|value| Setting { name: "default".to_owned(), value }));
        options.extend(self.options.json_name.clone().map(|n| Setting { name: "json_name".to_owned(), value: Value::Text(n) }));
        brackets(f, &options)?;
        f.write_str(";\n")
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(label) = self.label {
            write!(f, "{label} ")?;
        }
        write!(f, "group {} = {}", self.body.name, self.number)?;
        brackets(f, &self.options)?;
        f.write_char(' ')?;
        body(f, &self.body)?;
        f.write_char('\n')
    }
}

impl Display for Oneof {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "oneof {} {{", self.name)?;
        let inside = &mut indented(f);
        inside.line_begins = false;
        part(inside, &self.options, statement)?;
        part(inside, &self.fields, |f, field| write!(f, "{field}"))?;
        part(inside, &self.groups, |f, group| write!(f, "{group}"))?;
        f.write_str("}\n")
    }
}

impl Display for Enum {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "enum {} {{", self.name)?;
        let mut inside = indented(f);
        inside.line_begins = false;
        if !self.reserved.is_empty() || !self.options.is_empty() || !self.values.is_empty() {
            inside.write_char('\n')?;
        }
        self.reserved.iter().try_for_each(|r| write!(inside, "{r}"))?;
        self.options.iter().try_for_each(|o| statement(&mut inside, o))?;
        self.values.iter().try_for_each(|v| write!(inside, "{v}"))?;
        f.write_str("}\n")
    }
}

impl Display for EnumValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.number)?;
        brackets(f, &self.options)?;
        f.write_str(";\n")
    }
}

impl Display for Extend {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "extend {} {{", self.name)?;
        let inside = &mut indented(f);
        inside.line_begins = false;
        part(inside, &self.fields, |f, field| write!(f, "{field}"))?;
        part(inside, &self.groups, |f, group| write!(f, "{group}"))?;
        f.write_str("}\n")
    }
}

impl Display for Service {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "service {} {{", self.name)?;
        let inside = &mut indented(f);
        inside.line_begins = false;
        part(inside, &self.options, statement)?;
        part(inside, &self.methods, |f, method| write!(f, "{method}"))?;
        f.write_str("}\n")
    }
}

impl Display for Method {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "rpc {} ({}) returns ({})", self.name, self.input, self.output)?;
        if !self.options.is_empty() {
            f.write_str(" {\n")?;
            let mut inside = indented(f);
            self.options.iter().try_for_each(|o| statement(&mut inside, o))?;
            f.write_char('}')?;
        }
        f.write_str(";\n")
    }
}

impl Display for Payload {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.stream { "stream " } else { "" })?;
        f.write_str(&self.name)
    }
}
