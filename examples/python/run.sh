#!/usr/bin/env bash
# Generates the gRPC code and runs the example: run.sh [ADDRESS [TOPIC]]
set -euo pipefail
cd "$(dirname "$0")"

if [ ! -x .venv/bin/python ]; then python3 -m venv .venv; fi
.venv/bin/pip install --quiet --requirement requirements.txt
mkdir -p generated
proto=../../proto
# shellcheck disable=SC2046 # no name has a space
.venv/bin/python -m grpc_tools.protoc --proto_path="$proto" --python_out=generated --pyi_out=generated --grpc_python_out=generated \
  $(cd "$proto" && find . -name '*.proto' -printf '%P ')
PYTHONPATH=generated exec .venv/bin/python main.py "$@"
