//! Generates everything that follows from the protos: messages and gRPC code, and the REST surface with its OpenAPI document.
//!
//! No `protoc` is needed. The way: `build/protos.rs` compiles, `build/model.rs` reads, the others write.

#[path = "build/errors.rs"]
mod errors;
#[path = "build/examples.rs"]
mod examples;
#[path = "build/json.rs"]
mod json;
#[path = "build/model.rs"]
mod model;
#[path = "build/names.rs"]
mod names;
#[path = "build/openapi.rs"]
mod openapi;
#[path = "build/options.rs"]
mod options;
#[path = "build/protos.rs"]
mod protos;
#[path = "build/route_table.rs"]
mod route_table;
#[path = "build/routes.rs"]
mod routes;
#[path = "build/template.rs"]
mod template;

/// The table of errors, which the gateway and its OpenAPI document share.
const ERRORS: &str = "src/error/table.rs";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    for source in ["proto", "build", "build.rs", ERRORS] {
        println!("cargo:rerun-if-changed={source}");
    }
    let protos = protos::compile("proto")?;
    protos::generate(&protos, &out)?;
    let model = model::Model::read(&protos.pool)?;
    let mut rest = routes::generate(&model);
    rest.extend(json::generate(&model));
    write(rest, &out.join("rest.rs"))?;
    write(routes::streams(&model), &out.join("streams.rs"))?;
    let examples = examples::Examples::read("proto/examples".as_ref(), &model)?;
    std::fs::write(out.join("without_example.txt"), examples::missing(&model, &examples))?;
    let table = errors::read(ERRORS.as_ref()).map_err(|e| format!("{ERRORS}: {e}"))?;
    std::fs::write(out.join("openapi.json"), format!("{:#}\n", openapi::document(&model, &examples, table)?))?;
    std::fs::write(out.join("routes.txt"), route_table::routes(&model))?;
    Ok(())
}

fn write(tokens: proc_macro2::TokenStream, path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let text = tokens.to_string();
    let file = syn::parse2(tokens).map_err(|e| format!("{} does not parse: {e}\n{text}", path.display()))?;
    std::fs::write(path, prettyplease::unparse(&file))?;
    Ok(())
}
