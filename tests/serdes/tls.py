"""Checks whom the gateway believes that says to be the registry, and who believes the gateway: tls.py

A tunnel of TLS stands before the registry and asks each client for a certificate. For each case a gateway of its own is started, which
runs `tls.py write TOPIC`: a record with a schema goes in, which needs the registry, and what was said is printed.
"""

import asyncio
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import uuid

from gateway import Gateway, Refused, text

SELF = pathlib.Path(__file__).resolve()
WITH_GATEWAY = SELF.parent.parent.parent / "scripts/with-gateway"
AVRO = "application/vnd.kafka.avro.v2+json"
SCHEMA = '{"type":"record","name":"Secret","fields":[{"name":"x","type":"int"}]}'
PASSWORD = "secret"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, text=True)


def certificates(folder):
    """An authority, and what it has signed: a server for the name localhost and no address, and a client, whose key has a password."""
    key = ["-newkey", "rsa:2048"]
    openssl(folder, "req", "-x509", *key, "-nodes", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    for name, secret in (("server", ["-nodes"]), ("client", ["-passout", f"pass:{PASSWORD}"])):
        openssl(folder, "req", *key, *secret, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signed = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names"]
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")


async def pipe(reader, writer):
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # One side has hung up; the other is told below.
    finally:
        writer.close()


async def tunnel(folder, host, port):
    """Takes connections of TLS, hands on what they bring; returns the server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / "server.pem", folder / "server.key")

    async def serve(reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    return await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)


async def case(folder, url, settings):
    """What the write of a gateway with these settings said."""
    config = folder / "gateway.toml"
    config.write_text("".join(f"{key} = {json.dumps(str(value))}\n" for key, value in settings.items()))
    topic = f"tls-{uuid.uuid4().hex[:8]}"
    options = ["--kafka", os.environ["BARNABAS_TEST_BOOTSTRAP"], "--registry", url, "--config", str(config)]
    write = [sys.executable, str(SELF), "write", topic]
    done = await asyncio.create_subprocess_exec(WITH_GATEWAY, *options, "--", *write, stdout=subprocess.PIPE)
    said, _ = await done.communicate()
    return said.decode().strip()


def write(topic):
    target = Gateway(os.environ["GATEWAY_ADDRESS"])
    target.create_topic(topic)
    try:
        print(target.ask("POST", f"/topics/{topic}", text({"value_schema": SCHEMA, "records": [{"value": {"x": 1}}]}), AVRO))
    except Refused as refused:
        print(refused)


async def check(folder):
    certificates(folder)
    registry = urllib.parse.urlsplit(os.environ["BARNABAS_TEST_SCHEMA_REGISTRY"])
    server = await tunnel(folder, registry.hostname, registry.port)
    listening = server.sockets[0].getsockname()[1]
    by_name, by_address = f"https://localhost:{listening}{registry.path}", f"https://127.0.0.1:{listening}{registry.path}"

    believed = {"schema.registry.ssl.ca.location": folder / "authority.pem"}
    ours = {
        "schema.registry.ssl.certificate.location": folder / "client.pem",
        "schema.registry.ssl.key.location": folder / "client.key",
        "schema.registry.ssl.key.password": PASSWORD,
    }
    any_host = {"schema.registry.ssl.endpoint.identification.algorithm": "none"}
    written, refused = '"offset":0', '"error_code":42207'
    rows = [
        ("both sides are believed", by_name, believed | ours, [written]),
        ("an authority that is not known", by_name, ours, [refused, "certificate verify failed"]),
        ("no certificate of ours", by_name, believed, [refused]),
        ("another host's certificate", by_address, believed | ours, [refused, "certificate verify failed"]),
        ("another host's certificate, allowed", by_address, believed | ours | any_host, [written]),
    ]
    for name, url, settings, expected in rows:
        said = await case(folder, url, settings)
        if missing := [words for words in expected if words not in said]:
            sys.exit(f"tls: {name}: FAILED, without {missing}: {said}")
    server.close()
    print(f"serdes tls: {len(rows)} cases, ok")


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as place:
            asyncio.run(check(pathlib.Path(place)))
