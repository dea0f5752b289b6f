"""What a client does at the gateway: topics made, records written in each way and read in each way."""

import base64
import contextlib
import http.client
import json
import time
import typing

import grpc

from barnabas.v2 import consumer_service_pb2 as v2
from barnabas.v2 import consumer_service_pb2_grpc as v2_grpc
from barnabas.v3 import record_service_pb2 as v3
from barnabas.v3 import record_service_pb2_grpc as v3_grpc

# The format's name in media types and in consumer instances.
MEDIA = {"AVRO": "avro", "JSONSCHEMA": "jsonschema", "PROTOBUF": "protobuf"}
# A bound, not a wait: machines that run tests are busy.
SECONDS = 60
# The gateway's limit of a batch's entries.
BATCH_ENTRIES = 10
FRAME_BYTES = 5


class Refused(Exception):
    """The gateway's answer was not the expected one."""


def text(value):
    return json.dumps(value, ensure_ascii=False)


class Gateway:
    def __init__(self, address):
        self.http = http.client.HTTPConnection(address, timeout=SECONDS)
        channel = grpc.insecure_channel(address)
        self.records = v3_grpc.RecordServiceStub(channel)
        self.consumers = v2_grpc.ConsumerServiceStub(channel)
        self.cluster = json.loads(self.ask("GET", "/v3/clusters"))["data"][0]["cluster_id"]

    def ask(self, method, path, body=None, content_type="application/json", accept="*/*"):
        headers = {"Accept": accept}
        if body is not None:
            body, headers["Content-Type"] = body.encode(), content_type
        self.http.request(method, path, body, headers)
        answer = self.http.getresponse()
        read = answer.read().decode()
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {read}")
        return read

    def create_topic(self, name):
        self.ask("POST", f"/v3/clusters/{self.cluster}/topics", text({"topic_name": name, "partitions_count": 1}))

    # Each of these writes the records, pairs of a key and a value, and returns the ids of the schemas that the gateway tells.

    def write_v2(self, topic, sides, records):
        """REST API v2, with the schema's text if it stands alone, else its id."""
        body = {"records": [{"key": key, "value": value} for key, value in records]}
        for name, side in sides.items():
            body |= {f"{name}_schema_id": side.id} if side.needs else {f"{name}_schema": side.text}
        kind = sides["value"].kind
        answer = json.loads(self.ask("POST", f"/topics/{topic}", text(body), f"application/vnd.kafka.{MEDIA[kind]}.v2+json"))
        failed = [offset for offset in answer["offsets"] if offset["error"]]
        if failed:
            raise Refused(f"v2: {failed}")
        return {name: answer[f"{name}_schema_id"] for name in sides}

    def write_v3(self, topic, sides, records):
        """REST API v3, as a stream, with the latest version of the subject, which is what is taken if nothing is said."""
        lines = []
        for key, value in records:
            lines.append(text({"value": {"data": value}} | ({"key": {"data": key}} if "key" in sides else {})))
        answers = self.ask("POST", f"/v3/clusters/{self.cluster}/topics/{topic}/records", "\n".join(lines)).split("\r\n")[:-1]
        ids = {}
        for answer in map(json.loads, answers):
            if answer["error_code"] != 200:
                raise Refused(f"v3: {answer}")
            ids |= {name: answer[name]["schema_id"] for name in sides if answer.get(name, {}).get("schema_id")}
        return ids

    def write_grpc(self, topic, sides, records):
        """gRPC, as JSON text, with the id of the schema."""

        def side(name, value):
            if name not in sides:
                return None
            return v3.RecordData(data=text(value).encode(), schema_id=sides[name].id, message_name=sides[name].message)

        return self.write_batches(topic, sides, [(side("key", key), side("value", value)) for key, value in records])

    def write_payloads(self, topic, sides, records):
        """gRPC, with data that the client has encoded itself and the gateway only frames."""

        def side(name, framed):
            if framed is None:
                return None
            datum = parted(framed, sides[name].kind).datum
            return v3.RecordData(payload=datum, schema_id=sides[name].id, message_name=sides[name].message)

        return self.write_batches(topic, sides, [(side("key", key), side("value", value)) for key, value in records])

    def write_batches(self, topic, sides, records):
        entries = [v3.ProduceBatchRequestEntry(id=str(i), key=key, value=value) for i, (key, value) in enumerate(records)]
        ids = {}
        while entries:
            now, entries = entries[:BATCH_ENTRIES], entries[BATCH_ENTRIES:]
            answer = self.records.ProduceBatch(v3.ProduceBatchRequest(topic_name=topic, entries=now), timeout=SECONDS)
            if answer.failures:
                raise Refused(f"gRPC: {answer.failures}")
            for success in answer.successes:
                ids |= {name: getattr(success, name).schema_id for name in sides if getattr(success, name).HasField("schema_id")}
        return ids

    # Each of these reads `count` records of a topic from its beginning, as pairs of a key and a value.

    def read_v2(self, topic, kind, count):
        with self.reader(f"rest-{topic}", topic, kind) as read:
            return self.collect(count, read)

    @contextlib.contextmanager
    def reader(self, group, topic, kind):
        """An instance of REST API v2; yields the function that reads once."""
        own = "application/vnd.kafka.v2+json"
        settings = {"name": "reader", "format": MEDIA[kind], "auto.offset.reset": "earliest", "fetch.min.bytes": 1}
        self.ask("POST", f"/consumers/{group}", text(settings), own)
        instance = f"/consumers/{group}/instances/reader"
        try:
            self.ask("POST", f"{instance}/assignments", text({"partitions": [{"topic": topic, "partition": 0}]}), own)
            media = f"application/vnd.kafka.{MEDIA[kind]}.v2+json"
            yield lambda: self.pairs_v2(self.ask("GET", f"{instance}/records", accept=media))
        finally:
            self.ask("DELETE", instance)

    def pairs_v2(self, answer):
        return [(record["key"], record["value"]) for record in json.loads(answer)]

    def read_grpc(self, topic, kind, count):
        def side(record, name):
            return json.loads(getattr(record, name).json) if record.HasField(name) else None

        with self.reader_grpc(f"grpc-{topic}", topic, kind, False) as read:
            return self.collect(count, lambda: [(side(record, "key"), side(record, "value")) for record in read()])

    def read_payloads(self, topic, kind, count):
        """gRPC, as data that the gateway has only taken out of their frames; a side is a `Parted`."""

        def side(record, name):
            if not record.HasField(name):
                return None
            indexes = list(getattr(record, f"{name}_message_indexes"))
            return Parted(getattr(record, f"{name}_schema_id"), indexes, getattr(record, name).payload)

        with self.reader_grpc(f"payloads-{topic}", topic, kind, True) as read:
            return self.collect(count, lambda: [(side(record, "key"), side(record, "value")) for record in read()])

    @contextlib.contextmanager
    def reader_grpc(self, group, topic, kind, payloads):
        """An instance of the RPCs of API v2; yields the function that reads once."""
        settings = {"format": MEDIA[kind], "auto_offset_reset": "earliest", "fetch_min_bytes": 1, "payloads": payloads}
        asked = v2.CreateConsumerRequest(group_id=group, **settings)
        instance = {"group_id": group, "instance_id": self.consumers.CreateConsumer(asked, timeout=SECONDS).instance_id}
        try:
            partition = v2.TopicPartition(topic=topic, partition=0)
            self.consumers.Assign(v2.AssignRequest(partitions=[partition], **instance), timeout=SECONDS)
            yield lambda: self.consumers.ReadRecords(v2.ReadRecordsRequest(**instance), timeout=SECONDS).records
        finally:
            self.consumers.DeleteConsumer(v2.DeleteConsumerRequest(**instance), timeout=SECONDS)

    def collect(self, count, read):
        records, end = [], time.monotonic() + SECONDS
        while len(records) < count:
            if time.monotonic() > end:
                raise Refused(f"only {len(records)} of {count} records were there after {SECONDS} s")
            records += read()
        return records


class Parted(typing.NamedTuple):
    """A key or a value out of its frame."""

    schema_id: int
    # Which message of a Protobuf file it is; empty in other formats.
    indexes: list[int]
    datum: bytes


def parted(framed, kind):
    """Takes a frame apart, whose indexes are of one byte each: no file of the cases has more than 64 messages."""
    schema_id, datum = int.from_bytes(framed[1:FRAME_BYTES], "big"), framed[FRAME_BYTES:]
    if kind != "PROTOBUF":
        return Parted(schema_id, [], datum)
    # As zigzag numbers: how many there are, then each. None stands for the first message alone.
    count = datum[0] // 2
    return Parted(schema_id, [index // 2 for index in datum[1 : count + 1]] or [0], datum[count + 1 :])


def unpacked(shown):
    """The bytes of a key or a value as Java printed them."""
    return None if shown is None or "bytes" not in shown else base64.b64decode(shown["bytes"])
