"""Uses the client that a generator has made of the gateway's OpenAPI document, as it is: main.py ADDRESS TOPIC

Each area is a function; a new one is added to the list in main().
"""

import sys

from client import Client
from client.api.broker_v3 import get_broker, list_brokers
from client.api.cluster_v3 import get_cluster, list_clusters
from client.api.consumer_v2 import assign_v2, commit_offsets_v2, create_consumer_v2, delete_consumer_v2, read_records_v2, seek_to_beginning_v2
from client.api.metadata_v2 import get_partition_offsets_v2, get_topic_v2, list_topics_v2
from client.api.partition_v3 import get_partition, get_partition_offset, list_partitions
from client.api.produce_v2 import produce_v2, produce_v2_by_partition_id
from client.api.record_v3 import produce_batch, produce_records
from client.api.replica_v3 import get_replica, list_replicas
from client.api.topic_v3 import create_topic, delete_topic, get_topic, list_topics, update_partition_count
from client.models.create_topic_request import CreateTopicRequest
from client.models.error_response import ErrorResponse
from client.models.produce_batch_request import ProduceBatchRequest
from client.models.produce_batch_request_entry import ProduceBatchRequestEntry
from client.models.produce_records_request import ProduceRecordsRequest
from client.models.record_data import RecordData
from client.models.record_format import RecordFormat
from client.models.topic_config_entry import TopicConfigEntry
from client.models.update_partition_count_request import UpdatePartitionCountRequest
from client.models.v2_assign_request import V2AssignRequest
from client.models.v2_create_consumer_request import V2CreateConsumerRequest
from client.models.v2_offset_commits import V2OffsetCommits
from client.models.v2_produce_record_binary import V2ProduceRecordBinary
from client.models.v2_produce_record_json import V2ProduceRecordJson
from client.models.v2_produce_request_binary import V2ProduceRequestBinary
from client.models.v2_produce_request_json import V2ProduceRequestJson
from client.models.v2_seek_to_beginning_request import V2SeekToBeginningRequest
from client.models.v2_topic_partition_input import V2TopicPartitionInput
from client.models.v2_topic_partition_offset import V2TopicPartitionOffset


class Calls:
    """Calls operations, and counts those that answered with success."""

    def __init__(self, address, topic):
        self.client = Client(base_url=f"http://{address}", timeout=20)
        self.topic = topic
        self.cluster = None
        self.count = 0

    def __call__(self, operation, *names, **parameters):
        answer = operation.sync_detailed(*names, client=self.client, **parameters)
        name = operation.__name__.rsplit(".", 1)[-1]
        assert answer.status_code < 300, f"{name}: {answer.status_code} {answer.content.decode()}"
        self.count += 1
        return answer.parsed


def clusters(call):
    (cluster,) = call(list_clusters).data
    call.cluster = cluster.cluster_id
    assert call(get_cluster, call.cluster).kind == "KafkaCluster"
    broker = call(list_brokers, call.cluster).data[0].broker_id
    assert call(get_broker, call.cluster, broker).broker_id == broker


def topics(call):
    settings = [TopicConfigEntry(name="retention.ms", value="86400000")]
    body = CreateTopicRequest(topic_name=call.topic, partitions_count=1, replication_factor=1, configs=settings)
    assert call(create_topic, call.cluster, body=body).topic_name == call.topic
    twice = create_topic.sync(call.cluster, client=call.client, body=body)
    assert isinstance(twice, ErrorResponse) and twice.error_code == 40002, twice
    topic = call(get_topic, call.cluster, call.topic, include_authorized_operations=True)
    assert topic.metadata.resource_name.endswith(f"topic={call.topic}"), topic
    assert len(call(list_topics, call.cluster, page_size=1).data) == 1
    call(update_partition_count, call.cluster, call.topic, body=UpdatePartitionCountRequest(partitions_count=2))
    assert call(list_topics_v2)
    assert call(get_topic_v2, call.topic).configs["retention.ms"] == "86400000"


def partitions(call):
    assert call(list_partitions, call.cluster, call.topic).data
    assert call(get_partition, call.cluster, call.topic, 0).leader.related
    (replica,) = call(list_replicas, call.cluster, call.topic, 0).data
    assert call(get_replica, call.cluster, call.topic, 0, replica.broker_id).is_leader


def records(call):
    key, value = RecordData(type_=RecordFormat.RECORD_FORMAT_STRING, data="key"), RecordData(type_=RecordFormat.RECORD_FORMAT_JSON, data={"n": 1})
    record = ProduceRecordsRequest(partition_id=0, key=key, value=value)
    assert call(produce_records, call.cluster, call.topic, body=record).error_code == 200
    entry = ProduceBatchRequestEntry(id="1", partition_id=0, value=value)
    assert len(call(produce_batch, call.cluster, call.topic, body=ProduceBatchRequest(entries=[entry])).successes) == 1
    text = V2ProduceRequestJson(records=[V2ProduceRecordJson(value={"n": 2})])
    assert call(produce_v2_by_partition_id, call.topic, 0, body=text).offsets[0].offset == 2
    call(produce_v2, call.topic, body=V2ProduceRequestBinary(records=[V2ProduceRecordBinary(value="AAEC")]))
    assert call(get_partition_offset, call.cluster, call.topic, 0).latest_offset >= 3
    assert call(get_partition_offsets_v2, call.topic, 0).end_offset >= 3


def consumers(call):
    group = f"{call.topic}-group"
    call(create_consumer_v2, group, body=V2CreateConsumerRequest(name="reader", format_="binary"))
    partition = [V2TopicPartitionInput(topic=call.topic, partition=0)]
    call(assign_v2, group, "reader", body=V2AssignRequest(partitions=partition))
    call(seek_to_beginning_v2, group, "reader", body=V2SeekToBeginningRequest(partitions=partition))
    read = []
    while len(read) < 3:
        read += read_records_v2.sync(group, "reader", client=call.client)
    call(read_records_v2, group, "reader", timeout=1)
    call(commit_offsets_v2, group, "reader", body=V2OffsetCommits(offsets=[V2TopicPartitionOffset(topic=call.topic, partition=0, offset=1)]))
    call(delete_consumer_v2, group, "reader")


def goodbye(call):
    call(delete_topic, call.cluster, call.topic)


def main():
    call = Calls(*sys.argv[1:3])
    for area in (clusters, topics, partitions, records, consumers, goodbye):
        area(call)
    print(f"{call.count} operations")


if __name__ == "__main__":
    main()
