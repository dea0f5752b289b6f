//! A tree without extensions, and without options that need one.

use super::{Enum, Field, File, Group, Message, Setting};

impl File {
    /// What is left of the file if nobody extends anything.
    pub(in super::super) fn without_extensions(&self) -> Self {
        let mut file = self.clone();
        plain(&mut file.options);
        file.messages.iter_mut().for_each(message);
        file.enums.iter_mut().for_each(enumeration);
        file.extends.clear();
        for service in &mut file.services {
            plain(&mut service.options);
            service.methods.iter_mut().for_each(|m| plain(&mut m.options));
        }
        file
    }
}

fn plain(options: &mut Vec<Setting>) {
    options.retain(|o| !o.is_extension());
}

fn message(message: &mut Message) {
    plain(&mut message.options);
    fields(&mut message.fields, &mut message.groups);
    for oneof in &mut message.oneofs {
        plain(&mut oneof.options);
        fields(&mut oneof.fields, &mut oneof.groups);
    }
    message.extensions.iter_mut().for_each(|e| plain(&mut e.options));
    message.messages.iter_mut().for_each(self::message);
    message.enums.iter_mut().for_each(enumeration);
    message.extends.clear();
}

fn fields(fields: &mut [Field], groups: &mut [Group]) {
    fields.iter_mut().for_each(|f| plain(&mut f.options.options));
    for group in groups {
        plain(&mut group.options);
        message(&mut group.body);
    }
}

fn enumeration(made: &mut Enum) {
    plain(&mut made.options);
    made.values.iter_mut().for_each(|v| plain(&mut v.options));
}
