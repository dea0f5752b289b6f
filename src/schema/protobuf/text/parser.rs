//! The grammar of `.proto` files: proto2, proto3 and editions. Start with [`parse`].

use super::{
    Enum, EnumValue, Extend, Extensions, Field, File, Group, Import, Label, Message, Method, Oneof, Payload, Reserved, Service, Strength,
    Syntax, Type,
    lexer::Kind,
    reader::{MAX_NUMBER, Reader},
};
use crate::schema::kind::Invalid;

/// The tree of a text.
///
/// # Errors
/// With line and column, if the text does not follow the grammar.
pub(in super::super) fn parse(text: &str) -> Result<File, Invalid> {
    let mut reader = Reader::new(text)?;
    let mut file = File::default();
    if matches!(reader.peek().text, "syntax" | "edition") && reader.peek_after(1).text == "=" {
        file.syntax = Some(reader.syntax()?);
    }
    while reader.peek().kind != Kind::End {
        match reader.peek().text {
            ";" => reader.need(";")?,
            "package" => {
                reader.need("package")?;
                if file.package.is_some() {
                    return Err(reader.wrong("a second package"));
                }
                file.package = Some(reader.path("a package")?);
                reader.need(";")?;
            }
            "import" => file.imports.push(reader.import()?),
            "option" => {
                reader.need("option")?;
                file.options.push(reader.option()?);
            }
            "message" => file.messages.push(reader.message()?),
            "enum" => file.enums.push(reader.enumeration()?),
            "extend" => file.extends.push(reader.extend()?),
            "service" => file.services.push(reader.service()?),
            "syntax" | "edition" => return Err(reader.wrong("the syntax must be the first statement")),
            _ => return Err(reader.expected("a declaration")),
        }
    }
    if file.syntax == Some(Syntax::Proto3) {
        without_required(&file.messages)?
    }
    Ok(file)
}

fn without_required(messages: &[Message]) -> Result<(), Invalid> {
    for message in messages {
        if let Some(field) = message.fields.iter().find(|f| f.label == Some(Label::Required)) {
            let reason = format!("the label required of {}.{} is not allowed in proto3", message.name, field.name);
            return Err(Invalid { reason });
        }
        without_required(&message.messages)?;
    }
    Ok(())
}

impl Reader<'_> {
    fn syntax(&mut self) -> Result<Syntax, Invalid> {
        let edition = self.next().text == "edition";
        self.need("=")?;
        let token = self.peek();
        let name = self.text("a syntax")?;
        self.need(";")?;
        match (edition, name.as_str()) {
            (false, "proto2") => Ok(Syntax::Proto2),
            (false, "proto3") => Ok(Syntax::Proto3),
            (true, "2023") => Ok(Syntax::Edition(name)),
            (false, _) => Err(self.wrong_at(token, format_args!("unexpected syntax: {name}"))),
            (true, _) => Err(self.wrong_at(token, format_args!("edition {name} is not supported, only 2023"))),
        }
    }

    fn import(&mut self) -> Result<Import, Invalid> {
        self.need("import")?;
        let strength = match self.peek().kind {
            Kind::Word if self.take("public") => Strength::Public,
            Kind::Word if self.take("weak") => Strength::Weak,
            Kind::Word | Kind::Number | Kind::Text | Kind::Sign | Kind::End => Strength::Plain,
        };
        let path = self.text("the path of an import")?;
        self.need(";")?;
        Ok(Import { strength, path })
    }

    fn message(&mut self) -> Result<Message, Invalid> {
        self.need("message")?;
        let name = self.word("the name of a message")?.to_owned();
        self.message_body(name)
    }

    fn message_body(&mut self, name: String) -> Result<Message, Invalid> {
        self.need("{")?;
        self.deeper(|reader| {
            let mut message = Message { name, ..Message::default() };
            while !reader.take("}") {
                reader.member(&mut message)?;
            }
            Ok(message)
        })
    }

    /// One statement of a message. Its first word is a keyword only if what follows fits, for types may be called the same.
    fn member(&mut self, message: &mut Message) -> Result<(), Invalid> {
        let (first, second, third) = (self.peek(), self.peek_after(1), self.peek_after(2).text);
        match first.text {
            ";" => self.need(";")?,
            "message" if third == "{" => message.messages.push(self.message()?),
            "enum" if third == "{" => message.enums.push(self.enumeration()?),
            "extend" if third != "=" => message.extends.push(self.extend()?),
            "option" => {
                self.need("option")?;
                message.options.push(self.option()?);
            }
            "oneof" if third == "{" => message.oneofs.push(self.oneof()?),
            "reserved" if third != "=" || second.kind != Kind::Word => message.reserved.push(self.reserved()?),
            "extensions" if second.kind == Kind::Number => {
                self.need("extensions")?;
                let extensions = Extensions { ranges: self.ranges()?, options: self.settings()? };
                self.need(";")?;
                message.extensions.push(extensions);
            }
            _ => self.field_or_group(&mut message.fields, &mut message.groups)?,
        }
        Ok(())
    }

    fn field_or_group(&mut self, fields: &mut Vec<Field>, groups: &mut Vec<Group>) -> Result<(), Invalid> {
        let label = match (self.peek().text, self.peek_after(1).kind) {
            ("optional", Kind::Word | Kind::Sign) => Some(Label::Optional),
            ("required", Kind::Word | Kind::Sign) => Some(Label::Required),
            ("repeated", Kind::Word | Kind::Sign) => Some(Label::Repeated),
            _ => None,
        };
        if label.is_some() {
            self.next();
        }
        if self.peek().text == "group" && self.peek_after(1).kind == Kind::Word {
            self.next();
            let name = self.word("the name of a group")?.to_owned();
            let number = self.number()?;
            let options = self.settings()?;
            groups.push(Group { label, number, options, body: self.message_body(name)? });
            return Ok(());
        }
        let kind = if self.peek().text == "map" && self.peek_after(1).text == "<" {
            if label.is_some() {
                return Err(self.wrong("a map with a label"));
            }
            self.next();
            self.need("<")?;
            let key = self.path("the type of a key")?;
            self.need(",")?;
            let value = self.path("the type of a value")?;
            self.need(">")?;
            Type::Map(key, value)
        } else {
            Type::Named(self.path("a field")?)
        };
        let name = self.word("the name of a field")?.to_owned();
        let number = self.number()?;
        let options = self.field_settings()?;
        self.need(";")?;
        fields.push(Field { label, kind, name, number, options });
        Ok(())
    }

    fn number(&mut self) -> Result<i32, Invalid> {
        self.need("=")?;
        let token = self.peek();
        let number = self.integer("the number of a field")?;
        if (1..=MAX_NUMBER).contains(&number) {
            return Ok(number);
        }
        Err(self.wrong_at(token, format_args!("a number of a field must be from 1 to {MAX_NUMBER}")))
    }

    fn oneof(&mut self) -> Result<Oneof, Invalid> {
        self.need("oneof")?;
        let name = self.word("the name of a oneof")?.to_owned();
        let mut oneof = Oneof { name, options: Vec::new(), fields: Vec::new(), groups: Vec::new() };
        self.need("{")?;
        while !self.take("}") {
            if self.take(";") {
            } else if self.take("option") {
                oneof.options.push(self.option()?);
            } else {
                self.field_or_group(&mut oneof.fields, &mut oneof.groups)?;
            }
        }
        match oneof.fields.iter().find(|f| f.label.is_some()) {
            Some(field) => Err(self.wrong(format_args!("{} in the oneof {} has a label", field.name, oneof.name))),
            None => Ok(oneof),
        }
    }

    fn reserved(&mut self) -> Result<Reserved, Invalid> {
        self.need("reserved")?;
        let reserved = if matches!(self.peek().kind, Kind::Text | Kind::Word) {
            let mut names = Vec::new();
            loop {
                names.push(match self.peek().kind {
                    Kind::Word => self.word("a name")?.to_owned(),
                    Kind::Text | Kind::Number | Kind::Sign | Kind::End => self.text("a name")?,
                });
                if !self.take(",") {
                    break Reserved::Names(names);
                }
            }
        } else {
            Reserved::Numbers(self.ranges()?)
        };
        self.need(";")?;
        Ok(reserved)
    }

    fn enumeration(&mut self) -> Result<Enum, Invalid> {
        self.need("enum")?;
        let name = self.word("the name of an enum")?.to_owned();
        let mut made = Enum { name, reserved: Vec::new(), options: Vec::new(), values: Vec::new() };
        self.need("{")?;
        while !self.take("}") {
            let assigned = self.peek_after(1).text == "=";
            if self.take(";") {
            } else if !assigned && self.take("option") {
                made.options.push(self.option()?);
            } else if !assigned && self.peek().text == "reserved" {
                made.reserved.push(self.reserved()?);
            } else {
                let name = self.word("the name of an enum value")?.to_owned();
                self.need("=")?;
                let number = self.integer("the number of an enum value")?;
                let options = self.settings()?;
                self.need(";")?;
                made.values.push(EnumValue { name, number, options });
            }
        }
        Ok(made)
    }

    fn extend(&mut self) -> Result<Extend, Invalid> {
        self.need("extend")?;
        let name = self.path("the name of a message")?;
        let (mut fields, mut groups) = (Vec::new(), Vec::new());
        self.need("{")?;
        while !self.take("}") {
            if !self.take(";") {
                self.field_or_group(&mut fields, &mut groups)?;
            }
        }
        Ok(Extend { name, fields, groups })
    }

    fn service(&mut self) -> Result<Service, Invalid> {
        self.need("service")?;
        let name = self.word("the name of a service")?.to_owned();
        let mut service = Service { name, options: Vec::new(), methods: Vec::new() };
        self.need("{")?;
        while !self.take("}") {
            if self.take(";") {
            } else if self.take("option") {
                service.options.push(self.option()?);
            } else if self.take("rpc") {
                service.methods.push(self.method()?);
            } else {
                return Err(self.expected("rpc"));
            }
        }
        Ok(service)
    }

    fn method(&mut self) -> Result<Method, Invalid> {
        let name = self.word("the name of a method")?.to_owned();
        let input = self.payload()?;
        self.need("returns")?;
        let mut method = Method { name, input, output: self.payload()?, options: Vec::new() };
        if !self.take("{") {
            self.need(";")?;
            return Ok(method);
        }
        while !self.take("}") {
            if self.take("option") {
                method.options.push(self.option()?);
            } else {
                self.need(";")?;
            }
        }
        Ok(method)
    }

    fn payload(&mut self) -> Result<Payload, Invalid> {
        self.need("(")?;
        let stream = self.peek().text == "stream" && self.peek_after(1).text != ")" && self.take("stream");
        let name = self.path("the name of a message")?;
        self.need(")")?;
        Ok(Payload { stream, name })
    }
}
