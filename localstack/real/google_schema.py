"""google_schema.py LIB FOLDER: checks the google_* resources of a Terraform folder against the schema of Google's provider.

The provider itself cannot be had from a package registry; its schema can: LIB is the folder lib of cdktn-provider-google, which is generated from it, a folder for each
resource. Checked are the names of arguments and blocks at each level, whether a name is a block, and that what is required is there.
"""

import pathlib
import re
import sys

import hcl2

META = {"for_each", "count", "depends_on", "lifecycle", "provider", "timeouts", "dynamic", "__is_block__", "__comments__"}
TOP = "synthesizeHclAttributes"
ATTR = re.compile(r"^\s{4,12}(\w+): \{\s*value: (?:cdktn\.listMapperHcl\()?([\w.]+).*?isBlock: (true|false)", re.M | re.S)


def bare(name):
    return name.strip('"')


def camel(name):
    return re.sub(r"_(\w)", lambda m: m[1].upper(), name)


class Resource:
    """The schema of one resource: for each block, its members by name, and which of them are required."""

    def __init__(self, folder):
        js = (folder / "index.js").read_text()
        self.types = (folder / "index.d.ts").read_text()
        self.functions = {}
        found = re.findall(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", js, re.M | re.S)
        found += re.findall(r"^    (synthesizeHclAttributes)\(\) \{\n(.*?)^    \}", js, re.M | re.S)
        for name, text in found:
            self.functions[name] = {a[0]: (a[1].removesuffix("ToHclTerraform"), a[2] == "true") for a in ATTR.findall(text)}

    def required(self, function):
        name = r"\w+Config" if function == TOP else function
        m = re.search(rf"^export interface {name} [^{{]*\{{\n(.*?)^\}}", self.types, re.M | re.S | re.I)
        return re.findall(r"^\s+readonly (\w+): ", m[1], re.M) if m else []


def check(schema, function, body, where):
    members = schema.functions[function]
    present = set()
    given = [(bare(name), value) for name, value in body.items() if bare(name) not in META]
    for dynamic in body.get("dynamic", []):
        for name, block in dynamic.items():
            if bare(name) not in META:
                given.append((bare(name), block["content"]))
    for name, value in given:
        present.add(camel(name))
        if name not in members:
            yield f"{where}: there is no {name} (but {', '.join(sorted(members))})"
            continue
        inner, is_block = members[name]
        blocks = [v for v in value if isinstance(v, dict) and v.get("__is_block__")] if isinstance(value, list) else []
        if is_block != bool(blocks):
            yield f"{where}: {name} is {'a block' if is_block else 'an argument'}"
        for block in blocks if is_block else []:
            yield from check(schema, inner, block, f"{where}.{name}")
    for name in schema.required(function):
        if name not in present:
            yield f"{where}: {name} is missing"


def main(lib, folder):
    checked, problems = 0, []
    for path in sorted(pathlib.Path(folder).glob("*.tf")):
        for resource in hcl2.loads(path.read_text()).get("resource", []):
            for kind, named in resource.items():
                if not bare(kind).startswith("google_"):
                    continue
                schema = Resource(pathlib.Path(lib) / bare(kind).removeprefix("google_").replace("_", "-"))
                for name, body in named.items():
                    checked += 1
                    problems += check(schema, TOP, body, f"{path}: {bare(kind)}.{bare(name)}")
    print("\n".join(problems) or f"{checked} resources of Google's provider fit its schema")
    return 1 if problems or not checked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
