#!/usr/bin/env python3
"""Plays random lives of orders against a model.

    lives.py BINARY DATABASE_URL [LIVES] [SEED]

Starts BINARY on an empty database and lets several clients at once create orders, pay, edit, ship in parts, deliver, take
goods back, refund and cancel; every call is made twice at the same time with one idempotency key. After each step the order
must be what the model says; what the model forbids must be refused and change nothing. Other clients meanwhile do the same
things to shared orders without a plan. At the end stock must be what the model says, and `BINARY doctor` must find nothing.
Prints `N passed, 0 failed`.
"""

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
import traceback
import uuid
from decimal import Decimal

BINARY, DATABASE_URL = sys.argv[1], sys.argv[2]
LIVES = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
PLAYERS, CHAOTIC, GOODS, STOCK = 6, 2, 8, 1_000_000

folder = tempfile.mkdtemp(prefix="ordergraph-lives-")
env = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": DATABASE_URL, "LOG_LEVEL": "error",
       "RATE_LIMIT_AUTH": "off", "RATE_LIMIT_ANON": "off", "RATE_LIMIT_USER": "off",
       "RATE_LIMIT_ORDER_CREATE": "off"}


def run(*arguments, stdin=None):
    return subprocess.run([BINARY, *arguments], env=env, input=stdin, text=True, capture_output=True)


class Surprise(Exception):
    """The service did what the model does not."""


def must(condition, message):
    if not condition:
        raise Surprise(message)


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, query, variables):
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {token}"}
        self.connection.request("POST", "/graphql", body, headers)
        answer = json.loads(self.connection.getresponse().read())
        must("errors" not in answer, f"{query}\n{variables}\n{answer.get('errors')}")
        return answer["data"]


INPUTS = {name: "OrderActionInput" for name in ("orderConfirm", "orderProcess", "orderDeliver")}
INPUTS["fulfillmentDeliver"] = "FulfillmentActionInput"
PAYMENT = "payment { id status order { id } }"
SELECTIONS = {
    "paymentCreate": PAYMENT,
    "paymentProcess": PAYMENT,
    "paymentRefund": PAYMENT,
    "fulfillmentCreate": "fulfillment { id status }",
    "fulfillmentDeliver": "fulfillment { id status }",
    "returnCreate": "return { id }",
    "returnReceive": "return { id refunded }",
}
ORDER = """query($id: ID!) { order(id: $id) { status paymentStatus version
    totals { total paid refunded } items(first: 50) { nodes { id sku quantity unitPrice } } } }"""


def mutation(name):
    kind = INPUTS.get(name, name[0].upper() + name[1:] + "Input")
    selection = SELECTIONS.get(name, "order { id }")
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ replayed {selection} userErrors {{ code field message }} }} }}"


class Twin:
    """Two connections that say the same thing at the same time."""

    def __init__(self, port):
        self.clients = [Client(port), Client(port)]

    def query(self, query, variables):
        return self.clients[0].ask(query, variables)

    def do(self, name, **given):
        """Runs a mutation twice at once with one key: one effect, one answer."""
        given["idempotencyKey"] = str(uuid.uuid4())
        answers = [None, None]

        def call(index):
            try:
                answers[index] = self.clients[index].ask(mutation(name), {"input": given})[name]
            except Exception as error:  # noqa: BLE001 - told below
                answers[index] = error

        other = threading.Thread(target=call, args=(1,))
        other.start()
        call(0)
        other.join()
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        first, second = answers
        must(first["userErrors"] == second["userErrors"], f"{name}: {first} and {second}")
        if not first["userErrors"]:
            must(first["replayed"] != second["replayed"], f"{name}: both or neither replayed: {answers}")
            thing = next(key for key in first if key not in ("replayed", "userErrors"))
            must(first[thing]["id"] == second[thing]["id"], f"{name}: {answers}")
        return first

    def done(self, name, **given):
        answer = self.do(name, **given)
        must(not answer["userErrors"], f"{name} {given}: {answer['userErrors']}")
        return answer

    def refused(self, name, **given):
        answer = self.do(name, **given)
        must(answer["userErrors"], f"{name} {given} was not refused: {answer}")


def money(minor):
    return f"{Decimal(minor) / 100:.2f}"


class Stock:
    """What all lives together took of each kind of goods."""

    def __init__(self):
        self.lock = threading.Lock()
        self.available = {sku: STOCK for sku in skus}
        self.written_off = {sku: 0 for sku in skus}

    def take(self, sku, pieces):
        with self.lock:
            self.available[sku] -= pieces

    def lose(self, sku, pieces):
        with self.lock:
            self.written_off[sku] += pieces


class Life:
    def __init__(self, twin, stock, chance):
        self.twin, self.stock, self.chance = twin, stock, chance
        self.lines = {}  # item id -> [sku, quantity, shipped, returned]
        self.status, self.paid, self.refunded = "PENDING", 0, 0
        self.payments, self.parcels, self.steps = {}, {}, []

    # --- what the model knows

    def total(self):
        return sum(prices[sku] * quantity for sku, quantity, _, _ in self.lines.values())

    def payment_status(self):
        if self.paid == 0:
            return "PENDING" if self.payments else "UNPAID"
        if self.refunded == self.paid:
            return "REFUNDED"
        if self.refunded > 0:
            return "PARTIALLY_REFUNDED"
        return "PAID" if self.paid >= self.total() else "PARTIALLY_PAID"

    def may_be_edited(self):
        return self.status in ("PENDING", "CONFIRMED", "PROCESSING")

    def check(self):
        order = self.twin.query(ORDER, {"id": self.id})["order"]
        seen = {node["id"]: (node["sku"], node["quantity"]) for node in order["items"]["nodes"]}
        must(seen == {item: (line[0], line[1]) for item, line in self.lines.items()}, f"lines {seen}, not {self.lines}")
        expected = {"total": money(self.total()), "paid": money(self.paid), "refunded": money(self.refunded)}
        must(order["totals"] == expected, f"totals {order['totals']}, not {expected}")
        must(order["status"] == self.status, f"status {order['status']}, not {self.status}")
        if not any(state == "PENDING" for state, *_ in self.payments.values()):
            must(order["paymentStatus"] == self.payment_status(), f"{order['paymentStatus']}, not {self.payment_status()}")
        return order["version"]

    # --- steps

    def create(self):
        chosen = self.chance.sample(skus, self.chance.randint(1, 3))
        items = [{"sku": sku, "quantity": self.chance.randint(1, 4)} for sku in chosen]
        address = {"freeText": "1 Analytical Row, London"}
        answer = self.twin.done("orderCreate", items=items, shippingAddress=address)
        self.id = answer["order"]["id"]
        self.read_lines()
        for sku, quantity, _, _ in self.lines.values():
            self.stock.take(sku, quantity)

    def read_lines(self):
        nodes = self.twin.query(ORDER, {"id": self.id})["order"]["items"]["nodes"]
        self.lines = {node["id"]: self.lines.get(node["id"], [node["sku"], node["quantity"], 0, 0]) for node in nodes}

    def pay(self):
        if self.status in ("CANCELLED", "REFUNDED", "RETURNED"):
            given = {"order": self.id, "gateway": "MANUAL", "type": "CASH"}
            if self.status == "CANCELLED":
                self.twin.refused("paymentCreate", **given)
            return
        left = self.total() - sum(amount - back for _, amount, back in self.payments.values())
        if left <= 0:
            amount = self.chance.randint(1, 500)
            self.twin.refused("paymentCreate", order=self.id, gateway="MANUAL", type="CASH", amount=money(amount))
            return
        amount = left if self.chance.random() < 0.6 else self.chance.randint(1, left)
        answer = self.twin.done("paymentCreate", order=self.id, gateway="MANUAL", type="CASH", amount=money(amount))
        payment = answer["payment"]["id"]
        self.twin.done("paymentProcess", payment=payment)
        self.twin.refused("paymentProcess", payment=payment)
        self.payments[payment] = ["PAID", amount, 0]
        was_paid = self.payment_status() == "PAID" and self.paid + amount < self.total()
        self.paid += amount
        if self.payment_status() == "PAID" and not was_paid and self.status == "PENDING":
            self.status = "CONFIRMED"

    def refund(self):
        payments = [payment for payment, (_, amount, back) in self.payments.items() if amount > back]
        if not payments:
            return
        payment = self.chance.choice(payments)
        _, amount, back = self.payments[payment]
        self.twin.refused("paymentRefund", payment=payment, amount=money(amount - back + 1))
        part = self.chance.randint(1, amount - back)
        self.twin.done("paymentRefund", payment=payment, amount=money(part))
        self.gave_back(payment, part)

    def gave_back(self, payment, part):
        self.payments[payment][2] += part
        before = self.payment_status()
        self.refunded += part
        fully = self.payment_status() == "REFUNDED" and before != "REFUNDED"
        if fully and self.status in ("SHIPPED", "DELIVERED", "RETURNED", "DAMAGED"):
            self.status = "REFUNDED"

    def edit(self):
        if not self.may_be_edited() or self.parcels:
            item = self.chance.choice(list(self.lines))
            if self.status in ("DELIVERED", "CANCELLED", "REFUNDED", "RETURNED"):
                self.twin.refused("orderItemUpdate", order=self.id, item=item, quantity=1)
            return
        what = self.chance.choice(["add", "update", "remove"])
        held = {line[0] for line in self.lines.values()}
        if what == "add" and len(held) < len(skus):
            sku = self.chance.choice([sku for sku in skus if sku not in held])
            quantity = self.chance.randint(1, 3)
            self.twin.done("orderItemAdd", order=self.id, sku=sku, quantity=quantity)
            self.stock.take(sku, quantity)
            self.read_lines()
        elif what == "update":
            item = self.chance.choice(list(self.lines))
            quantity = self.chance.randint(1, 5)
            self.twin.done("orderItemUpdate", order=self.id, item=item, quantity=quantity)
            self.stock.take(self.lines[item][0], quantity - self.lines[item][1])
            self.lines[item][1] = quantity
        elif what == "remove" and len(self.lines) > 1:
            item = self.chance.choice(list(self.lines))
            self.twin.done("orderItemRemove", order=self.id, item=item)
            sku, quantity, _, _ = self.lines.pop(item)
            self.stock.take(sku, -quantity)

    def confirm(self):
        if self.status == "PENDING":
            self.twin.done("orderConfirm", order=self.id)
            self.status = "CONFIRMED"
        else:
            self.twin.refused("orderConfirm", order=self.id)

    def ship(self):
        left = {item: line[1] - line[2] for item, line in self.lines.items() if line[1] > line[2]}
        if self.status not in ("CONFIRMED", "PROCESSING"):
            if self.status == "PENDING":
                self.twin.refused("fulfillmentCreate", order=self.id, ship=True)
            return
        chosen = {item: self.chance.randint(1, pieces) for item, pieces in left.items() if self.chance.random() < 0.7}
        chosen = chosen or left
        item = self.chance.choice(list(left))
        self.twin.refused("fulfillmentCreate", order=self.id, lines=[{"item": item, "quantity": left[item] + 1}], ship=True)
        lines = [{"item": item, "quantity": pieces} for item, pieces in chosen.items()]
        answer = self.twin.done("fulfillmentCreate", order=self.id, lines=lines, ship=True, trackingNumber=f"T{self.chance.random()}")
        self.parcels[answer["fulfillment"]["id"]] = "SHIPPED"
        for item, pieces in chosen.items():
            self.lines[item][2] += pieces
        is_whole = all(line[1] == line[2] for line in self.lines.values())
        self.status = "SHIPPED" if is_whole else "PROCESSING"

    def deliver(self):
        under_way = [parcel for parcel, state in self.parcels.items() if state == "SHIPPED"]
        if not under_way or self.status in ("CANCELLED", "REFUNDED", "RETURNED"):
            return
        parcel = self.chance.choice(under_way)
        self.twin.done("fulfillmentDeliver", fulfillment=parcel)
        self.parcels[parcel] = "DELIVERED"
        if self.status == "SHIPPED" and all(state == "DELIVERED" for state in self.parcels.values()):
            self.status = "DELIVERED"

    def take_back(self):
        left = {item: line[2] - line[3] for item, line in self.lines.items() if line[2] > line[3]}
        if self.status not in ("SHIPPED", "DELIVERED") or not left:
            if self.status == "PENDING":
                self.twin.refused("returnCreate", order=self.id)
            return
        chosen = {item: self.chance.randint(1, pieces) for item, pieces in left.items() if self.chance.random() < 0.6} or left
        lines = [{"item": item, "quantity": pieces, "reason": "NOT_WANTED"} for item, pieces in chosen.items()]
        announced = self.twin.done("returnCreate", order=self.id, lines=lines)["return"]["id"]
        restock, refund = self.chance.random() < 0.7, self.chance.random() < 0.7
        received = self.twin.done("returnReceive", **{"return": announced}, restock=restock, refund=refund)
        worth = 0
        for item, pieces in chosen.items():
            sku = self.lines[item][0]
            self.lines[item][3] += pieces
            worth += prices[sku] * pieces
            if restock:
                self.stock.take(sku, -pieces)
            else:
                self.stock.lose(sku, pieces)
        if all(line[1] == line[3] for line in self.lines.values()):
            self.status = "RETURNED"
        if refund:
            expected = min(worth, self.paid - self.refunded)
            must(received["return"]["refunded"] == money(expected), f"paid back {received['return']}, not {money(expected)}")
            for payment, (_, amount, back) in self.payments.items():
                part = min(amount - back, expected)
                if part > 0:
                    self.gave_back(payment, part)
                    expected -= part

    def cancel(self):
        if self.status in ("DELIVERED", "CANCELLED", "REFUNDED", "RETURNED"):
            self.twin.refused("orderCancel", order=self.id)
            return
        restock = self.chance.random() < 0.8
        self.twin.done("orderCancel", order=self.id, restock=restock, reason="the model says so")
        for sku, quantity, _, returned in self.lines.values():
            if restock:
                self.stock.take(sku, returned - quantity)
            else:
                self.stock.lose(sku, quantity - returned)
        self.status = "CANCELLED"
        for payment, (_, amount, back) in self.payments.items():
            if amount > back:
                self.gave_back(payment, amount - back)

    STEPS = {"pay": 4, "confirm": 2, "edit": 4, "ship": 5, "deliver": 4, "take_back": 3, "refund": 1.5, "cancel": 0.5}

    def live(self):
        self.create()
        self.check()
        for _ in range(self.chance.randint(4, 14)):
            step = self.chance.choices(list(self.STEPS), list(self.STEPS.values()))[0]
            self.steps.append(step)
            getattr(self, step)()
            self.check()


def play(port, stock, seeds, failures):
    twin = Twin(port)
    while seeds and not failures:
        try:
            seed = seeds.pop()
        except IndexError:
            return
        life = Life(twin, stock, random.Random(seed))
        try:
            life.live()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(f"life {seed}, {getattr(life, 'id', None)} after {life.steps}: {error}\n{traceback.format_exc()}")


def disturb(port, shared, ended, failures):
    """Does anything to orders that others do anything to; only what must always hold is asked of them."""
    client, chance = Client(port), random.Random()
    while not ended.is_set() and not failures:
        order = chance.choice(shared)
        name, given = chance.choice([
            ("orderConfirm", {"order": order}),
            ("orderProcess", {"order": order}),
            ("orderCancel", {"order": order, "restock": chance.random() < 0.5}),
            ("orderItemAdd", {"order": order, "sku": "CHAOS", "quantity": 1}),
            ("fulfillmentCreate", {"order": order, "ship": True}),
            ("orderDeliver", {"order": order}),
            ("orderReturn", {"order": order}),
            ("orderRefund", {"order": order}),
            ("paymentCreate", {"order": order, "gateway": "MANUAL", "type": "CASH"}),
        ])
        try:
            payment = client.ask(mutation(name), {"input": given})[name].get("payment")
            if payment:
                client.ask(mutation("paymentProcess"), {"input": {"payment": payment["id"]}})
            if chance.random() < 0.2:
                address = {"freeText": "nowhere"}
                given = {"items": [{"sku": "CHAOS", "quantity": 2}], "shippingAddress": address}
                created = client.ask(mutation("orderCreate"), {"input": given})["orderCreate"]["order"]
                shared[chance.randrange(len(shared))] = created["id"]
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(f"without a plan: {error}")


service = None


def fail(message):
    if service:
        service.kill()
    print(f"failed (seed {SEED}): {message}")
    print("0 passed, 1 failed")
    raise SystemExit(1)


created = run("user", "create", "--email", "lives@example.com", "--role", "admin", "--password-stdin", stdin="lives-lives\n")
if created.returncode != 0:
    fail(created.stderr)
token = run("token", "--email", "lives@example.com").stdout.strip()
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

client = Client(port)
skus = [f"LIFE-{index}" for index in range(GOODS)]
prices = {sku: 100 * (index + 1) + 99 for index, sku in enumerate(skus)}
stores = [client.ask('mutation($n: String!) { storeCreate(input: { name: $n }) { store { id } } }', {"n": name})
          ["storeCreate"]["store"]["id"] for name in ("Lives",)]
for sku, price in [*prices.items(), ("CHAOS", 500)]:
    product = {"store": stores[0], "name": sku, "status": "ACTIVE",
               "variants": [{"sku": sku, "price": money(price), "stock": STOCK}]}
    answer = client.ask("mutation($input: ProductCreateInput!) { productCreate(input: $input) { userErrors { message } } }",
                        {"input": product})
    if answer["productCreate"]["userErrors"]:
        fail(str(answer))

started = time.monotonic()
failures, stock, ended = [], Stock(), threading.Event()
dice = random.Random(SEED)
seeds = [dice.randrange(1 << 32) for _ in range(LIVES)]
shared = []
for _ in range(6):
    given = {"items": [{"sku": "CHAOS", "quantity": 3}], "shippingAddress": {"freeText": "nowhere"}}
    shared.append(client.ask(mutation("orderCreate"), {"input": given})["orderCreate"]["order"]["id"])
players = [threading.Thread(target=play, args=(port, stock, seeds, failures)) for _ in range(PLAYERS)]
others = [threading.Thread(target=disturb, args=(port, shared, ended, failures)) for _ in range(CHAOTIC)]
for thread in players + others:
    thread.start()
for thread in players:
    thread.join()
ended.set()
for thread in others:
    thread.join()
if failures:
    fail("\n".join(failures))

variants = {}
client = Client(port)  # the first connection was idle for too long
products = client.ask("{ products(first: 100) { nodes { variants { sku available } } } }", {})["products"]["nodes"]
for product in products:
    for variant in product["variants"]:
        variants[variant["sku"]] = variant["available"]
for sku in skus:
    if variants[sku] != stock.available[sku]:
        fail(f"{sku}: {variants[sku]} in stock, not {stock.available[sku]}")
# What happened last is worked off before the service is asked to stop.
time.sleep(1)
service.terminate()
if service.wait(timeout=60) != 0:
    fail("the service did not stop in order")
doctor = run("doctor")
if doctor.returncode != 0:
    fail(doctor.stdout + doctor.stderr)
print(f"{LIVES} lives with seed {SEED} in {time.monotonic() - started:.0f} s")
print("1 passed, 0 failed")
