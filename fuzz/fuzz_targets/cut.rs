//! A stream of JSON values, cut whole and in small chunks.
#![no_main]

use barnabas::rest::fuzzing::cut;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (size, text) = input;
    let whole = cut(&[&text]);
    let chunks: Vec<&[u8]> = text.chunks(usize::from(size).max(1)).collect();
    assert_eq!(cut(&chunks), whole);
});
