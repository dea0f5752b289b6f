#!/usr/bin/env bash
# Installs the packages and runs the example: run.sh [ADDRESS [TOPIC]]
set -euo pipefail
cd "$(dirname "$0")"

npm ci --no-audit --no-fund --loglevel=error >&2
exec node main.js "$@"
