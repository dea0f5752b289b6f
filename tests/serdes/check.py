"""Checks records with schemas against Java's own serializers, both ways: check.py [PART-OF-A-NAME]

Each case (see cases.py) has two topics. Java writes to one, and the gateway must read what Java's library prints of the same data. The
gateway writes to the other in every way that it has, and Java must read the same. The registry is a real one, and the ids in the frames
must be those that it gave. $BARNABAS_TEST_BOOTSTRAP, $BARNABAS_TEST_SCHEMA_REGISTRY and $GATEWAY_ADDRESS say where everything is.
"""

import json
import os
import sys
import uuid

import cases
import gateway
import grpc
from registry import Registry

RUN = uuid.uuid4().hex[:8]


def register(registry, case, topics):
    """Registers what the case refers to, and its schemas as those of these topics."""

    def references(needs):
        return [{"name": name, "subject": f"{RUN}-{case.name}-{name}", "version": 1} for name in needs]

    for reference in case.references:
        registry.register(f"{RUN}-{case.name}-{reference['name']}", case.kind, reference["text"], references(reference["needs"]))
    for name, side in case.sides.items():
        for topic in topics:
            side.id = registry.register(f"{topic}-{name}", case.kind, side.text, references(side.needs))


class Check:
    def __init__(self, case):
        self.case = case
        self.faults = []
        self.compared = 0
        self.by_java = f"{RUN}-{case.name}-java"
        self.by_gateway = f"{RUN}-{case.name}-gateway"
        self.written = []
        # The records that the topic of the gateway must hold: how each was written, and its place in the case.
        self.expected = []

    def java_plan(self, topic, with_own):
        """The topic as the Java program wants it; with what only Java can write, if it is to write."""
        case, plan = self.case, {"topic": topic, "key": None}
        for name, side in case.sides.items():
            plan[name] = side.for_java(side.values + (side.java_values if with_own else []), side.id)
        return plan

    def keep_java(self, records):
        """What Java has written, and what its library prints of it: the measure for all that follows."""
        self.written = records
        self.measure = [self.printed(record, "Java, of its own record") for record in records]

    def printed(self, record, reader):
        """The key and the value of a record that the Java program printed."""
        pair = []
        for name in ("key", "value"):
            shown = record[name]
            if shown is not None and "error" in shown:
                self.faults.append(f"{reader}: {shown['error']}, {shown['bytes']}")
            if shown is not None and "id" in shown and shown["id"] != self.case.sides[name].id:
                self.faults.append(f"{reader}: the id in the frame of the {name} is {shown['id']}, not {self.case.sides[name].id}")
            pair.append(json.loads(shown["json"]) if shown is not None and "json" in shown else None)
        return tuple(pair)

    def gateway_writes(self, target):
        sides, count = self.case.sides, len(self.case.value.values)
        keys = self.case.key.values if self.case.key else [None] * count
        given = list(zip(keys, self.case.value.values))
        framed = [(gateway.unpacked(record["key"]), gateway.unpacked(record["value"])) for record in self.written[:count]]
        ways = [(target.write_v2, given), (target.write_v3, given)] if self.case.rest_writes else []
        ways += [(target.write_grpc, given), (target.write_payloads, framed)]
        for write, records in ways:
            try:
                told = write(self.by_gateway, sides, records)
            except (gateway.Refused, grpc.RpcError) as refusal:
                self.faults.append(f"{write.__name__}: {refusal}")
                continue
            wrong = {name: told.get(name) for name, side in sides.items() if told.get(name) != side.id}
            if wrong:
                self.faults.append(f"{write.__name__}: the answer tells ids {wrong}, not {[side.id for side in sides.values()]}")
            self.expected += [(write.__name__, i) for i in range(len(records))]

    def java_has_read(self, records):
        if len(records) != len(self.expected):
            self.faults.append(f"Java reads {len(records)} records, not {len(self.expected)}")
        for (way, i), record in zip(self.expected, records):
            self.compare(f"{way}, read by Java", i, self.printed(record, way), self.measure[i])

    def gateway_reads(self, target):
        values = self.case.gateway_reads or [value for _, value in self.measure]
        printed = [(key, value) for (key, _), value in zip(self.measure, values)]
        payloads = [tuple(self.parted(record[name]) for name in ("key", "value")) for record in self.written]
        for read, expected in ((target.read_v2, printed), (target.read_grpc, printed), (target.read_payloads, payloads)):
            try:
                records = read(self.by_java, self.case.kind, len(self.written))
            except (gateway.Refused, grpc.RpcError) as refusal:
                self.faults.append(f"{read.__name__}: {refusal}")
                continue
            for i, record in enumerate(records):
                self.compare(read.__name__, i, record, expected[i])

    def parted(self, shown):
        framed = gateway.unpacked(shown)
        return None if framed is None else gateway.parted(framed, self.case.kind)

    def compare(self, way, i, found, expected):
        self.compared += 1
        if exact(found) != exact(expected):
            self.faults.append(f"{way}: record {i} is {shown(found)}, not {shown(expected)}")


def exact(value):
    """For a comparison that takes true and 1 for different values."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(item) for item in value]
    return (isinstance(value, bool), value)


def shown(pair):
    return json.dumps(pair, ensure_ascii=False, default=repr)


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    target = gateway.Gateway(os.environ["GATEWAY_ADDRESS"])
    registry = Registry(os.environ["BARNABAS_TEST_SCHEMA_REGISTRY"])
    java = cases.Java(os.environ["BARNABAS_TEST_BOOTSTRAP"], registry.url)
    checks = [Check(case) for case in cases.load() if part in case.name]
    for check in checks:
        topics = [check.by_java, check.by_gateway]
        register(registry, check.case, topics)
        for topic in topics:
            target.create_topic(topic)
    written = java.run("write", [check.java_plan(check.by_java, True) for check in checks])
    for check in checks:
        check.keep_java(written[check.by_java])
        check.gateway_writes(target)
        check.gateway_reads(target)
    read = java.run("read", [check.java_plan(check.by_gateway, False) for check in checks])
    for check in checks:
        check.java_has_read(read[check.by_gateway])
        told = "FAILED" if check.faults else f"ok, {check.compared} records compared"
        print(f"serdes {check.case.name}: {told}", *check.faults, sep="\n    ")
    sys.exit(1 if any(check.faults for check in checks) or not checks else 0)


if __name__ == "__main__":
    main()
