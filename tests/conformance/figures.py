#!/usr/bin/env python3
"""Compares figures that are kept as sums with the same figures by rows, while orders change.

    figures.py BINARY DATABASE_URL [ROUNDS=1000] [SEED]

Starts BINARY on an empty database. Sixteen clients create, confirm, pay, edit, ship, refund, cancel and delete orders all the
time; meanwhile each round asks, in one operation, for figures of orders and payments twice: as they are kept, and under a
filter that all of them match and that no sums are kept for. Both must be of one moment and every number the same. At the end
`BINARY doctor` must find nothing. Prints `N passed, 0 failed`.

The cache of answers is off: an answer from it may be of a moment before that of what is read beside it.
"""

import datetime
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid

BINARY, DATABASE_URL = sys.argv[1], sys.argv[2]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
CLIENTS, STOCK, KEPT = 16, 1_000_000, 600
DAY = 86_400.0

folder = tempfile.mkdtemp(prefix="ordergraph-figures-")
env = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": DATABASE_URL, "LOG_LEVEL": "error",
       "RATE_LIMIT_AUTH": "off", "RATE_LIMIT_ANON": "off", "RATE_LIMIT_USER": "off",
       "RATE_LIMIT_ORDER_CREATE": "off", "STATS_CACHE_TIMEOUT": "0"}

service = None


def run(*arguments, stdin=None):
    return subprocess.run([BINARY, *arguments], env=env, input=stdin, text=True, capture_output=True)


def fail(message, passed=0):
    if service:
        service.kill()
    print(f"failed (seed {SEED}): {message}")
    print(f"{passed} passed, 1 failed")
    raise SystemExit(1)


class Client:
    def __init__(self, token):
        self.token, self.connection, self.asked = token, None, 0.0

    def ask(self, query, variables):
        # A connection that was idle for ten seconds is closed by the service.
        if time.monotonic() - self.asked > 5:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {self.token}"}
        self.connection.request("POST", "/graphql", body, headers)
        answer = json.loads(self.connection.getresponse().read())
        self.asked = time.monotonic()
        if "errors" in answer:
            raise RuntimeError(f"{query}\n{variables}\n{answer['errors']}")
        return answer["data"]

    def do(self, name, kind, selection, given):
        text = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        return self.ask(text, {"input": given})[name]


# --- what is compared

ORDERS = """fragment O on OrderStatistics { asOf currency currencies totalOrders totalValue grossSales refunds totalRevenue
    averageOrderValue pendingOrders confirmedOrders processingOrders shippedOrders deliveredOrders cancelledOrders
    refundedOrders ordersByStatus { status count total averageOrderValue }
    ordersByMonth { period count grossSales netSales } }"""
PAYMENTS = """fragment P on PaymentStatistics { asOf currency currencies totalPayments totalAmount paidAmount refundedAmount
    netAmount successRate byStatus { status count amount } byType { type count amount } byGateway { gateway count amount } }"""

# By rows: no sums are kept for totals, for alternatives, and for customers of payments.
OF_SHOP = f"""query($from: DateTime, $to: DateTime, $store: ID!, $customer: ID!) {{
    all: orderStatistics {{ ...O }}
    allByRows: orderStatistics(filter: {{ total: {{ gte: "0" }} }}) {{ ...O }}
    window: orderStatistics(from: $from, to: $to) {{ ...O }}
    windowByRows: orderStatistics(from: $from, to: $to, filter: {{ total: {{ gte: "0" }} }}) {{ ...O }}
    store: orderStatistics(from: $from, to: $to, filter: {{ store: $store }}) {{ ...O }}
    storeByRows: orderStatistics(from: $from, to: $to, filter: {{ store: $store, total: {{ gte: "0" }} }}) {{ ...O }}
    paid: paymentStatistics {{ ...P }}
    paidByRows: paymentStatistics(filter: {{ customer: $customer }}) {{ ...P }}
    paidIn: paymentStatistics(from: $from, to: $to) {{ ...P }}
    paidInByRows: paymentStatistics(from: $from, to: $to, filter: {{ customer: $customer }}) {{ ...P }}
}} {ORDERS} {PAYMENTS}"""
OF_SELLER = f"""query($from: DateTime, $to: DateTime) {{
    own: orderStatistics {{ ...O }}
    ownByRows: orderStatistics(filter: {{ or: [{{ onHold: false }}, {{ onHold: true }}] }}) {{ ...O }}
    ownIn: orderStatistics(from: $from, to: $to) {{ ...O }}
    ownInByRows: orderStatistics(from: $from, to: $to, filter: {{ or: [{{ onHold: false }}, {{ onHold: true }}] }}) {{ ...O }}
}} {ORDERS}"""


def moment(dice):
    """Some moment of the last hundred days, often a recent one, sometimes the begin of a day or an hour."""
    ago = dice.random() * (100 * DAY if dice.random() < 0.6 else 20.0)
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)
    if dice.random() < 0.3:
        then = then.replace(hour=dice.choice([0, then.hour]), minute=0, second=0, microsecond=0)
    return then.isoformat(timespec="microseconds").replace("+00:00", "Z")


def window(dice):
    # Moments alone or as a pair: a begin, an end, both.
    first, second = sorted([moment(dice), moment(dice)])
    given = dice.choice([(first, second), (first, second), (first, None), (None, second)])
    return {key: value for key, value in zip(("from", "to"), given) if value}


def compare(answer, round_number, asked):
    """How many figures are the same; every answer has a twin by rows."""
    same = 0
    for name, kept in answer.items():
        rows = answer.get(f"{name}ByRows")
        if rows is None:
            continue
        if kept["asOf"] != rows["asOf"]:
            fail(f"round {round_number} {asked}: {name} is of {kept['asOf']}, its rows are of {rows['asOf']}")
        for figure, value in kept.items():
            if value != rows[figure]:
                told = f"{name}.{figure} is kept as {value}, the rows say {rows[figure]}"
                fail(f"round {round_number} {asked}: {told}, as of {kept['asOf']}")
            same += 1
    return same


# --- what happens meanwhile

class Shop:
    """Orders that anybody may change."""

    def __init__(self):
        self.lock = threading.Lock()
        self.orders, self.payments = [], []
        self.counts = {}

    def count(self, name):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + 1

    def any(self, things, dice):
        with self.lock:
            return dice.choice(things) if things else None

    def add(self, things, thing):
        with self.lock:
            if thing not in things:
                things.append(thing)
            if len(things) > KEPT:
                things.pop(0)


def create(client, shop, dice):
    lines = [{"sku": sku, "quantity": dice.randint(1, 3)} for sku in dice.sample(skus, dice.randint(1, 3))]
    given = {"items": lines, "customer": customer, "shippingAddress": {"freeText": "Quay 1"},
             "idempotencyKey": str(uuid.uuid4())}
    if dice.random() < 0.6:
        given |= {"placedAt": moment(dice), "status": dice.choice(["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"])}
    answer = client.do("orderCreate", "OrderCreateInput", "order { id }", given)
    if answer["order"] is None:
        raise RuntimeError(f"{given}\n{answer}")
    shop.add(shop.orders, answer["order"]["id"])


def pay(client, shop, dice, order):
    given = {"order": order, "type": dice.choice(["CASH", "TRANSFER"]), "gateway": "MANUAL"}
    if dice.random() < 0.3:
        given["amount"] = "1.50"
    payment = client.do("paymentCreate", "PaymentCreateInput", "payment { id }", given)["payment"]
    if payment:
        shop.add(shop.payments, payment["id"])
        if dice.random() < 0.8:
            client.do("paymentProcess", "PaymentProcessInput", "payment { id }", {"payment": payment["id"]})


def refund(client, shop, dice, order):
    payment = shop.any(shop.payments, dice)
    if payment and dice.random() < 0.5:
        client.do("paymentRefund", "PaymentRefundInput", "payment { id }", {"payment": payment, "amount": "0.70"})
    else:
        client.do("orderRefund", "OrderRefundInput", "order { id }", {"order": order, "amount": "0.30", "reason": "chance"})


def edit(client, shop, dice, order):
    given = {"order": order, "sku": dice.choice(skus), "quantity": dice.randint(1, 2)}
    client.do("orderItemAdd", "OrderItemAddInput", "order { id }", given)


def act(name, kind="OrderActionInput", **more):
    return lambda client, shop, dice, order: client.do(name, kind, "order { id }", {"order": order, **more})


def delete(client, shop, dice, order):
    client.do("orderDelete", "OrderDeleteInput", "userErrors { code }", {"order": order})


STEPS = [
    (6, "create", None),
    (4, "confirm", act("orderConfirm")),
    (4, "pay", pay),
    (3, "edit", edit),
    (2, "process", act("orderProcess")),
    (2, "ship", act("fulfillmentCreate", "FulfillmentCreateInput", ship=True)),
    (2, "deliver", act("orderDeliver")),
    (3, "refund", refund),
    (2, "cancel", act("orderCancel", "OrderCancelInput", reason="chance")),
    (1, "delete", delete),
]


def change(seed, shop, ended, failures):
    client, dice = Client(admin), random.Random(seed)
    weights = [weight for weight, _, _ in STEPS]
    while not ended.is_set() and not failures:
        _, name, step = dice.choices(STEPS, weights)[0]
        order = shop.any(shop.orders, dice)
        try:
            if step is None or order is None:
                create(client, shop, dice)
            else:
                # What is not possible for this order now is refused, as it should be.
                step(client, shop, dice, order)
            shop.count(name)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(f"{name}: {error}")


# --- the run

def user(email, role, *more):
    created = run("user", "create", "--email", email, "--role", role, *more, "--password-stdin", stdin="figures-figures\n")
    if created.returncode != 0:
        fail(created.stderr)
    return run("token", "--email", email).stdout.strip()


admin = user("figures@example.com", "admin")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
service = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}"], env=env, **quiet)
for _ in range(200):
    try:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        probe.request("GET", "/livez")
        if probe.getresponse().status == 200:
            break
    except OSError:
        time.sleep(0.05)
else:
    fail("the service does not start")

client = Client(admin)
stores, skus = [], []
for name in ("Left", "Right"):
    created = client.ask("mutation($n: String!) { storeCreate(input: { name: $n }) { store { id slug } } }", {"n": name})
    stores.append(created["storeCreate"]["store"])
for index in range(6):
    sku = f"FIGURE-{index}"
    product = {"store": stores[index % 2]["id"], "name": sku, "status": "ACTIVE",
               "variants": [{"sku": sku, "price": f"{index * 7 + 3}.{index}9", "stock": STOCK}]}
    answer = client.do("productCreate", "ProductCreateInput", "product { id }", product)
    if answer["userErrors"]:
        fail(str(answer))
    skus.append(sku)
customer = client.do("customerCreate", "CustomerCreateInput", "customer { id }", {"name": "Ada", "email": "ada@example.com"})
customer = customer["customer"]["id"]
seller = Client(user("seller@example.com", "staff", "--store", stores[0]["slug"]))

started = time.monotonic()
shop, ended, failures = Shop(), threading.Event(), []
dice = random.Random(SEED)
threads = [threading.Thread(target=change, args=(dice.randrange(1 << 32), shop, ended, failures), daemon=True) for _ in range(CLIENTS)]
for thread in threads:
    thread.start()
passed, figures, totals = 0, 0, set()
try:
    for round_number in range(ROUNDS):
        asked = window(dice)
        of_shop = {**asked, "store": dice.choice(stores)["id"], "customer": customer}
        # Every fourth round is a seller's.
        if round_number % 4 == 3:
            answer = seller.ask(OF_SELLER, asked)
        else:
            answer = client.ask(OF_SHOP, of_shop)
            totals.add(answer["all"]["totalOrders"])
        figures += compare(answer, round_number, asked)
        passed += 1
        if failures:
            break
except (RuntimeError, OSError, http.client.HTTPException) as error:
    failures.append(f"{type(error).__name__}: {error}")
ended.set()
for thread in threads:
    thread.join()
if failures:
    fail("\n".join(failures), passed)
if ROUNDS > 10 and len(totals) < 3:
    fail(f"nothing happened meanwhile: {totals}", passed)
took = time.monotonic() - started
# What happened last is worked off before the service is asked to stop.
time.sleep(1)
service.terminate()
if service.wait(timeout=60) != 0:
    fail("the service did not stop in order", passed)
doctor = run("doctor")
if doctor.returncode != 0:
    fail(doctor.stdout + doctor.stderr, passed)
steps = ", ".join(f"{count} × {name}" for name, count in sorted(shop.counts.items()))
print(f"seed {SEED}, {took:.0f} s, {figures} figures, {len(totals)} different totals; {steps}")
print(f"{passed} passed, 0 failed")
