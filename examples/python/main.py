"""Produces records to a topic through Barnabas and reads them back: main.py [ADDRESS [TOPIC]]"""

import sys
import time
import uuid

import grpc

from barnabas.v2 import consumer_service_pb2 as v2
from barnabas.v2 import consumer_service_pb2_grpc as v2_grpc
from barnabas.v3 import record_service_pb2 as v3
from barnabas.v3 import record_service_pb2_grpc as v3_grpc


def produce_batch(records, topic):
    """Ten records in one request, with one answer for each."""
    entries = [
        v3.ProduceBatchRequestEntry(
            id=str(i),
            key=v3.RecordData(payload=f"key-{i}".encode()),
            value=v3.RecordData(payload=f"batch {i}".encode()),
        )
        for i in range(10)
    ]
    answer = records.ProduceBatch(v3.ProduceBatchRequest(topic_name=topic, entries=entries), timeout=30)
    for failure in answer.failures:
        print(f"record {failure.id} was not written: {failure.message}", file=sys.stderr)
    return len(answer.successes)


def produce_stream(records, topic):
    """Ten records in a stream; each is answered as soon as it is written."""

    def requests():
        for i in range(10):
            yield v3.ProduceRecordsRequest(topic_name=topic, value=v3.RecordData(payload=f"stream {i}".encode()))

    written = 0
    for answer in records.ProduceRecords(requests(), timeout=30):
        if answer.error_code == 200:
            written += 1
        else:
            print(f"not written: {answer.message}", file=sys.stderr)
    return written


def consume(consumers, topic, count):
    """Reads the topic from its beginning until `count` records have come, for at most 30 seconds."""
    group = f"example-{uuid.uuid4()}"
    created = consumers.CreateConsumer(v2.CreateConsumerRequest(group_id=group, format="binary", auto_offset_reset="earliest"), timeout=10)
    instance = {"group_id": group, "instance_id": created.instance_id}
    try:
        consumers.Subscribe(v2.SubscribeRequest(topics=[topic], **instance), timeout=10)
        read, end = 0, time.monotonic() + 30
        while read < count and time.monotonic() < end:
            answer = consumers.ReadRecords(v2.ReadRecordsRequest(timeout_ms=1000, **instance), timeout=10)
            for record in answer.records:
                print(f"{record.topic}/{record.partition}@{record.offset} {record.value.payload.decode()}")
            read += len(answer.records)
        return read
    finally:
        consumers.DeleteConsumer(v2.DeleteConsumerRequest(**instance), timeout=10)


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8082"
    topic = sys.argv[2] if len(sys.argv) > 2 else "example-python"
    with grpc.insecure_channel(address) as channel:
        records = v3_grpc.RecordServiceStub(channel)
        written = produce_batch(records, topic) + produce_stream(records, topic)
        read = consume(v2_grpc.ConsumerServiceStub(channel), topic, written)
    print(f"wrote {written} records, read {read}")
    sys.exit(0 if written == 20 and read >= written else 1)


if __name__ == "__main__":
    main()
