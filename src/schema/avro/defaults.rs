//! The bytes of defaults, made once when a schema is parsed. Schemas may have defaults that do not fit: they are told by [`check`],
//! and otherwise only matter when one is needed.

use super::{
    encode::{Encoder, Rules},
    text::Printer,
    types::{Shape, Type, TypeId, Types},
};
use crate::schema::{json::reader::Reader, kind::Invalid};

/// How many bytes all defaults of a schema may take. A default may be records in records that are not written out, each of which
/// has two of the next: longer ones count as not fitting.
const MAX_BYTES: usize = 1 << 20;

/// How much of their text may be read again, for the same reason.
const MAX_AGAIN: usize = 1 << 22;

/// How deep defaults may nest, those of fields that they leave out included.
const MAX_LEVELS: usize = 64;

/// Fills in the bytes of all defaults that fit.
pub(super) fn encode(types: &mut Types) {
    let (mut encoded, mut total, mut again) = (Vec::new(), 0, MAX_AGAIN);
    for id in types.ids() {
        let Shape::Record(record) = &types.at(id).shape else { continue };
        for (place, field) in record.fields.iter().enumerate() {
            let Some(default) = &field.default else { continue };
            let (text, mut out) = (default.to_string(), Vec::new());
            let mut encoder = Encoder::new(types, Rules::Default, &mut out, again, MAX_BYTES - total);
            let fits = encoder.value(field.of, &mut Reader::over(&text, MAX_LEVELS)).is_ok();
            again = encoder.again();
            if fits && out.len() <= MAX_BYTES - total {
                total += out.len();
                encoded.push((id, place, out));
            }
        }
    }
    for (id, place, bytes) in encoded {
        if let Some(Type { shape: Shape::Record(record), .. }) = types.at_mut(id)
            && let Some(field) = record.fields.get_mut(place)
        {
            field.encoded = Some(bytes.into());
        }
    }
}

/// Checks that all defaults of these types fit.
///
/// # Errors
/// Names the first one that does not.
pub(super) fn check(types: &Types, ids: impl Iterator<Item = TypeId>) -> Result<(), Invalid> {
    for id in ids {
        let Shape::Record(record) = &types.at(id).shape else { continue };
        for field in &record.fields {
            if let (Some(default), None) = (&field.default, &field.encoded) {
                let of = Printer::new(types, types.ids().filter(|named| *named != field.of).collect(), false).print(field.of);
                return Err(Invalid::new(format_args!("Invalid default for field {}: {default} not a {of}", field.name)));
            }
        }
    }
    Ok(())
}
