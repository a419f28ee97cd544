# A client of paho for Python 1 (Debian's 1.6.1) and 2 alike: version 2 asks for the form of the callbacks.
import paho.mqtt.client as paho


def new_client(**options):
    if hasattr(paho, "CallbackAPIVersion"):
        return paho.Client(paho.CallbackAPIVersion.VERSION1, **options)
    return paho.Client(**options)
