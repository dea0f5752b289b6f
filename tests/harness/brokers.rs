//! The brokers that `tests/kafka/kafka` started.

use std::path::PathBuf;

/// Where they are.
pub struct Brokers {
    /// Bootstrap servers, one after each comma.
    pub bootstrap: String,
    /// The folder of `tests/kafka/kafka`.
    pub folder: PathBuf,
}

impl Brokers {
    /// None, with a message that says what is missing, outside of `make test-kafka`.
    pub fn of_environment(needs: &str, file: &str) -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        let folder = variable("BARNABAS_TEST_KAFKA_DIR").map(PathBuf::from).filter(|folder| folder.join(file).exists());
        let found = variable("BARNABAS_TEST_BOOTSTRAP").zip(folder);
        if found.is_none() {
            eprintln!("skipped: needs {needs}, run `make test-kafka`");
        }
        found.map(|(bootstrap, folder)| Self { bootstrap, folder })
    }
}
