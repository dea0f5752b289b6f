"""Checks what is left of records with schemas while the registry is down, and that nothing is lost: outage.py

Stops the registry and starts it again, so it runs after everything else. $BARNABAS_TEST_SCHEMA_REGISTRY_DIR says which one.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import uuid

from gateway import Gateway, Refused, text
from registry import Registry

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "registry/registry"
AVRO = "application/vnd.kafka.avro.v2+json"
BINARY = "application/vnd.kafka.binary.v2+json"
KNOWN = '{"type":"record","name":"Known","fields":[{"name":"x","type":"int"}]}'
NEW = '{"type":"record","name":"Known","fields":[{"name":"x","type":"int"},{"name":"y","type":"int","default":0}]}'


def control(action, registry):
    """Has the registry stopped in order, for killed it would forget its last second; or started on its old data and its old port."""
    port = registry.url.split(":")[2].split("/")[0]
    command = [PROGRAM, action, "--dir", os.environ["BARNABAS_TEST_SCHEMA_REGISTRY_DIR"], "--port", port]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def refusal(act):
    try:
        return f"an answer, {act()}"
    except Refused as refused:
        return str(refused)


def expect(what, condition, seen):
    if not condition:
        sys.exit(f"outage: {what}: FAILED, there is {seen}")


def main():
    target, registry = Gateway(os.environ["GATEWAY_ADDRESS"]), Registry(os.environ["BARNABAS_TEST_SCHEMA_REGISTRY"])
    topic = f"outage-{uuid.uuid4().hex[:8]}"
    target.create_topic(topic)
    known = registry.register(f"{topic}-value", "AVRO", KNOWN)

    def write(schema, datum):
        body = {"value_schema_id": schema, "records": [{"value": datum}]}
        return json.loads(target.ask("POST", f"/topics/{topic}", text(body), AVRO))["offsets"][0]["offset"]

    expect("the first record", write(known, {"x": 1}) == 0, "another offset")
    new = registry.register(f"{topic}-value", "AVRO", NEW)
    control("stop", registry)

    expect("what has a known schema is written", write(known, {"x": 2}) == 1, "another offset")
    refused = refusal(lambda: write(new, {"x": 9, "y": 9}))
    expect("what has an unknown one is refused", '"error_code":42207' in refused, refused)
    # What another producer writes meanwhile, with the schema that the gateway has not seen.
    framed = base64.b64encode(b"\0" + new.to_bytes(4, "big") + b"\x06\x00").decode()
    target.ask("POST", f"/topics/{topic}", text({"records": [{"value": framed}]}), BINARY)
    with target.reader(f"outage-{topic}", topic, "AVRO") as read:
        records = target.collect(2, read)
        expect("what has a known schema is read", records == [(None, {"x": 1}), (None, {"x": 2})], records)
        refused = refusal(read)
        expect("what has an unknown one is an error", '"error_code":40801' in refused, refused)

        control("start", registry)
        records = target.collect(1, read)
        expect("what was refused is read when the registry is back", records == [(None, {"x": 3, "y": 0})], records)
    expect("and written", write(new, {"x": 4, "y": 1}) == 3, "another offset")
    print("serdes outage: ok")


if __name__ == "__main__":
    main()
