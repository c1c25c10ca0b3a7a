#!/usr/bin/env python3
"""Kills workers while they deliver, and checks that every event arrives, in order per order, and nothing else.

    deliver.py BINARY DATABASE_URL [KILLS] [CONSUMER]

Starts BINARY on an empty database without background work, and two `BINARY worker` that are killed with SIGKILL again and
again while orders are placed, changed and dry-run. The receiver fails at random, is slow, takes messages and says that it did
not. It keeps ids; at the end these must be the events of the log, and those of each order must have come first in its order.
With AMQP_URL in the environment events go to RabbitMQ too, and CONSUMER (examples/rabbitmq-consumer) must print every
confirmed order. Prints `N passed, 0 failed`.
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid

BINARY, DATABASE_URL = sys.argv[1], sys.argv[2]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
CONSUMER = sys.argv[4] if len(sys.argv) > 4 and os.environ.get("AMQP_URL") else None
CLIENTS = 3
PATIENCE = 180

name = f"ordergraph.deliver.{uuid.uuid4().hex}"
folder = tempfile.mkdtemp(prefix="ordergraph-deliver-")
env = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": DATABASE_URL, "LOG_LEVEL": "error", 
       "RATE_LIMIT_AUTH": "off", "RATE_LIMIT_ANON": "off", "RATE_LIMIT_USER": "off",
       "RATE_LIMIT_ORDER_CREATE": "off",
       "WORKER": "false",
       "WEBHOOK_ALLOW_PRIVATE": "true", "WEBHOOK_TIMEOUT": "2", "WEBHOOK_RETRIES": ",".join(["1"] * 60),
       "AMQP_EXCHANGE": f"{name}.events", "AMQP_QUEUE": f"{name}.fulfillment"}
if not CONSUMER:
    env.pop("AMQP_URL", None)

passed = 0


def must(condition, message):
    global passed
    if not condition:
        print(f"failed: {message}")
        print(f"{passed} passed, 1 failed")
        os._exit(1)
    passed += 1


# --- The receiver -------------------------------------------------------------------------------------------------------

received = []
secret = None
lock = threading.Lock()
is_kind = False


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        mood = 1.0 if is_kind else random.random()
        if mood < 0.1:
            return self.answer(500)  # refused, not taken
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        with lock:
            received.append((self.headers["webhook-id"], json.loads(body)["data"], wanted == self.headers["webhook-signature"]))
        if mood < 0.13:
            time.sleep(2.5)  # taken, but too slow
        elif mood < 0.25:
            time.sleep(random.uniform(0, 0.3))
        self.answer(500 if mood < 0.2 else 204)

    def answer(self, status):
        try:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


receiver = Server(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()

# --- The service --------------------------------------------------------------------------------------------------------


def run(*arguments, stdin=None):
    return subprocess.run([BINARY, *arguments], env=env, input=stdin, text=True, capture_output=True)


def start_worker():
    return subprocess.Popen([BINARY, "worker"], env=env, stderr=subprocess.DEVNULL)


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

created = run("user", "create", "--email", "deliver@example.com", "--role", "admin", "--password-stdin", stdin="deliver-deliver\n")
must(created.returncode == 0, created.stderr)
token = run("token", "--email", "deliver@example.com").stdout.strip()
service = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}"], env=env, stderr=subprocess.DEVNULL)


def call(query, variables=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {token}"}
    connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables or {}}), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    if answer.get("errors"):
        raise RuntimeError(answer["errors"])
    return answer["data"]


for _ in range(200):
    try:
        call("{ __typename }")
        break
    except OSError:
        time.sleep(0.05)

workers = [start_worker(), start_worker()]
# The readers of the log begin where it ends when a worker first runs.
begun = False
store = call('mutation { storeCreate(input: { name: "Deliver" }) { store { id } } }')["storeCreate"]["store"]["id"]
answer = call("mutation($url: String!) { webhookEndpointCreate(input: { url: $url, events: [\"order.*\"] }) "
              "{ endpoint { id } secret userErrors { message } } }",
              {"url": f"http://127.0.0.1:{receiver.server_address[1]}/"})["webhookEndpointCreate"]
must(not answer["userErrors"], str(answer))
endpoint, secret = answer["endpoint"]["id"], answer["secret"]
for _ in range(300):
    delivery = call("mutation($id: ID!) { webhookPing(input: { endpoint: $id }) { delivery { id } } }", {"id": endpoint})
    time.sleep(0.2)
    state = call("query($id: ID!) { webhookDelivery(id: $id) { state } }", {"id": delivery["webhookPing"]["delivery"]["id"]})
    if state["webhookDelivery"]["state"] == "SUCCEEDED":
        begun = True
        break
must(begun, "the workers do not begin")
# A worker gives the log its cursors before it does jobs, but two begin at once: let both be there.
time.sleep(1)
product = {"store": store, "name": "D", "status": "ACTIVE", "isPhysical": False,
           "variants": [{"sku": "DELIVER", "price": "10.00", "stock": 1_000_000}]}
answer = call("mutation($input: ProductCreateInput!) { productCreate(input: $input) { userErrors { message } } }", {"input": product})
must(not answer["productCreate"]["userErrors"], str(answer))

consumer, confirmed = None, []
if CONSUMER:
    consumer = subprocess.Popen([CONSUMER], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def listen():
        for line in consumer.stdout:
            confirmed.append(json.loads(line)["data"])

    threading.Thread(target=listen, daemon=True).start()

# --- Load, and death ----------------------------------------------------------------------------------------------------

stop = threading.Event()
orders, broken = [], []


def shop():
    try:
        while not stop.is_set():
            visit()
    except (RuntimeError, OSError) as error:
        broken.append(error)


def visit():
    order = call('mutation { orderCreate(input: { items: [{ sku: "DELIVER", quantity: 1 }] }) { order { id } } }')
    order = order["orderCreate"]["order"]["id"]
    with lock:
        orders.append(order)
    call("mutation($o: ID!) { orderCancel(input: { order: $o, dryRun: true }) { userErrors { code } } }", {"o": order})
    for mutation in ("orderConfirm", "orderProcess")[: random.randint(0, 2)]:
        call(f"mutation($o: ID!) {{ {mutation}(input: {{ order: $o }}) {{ userErrors {{ code }} }} }}", {"o": order})
    time.sleep(0.05)


shoppers = [threading.Thread(target=shop) for _ in range(CLIENTS)]
for shopper in shoppers:
    shopper.start()
for kill in range(KILLS):
    time.sleep(random.uniform(0.3, 1.0))
    victim = kill % 2
    workers[victim].send_signal(signal.SIGKILL)
    workers[victim].wait()
    workers[victim] = start_worker()
stop.set()
for shopper in shoppers:
    shopper.join()
is_kind = True
must(len(orders) > KILLS and not broken, f"{len(orders)} orders; {broken[:1]}")

# --- What must be there -------------------------------------------------------------------------------------------------

log = {}
for begin in range(0, len(orders), 20):
    part = call("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { id events(first: 50) { nodes { id sequence kind } } } } }",
                {"ids": orders[begin : begin + 20]})["nodes"]
    for order in part:
        for event in order["events"]["nodes"]:
            log[event["id"]] = (order["id"], event["sequence"], event["kind"])

wanted = {event for event, (_, _, kind) in log.items() if kind == "ORDER_CONFIRMED"} if CONSUMER else set()
until = time.monotonic() + PATIENCE
while time.monotonic() < until:
    with lock:
        have = {id for id, *_ in received if id.startswith("event_")}
    if have >= set(log) and {event["id"] for event in confirmed} >= wanted:
        break
    time.sleep(0.2)
time.sleep(1)

with lock:
    messages = [message for message in received if message[0].startswith("event_")]
first = {}
for place, (id, data, is_signed) in enumerate(messages):
    must(is_signed, f"{id} is not signed")
    first.setdefault(id, (place, data))
must(set(first) == set(log), f"missing {sorted(set(log) - set(first))[:5]}, beyond the log {sorted(set(first) - set(log))[:5]}")
by_order = {}
for id, (place, data) in sorted(first.items(), key=lambda item: item[1][0]):
    must((data["order"]["id"], data["sequence"], data["kind"]) == log[id], f"{id} tells something else")
    by_order.setdefault(data["order"]["id"], []).append(data["sequence"])
for order, sequences in by_order.items():
    must(sequences == sorted(sequences), f"{order} came as {sequences}")
if CONSUMER:
    ids = [event["id"] for event in confirmed]
    must(len(ids) == len(set(ids)) and set(ids) == wanted, f"RabbitMQ: {len(ids)} confirmed orders, {len(wanted)} in the log")

for worker in workers:
    worker.terminate()
    must(worker.wait(timeout=40) == 0, "a worker did not stop in order")
service.terminate()
must(service.wait(timeout=40) == 0, "the service did not stop in order")
if consumer:
    consumer.kill()
doctor = run("doctor")
must(doctor.returncode == 0, doctor.stdout + doctor.stderr)
queue = f", {len(confirmed)} through RabbitMQ" if CONSUMER else ""
print(f"killed {KILLS} times: {len(orders)} orders, {len(log)} events, {len(messages)} messages{queue}")
print(f"{passed} passed, 0 failed")
os._exit(0)
