# A device of TPEDM with paho for Python: subscribes, and answers each request once.
import json
import sys

from paho_client import new_client

port, client_id, user_name, password = sys.argv[1:]
client = new_client(client_id=client_id, protocol=4)
client.username_pw_set(user_name, password)


def on_connect(client, _userdata, _flags, code):
    print("connected", code, flush=True)
    client.subscribe(f"/tpedm/{client_id}/input", qos=1)


def on_message(client, _userdata, message):
    request = json.loads(message.payload)
    headers = {name: value for header in request["headers"] for name, value in header.items()}
    data = {"path": request["path"], "method": request["method"], "body": request["requestBody"], "qos": message.qos}
    answer = {"request-id": int(headers["request-id"]), "state": 200, "payload": json.dumps({"data": data})}
    client.publish(f"/tpedm/{client_id}/output", json.dumps(answer), qos=1)


client.on_connect = on_connect
client.on_message = on_message
client.connect("127.0.0.1", int(port))
client.loop_forever()
