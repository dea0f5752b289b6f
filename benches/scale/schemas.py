#!/usr/bin/env python3
"""What a gateway remembers of schemas: its memory while it meets more and more of them, and when there are more than it may keep.

  schemas.py [--binary PATH] [--schemas 30000]

Starts `barnabas dev` for its broker and its registry, and before these the gateway that is measured, which remembers 10,000 schemas. For
each format so many different schemas of ten fields are registered, and the gateway writes a record with each, twice. Prints its memory,
in MB: before, after each third of the first round, and after the second one, which shows whether it grows. Needs nothing installed, and
takes ten minutes.
"""

import argparse
import http.client
import json
import os

from process import Gateway, ask, free_address

FIELDS = ["id", "name", "email", "street", "city", "country", "active", "score", "visits", "created"]
RECORDS_A_REQUEST = 500


def avro(n):
    fields = [{"name": f"{name}{n}", "type": "string"} for name in FIELDS]
    return json.dumps({"type": "record", "name": f"R{n}", "fields": fields})


def protobuf(n):
    fields = " ".join(f"string {name}{n} = {number};" for number, name in enumerate(FIELDS, 1))
    return f'syntax = "proto3"; message R{n} {{ {fields} }}'


def json_schema(n):
    members = {f"{name}{n}": {"type": "string", "maxLength": 100} for name in FIELDS}
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": members})


FORMATS = {"AVRO": avro, "PROTOBUF": protobuf, "JSON": json_schema}


def data(n):
    return {f"{name}{n}": "x" for name in FIELDS}


def write(gateway, path, ids, first, last):
    """A record with each of these schemas."""
    values = ({"subject": f"s{n}", "schema_id": ids[n], "data": data(n)} for n in range(first, last))
    lines = "\n".join(json.dumps({"value": value}) for value in values)
    answers = [json.loads(line) for line in gateway.ask("POST", path, lines).splitlines()]
    failed = [answer for answer in answers if answer["error_code"] != 200]
    if failed or len(answers) != last - first:
        raise SystemExit(f"schemas: {len(answers)} answers, {failed[:1]}")


def measure(options, kind):
    kafka, registry = free_address(), free_address()
    embedded = Gateway(options.binary, "dev", "--kafka-listen", kafka, "--schema-registry-listen", registry)
    gateway = Gateway(options.binary, "serve", "--bootstrap-servers", kafka, "--schema-registry-url", f"http://{registry}")
    try:
        connection, ids = http.client.HTTPConnection(registry), []
        for n in range(options.schemas):
            body = json.dumps({"schemaType": kind, "schema": FORMATS[kind](n)})
            ids.append(json.loads(ask(connection, "POST", f"/subjects/s{n}/versions", body))["id"])
        cluster = json.loads(gateway.ask("GET", "/v3/clusters"))["data"][0]["cluster_id"]
        path = f"/v3/clusters/{cluster}/topics/schemas/records"
        write(gateway, path, ids, 0, 1)
        memory = [gateway.memory()]
        third = options.schemas // 3
        for part in range(3):
            write_all(gateway, path, ids, part * third, (part + 1) * third)
            memory.append(gateway.memory())
        write_all(gateway, path, ids, 0, 3 * third)
        return [*memory, gateway.memory()]
    finally:
        gateway.stop()
        embedded.stop()


def write_all(gateway, path, ids, first, last):
    for start in range(first, last, RECORDS_A_REQUEST):
        write(gateway, path, ids, start, min(start + RECORDS_A_REQUEST, last))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR") or "target"
    parser.add_argument("--binary", default=f"{target}/release/barnabas")
    parser.add_argument("--schemas", type=int, default=30_000)
    options = parser.parse_args()
    third = options.schemas // 3
    print(f"| format | before | {third} | {2 * third} | {3 * third} | again |")
    print("|---|---|---|---|---|---|")
    for kind in FORMATS:
        print(f"| {kind} | " + " | ".join(f"{bytes / 2**20:.0f}" for bytes in measure(options, kind)) + " |", flush=True)


if __name__ == "__main__":
    main()
