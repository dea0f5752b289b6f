"""Avro: random schemas with random values, through ours and through fastavro, both ways.

A value is made with its JSON in both forms. JSON → ours must be the bytes that fastavro writes for the value, in any order of members;
these bytes → ours must be the JSON. (fastavro's own JSON is not asked: it fails with recursive types and with records without fields.)
The rest of the command line is the command of our side. BARNABAS_TEST_PAIRS is the number of values,
BARNABAS_TEST_SEED repeats a run.
"""
import datetime
import decimal
import io
import json
import math
import os
import random
import struct
import subprocess
import sys
import uuid

import fastavro

decimal.getcontext().prec = 100
LARGEST = 3.4028235677973366e38  # what rounds to a float of 32 bits
DAY = datetime.date(1970, 1, 1)
MOMENT = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc
PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
LOGICAL = [("int", "date"), ("int", "time-millis"), ("long", "time-micros"), ("long", "timestamp-millis"), ("long", "timestamp-micros"), ("long", "local-timestamp-millis"),
           ("long", "local-timestamp-micros"), ("string", "uuid"), ("bytes", "decimal"), ("fixed", "decimal")]
CHARACTERS = "ab\"\\/\n\t\0\x1f\x7fžé猫🐈\u2028"


class Schemas:
    """Random schemas. Each value stands beside its tagged and its lenient JSON: (for fastavro, tagged, lenient)."""

    def __init__(self, r, plain):
        # Plain: no logical types, and unions of anything. Otherwise unions have one type beside null, so that it needs no tag.
        self.r, self.plain, self.names = r, plain, 0
        # All types with names, and those that are complete, so that their values end.
        self.types, self.known = {}, []

    def name(self):
        self.names += 1
        return f"N{self.names}"

    def schema(self, depth=0, union=True):
        r = self.r
        pick = r.random()
        if depth < 3 and pick < (0.9 if depth == 0 else 0.3):
            return self.record(depth)
        if depth < 3 and pick < 0.40:
            return {"type": "array", "items": self.schema(depth + 1)}
        if depth < 3 and pick < 0.50:
            return {"type": "map", "values": self.schema(depth + 1)}
        if depth < 3 and pick < 0.65 and union:
            return self.union(depth)
        if pick < 0.72:
            return self.named({"type": "enum", "symbols": r.sample(["A", "B", "C", "D_1", "É"][:4], r.randint(1, 4))})
        if pick < 0.78:
            return self.named({"type": "fixed", "size": r.randint(0, 20)})
        if pick < 0.88 and not self.plain:
            return self.logical()
        if pick < 0.92 and self.known:
            return r.choice(self.known)
        return r.choice(PRIMITIVES)

    def named(self, schema):
        name, space = self.name(), self.r.choice([None, "a", "a.b"])
        full = f"{space}.{name}" if space else name
        schema = {**schema, "name": self.r.choice([full, name]) if space else name, "namespace": space or ""}
        self.types[full] = schema
        if schema["type"] != "record":
            self.complete(schema)
        return schema

    def complete(self, schema):
        """May be named from now on. From inside a namespace fastavro finds no type that has none."""
        if schema["namespace"]:
            self.known.append(self.full(schema))

    def record(self, depth):
        schema = self.named({"type": "record"})
        fields = [{"name": self.r.choice(["f", "F_", "größe"]) + str(n), "type": self.schema(depth + 1)} for n in range(self.r.randint(0, 4))]
        if self.r.random() < 0.3:
            fields.append({"name": "again", "type": ["null", self.full(schema)]})
        schema["fields"] = fields
        self.complete(schema)
        return schema

    def union(self, depth):
        if not self.plain:
            return ["null", next(s for s in iter(lambda: self.schema(depth + 1, union=False), None) if s != "null")]
        branches, tags = [], set()
        for _ in range(self.r.randint(1, 5)):
            known = list(self.known)
            branch = self.schema(depth + 1, union=False)
            if self.tag(branch) in tags:
                self.known = known
            else:
                tags.add(self.tag(branch))
                branches.append(branch)
        return branches

    def logical(self):
        of, logical = self.r.choice(LOGICAL)
        if logical != "decimal":
            return {"type": of, "logicalType": logical}
        precision = self.r.randint(1, 30)
        schema = {"type": of, "logicalType": logical, "precision": precision, "scale": self.r.randint(0, precision)}
        return self.named({**schema, "size": 16}) if of == "fixed" else schema

    def full(self, schema):
        return schema["name"] if "." in schema["name"] or not schema["namespace"] else schema["namespace"] + "." + schema["name"]

    def resolve(self, schema):
        if isinstance(schema, str) and schema not in PRIMITIVES:
            return self.types[schema]
        return schema

    def tag(self, schema):
        schema = self.resolve(schema)
        if isinstance(schema, str):
            return schema
        return self.full(schema) if schema["type"] in ("record", "enum", "fixed") else schema["type"]

    def value(self, schema, depth=0):
        r, schema = self.r, self.resolve(schema)
        if isinstance(schema, list):
            fitting = [s for s in schema if s == "null"] if depth > 8 else schema
            branch = r.choice(fitting or schema)
            value, tagged, lenient = self.value(branch, depth + 1)
            if branch == "null":
                return None, None, None
            # fastavro takes a branch's name beside a value.
            return ((self.tag(branch), value) if self.plain else value), {self.tag(branch): tagged}, lenient
        kind = schema if isinstance(schema, str) else schema["type"]
        if not isinstance(schema, str) and "logicalType" in schema:
            return self.meaning(schema)
        if kind == "record":
            values = {f["name"]: self.value(f["type"], depth + 1) for f in schema["fields"]}
            return tuple({name: v[n] for name, v in values.items()} for n in range(3))
        if kind == "array":
            values = [self.value(schema["items"], depth + 1) for _ in range(self.length(depth))]
            return tuple([v[n] for v in values] for n in range(3))
        if kind == "map":
            values = {self.text(): self.value(schema["values"], depth + 1) for _ in range(self.length(depth))}
            return tuple({k: v[n] for k, v in values.items()} for n in range(3))
        if kind in ("bytes", "fixed"):
            raw = r.randbytes(schema["size"] if kind == "fixed" else r.choice([0, 1, 5, 70]))
            return raw, raw.decode("latin-1"), raw.decode("latin-1")
        value = {
            "null": lambda: None,
            "boolean": lambda: r.random() < 0.5,
            "int": lambda: r.choice([0, -1, 2**31 - 1, -2**31, r.randint(-2**31, 2**31 - 1), r.randint(-99, 99)]),
            "long": lambda: r.choice([0, -1, 2**63 - 1, -2**63, r.randint(-2**63, 2**63 - 1), 2**53 + 1]),
            "float": lambda: struct.unpack("<f", struct.pack("<f", r.choice([0.0, -0.0, 1.5, 0.1, 3.4028234e38, 1e-45, r.gauss(0, 1e10)])))[0],
            "double": lambda: r.choice([0.0, -0.0, 0.1, 1e300, 5e-324, 1e21, r.gauss(0, 1e-5), float(r.randint(-2**60, 2**60))]),
            "string": self.text,
            "enum": lambda: r.choice(schema["symbols"]),
        }[kind]()
        shown = shortest(value) if kind == "float" else value
        return value, shown, shown

    def length(self, depth):
        return self.r.choice([0, 1, 2] if depth > 2 else [0, 1, 2, 3, 70])

    def text(self):
        return "".join(self.r.choices(CHARACTERS, k=self.r.choice([0, 1, 3, 10])))

    def meaning(self, schema):
        r, logical = self.r, schema["logicalType"]
        if logical == "uuid":
            value = uuid.UUID(bytes=r.randbytes(16))
            return value, str(value), str(value)
        if logical == "decimal":
            digits = r.randint(0, 10 ** r.randint(0, schema["precision"]) - 1) * r.choice([1, -1])
            value = decimal.Decimal(digits).scaleb(-schema["scale"])
            length = schema.get("size") or (digits.bit_length() + 8) // 8
            raw = digits.to_bytes(length, "big", signed=True)
            return value, raw.decode("latin-1"), Number(f"{value:f}")
        if logical == "date":
            days = r.randint(-719162, 2932896)
            return DAY + datetime.timedelta(days), days, (DAY + datetime.timedelta(days)).isoformat()
        unit = 1000 if logical.endswith("millis") else 1
        if logical.startswith("time-"):
            micros = r.choice([0, r.randrange(86_400_000_000)]) // unit * unit
            clock = (MOMENT + datetime.timedelta(microseconds=micros)).time()
            return clock, micros // unit, iso(clock, unit)
        micros = r.choice([0, -1000, r.randrange(-60_000_000_000_000_000, 250_000_000_000_000_000)]) // unit * unit
        local = MOMENT + datetime.timedelta(microseconds=micros)
        if logical.startswith("local"):
            return local, micros // unit, iso(local, unit)
        return local.replace(tzinfo=UTC), micros // unit, iso(local, unit) + "Z"


def shortest(single):
    """The number of the fewest digits that is that float of 32 bits."""
    for digits in range(1, 10):
        number = float(f"{single:.{digits}g}")
        if abs(number) <= LARGEST and struct.pack("<f", number) == struct.pack("<f", single):
            return number
    return single


class Number(str):
    """The text of a number."""


def iso(moment, unit):
    return moment.isoformat(timespec="auto" if not moment.microsecond else "milliseconds" if unit == 1000 else "microseconds")


def write(value, r):
    """JSON in any spelling; members of objects that are not maps could be in any order, see `shuffled`."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=r.random() < 0.5) + ": " + write(v, r) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ,".join(write(v, r) for v in value) + "]"
    return json.dumps(value, ensure_ascii=r.random() < 0.5)


def shuffled(schemas, schema, value, tagged, r):
    """The same with the members of records in any order."""
    schema = schemas.resolve(schema)
    if isinstance(schema, list):
        if value is None:
            return None
        if not tagged:
            return shuffled(schemas, schema[1], value, tagged, r)
        (tag, inside), = value.items()
        return {tag: shuffled(schemas, next(s for s in schema if schemas.tag(s) == tag), inside, tagged, r)}
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "array":
        return [shuffled(schemas, schema["items"], v, tagged, r) for v in value]
    if kind == "map":
        return {k: shuffled(schemas, schema["values"], v, tagged, r) for k, v in value.items()}
    if kind == "record":
        fields = [(f["name"], shuffled(schemas, f["type"], value[f["name"]], tagged, r)) for f in schema["fields"]]
        r.shuffle(fields)
        return dict(fields)
    return value


def same(a, b):
    """Equal, and of the same kind: 1 is not 1.0 and not True; numbers are equal by their digits."""
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return type(a) is type(b) and a == b


class Ours:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["ok"]


def tagged(ours, schemas, schema, text, parsed, r):
    value, expected, _ = schemas.value(schema)
    binary = io.BytesIO()
    fastavro.schemaless_writer(binary, parsed, value)
    data = value if schemas.resolve(schema) == "bytes" else binary.getvalue()
    for json_text in (write(expected, r), write(shuffled(schemas, schema, expected, True, r), r)):
        got = bytes.fromhex(ours.ask(schema=text, form="tagged", json=json_text))
        assert got == data, f"{json_text}: ours wrote {got.hex()}, fastavro {data.hex()}"
    back = ours.ask(schema=text, form="tagged", datum=data.hex())
    if isinstance(schemas.resolve(schema), list) and expected is not None:
        # Without a tag on top, and null for a record without fields: the documented API wants it so.
        (tag, expected), = expected.items()
        schema = next(s for s in schema if schemas.tag(s) == tag)
    of = schemas.resolve(schema)
    if isinstance(of, dict) and of["type"] == "record" and not of["fields"]:
        expected = None
    assert same(json.loads(back), expected), f"{data.hex()}: ours reads {back}, not {expected}"


def lenient(ours, schemas, schema, text, parsed, r):
    value, _, expected = schemas.value(schema)
    binary = io.BytesIO()
    fastavro.schemaless_writer(binary, parsed, value)
    data = binary.getvalue()
    for json_text in (write(expected, r), write(shuffled(schemas, schema, expected, False, r), r)):
        got = bytes.fromhex(ours.ask(schema=text, form="lenient", json=json_text))
        framed = length_prefixed(got) if is_bytes(schemas.resolve(schema)) else got
        read = fastavro.schemaless_reader(io.BytesIO(framed), parsed)
        assert framed == data and read == value, f"{json_text}: ours wrote {framed.hex()}, fastavro {data.hex()}; it reads {read}, not {value}"
    back = ours.ask(schema=text, form="lenient", datum=got.hex())
    want = write(expected, r)
    assert exact(back) == exact(want), f"{got.hex()}: ours reads {back}, not {want}"


def exact(text):
    return json.loads(text, parse_float=decimal.Decimal)


def is_bytes(schema):
    return schema == "bytes" or isinstance(schema, dict) and schema["type"] == "bytes"


def length_prefixed(raw):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, "bytes", raw)
    return out.getvalue()


def main():
    pairs, seed = int(os.environ.get("BARNABAS_TEST_PAIRS", 12_000)), int(os.environ.get("BARNABAS_TEST_SEED", 0)) or random.randrange(1, 10**9)
    r, ours = random.Random(seed), Ours(sys.argv[1:])
    done = {"tagged": 0, "lenient": 0}
    while sum(done.values()) < pairs:
        plain = r.random() < 0.5
        schemas = Schemas(r, plain)
        schema = schemas.schema()
        text = json.dumps(schema)
        parsed = fastavro.parse_schema(json.loads(text))
        form, check = ("tagged", tagged) if plain else ("lenient", lenient)
        for _ in range(8):
            try:
                check(ours, schemas, schema, text, parsed, r)
            except Exception as e:
                print(f"avro: FAILED with BARNABAS_TEST_SEED={seed}, {form}, {text}\n{type(e).__name__}: {e}")
                return 1
            done[form] += 1
    print(f"avro: ok, {done['tagged']} values in the tagged form and {done['lenient']} in the lenient, beside fastavro {fastavro.__version__}, seed {seed}")
    return 0


sys.exit(main())
