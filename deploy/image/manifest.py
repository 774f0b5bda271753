"""manifest.py LAYOUT NAME VERSION <LAYERS: writes the configuration, the manifest and the index of an OCI layout whose layers are there.

A line of LAYERS is the digest of a layer as it lies there, and the one of what is in it.
"""
import hashlib
import json
import os
import platform
import sys

layout, name, version = sys.argv[1:]
layers = [line.split() for line in sys.stdin]
blobs = os.path.join(layout, "blobs", "sha256")


def put(value):
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as out:
        out.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
config = {
    "architecture": architecture,
    "os": "linux",
    "created": "1970-01-01T00:00:00Z",
    "config": {
        "Entrypoint": ["/opt/leat/leat"],
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LEAT_STATE_HOME=/var/lib/leat/state",
            # It brings what is compiled ahead of time; what a container made would be lost with it.
            "LEAT_NO_AOT=1",
        ],
        "Labels": {
            "org.opencontainers.image.title": "leat",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    },
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + unpacked for _, unpacked in layers]},
}
manifest = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put(config)},
    "layers": [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": "sha256:" + packed,
            "size": os.path.getsize(os.path.join(blobs, packed)),
        }
        for packed, _ in layers
    ],
}
index = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [
        {
            "mediaType": manifest["mediaType"],
            **put(manifest),
            "platform": {"architecture": architecture, "os": "linux"},
            "annotations": {
                "io.containerd.image.name": name,
                "org.opencontainers.image.ref.name": name.rsplit(":", 1)[-1],
            },
        }
    ],
}
for file, value in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
    with open(os.path.join(layout, file), "w") as out:
        json.dump(value, out, sort_keys=True)
