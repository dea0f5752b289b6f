"""Checks an OpenAPI document: check.py FILE

It must be valid by OpenAPI's own schema, and every example in it by the schema that it is an example of.
"""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def examples(document):
    """Where each example is, its value, and the pointer to its schema."""
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            place = ["paths", path, verb]
            bodies = [(place + ["requestBody"], operation.get("requestBody", {}))]
            bodies += [(place + ["responses", status], answer) for status, answer in operation["responses"].items()]
            for at, body in bodies:
                for media, content in body.get("content", {}).items():
                    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in at + ["content", media, "schema"])
                    for name, example in content.get("examples", {}).items():
                        yield f"{verb} {path}: {name}", example["value"], "#/" + pointer.replace("{", "%7B").replace("}", "%7D")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    validate(document)
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:document", resource)
    count, wrong = 0, []
    for place, value, pointer in examples(document):
        count += 1
        validator = Draft202012Validator({"$ref": "urn:document" + pointer}, registry=registry)
        wrong += [f"{place}: {error.message} at {error.json_path}" for error in validator.iter_errors(value)]
    if wrong or not count:
        sys.exit("\n".join(wrong or ["there are no examples"]))
    print(f"openapi document: ok, valid, and so are {count} examples")


if __name__ == "__main__":
    main()
