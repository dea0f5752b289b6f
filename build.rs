//! Generates everything that follows from the protos: messages and gRPC code, and the REST surface with its OpenAPI document.
//!
//! No `protoc` is needed. The way: `build/protos.rs` compiles, `build/model.rs` reads, the others write.

#[path = "build/model.rs"]
mod model;
#[path = "build/openapi.rs"]
mod openapi;
#[path = "build/options.rs"]
mod options;
#[path = "build/protos.rs"]
mod protos;
#[path = "build/route_table.rs"]
mod route_table;
#[path = "build/template.rs"]
mod template;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=build.rs");
    let protos = protos::compile("proto")?;
    protos::generate(&protos, &out)?;
    let model = model::Model::read(&protos.pool)?;
    std::fs::write(out.join("openapi.json"), format!("{:#}\n", openapi::document(&model)?))?;
    std::fs::write(out.join("routes.txt"), route_table::routes(&model))?;
    Ok(())
}
