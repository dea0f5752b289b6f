#!/usr/bin/env python3
"""What administration of a large cluster costs over the gateway, beside the same questions asked natively.

  scale.py --bootstrap HOST:PORT,... [--binary PATH] [--topics 500] [--partitions 10] [--groups 200] [--rounds 7]

Makes the topics (of one replica) and groups if they are not there, starts a gateway, and asks both sides in turn, in one run: all topics, all topics'
configurations, all groups, all lags of a group that has committed 1,000 partitions. Prints for each question the medians, their ratio, how
many requests each side sent to the brokers, and the gateway's memory before, and at its highest. The native side is confluent-kafka, the
Python admin client. Needs `pip install confluent-kafka`.
"""

import argparse
import json
import os
import re
import statistics
import time

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec

import process

PREFIX = "scale"
LARGE_GROUP = f"{PREFIX}-large"
LARGE_PARTITIONS = 1000


class Native:
    """The admin client, with a count of the requests that it has sent."""

    def __init__(self, bootstrap):
        self.sent = 0
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "statistics.interval.ms": 100, "stats_cb": self.count})

    def count(self, statistics_json):
        brokers = json.loads(statistics_json)["brokers"].values()
        self.sent = sum(sum(broker["req"].values()) for broker in brokers)

    def requests(self):
        """How many requests have been sent, once the statistics are as new as now."""
        end = time.monotonic() + 0.35
        while time.monotonic() < end:
            self.admin.poll(0.05)
        return self.sent

    def topics(self):
        return len(self.admin.list_topics(timeout=60).topics)

    def configs(self):
        names = [name for name in self.admin.list_topics(timeout=60).topics if not name.startswith("__")]
        answers = self.admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in names], request_timeout=60)
        return sum(len(answer.result()) for answer in answers.values())

    def groups(self):
        listed = self.admin.list_consumer_groups(request_timeout=60).result().valid
        answers = self.admin.describe_consumer_groups([group.group_id for group in listed], request_timeout=60)
        return len([answer.result() for answer in answers.values()])

    def lags(self):
        asked = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(LARGE_GROUP)], request_timeout=60)
        committed = asked[LARGE_GROUP].result().topic_partitions
        ends = self.admin.list_offsets({TopicPartition(c.topic, c.partition): OffsetSpec.latest() for c in committed}, request_timeout=60)
        return len([max(0, ends[TopicPartition(c.topic, c.partition)].result().offset - c.offset) for c in committed])


class Gateway(process.Gateway):
    """A gateway of its own, and the highest memory that was seen of it."""

    def __init__(self, binary, bootstrap):
        # So that the gateway's count has what librdkafka sends for it, too.
        statistics = {"BARNABAS_KAFKA_CLIENT_STATISTICS_INTERVAL_MS": "100"}
        super().__init__(binary, "serve", "--bootstrap-servers", bootstrap, environment=statistics)
        self.cluster = "/v3/clusters/" + self.get("/v3/clusters")["data"][0]["cluster_id"]
        self.highest = self.idle = self.memory()

    def get(self, path):
        return json.loads(self.ask("GET", path))

    def count(self, path):
        data = self.get(self.cluster + path)["data"]
        self.highest = max(self.highest, self.memory())
        return len(data)

    def requests(self):
        """How many requests to Kafka the gateway has counted."""
        time.sleep(0.35)
        found = re.findall(rb"^barnabas_kafka_requests_total\{[^}]*\} (\d+)", self.ask("GET", "/metrics"), re.MULTILINE)
        return sum(map(int, found))

    def topics(self):
        return self.count("/topics")

    def configs(self):
        return self.count("/topics/-/configs")

    def groups(self):
        return self.count("/consumer-groups")

    def lags(self):
        return self.count(f"/consumer-groups/{LARGE_GROUP}/lags")


def prepare(native, args):
    """Topics and groups, those that are missing."""
    admin = native.admin
    names = [f"{PREFIX}-{number:04}" for number in range(args.topics)]
    there = admin.list_topics(timeout=60).topics
    missing = [NewTopic(name, num_partitions=args.partitions, replication_factor=1) for name in names if name not in there]
    for begin in range(0, len(missing), 50):
        for made in admin.create_topics(missing[begin : begin + 50], operation_timeout=60, request_timeout=120).values():
            made.result()
    for broker in args.bootstrap.split(","):
        wait_for(broker, names, args.partitions)
    partitions = [TopicPartition(name, partition, 0) for name in names for partition in range(args.partitions)]
    commit(admin, LARGE_GROUP, partitions[:LARGE_PARTITIONS])
    for number in range(args.groups - 1):
        commit(admin, f"{PREFIX}-{number:04}", partitions[number : number + 1])


def wait_for(broker, names, partitions):
    """Until this broker knows the topics, with leaders: what the controller has made gets to the others a moment later."""
    end = time.monotonic() + 120
    while True:
        # A new client knows this broker alone, and asks it.
        known = AdminClient({"bootstrap.servers": broker}).list_topics(timeout=60).topics
        counts = [sum(p.leader >= 0 for p in known[name].partitions.values()) for name in names if name in known]
        if len(counts) == len(names) and min(counts) >= partitions:
            return
        if time.monotonic() > end:
            raise SystemExit(f"scale: {broker} knows {len(counts)} of {len(names)} topics")
        time.sleep(0.2)


def commit(admin, group, offsets):
    """Again while nobody answers: the client does not look for the coordinator of a new cluster a second time."""
    end = time.monotonic() + 120
    while True:
        try:
            asked = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, offsets)], request_timeout=10)
            return asked[group].result()
        except KafkaException as e:
            if time.monotonic() > end or e.args[0].code() != KafkaError._TIMED_OUT:
                raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--binary", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release/barnabas")
    for flag, default in [("topics", 500), ("partitions", 10), ("groups", 200), ("rounds", 7)]:
        parser.add_argument(f"--{flag}", type=int, default=default)
    args = parser.parse_args()
    native = Native(args.bootstrap)
    prepare(native, args)
    gateway = Gateway(args.binary, args.bootstrap)
    print(f"{args.topics} topics of {args.partitions} partitions, {args.groups} groups; medians of {args.rounds} rounds, in turn")
    print(f"{'':24}{'entries':>9}{'native ms':>12}{'gateway ms':>12}{'ratio':>8}{'native requests':>18}{'gateway requests':>18}")
    for name, what in [("topics", "list topics"), ("configs", "topics/-/configs"), ("groups", "list groups"), ("lags", "lags of a group")]:
        entries, times = 0, {native: [], gateway: []}
        before = {side: side.requests() for side in times}
        for _ in range(args.rounds):
            for side in times:
                begin = time.perf_counter()
                entries = getattr(side, name)()
                times[side].append((time.perf_counter() - begin) * 1000)
        sent = {side: (side.requests() - before[side]) / args.rounds for side in times}
        middle = {side: statistics.median(taken) for side, taken in times.items()}
        ratio = middle[gateway] / middle[native]
        print(f"{what:24}{entries:>9}{middle[native]:>12.1f}{middle[gateway]:>12.1f}{ratio:>8.2f}{sent[native]:>18.1f}{sent[gateway]:>18.1f}")
    print(f"the gateway's memory: {gateway.idle / 1e6:.0f} MB before, {gateway.highest / 1e6:.0f} MB at the highest")
    gateway.stop()


if __name__ == "__main__":
    main()
