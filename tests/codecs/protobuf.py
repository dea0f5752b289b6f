"""Protobuf: random schemas and random messages, through ours and through Google's own library, both ways.

A third of the schemas each in proto2, proto3 and edition 2023, compiled by protoc. Google's JSON → ours → bytes, which Google's must read
as the message; Google's bytes → ours → JSON, which Google's must read as the message too. Some schemas are given to ours as descriptors
instead of texts. The rest of the command line is the command of our side. BARNABAS_TEST_PAIRS is the number of messages,
BARNABAS_TEST_SEED repeats a run.
"""
import base64, difflib, json, math, os, pathlib, random, subprocess, sys, tempfile

import google.protobuf
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, json_format, message_factory, timestamp_pb2
from google.protobuf import empty_pb2, field_mask_pb2, struct_pb2, wrappers_pb2  # noqa: F401 (they put their types into the pool)
from google.protobuf.descriptor import FieldDescriptor as F
from grpc_tools import protoc
import grpc_tools

SCALARS = ["double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"]
KEYS = [s for s in SCALARS if s not in ("double", "float", "bytes")]
KNOWN = {"Timestamp": "timestamp", "Duration": "duration", "FieldMask": "field_mask", "Struct": "struct", "Value": "struct", "ListValue": "struct", "Any": "any", "Empty": "empty",
         **{n + "Value": "wrappers" for n in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")}}
# Messages of one schema.
MESSAGES = 50
LIMITS = {F.CPPTYPE_INT32: (-2**31, 2**31 - 1), F.CPPTYPE_INT64: (-2**63, 2**63 - 1), F.CPPTYPE_UINT32: (0, 2**32 - 1), F.CPPTYPE_UINT64: (0, 2**64 - 1)}


class Schema:
    """A random file. `syntax` is proto2, proto3 or editions."""

    def __init__(self, r, syntax, package):
        self.r, self.syntax, self.package, self.count = r, syntax, package, 0
        self.types, self.enums = [], []
        body = "".join(self.message(0) for _ in range(r.randint(1, 3)))
        body = "".join(self.enum() for _ in range(2)) + body
        if syntax == "proto2" and self.extendable:
            body += f"extend {self.extendable} {{ optional string ext_a = 1000; repeated int32 ext_b = 1001; optional {self.extendable} ext_c = 1002; }}\n"
        used = {file for name, file in KNOWN.items() if "google.protobuf." + name + " " in body or "google.protobuf." + name + ">" in body}
        imports = "".join(f'import "google/protobuf/{n}.proto";\n' for n in sorted(used))
        head = 'edition = "2023";\n' + r.choice(["", "option features.enum_type = CLOSED;\n", "option features.repeated_field_encoding = EXPANDED;\n", "option features.field_presence = IMPLICIT;\n"])
        head = head if syntax == "editions" else f'syntax = "{syntax}";\n'
        first, *rest = head.splitlines(keepends=True)
        self.text = first + f"package {package};\n" + imports + "".join(rest) + body

    def name(self, style="x"):
        self.count += 1
        return f"{self.r.choice(['', 'my_', 'a_b_', 'some1_'])}{style}{self.count}"

    def enum(self):
        name = f"E{len(self.enums)}"
        self.enums.append(name)
        return f"enum {name} {{ {name}_ZERO = 0; {name}_ONE = 1; {name}_BIG = 2147483647; {name}_NEGATIVE = -5; }}\n"

    extendable = None

    def kind(self):
        pick = self.r.random()
        if pick < 0.6:
            return self.r.choice(SCALARS)
        if pick < 0.7:
            return self.r.choice(["E0", "E1"])
        if pick < 0.85 and self.types:
            return self.r.choice(self.types)
        return "google.protobuf." + self.r.choice(list(KNOWN))

    def message(self, depth):
        name = f"M{len(self.types)}"
        self.types.append(name if depth == 0 else name)
        lines, numbers = [], self.r.sample([*range(1, 40), 536870911, 19999 + 5, 2000], 12)
        nested = ""
        for number in numbers[: self.r.randint(0, 10)]:
            lines.append(self.field(number))
        if self.r.random() < 0.5:
            members = " ".join(f"{self.kind()} {self.name()} = {n};" for n in numbers[10:])
            lines.append(f"oneof {self.name('o')} {{ {members} }}")
        if self.syntax == "proto2" and self.r.random() < 0.5:
            n = self.r.choice([50, 51, 52])
            lines.append(f"{self.r.choice(['optional', 'repeated'])} group Group{n} = {n} {{ optional int32 inside = 1; repeated string more = 2; }}")
        if self.syntax == "proto2" and depth == 0 and self.extendable is None:
            self.extendable = name
            lines.append("extensions 1000 to 1999;")
        self.r.shuffle(lines)
        return f"message {name} {{ {' '.join(lines)} {nested} }}\n"

    def field(self, number):
        name, kind = self.name(), self.kind()
        json_name = f'json_name = "j{number}"' if self.r.random() < 0.1 else ""
        if self.r.random() < 0.15:
            return f"map<{self.r.choice(KEYS)}, {kind}> {name} = {number};"
        options = [json_name] if json_name else []
        scalar, plain = kind in SCALARS, kind in SCALARS or kind.startswith("E")
        label = self.r.choice(["", "repeated", "optional"])
        if label == "repeated" and plain and kind not in ("string", "bytes") and self.r.random() < 0.3:
            options.append("features.repeated_field_encoding = " + self.r.choice(["PACKED", "EXPANDED"]) if self.syntax == "editions" else "packed = " + self.r.choice(["true", "false"]))
        if self.syntax == "editions":
            label = label if label == "repeated" else ""
            if label == "" and plain and self.r.random() < 0.3:
                options.append("features.field_presence = " + self.r.choice(["IMPLICIT", "EXPLICIT"]) if kind.startswith("E") is False else "features.field_presence = EXPLICIT")
            if kind.startswith("M") and self.r.random() < 0.4:
                options.append("features.message_encoding = DELIMITED")
        if self.syntax == "proto2":
            label = label or self.r.choice(["required", "optional"]) if plain else label or "optional"
            if label == "optional" and scalar and self.r.random() < 0.4:
                options.append("default = " + {"bool": "true", "string": '"a\\"\\xc3\\xa9"', "bytes": '"\\001\\xff"', "double": self.r.choice(["-1.5e300", "inf", "nan"]), "float": "1e10"}.get(kind, "7"))
        return f"{label} {kind} {name} = {number}{' [' + ', '.join(options) + ']' if options else ''};"


def text(r):
    return "".join(r.choice(["a", "B", "é", "猫", "😀", '"', "\\", "\n", "\x01", "/", "_", " "]) for _ in range(r.choice([0, 1, 3, 12, 40])))


def scalar(r, field):
    cpp = field.cpp_type
    if cpp in LIMITS:
        low, high = LIMITS[cpp]
        return r.choice([0, 1, low, high, r.randint(low, high), max(low, -1), r.randint(0, 300)])
    if cpp == F.CPPTYPE_BOOL:
        return r.random() < 0.5
    if cpp == F.CPPTYPE_ENUM:
        known = [v.number for v in field.enum_type.values]
        return r.choice(known) if field.enum_type.is_closed else r.choice(known + [77, -77])
    if cpp in (F.CPPTYPE_DOUBLE, F.CPPTYPE_FLOAT):
        return r.choice([0.0, -0.0, 1.0, -2.5, 0.1, 1e-7, 1e20, math.inf, -math.inf, math.nan, r.uniform(-1e9, 1e9)])
    return text(r) if field.type == F.TYPE_STRING else bytes(r.randrange(256) for _ in range(r.choice([0, 1, 2, 3, 60])))


def free(r, depth):
    pick = r.randrange(6 if depth < 3 else 4)
    return [None, r.random() < 0.5, r.choice([0, -1.5, 1e300, 3, 0.1]), text(r), [free(r, depth + 1) for _ in range(r.randint(0, 3))] if depth < 3 else 0,
            {text(r): free(r, depth + 1) for _ in range(r.randint(0, 3))} if depth < 3 else 0][pick]


def fill(r, message, depth, make):
    """Fills a message at random; of well-known types only what their JSON can say."""
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        message.seconds, message.nanos = r.choice([0, r.randint(-62135596800, 253402300799)]), r.choice([0, 1, 1000, 5000000, 999999999])
    elif name == "google.protobuf.Duration":
        sign = r.choice([1, -1])
        message.seconds, message.nanos = sign * r.choice([0, 1, 315576000000 - 1, r.randint(0, 10**9)]), sign * r.choice([0, 1, 1000, 5000000, 999999999])
    elif name == "google.protobuf.FieldMask":
        message.paths.extend(r.choice(["a", "b_c", "d_e.f_g", "x1"]) for _ in range(r.randint(0, 3)))
    elif name in ("google.protobuf.Value", "google.protobuf.Struct", "google.protobuf.ListValue"):
        value = free(r, 0)
        if name.endswith("Struct"):
            value = {text(r): value, "k": 1}
        if name.endswith("ListValue"):
            value = [value, None, "x"]
        json_format.ParseDict(value, message)
    elif name == "google.protobuf.Any":
        inner = make(r)
        if inner is not None and depth < 3:
            fill(r, inner, depth + 2, make)
            message.Pack(inner)
    else:
        for field in message.DESCRIPTOR.fields:
            set_field(r, message, field, depth, make)
        for extension in message.DESCRIPTOR.file.pool.FindAllExtensions(message.DESCRIPTOR):
            if r.random() < 0.3:
                set_extension(r, message, extension, depth, make)


def set_extension(r, message, extension, depth, make):
    if extension.is_repeated:
        message.Extensions[extension].extend(scalar(r, extension) for _ in range(r.randint(0, 3)))
    elif extension.message_type:
        message.Extensions[extension].SetInParent()
        if depth < 4:
            fill(r, message.Extensions[extension], depth + 1, make)
        else:
            require(r, message.Extensions[extension])
    else:
        message.Extensions[extension] = scalar(r, extension)


def require(r, message):
    for field in message.DESCRIPTOR.fields:
        if field.is_required and not field.message_type:
            setattr(message, field.name, scalar(r, field))


def set_field(r, message, field, depth, make):
    if not field.is_required and (r.random() < 0.35 or depth > 4 or field.containing_oneof and r.random() < 0.3):
        return
    entry = field.message_type and field.message_type.GetOptions().map_entry
    if entry:
        key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
        items = getattr(message, field.name)
        for _ in range(r.randint(0, 3)):
            if value.message_type:
                fill(r, items[scalar(r, key)], depth + 1, make)
            else:
                items[scalar(r, key)] = scalar(r, value)
    elif field.is_repeated:
        items = getattr(message, field.name)
        for _ in range(r.choice([0, 1, 2, 5])):
            fill(r, items.add(), depth + 1, make) if field.message_type else items.append(scalar(r, field))
    elif field.message_type:
        getattr(message, field.name).SetInParent()
        fill(r, getattr(message, field.name), depth + 1, make)
    else:
        setattr(message, field.name, scalar(r, field))


def settled(message, pool, defaults=False):
    """The message with what an Any holds in one fixed order. defaults: with what ours shows though it is not there, which are optional
    scalars of proto2 outside oneofs."""
    if message.DESCRIPTOR.full_name == "google.protobuf.Any":
        if message.type_url:
            inner = message_factory.GetMessageClass(pool.FindMessageTypeByName(message.TypeName()))()
            inner.ParseFromString(message.value)
            message.value = settled(inner, pool, defaults).SerializeToString(deterministic=True)
        return message
    proto2 = defaults and message.DESCRIPTOR.file.name.startswith("proto2")
    for field in message.DESCRIPTOR.fields:
        if proto2 and not field.message_type and not field.is_repeated and not field.containing_oneof and not message.HasField(field.name):
            setattr(message, field.name, field.default_value)
    for field, value in message.ListFields():
        if not field.message_type:
            continue
        if field.message_type.GetOptions().map_entry:
            values = value.values() if field.message_type.fields_by_name["value"].message_type else []
        else:
            values = value if field.is_repeated else [value]
        for one in values:
            settled(one, pool, defaults)
    return message


def compiled(name, text, pool):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / name).write_text(text)
        known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
        if protoc.main(["", f"-I{folder}", f"-I{known}", f"--descriptor_set_out={folder / 'set'}", str(folder / name)]):
            raise SystemExit(f"protoc refuses\n{text}")
        files = descriptor_pb2.FileDescriptorSet.FromString((folder / "set").read_bytes())
    pool.Add(files.file[0])
    return [pool.FindMessageTypeByName(f"{files.file[0].package}.{m.name}") for m in files.file[0].message_type], base64.b64encode(files.file[0].SerializeToString()).decode()


def same(a, b):
    return a.SerializeToString(deterministic=True) == b.SerializeToString(deterministic=True)


def difference(a, b):
    """The lines that two messages do not share as text, which shows what JSON hides."""
    return "\n".join(["", *difflib.unified_diff(str(b).splitlines(), str(a).splitlines(), "Google's", "ours", lineterm="", n=2)])


def check(ours, pairs, seed):
    r = random.Random(seed)
    pool = descriptor_pool.Default()
    done = 0
    while done < pairs:
        syntax = ["proto3", "proto2", "editions"][done // MESSAGES % 3]
        schema = Schema(r, syntax, f"p{done}.{syntax}")
        types, described = compiled(f"{syntax}_{done}.proto", schema.text, pool)
        known = [c for c in (duration_pb2.Duration, timestamp_pb2.Timestamp, wrappers_pb2.Int64Value) if c.DESCRIPTOR.file.name in schema.text]

        def make(r):
            """A message that an Any can hold."""
            return r.choice(known)() if known and r.random() < 0.3 else message_factory.GetMessageClass(r.choice(types))()

        for _ in range(MESSAGES):
            kind = r.choice(types)
            index = types.index(kind)
            prefix = b"\0" if index == 0 else bytes([2, 2 * index])
            message = message_factory.GetMessageClass(kind)()
            fill(r, message, 0, make)
            settled(message, pool)
            said = json_format.MessageToJson(message, always_print_fields_with_no_presence=r.random() < 0.5, preserving_proto_field_name=r.random() < 0.5,
                                             use_integers_for_enums=r.random() < 0.3, indent=r.choice([None, 2]), descriptor_pool=pool)
            try:
                both_ways(ours, schema, described, kind, prefix, message, said, pool, r)
            except AssertionError as e:
                raise AssertionError("\n".join([str(e), schema.text, kind.full_name, said])) from None
            done += 1
    return done


def both_ways(ours, schema, described, kind, prefix, message, said, pool, r):
    data = bytes.fromhex(ours(schema=schema.text, json=said, message=kind.full_name))
    assert data.startswith(prefix), f"the message indexes are {data[:3].hex()}, not {prefix.hex()}"
    back = settled(message.FromString(data[len(prefix):]), pool)
    assert same(back, message), "ours encodes something else" + difference(back, message)
    assert len(data) == len(prefix) + message.ByteSize(), f"ours encodes {len(data) - len(prefix)} bytes, Google's {message.ByteSize()}"
    text = schema.text if schema.syntax == "editions" or r.random() < 0.8 else described
    said = ours(schema=text, datum=(prefix + message.SerializeToString()).hex())
    back = type(message)()
    try:
        json_format.Parse(said, back, descriptor_pool=pool)
    except json_format.ParseError as e:
        raise AssertionError(f"ours decodes to what is no JSON of the message: {e}\n{said}") from None
    settled(message, pool, True)
    settled(back, pool, True)
    assert same(back, message), "ours decodes something else" + difference(back, message)


def main():
    pairs, seed = int(os.environ.get("BARNABAS_TEST_PAIRS", 12_000)), int(os.environ.get("BARNABAS_TEST_SEED", 0)) or random.randrange(1, 10**9)
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ours(**request):
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert "ok" in answer, f"ours refuses: {answer}"
        return answer["ok"]

    try:
        done = check(ours, pairs, seed)
    except AssertionError as e:
        print(f"protobuf: FAILED with BARNABAS_TEST_SEED={seed}: {e}")
        return 1
    print(f"protobuf: ok, {done} messages both ways beside Google's {google.protobuf.__version__}, seed {seed}")
    return 0


sys.exit(main())
