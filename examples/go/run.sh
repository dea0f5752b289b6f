#!/usr/bin/env bash
# Generates the gRPC code and runs the example: run.sh [ADDRESS [TOPIC]]
# Needs buf (`pip install buf-bin`, or `npm install @bufbuild/buf`).
set -euo pipefail
cd "$(dirname "$0")"

buf generate
exec go run . "$@"
