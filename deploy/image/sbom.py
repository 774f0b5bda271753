"""sbom.py BASE LIB RELEASE: prints a bill of materials (CycloneDX 1.5) of an image: Debian's packages in BASE, the jars in LIB, the Java of RELEASE."""
import glob
import hashlib
import json
import os
import re
import sys
import zipfile

base, lib, release = sys.argv[1:]
components = []

with open(os.path.join(base, "var/lib/dpkg/status"), encoding="utf-8") as status:
    for package in status.read().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", package, re.M))
        if fields.get("Status", "").endswith(" installed"):
            name, version, arch = fields["Package"], fields["Version"], fields["Architecture"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={arch}"
            components.append({"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl})

for path in sorted(glob.glob(os.path.join(lib, "*.jar"))):
    with open(path, "rb") as jar:
        digest = hashlib.sha256(jar.read()).hexdigest()
    file = os.path.basename(path)[:-4]
    match = re.fullmatch(r"(.+?)-(\d[\w.+-]*)", file)
    group, name, version = "", match.group(1) if match else file, match.group(2) if match else ""
    with zipfile.ZipFile(path) as jar:
        for entry in jar.namelist():
            # A shaded jar has several; the one of the jar's own name is its own.
            if re.fullmatch(rf"META-INF/maven/[^/]+/{re.escape(name)}/pom.properties", entry):
                facts = dict(re.findall(r"^(\w+)=(.*?)\r?$", jar.read(entry).decode(), re.M))
                group, version = facts.get("groupId", ""), facts.get("version", version)
    purl = f"pkg:maven/{group}/{name}@{version}" if group else f"pkg:generic/{name}@{version}"
    component = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    component["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if group:
        component["group"] = group
    components.append(component)

with open(release, encoding="utf-8") as facts:
    java = dict(re.findall(r'^(\w+)="(.*)"$', facts.read(), re.M))
version = java.get("JAVA_RUNTIME_VERSION", java.get("JAVA_VERSION", ""))
components.append({"type": "platform", "name": "java", "version": version, "bom-ref": "java"})

json.dump({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}, sys.stdout, indent=1)
