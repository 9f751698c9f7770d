"""What a Python program does with the embedded broker, by Eclipse Paho:

    pahomqtt.py URL VERSION PHASE

VERSION is 4 (MQTT 3.1.1) or 5. PHASE is "all", or one half of a restart of the
broker: "before" or "after". User, password and CA come from the environment.
"""

import os
import queue
import sys
import threading
import time
from urllib.parse import urlparse

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

url, version, phase = urlparse(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
five = version == 5
name = f"py-{version}-{url.scheme}"
base = f"others/{name}"


class Client:
    """One connection; raises ConnectionError where it is refused."""

    def __init__(self, id, clean=True, keep=0, will=None, password=None):
        args = {"client_id": f"{name}-{id}", "protocol": mqtt.MQTTv5 if five else mqtt.MQTTv311,
                "transport": "websockets" if url.scheme.startswith("ws") else "tcp"}
        if not five:
            args["clean_session"] = clean
        if hasattr(mqtt, "CallbackAPIVersion"):  # 2.0 and later
            args["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION1
        self.c = mqtt.Client(**args)
        self.c.username_pw_set(os.environ["CLIENT_USER"], password or os.environ["CLIENT_PASSWORD"])
        if url.scheme in ("mqtts", "wss"):
            self.c.tls_set(os.environ["CLIENT_CA"])
        if url.scheme.startswith("ws"):
            self.c.ws_set_options(path=url.path or "/")
        if will:
            self.c.will_set(*will)
        self.messages = queue.Queue()
        self.answers = queue.Queue()
        self.up = threading.Event()
        self.c.on_connect = self.connected
        self.c.on_message = lambda c, u, m: self.messages.put(m)
        self.c.on_subscribe = lambda *a: self.answers.put(a[3])
        self.c.on_unsubscribe = lambda *a: self.answers.put(None)
        extra = {}
        if five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = keep
            extra = {"clean_start": clean, "properties": properties}
        self.c.connect(url.hostname, url.port, **extra)
        self.c.loop_start()
        if not self.up.wait(10) or self.refused:
            self.c.loop_stop()
            raise ConnectionError(str(getattr(self, "refused", "no answer")))

    def connected(self, c, u, flags, rc, *rest):
        code = rc if isinstance(rc, int) else rc.value
        self.refused, self.present = code, bool(flags["session present"])
        self.up.set()

    def subscribe(self, *args, **kw):
        self.c.subscribe(*args, **kw)
        return [g if isinstance(g, int) else g.value for g in self.answers.get(timeout=10)]

    def unsubscribe(self, topic):
        self.c.unsubscribe(topic)
        self.answers.get(timeout=10)

    def publish(self, topic, payload, qos=1, retain=False, **kw):
        self.c.publish(topic, payload, qos, retain, **kw).wait_for_publish(10)

    def take(self, n=1):
        return [self.messages.get(timeout=10) for _ in range(n)]

    def texts(self, n=1):
        return [m.payload.decode() for m in self.take(n)]

    def quiet(self):
        """Expects that nothing more is on its way: a message of our own comes next."""
        self.subscribe(f"{base}/marker", 0)
        self.publish(f"{base}/marker", "m")
        same(self.take()[0].topic, f"{base}/marker")
        self.unsubscribe(f"{base}/marker")

    def leave(self):
        """Says goodbye, and waits until it is said and the broker has had time to hear it."""
        left = threading.Event()
        self.c.on_disconnect = lambda *_: left.set()
        self.c.disconnect()
        same(left.wait(10), True)
        self.c.loop_stop()
        time.sleep(0.2)

    def vanish(self):
        """Breaks the connection without a word."""
        sock = self.c.socket()
        sock.shutdown(2) if not hasattr(sock, "_socket") else sock._socket.shutdown(2)
        self.c.loop_stop()


def numbers(messages, want):
    """Expects messages with these numbers, in order for each QoS: a message of QoS 2
    is there when its handshake has ended, so later ones may overtake it."""
    for qos in range(3):
        same([int(m.payload) for m in messages if m.qos == qos], [i for i in want if i % 3 == qos])


def same(got, want):
    if got != want:
        raise AssertionError(f"{got!r} is not {want!r}")


def all_():
    p = Client("publisher")
    w = Client("watcher")

    # Retained messages: the newest counts, live ones are not marked, an empty one clears.
    p.publish(f"{base}/kept/a", "old", 1, True)
    p.publish(f"{base}/kept/a", "new", 2, True)
    w.subscribe(f"{base}/kept/+", 2)
    m = w.take()[0]
    same((m.payload, m.retain, m.qos), (b"new", True, 2))
    p.publish(f"{base}/kept/a", "", 1, True)
    m = w.take()[0]
    same((m.payload, m.retain), (b"", False))
    w.quiet()

    # QoS 0, 1 and 2, once each and in order; a large message.
    w.subscribe(f"{base}/q/#", 2)
    for i in range(60):
        p.publish(f"{base}/q/{i}", str(i), i % 3)
    numbers(w.take(60), range(60))
    p.publish(f"{base}/q/big", b"x" * (200 << 10))
    same(len(w.take()[0].payload), 200 << 10)
    w.quiet()

    # Topic filters; a message that several cover comes once.
    f = Client("filters")
    for topic in (f"{base}/f/+/b", f"{base}/f/#", "+/none/#"):
        f.subscribe(topic, 1)
    for t in ("f", "f/a/b", "f/a/c", "g"):
        p.publish(f"{base}/{t}", t)
    same(f.texts(3), ["f", "f/a/b", "f/a/c"])
    f.quiet()

    # The will comes when the connection breaks, and not after a goodbye.
    w.subscribe(f"{base}/will", 1)
    will = (f"{base}/will", "gone", 1, False)
    Client("dying", will=will).leave()
    Client("dying", will=will).vanish()
    same(w.texts(), ["gone"])
    w.quiet()

    # A session: what came meanwhile is there, in order, but for QoS 0.
    Client("session").leave()
    s = Client("session", clean=False, keep=3600)
    same(s.present, False)
    s.subscribe(f"{base}/s/#", 2)
    s.leave()
    for i in range(30):
        p.publish(f"{base}/s/{i}", str(i), i % 3)
    s = Client("session", clean=False, keep=3600)
    same(s.present, True)
    numbers(s.take(20), [i for i in range(30) if i % 3])
    s.quiet()
    s.leave()

    if five:
        properties(p, w)
    try:
        Client("stranger", password="wrong")
    except ConnectionError:
        pass
    else:
        raise AssertionError("a wrong password was taken")
    for c in (p, w, f):
        c.leave()


def properties(p, w):
    """What of MQTT 5 is used."""
    x = Properties(PacketTypes.PUBLISH)
    x.UserProperty = [("a", "2"), ("a", "1"), ("b", "ü")]
    x.ContentType = "application/json"
    x.ResponseTopic = "answers/1"
    x.CorrelationData = b"\0\1"
    x.PayloadFormatIndicator = 1
    x.MessageExpiryInterval = 100
    identified = Properties(PacketTypes.SUBSCRIBE)
    identified.SubscriptionIdentifier = 7
    w.subscribe(f"{base}/p", options=SubscribeOptions(qos=1), properties=identified)
    p.publish(f"{base}/p", "{}", properties=x)
    got = w.take()[0].properties
    for key in ("UserProperty", "ContentType", "ResponseTopic", "CorrelationData", "PayloadFormatIndicator"):
        same(getattr(got, key), getattr(x, key))
    same(90 < got.MessageExpiryInterval <= 100, True)
    same(got.SubscriptionIdentifier, [7])

    # A session ends when it was said to, a message expires on the way.
    Client("brief", clean=False, keep=0).leave()
    b = Client("brief", clean=False, keep=0)
    same(b.present, False)
    b.leave()
    s = Client("expiry", clean=False, keep=3600)
    s.subscribe(f"{base}/e/#", 1)
    s.leave()
    for topic, seconds in (("short", 1), ("long", 100)):
        x = Properties(PacketTypes.PUBLISH)
        x.MessageExpiryInterval = seconds
        p.publish(f"{base}/e/{topic}", "x", properties=x)
    time.sleep(2.1)
    s = Client("expiry", clean=False, keep=3600)
    same(s.take()[0].topic, f"{base}/e/long")
    s.quiet()
    s.leave()

    # A subscription without what is one's own.
    w.subscribe(f"{base}/own", options=SubscribeOptions(qos=1, noLocal=True))
    w.publish(f"{base}/own", "own")
    p.publish(f"{base}/own", "other")
    same(w.texts(), ["other"])


def before():
    s = Client("restart", clean=False, keep=3600)
    s.subscribe(f"{base}/r/#", 2)
    s.leave()
    p = Client("publisher")
    p.publish(f"{base}/r/kept", "kept", 1, True)
    for i in range(30):
        p.publish(f"{base}/r/{i}", str(i), i % 3)
    p.leave()


def after():
    s = Client("restart", clean=False, keep=3600)
    same(s.present, False)  # sessions end with the process
    s.quiet()
    s.leave()
    w = Client("watcher")
    w.subscribe(f"{base}/r/#", 0)
    m = w.take()[0]
    same((m.topic, m.retain), (f"{base}/r/kept", True))
    w.publish(f"{base}/r/kept", "", 1, True)
    w.leave()


{"all": all_, "before": before, "after": after}[phase]()
print(f"paho-mqtt {'5' if five else '3.1.1'} {sys.argv[1]} {phase}: ok")
