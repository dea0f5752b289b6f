"""Random schemas of all drafts with random values: our verdict on each must be that of the package `jsonschema`.

Our side is a process that reads a line {"schema": text, "values": [text, …]} and answers {"verdicts": [true, …]}, null for a value that was
too much work (a schema that contains itself in place, which the package may leave early), or {"invalid": why}.
Its command is the rest of the command line. BARNABAS_TEST_PAIRS is the number of pairs, BARNABAS_TEST_SEED repeats a run.
"""
import decimal
import json
import os
import random
import subprocess
import sys

from jsonschema import validators

decimal.getcontext().prec = 100
DRAFTS = {
    4: ("http://json-schema.org/draft-04/schema#", validators.Draft4Validator),
    6: ("http://json-schema.org/draft-06/schema#", validators.Draft6Validator),
    7: ("http://json-schema.org/draft-07/schema#", validators.Draft7Validator),
    2019: ("https://json-schema.org/draft/2019-09/schema", validators.Draft201909Validator),
    2020: ("https://json-schema.org/draft/2020-12/schema", validators.Draft202012Validator),
}
NAMES = ["a", "b", "c", "ab", "x1", "ž\"", ""]
PATTERNS = ["^a", "b", "^x[0-9]$", "^.$", "[^a-b]", "^(a|b)*$"]


def is_whole(_, value):
    """Up to draft 7 an integer is what is written as one: docs/decisions/0012."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_whole_by_value(_, value):
    return is_whole(_, value) or isinstance(value, decimal.Decimal) and value == value.to_integral_value()


def reference(draft):
    """The validator of a draft, with our notion of integers and without rounding."""
    base = DRAFTS[draft][1]
    return validators.extend(base, type_checker=base.TYPE_CHECKER.redefine("integer", is_whole if draft <= 7 else is_whole_by_value))


REFERENCES = {draft: reference(draft) for draft in DRAFTS}


class Raw(str):
    """The text of a number, to be written as it is."""


def write(value):
    """JSON in which numbers keep their digits."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=random.random() < 0.5) + ":" + write(v) for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=random.random() < 0.5)


def read(text):
    return json.loads(text, parse_float=decimal.Decimal)


def number(r):
    return Raw(r.choice(["0", "1", "2", "3", "-1", "10", "1.0", "1.5", "0.1", "0.3", "2.50", "1e1", "-2E-1", "9007199254740993", "9007199254740992", "123456789012345678901",
                         str(r.randint(-20, 20))]))


def string(r):
    return r.choice(["", "a", "b", "ab", "aab", "x1", "🐈", "\nž", "abc"])


def value(r, depth=3):
    kind = r.randrange(8 if depth else 5)
    if kind == 0:
        return None
    if kind == 1:
        return r.random() < 0.5
    if kind == 2:
        return string(r)
    if kind in (3, 4):
        return number(r)
    if kind == 5:
        return [value(r, depth - 1) for _ in range(r.randrange(4))]
    return {r.choice(NAMES): value(r, depth - 1) for _ in range(r.randrange(5))}


class Maker:
    """Schemas of one draft; `refs` are what a $ref may name."""

    def __init__(self, r, draft):
        self.r, self.draft = r, draft
        # In draft 2019-09 the package lets `contains` evaluate items and overlooks additionalProperties: never beside unevaluated….
        self.plain = draft == 2019 and r.random() < 0.5

    def root(self):
        s = self.schema(3)
        if not isinstance(s, dict):
            s = {"allOf": [s]}
        where = "definitions" if self.draft <= 7 else "$defs"
        s[where] = {n: self.schema(2) for n in ("A", "B")}
        inner = s[where]["B"]
        if self.draft >= 2019 and isinstance(inner, dict):
            inner["$anchor"] = "anchored"
            self.r.random() < 0.3 and inner.update({"$id": "http://example.com/inner", "$defs": {"C": self.schema(1)}})
        if self.draft == 2020:
            self.r.random() < 0.3 and s.update({"$dynamicAnchor": "dyn"})
            isinstance(inner, dict) and self.r.random() < 0.3 and inner.update({"$dynamicAnchor": "dyn"})
        if self.draft == 2019:
            self.r.random() < 0.3 and s.update({"$recursiveAnchor": True})
        return {"$schema": DRAFTS[self.draft][0], **s}

    def schema(self, depth):
        r, s = self.r, {}
        if self.draft >= 6 and r.random() < 0.08:
            return r.random() < 0.8
        if depth < 3 and r.random() < 0.1:
            return {"$ref": "#/" + ("definitions" if self.draft <= 7 else "$defs") + "/" + r.choice("AB")} if r.random() < 0.8 or self.draft > 7 else {"$ref": "#/definitions/A", "type": "null"}
        for _ in range(r.choice([1, 1, 2, 2, 3, 4])):
            getattr(self, r.choice(["scalar", "scalar", "strings", "numbers", "arrays", "objects", "objects", "combined", "later"]))(s, depth)
        return s

    def below(self, depth):
        return self.schema(depth - 1) if depth else ({} if self.draft < 6 or self.r.random() < 0.5 else self.r.random() < 0.7)

    def all(self):
        return self.draft != 2019 or self.plain

    def scalar(self, s, depth):
        r = self.r
        types = ["null", "boolean", "object", "array", "number", "string", "integer"]
        pick = r.randrange(4)
        if pick < 2:
            s["type"] = r.choice(types + ["object", "array"]) if r.random() < 0.6 else r.sample(types, r.randint(1, 3))
        elif pick == 2:
            s["enum"] = [value(r, 2) for _ in range(r.randint(1, 4))]
        else:
            s["const"] = value(r, 2)

    def strings(self, s, depth):
        k = self.r.choice(["minLength", "maxLength", "pattern"])
        s[k] = self.r.choice(PATTERNS) if k == "pattern" else self.r.randrange(3)

    def numbers(self, s, depth):
        k = self.r.choice(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
        if k == "multipleOf":
            s[k] = Raw(self.r.choice(["1", "2", "0.1", "0.5", "1.5", "3", "1e-2", "10"]))
        elif self.draft == 4 and k.startswith("e"):
            s[k] = self.r.random() < 0.8
            s[k[9].lower() + k[10:]] = number(self.r)
        else:
            s[k] = number(self.r)

    def arrays(self, s, depth):
        r, tuples = self.r, "prefixItems" if self.draft == 2020 else "items"
        k = r.choice(["minItems", "maxItems", "uniqueItems", "items", "tuple", "tuple"] + ["contains"] * self.all())
        if k in ("minItems", "maxItems"):
            s[k] = r.randrange(3)
        elif k == "uniqueItems":
            s[k] = r.random() < 0.9
        elif k == "items":
            s[k] = self.below(depth)
        elif k == "tuple":
            s[tuples] = [self.below(depth) for _ in range(r.randint(1, 3))]
            s["items" if self.draft == 2020 else "additionalItems"] = self.below(depth)
        else:
            s[k] = self.below(depth)
            if self.draft >= 2019:
                r.random() < 0.3 and s.update({"minContains": r.randrange(3)})
                r.random() < 0.3 and s.update({"maxContains": r.randrange(3)})

    def objects(self, s, depth):
        r = self.r
        k = r.choice(["properties", "properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties", "propertyNames", "dependencies"])
        if k == "properties":
            s[k] = {n: self.below(depth) for n in r.sample(NAMES, r.randint(1, 3))}
        elif k == "patternProperties":
            s[k] = {p: self.below(depth) for p in r.sample(PATTERNS, r.randint(1, 2))}
        elif k in ("additionalProperties", "propertyNames"):
            boolean = self.draft >= 6 and (r.random() < 0.4 or k == "additionalProperties" and not self.all())
            s[k] = r.random() < 0.5 if boolean else self.below(depth)
        elif k == "required":
            s[k] = r.sample(NAMES, r.randint(1, 2))
        elif k == "dependencies":
            if self.draft <= 7:
                s[k] = {n: self.below(depth) if r.random() < 0.5 else r.sample(NAMES, 1) for n in r.sample(NAMES, 2)}
            else:
                s["dependentRequired"] = {n: r.sample(NAMES, 1) for n in r.sample(NAMES, 1)}
                s["dependentSchemas"] = {n: self.below(depth) for n in r.sample(NAMES, 1)}
        else:
            s[k] = r.randrange(4)

    def combined(self, s, depth):
        k = self.r.choice(["allOf", "anyOf", "oneOf", "not"] + ["if"] * (self.draft >= 7))
        if k == "not":
            s[k] = self.below(depth)
        elif k == "if":
            s[k] = self.below(depth)
            self.r.random() < 0.8 and s.update({"then": self.below(depth)})
            self.r.random() < 0.8 and s.update({"else": self.below(depth)})
        else:
            s[k] = [self.below(depth) for _ in range(self.r.randint(1, 3))]

    def later(self, s, depth):
        if self.draft < 2019:
            return
        k = self.r.choice(["unevaluatedProperties", "unevaluatedItems"] * (not self.plain) + ["$ref", "$dynamicRef"])
        if k == "$ref":
            s[k] = self.r.choice(["#/$defs/A", "#/$defs/B", "#anchored"]) if depth < 3 else "#/$defs/A"
        elif k == "$dynamicRef":
            if depth < 2:
                s["$recursiveRef" if self.draft == 2019 else k] = "#" if self.draft == 2019 else "#dyn"
        else:
            s[k] = self.below(depth) if self.r.random() < 0.5 else False


def pairs(r, count):
    """Schemas, each with values: (draft, schema text, value texts). At least `count` pairs in all."""
    made = 0
    while made < count:
        draft = r.choice(list(DRAFTS))
        values = [write(value(r)) for _ in range(12)]
        made += len(values)
        yield draft, write(Maker(r, draft).root()), values


def main(command):
    seed = int(os.environ.get("BARNABAS_TEST_SEED") or random.randrange(10**9))
    count = int(os.environ.get("BARNABAS_TEST_PAIRS") or 24_000)
    r = random.Random(seed)
    random.seed(seed)
    ours = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    compared, refused, fitting, wrong = 0, 0, 0, []
    for draft, schema, values in pairs(r, count * 2):
        if compared >= count:
            break
        checker = REFERENCES[draft](read(schema))
        try:
            expected = [checker.is_valid(read(v)) for v in values]
        except BaseException as e:  # a reference that names nothing, or itself for ever (which is a panic in a library of it)
            if isinstance(e, KeyboardInterrupt):
                raise
            expected = None
        print(json.dumps({"schema": schema, "values": values}), file=ours.stdin, flush=True)
        answer = json.loads(ours.stdout.readline())
        if expected is None or "verdicts" not in answer:
            refused += 1
            if expected is not None and "neither in the schema" not in answer["invalid"]:
                wrong.append((draft, schema, answer["invalid"], ""))
            continue
        compared += len(values)
        fitting += sum(expected)
        wrong += [(draft, schema, v, e) for v, e, got in zip(values, expected, answer["verdicts"]) if got not in (e, None)]
    ours.stdin.close()
    for draft, schema, v, expected in wrong[:10]:
        print(f"draft {draft}: {schema}\n  {v}\n  expected {expected}")
    print(f"json schema: {compared} pairs compared ({fitting} fit), {refused} schemas without a verdict, {len(wrong)} differ; seed {seed}")
    return bool(wrong) or ours.wait() != 0 or compared < count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
