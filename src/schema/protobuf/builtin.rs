//! The files that a registry lets everybody import, beside `google/protobuf/*`, which the compiler has: common types, and the
//! options and the decimal number of Confluent.
//!
//! Own minimal declarations with the official names and numbers, which are all that counts on the wire.

/// The text of a file that anybody may import.
pub(super) fn text(path: &str) -> Option<&'static str> {
    Some(match path {
        "confluent/meta.proto" => include_str!("builtin/confluent_meta.proto"),
        "confluent/type/decimal.proto" => include_str!("builtin/confluent_decimal.proto"),
        "google/type/calendar_period.proto" => include_str!("builtin/calendar_period.proto"),
        "google/type/color.proto" => include_str!("builtin/color.proto"),
        "google/type/date.proto" => include_str!("builtin/date.proto"),
        "google/type/datetime.proto" => include_str!("builtin/datetime.proto"),
        "google/type/dayofweek.proto" => include_str!("builtin/dayofweek.proto"),
        "google/type/decimal.proto" => include_str!("builtin/decimal.proto"),
        "google/type/expr.proto" => include_str!("builtin/expr.proto"),
        "google/type/fraction.proto" => include_str!("builtin/fraction.proto"),
        "google/type/interval.proto" => include_str!("builtin/interval.proto"),
        "google/type/latlng.proto" => include_str!("builtin/latlng.proto"),
        "google/type/localized_text.proto" => include_str!("builtin/localized_text.proto"),
        "google/type/money.proto" => include_str!("builtin/money.proto"),
        "google/type/month.proto" => include_str!("builtin/month.proto"),
        "google/type/phone_number.proto" => include_str!("builtin/phone_number.proto"),
        "google/type/postal_address.proto" => include_str!("builtin/postal_address.proto"),
        "google/type/quaternion.proto" => include_str!("builtin/quaternion.proto"),
        "google/type/timeofday.proto" => include_str!("builtin/timeofday.proto"),
        _ => return None,
    })
}
