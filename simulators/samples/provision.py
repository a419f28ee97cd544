#!/usr/bin/env python3
"""Provisions a device. Needs paho-mqtt, cryptography and platform_signature.py; services/protocol/docs/provisioning-client.md explains it."""
import hashlib, json, os, queue, ssl, urllib.request
from urllib.parse import urlparse
import paho.mqtt.client as mqtt
from platform_signature import verified

CA, FOLDER, WAIT = os.environ["CA"], os.environ.get("FOLDER", "."), 30

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
    reply = verified(answer["jws"], CA)
    if "configuration" in reply:
        progress("CONF_UPDATING")
        keep("configuration.json", json.dumps(reply["configuration"]).encode())
        progress("CONF_UPDATED")
    for bundle in reply["bundles"]:
        progress("APPS_INSTALLING", bundle=bundle["name"])
        tls = {"context": ssl.create_default_context(cafile=CA)} if bundle["url"].startswith("https:") else {}
        data = urllib.request.urlopen(bundle["url"], timeout=WAIT, **tls).read()
        if hashlib.sha256(data).hexdigest() != bundle["sha256"]:
            raise ValueError(f"{bundle['name']} does not have the SHA-256 that the platform named")
        keep(bundle["name"], data)
    if reply["bundles"]:
        progress("APPS_INSTALLED")
except Exception as error:
    progress("FAILED", error={"code": "device", "message": str(error)})
    raise SystemExit(f"failed: {error}")
keep("identity.json", json.dumps(reply).encode())
client.disconnect()
connected(reply["endpoints"]["mqtt"], reply["device"], reply["device"], reply["credential"]["token"])
print(f"provisioned as {reply['device']}")
