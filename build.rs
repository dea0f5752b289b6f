//! Generates everything that follows from the protos: messages and gRPC code, and the REST surface with its OpenAPI document.
//!
//! No `protoc` is needed. The way: `build/protos.rs` compiles, `build/model.rs` reads, the others write.

#[path = "build/json.rs"]
mod json;
#[path = "build/model.rs"]
mod model;
#[path = "build/names.rs"]
mod names;
#[path = "build/options.rs"]
mod options;
#[path = "build/protos.rs"]
mod protos;
#[path = "build/routes.rs"]
mod routes;
#[path = "build/template.rs"]
mod template;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    for source in ["proto", "build", "build.rs"] {
        println!("cargo:rerun-if-changed={source}");
    }
    let protos = protos::compile("proto")?;
    protos::generate(&protos, &out)?;
    let model = model::Model::read(&protos.pool)?;
    let mut rest = routes::generate(&model);
    rest.extend(json::generate(&model));
    let tokens = rest.to_string();
    let file = syn::parse2(rest).map_err(|e| format!("the generated REST code does not parse: {e}\n{tokens}"))?;
    std::fs::write(out.join("rest.rs"), prettyplease::unparse(&file))?;
    Ok(())
}
