//! Options and their values: the part of the grammar that is a language of its own.

use super::{FieldSettings, Setting, Value, lexer::Kind, reader::Reader};
use crate::schema::kind::Invalid;

impl Reader<'_> {
    /// After the word `option`, with the semicolon.
    pub(super) fn option(&mut self) -> Result<Setting, Invalid> {
        let setting = self.setting()?;
        self.need(";")?;
        Ok(setting)
    }

    fn setting(&mut self) -> Result<Setting, Invalid> {
        let name = self.setting_name()?;
        self.need("=")?;
        Ok(Setting { name, value: self.value()? })
    }

    /// `a.b`, `(p.opt)`, `(p.opt).a.(p.more)`
    fn setting_name(&mut self) -> Result<String, Invalid> {
        let mut name = String::new();
        loop {
            if self.take("(") {
                name.push('(');
                name.push_str(&self.path("the name of an option")?);
                self.need(")")?;
                name.push(')');
            } else {
                name.push_str(self.word("the name of an option")?);
            }
            if !self.take(".") {
                return Ok(name);
            }
            name.push('.');
        }
    }

    /// `[a = 1, (b) = "c"]`, or nothing.
    pub(super) fn settings(&mut self) -> Result<Vec<Setting>, Invalid> {
        let mut settings = Vec::new();
        if !self.take("[") {
            return Ok(settings);
        }
        loop {
            settings.push(self.setting()?);
            if self.take("]") {
                return Ok(settings);
            }
            self.need(",")?;
        }
    }

    pub(super) fn field_settings(&mut self) -> Result<FieldSettings, Invalid> {
        let mut settings = FieldSettings::default();
        for setting in self.settings()? {
            match (setting.name.as_str(), setting.value) {
                ("default", value) => settings.default = Some(value),
                ("json_name", Value::Text(name)) => settings.json_name = Some(name),
                (_, value) => settings.options.push(Setting { name: setting.name, value }),
            }
        }
        Ok(settings)
    }

    fn value(&mut self) -> Result<Value, Invalid> {
        let token = self.peek();
        match (token.kind, token.text) {
            (Kind::Text, _) => Ok(Value::Text(self.string("a value")?)),
            (Kind::Word, _) => Ok(Value::Word(self.next().text.to_owned())),
            (Kind::Number, _) => Ok(Value::Number(self.next().text.to_owned())),
            (Kind::Sign, "-" | "+") => {
                let sign = self.next().text;
                let token = self.next();
                match token.kind {
                    Kind::Number => Ok(Value::Number(format!("{}{}", sign.trim_start_matches('+'), token.text))),
                    Kind::Word => Ok(Value::Word(format!("{}{}", sign.trim_start_matches('+'), token.text))),
                    Kind::Text | Kind::Sign | Kind::End => Err(self.expected("a number")),
                }
            }
            (Kind::Sign, "{") => self.members("}"),
            (Kind::Sign, "<") => self.members(">"),
            (Kind::Sign, "[") => self.list(),
            (Kind::Sign | Kind::End, _) => Err(self.expected("a value")),
        }
    }

    fn list(&mut self) -> Result<Value, Invalid> {
        self.need("[")?;
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.deeper(Self::value)?);
            if self.take("]") {
                return Ok(Value::List(items));
            }
            self.need(",")?;
        }
    }

    /// Protobuf's text format: `a: 1 b { c: 2 }, [p.ext]: 3`.
    fn members(&mut self, end: &str) -> Result<Value, Invalid> {
        self.next();
        let mut members = Vec::new();
        while !self.take(end) {
            let name = self.member_name()?;
            let nested = matches!(self.peek().text, "{" | "<") && self.peek().kind == Kind::Sign;
            if !self.take(":") && !nested {
                return Err(self.expected(":"));
            }
            members.push((name, self.deeper(Self::value)?));
            if !self.take(",") {
                self.take(";");
            }
        }
        Ok(Value::Members(members))
    }

    /// `a`, `[p.ext]`, `[type.googleapis.com/p.M]`
    fn member_name(&mut self) -> Result<String, Invalid> {
        if !self.take("[") {
            return Ok(self.word("a name")?.to_owned());
        }
        let mut name = format!("[{}", self.path("a name")?);
        if self.take("/") {
            name.push('/');
            name.push_str(&self.path("a name")?);
        }
        self.need("]")?;
        name.push(']');
        Ok(name)
    }
}
