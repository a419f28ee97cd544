#!/usr/bin/env python3
"""Brings a device aboard. Needs paho-mqtt and cryptography; services/protocol/docs/provisioning-client.md explains it."""
import base64, hashlib, json, os, queue, ssl, urllib.request
from datetime import datetime, timezone
from urllib.parse import urlparse
import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

CA, FOLDER, WAIT = os.environ["CA"], os.environ.get("FOLDER", "."), 30

def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

def verified(jws):
    """What the platform has signed; the chain of its certificate must lead to one of those in the file CA."""
    header, payload, signature = jws.split(".")
    head, raw = json.loads(decoded(header)), decoded(signature)
    chain = [x509.load_der_x509_certificate(base64.b64decode(der)) for der in head["x5c"]]
    usage = chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if head["alg"] != "ES256" or len(raw) != 64 or list(usage) != [x509.oid.ExtendedKeyUsageOID.CODE_SIGNING]:
        raise ValueError("it is not signed with a certificate for messages")
    with open(CA, "rb") as file:
        trusted = x509.load_pem_x509_certificates(file.read())
    for certificate, issuer in zip(chain, [*chain[1:], None]):
        if datetime.now(timezone.utc) > certificate.not_valid_after_utc:
            raise ValueError("its certificate has expired")
        if certificate in trusted:
            break
        if issuer is None or not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ValueError("its chain does not lead to the platform's authority")
        certificate.verify_directly_issued_by(issuer)
    both = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    chain[0].public_key().verify(both, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(decoded(payload))

def connected(url, client_id, user_name, password):
    to, received = urlparse(url), queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id)
    client.username_pw_set(user_name, password)
    if to.scheme == "mqtts":
        client.tls_set(ca_certs=CA)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: received.put(reason)
    client.on_message = lambda _client, _data, message: received.put(json.loads(message.payload))
    client.connect(to.hostname, to.port or (8883 if to.scheme == "mqtts" else 1883))
    client.loop_start()
    reason = received.get(timeout=WAIT)
    if reason.is_failure:
        raise ConnectionError(f"not let in: {reason}")
    return client, received

def keep(name, data):
    with open(os.path.join(FOLDER, os.path.basename(name)), "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

client, received = connected(*(os.environ[name] for name in ("BROKER_URL", "CLIENT_ID", "USER_NAME", "PASSWORD")))
tell = lambda topic, content: client.publish(topic, json.dumps(content), qos=1).wait_for_publish(WAIT)
progress = lambda state, **more: tell("provision/progress", {"state": state, **more})
client.subscribe("provision/reply", qos=1)
tell("provision/request", {"activationKey": os.environ["ACTIVATION_KEY"]} if "ACTIVATION_KEY" in os.environ else {})
answer = received.get(timeout=WAIT)
if "error" in answer:
    raise SystemExit(f"refused: {answer['error']['message']}")
try:
    reply = verified(answer["jws"])
    if "configuration" in reply:
        progress("CONF_UPDATING")
        keep("configuration.json", json.dumps(reply["configuration"]).encode())
        progress("CONF_UPDATED")
    for bundle in reply["bundles"]:
        progress("APPS_INSTALLING", bundle=bundle["name"])
        tls = {"context": ssl.create_default_context(cafile=CA)} if bundle["url"].startswith("https:") else {}
        data = urllib.request.urlopen(bundle["url"], timeout=WAIT, **tls).read()
        if hashlib.sha256(data).hexdigest() != bundle["sha256"]:
            raise ValueError(f"{bundle['name']} has other bytes than the platform named")
        keep(bundle["name"], data)
    if reply["bundles"]:
        progress("APPS_INSTALLED")
except Exception as error:
    progress("FAILED", error={"code": "device", "message": str(error)})
    raise SystemExit(f"failed: {error}")
keep("identity.json", json.dumps(reply).encode())
client.disconnect()
connected(reply["endpoints"]["mqtt"], reply["device"], reply["device"], reply["credential"]["token"])
print(f"came aboard as {reply['device']}")
