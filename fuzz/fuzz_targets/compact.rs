//! JSON text, made compact.
#![no_main]

use barnabas::schema::json;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let text = Bytes::copy_from_slice(text);
    let Ok(compact) = json::compact(&text) else { return };
    assert_eq!(json::compact(&compact).expect("compact text is JSON"), compact);
    if let (Ok(before), Ok(after)) =
        (serde_json::from_slice::<serde_json::Value>(&text), serde_json::from_slice::<serde_json::Value>(&compact))
    {
        assert_eq!(before, after);
    }
});
