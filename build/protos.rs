//! From `.proto` files to descriptors, messages and gRPC code.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use prost_reflect::DescriptorPool;

/// The compiled protos, in the two forms that the generators need.
pub struct Protos {
    /// With our options as extensions, which prost's own descriptor types drop.
    pub pool: DescriptorPool,
    /// The serialized descriptor set: what reflection serves.
    pub bytes: Vec<u8>,
    files: prost_types::FileDescriptorSet,
}

/// Compiles every `.proto` file below the folder.
pub fn compile(root: &str) -> Result<Protos, Box<dyn Error>> {
    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_imports(true).include_source_info(true);
    let mut sources = Vec::new();
    find(Path::new(root).join("barnabas").as_path(), &mut sources)?;
    sources.sort();
    compiler.open_files(&sources)?;
    let bytes = compiler.encode_file_descriptor_set();
    Ok(Protos { pool: DescriptorPool::decode(&bytes[..])?, bytes, files: compiler.file_descriptor_set() })
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            found.push(path);
        }
    }
    Ok(())
}

/// Writes the messages, the gRPC servers and clients, and the descriptor set.
pub fn generate(protos: &Protos, out: &Path) -> Result<(), Box<dyn Error>> {
    fs::write(out.join("descriptors.bin"), &protos.bytes)?;
    tonic_prost_build::configure().bytes(".barnabas").build_transport(false).compile_fds(protos.files.clone())?;
    Ok(())
}
