"""The cases: schemas, and values in the JSON form of their format. `cases/*.json` has them, a file for each format.

name, reason     what the case is for
schema           the schema, or the text of a name; of Protobuf `file` (in cases/protobuf) and `message`
references       schemas that go into subjects of their own: name, schema (Protobuf: the file of that name), and what each of them needs
needs            the names of the references that the schema itself has
values           what is written, by Java and by the gateway
key              the same for the keys; without it there are none
gateway_reads    what the gateway makes of the values, if it is not what Java's library prints
from_java        values that only Java can write
rest_writes      false: of these values REST cannot say what they are, because it knows only the first message of a file
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE / "cases/protobuf"
FORMATS = {"AVRO": "avro", "JSONSCHEMA": "jsonschema", "PROTOBUF": "protobuf"}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Side:
    """The keys or the values of a case: their schema, and what there is to write."""

    def __init__(self, kind, described, references):
        self.kind = kind
        self.references = references
        self.needs = described.get("needs", [])
        self.values = described["values"]
        self.java_values = [value["written"] for value in described.get("from_java", [])]
        self.message = described.get("message")
        self.file = described.get("file")
        self.text = (PROTOS / self.file).read_text() if kind == "PROTOBUF" else compact(described["schema"])

    def for_java(self, values, schema_id):
        """The side as Java's plan has it. A null is a null in Kafka."""
        data = [None if value is None else compact(value) for value in values]
        schema = self.descriptors() if self.kind == "PROTOBUF" else self.text
        references = [compact(reference["schema"]) for reference in self.references] if self.kind == "AVRO" else []
        return {
            "format": self.kind, "id": schema_id, "schema": schema, "references": references, "message": self.message, "data": data
        }

    def descriptors(self):
        """The file and its imports, compiled by protoc."""
        with tempfile.NamedTemporaryFile() as made:
            own = pathlib.Path(protoc.__file__).parent / "_proto"
            flags = [f"--proto_path={PROTOS}", f"--proto_path={own}", "--include_imports", f"--descriptor_set_out={made.name}"]
            if protoc.main(["protoc", *flags, self.file]):
                sys.exit(f"{self.file}: protoc refuses it")
            return base64.b64encode(made.read()).decode()


class Case:
    def __init__(self, kind, described):
        self.kind = kind
        self.name = f"{FORMATS[kind]}-{described['name']}"
        self.references = [self.reference(reference) for reference in described.get("references", [])]
        self.value = Side(kind, described, self.references)
        self.key = Side(kind, described["key"], []) if "key" in described else None
        self.gateway_reads = described.get("gateway_reads")
        self.rest_writes = described.get("rest_writes", True)

    def reference(self, described):
        text = (PROTOS / described["name"]).read_text() if self.kind == "PROTOBUF" else compact(described["schema"])
        return {"needs": [], **described, "text": text}

    @property
    def sides(self):
        return {"value": self.value} if self.key is None else {"key": self.key, "value": self.value}


def load():
    cases = []
    for kind, name in FORMATS.items():
        cases += [Case(kind, described) for described in json.loads((HERE / f"cases/{name}.json").read_text())]
    return cases


class Java:
    """The Java program, for one registry and one cluster."""

    def __init__(self, bootstrap, registry):
        self.bootstrap = bootstrap
        # Apicurio's serializers speak its own API, which lies beside the one that is Confluent's.
        self.registry = registry.replace("/ccompat/v7", "/registry/v3")

    def run(self, action, topics):
        """Runs a plan over these topics; returns what it printed of each."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
            json.dump({"bootstrap": self.bootstrap, "registry": self.registry, "topics": topics}, plan)
            plan.flush()
            classes = f"{HERE}/target/classes:{(HERE / 'target/classpath').read_text()}"
            command = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes, "barnabas.serdes.Main", action, plan.name]
            done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"Java cannot {action}:\n{done.stderr[-3000:]}")
        printed = {topic["topic"]: [] for topic in topics}
        for line in done.stdout.split("\n")[:-1]:
            record = json.loads(line)
            printed[record["topic"]].append(record)
        return printed
