#!/usr/bin/env python3
"""Kills the service while it takes orders, again and again, and checks that nothing acknowledged is lost.

    crash.py BINARY DATABASE_URL [ROUNDS]

Starts BINARY on an empty database, places orders over several connections, kills the process with SIGKILL in the middle,
starts it again. At the end each acknowledged order must be there, once, stock and orders must add up, and
`BINARY doctor` must find nothing. Prints `N passed, 0 failed`.
"""

import http.client
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
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
STOCK = 1_000_000
CLIENTS = 6

folder = tempfile.mkdtemp(prefix="ordergraph-crash-")
env = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": DATABASE_URL, "LOG_LEVEL": "error",
       "RATE_LIMIT_AUTH": "off", "RATE_LIMIT_ANON": "off", "RATE_LIMIT_USER": "off",
       "RATE_LIMIT_ORDER_CREATE": "off"}


def run(*arguments, stdin=None):
    return subprocess.run([BINARY, *arguments], env=env, input=stdin, text=True, capture_output=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{self.port}"], env=env, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/livez")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the service does not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, connection, query, variables):
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {token}"}
        connection.request("POST", "/graphql", body, headers)
        return json.loads(connection.getresponse().read())


CREATE = """mutation($input: OrderCreateInput!) { orderCreate(input: $input) {
    order { id number } replayed userErrors { code message } } }"""

acknowledged = {}
unanswered = []
lock = threading.Lock()


def buy(service, stop):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    while not stop.is_set():
        key = str(uuid.uuid4())
        items = [{"sku": sku, "quantity": random.randint(1, 3)} for sku in ("CRASH-A", "CRASH-B")]
        request = {"input": {"items": items, "idempotencyKey": key}}
        try:
            answer = service.call(connection, CREATE, request)
        except (OSError, http.client.HTTPException, ValueError):
            with lock:
                unanswered.append(request)
            return
        order = ((answer.get("data") or {}).get("orderCreate") or {}).get("order")
        if order:
            with lock:
                acknowledged[key] = order["id"]


def must(condition, message):
    if not condition:
        print(f"failed: {message}")
        print("0 passed, 1 failed")
        raise SystemExit(1)


created = run("user", "create", "--email", "crash@example.com", "--role", "admin", "--password-stdin", stdin="crash-crash\n")
must(created.returncode == 0, created.stderr)
token = run("token", "--email", "crash@example.com").stdout.strip()

service = Service()
connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
store = service.call(connection, 'mutation { storeCreate(input: { name: "Crash" }) { store { id } } }', {})
store = store["data"]["storeCreate"]["store"]["id"]
for sku in ("CRASH-A", "CRASH-B"):
    product = {"store": store, "name": sku, "status": "ACTIVE", "isPhysical": False,
               "variants": [{"sku": sku, "price": "10.00", "stock": STOCK}]}
    query = "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id } userErrors { message } } }"
    answer = service.call(connection, query, {"input": product})
    must(not answer["data"]["productCreate"]["userErrors"], str(answer))

for round_number in range(ROUNDS):
    stop = threading.Event()
    clients = [threading.Thread(target=buy, args=(service, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(random.uniform(0.1, 0.6))
    service.kill()
    stop.set()
    for client in clients:
        client.join()
    service = Service()

# Calls that got no answer are repeated with their keys: each ends in one order, whether it had been placed or not.
connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
replayed = 0
for request in unanswered:
    answer = service.call(connection, CREATE, request)["data"]["orderCreate"]
    must(not answer["userErrors"], str(answer))
    replayed += answer["replayed"]
    acknowledged[request["input"]["idempotencyKey"]] = answer["order"]["id"]

must(len(set(acknowledged.values())) == len(acknowledged), "two keys share an order")
ids = list(acknowledged.values())
for start in range(0, len(ids), 100):
    part = ids[start : start + 100]
    found = service.call(connection, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": part})["data"]["nodes"]
    missing = [order for order, node in zip(part, found) if node is None]
    must(not missing, f"lost: {missing}")
total = service.call(connection, "{ orders(first: 1) { totalCount } }", {})["data"]["orders"]["totalCount"]
must(total == len(ids), f"{total} orders, {len(ids)} acknowledged")
service.process.terminate()
must(service.process.wait(timeout=40) == 0, "the service did not stop in order")
doctor = run("doctor")
must(doctor.returncode == 0, doctor.stdout + doctor.stderr)
print(f"killed {ROUNDS} times: {len(ids)} orders, {len(unanswered)} calls cut off, of which {replayed} had been placed")
print("1 passed, 0 failed")
