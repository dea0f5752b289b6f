"""The registry, as those who register schemas see it."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

# The name of a format in the registry.
TYPES = {"AVRO": "AVRO", "JSONSCHEMA": "JSON", "PROTOBUF": "PROTOBUF"}


class Registry:
    def __init__(self, url):
        self.url = url

    def register(self, subject, kind, schema, references=()):
        """Registers a schema; returns its id."""
        body = json.dumps({"schema": schema, "schemaType": TYPES[kind], "references": list(references)}).encode()
        url = f"{self.url}/subjects/{urllib.parse.quote(subject, safe='')}/versions"
        request = urllib.request.Request(url, body, {"Content-Type": "application/vnd.schemaregistry.v1+json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["id"]
        except urllib.error.HTTPError as refusal:
            sys.exit(f"{subject}: the registry refuses the schema: {refusal.read().decode()}")
