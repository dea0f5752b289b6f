#!/usr/bin/env bash
# Generates the gRPC code and runs the example: run.sh [ADDRESS [TOPIC]]
set -euo pipefail
cd "$(dirname "$0")"

mvn --quiet --batch-mode --no-transfer-progress compile dependency:build-classpath -Dmdep.outputFile=target/classpath >&2
exec java -cp "target/classes:$(cat target/classpath)" barnabas.example.Main "$@"
