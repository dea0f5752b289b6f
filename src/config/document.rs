//! Writes `docs/configuration.md` from the table of keys.

use std::fmt::Write;

use super::keys::{KEYS, Kind, OFF, PASSED_ON, variable};

const INTRODUCTION: &str = "\
# Configuration

<!-- Written from src/config/keys.rs: change it there, then run `UPDATE_GOLDEN=1 cargo test --lib configuration_page`. -->

Settings come from a TOML file (`--config FILE` or `BARNABAS_CONFIG`), the environment and the command line; a later one of
these wins over an earlier one. A key that does not exist is an error that names the nearest one.

Dots in a key are tables in the file, so these two are the same:

```toml
edge.body.max.bytes = 1048576

[edge]
body.max.bytes = 1048576
```

In the environment a key is written in capitals, with `_` for each dot: `BARNABAS_EDGE_BODY_MAX_BYTES=1048576`.

";

const PROPERTIES: &str = "
## Properties of the Kafka clients

Any [property of librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md) is passed on under one of
these prefixes. A property or a value that librdkafka does not know ends the start with its message.

";

const EXAMPLE: &str = "
```toml
[kafka]
client.security.protocol = \"SASL_SSL\"
client.sasl.mechanism = \"SCRAM-SHA-512\"
client.sasl.username = \"gateway\"
client.sasl.password = \"…\"
producer.compression.type = \"zstd\"
```

The gateway has connections of its own for a few operations that librdkafka does not have. They are made by the same properties
(`kafka.admin.` over `kafka.client.`): `security.protocol`, `ssl.*`, `sasl.*`, `client.id`, `broker.address.family`,
`connections.max.idle.ms`, `socket.connection.setup.timeout.ms`. Under GSSAPI these operations answer 501.
[decisions/0008](decisions/0008-own-connections.md) says what else differs.

In the environment every `_` after the prefix is a dot: `BARNABAS_KAFKA_PRODUCER_COMPRESSION_TYPE=zstd`. The few properties that
have an underscore in their name can be set in the file only.
";

/// The page.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("## Keys\n\n| key | environment | value | default | effect |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let default = if key.default.is_empty() { "none".to_owned() } else { format!("`{}`", key.default) };
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| `{}` | `{}` | {} | {default} | {} |", key.name, key.variable(), value(key.kind), key.text);
    }
    page.push_str(PROPERTIES);
    page.push_str("| prefix | environment | for |\n|---|---|---|\n");
    for (prefix, whom) in PASSED_ON {
        let _ = writeln!(page, "| `{prefix}` | `{}` | {whom} |", variable(prefix));
    }
    page.push_str(EXAMPLE);
    page
}

fn value(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::List => "list".to_owned(),
        Kind::Address => "address:port".to_owned(),
        Kind::AddressOrOff => format!("address:port, {OFF}"),
        Kind::Flag => "true, false".to_owned(),
        Kind::Choice(words) => words.join(", "),
        Kind::Whole(unit, least, most) => format!("{unit}, {least} to {most}"),
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::*;

    #[test]
    fn configuration_page_is_what_the_table_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, page()).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == page(), "docs/configuration.md is old: run `UPDATE_GOLDEN=1 cargo test --lib configuration_page`");
    }
}
