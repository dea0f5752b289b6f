//! Generates everything that follows from the protos: messages and gRPC code, and the REST surface with its OpenAPI document.
//!
//! No `protoc` is needed. Start with `build/protos.rs`.

#[path = "build/protos.rs"]
mod protos;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build");
    let protos = protos::compile("proto")?;
    protos::generate(&protos, &out)?;
    Ok(())
}
