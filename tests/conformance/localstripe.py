#!/usr/bin/env python3
"""Takes card payments through the running service with localstripe as Stripe: somebody else's idea of Stripe's API.

    localstripe.py BINARY DATABASE_URL [PYTHON]

BINARY is the service, DATABASE_URL an empty database, PYTHON an interpreter that has the package `localstripe` (PyPI); this one
unless told. Starts both, joins them by webhooks, and pays, declines and refunds over GraphQL. Prints a line for each thing checked
and at the end `N passed, M failed`; ends with 0 only when nothing failed.

Of Stripe's test cards localstripe knows pm_card_visa, pm_card_visa_chargeDeclined (declined only when it is kept) and
pm_card_chargeCustomerFail (declined when it is charged). It knows neither idempotency keys nor a card at confirmation.
"""

import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

BINARY, DATABASE_URL = sys.argv[1], sys.argv[2]
PYTHON = sys.argv[3] if len(sys.argv) > 3 else sys.executable
SECRET, WEBHOOK_SECRET = "sk_test_localstripe", "whsec_localstripe"

passed = failed = 0


def check(name, condition, seen=None):
    global passed, failed
    if condition:
        passed += 1
        print(f"ok      {name}")
    else:
        failed += 1
        print(f"failed  {name}: {seen}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def wait_for(port, path):
    for _ in range(200):
        try:
            return call(port, "GET", path)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}\n0 passed, 1 failed")


def eventually(ask, good, seconds=10):
    """Asks until the answer is good: webhooks come a second after what they tell of."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if good(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.1)


folder = tempfile.mkdtemp(prefix="ordergraph-localstripe-")
stripe_port, port = free_port(), free_port()
env = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": DATABASE_URL, "LOG_LEVEL": "error", 
       "RATE_LIMIT_AUTH": "off", "RATE_LIMIT_ANON": "off", "RATE_LIMIT_USER": "off",
       "RATE_LIMIT_ORDER_CREATE": "off",
       "STRIPE_SECRET_KEY": SECRET,
       "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET, "STRIPE_API_BASE": f"http://127.0.0.1:{stripe_port}"}


def run(*arguments, stdin=None):
    done = subprocess.run([BINARY, *arguments], env=env, input=stdin, text=True, capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"{arguments[0]}: {done.stderr}\n0 passed, 1 failed")
    return done.stdout.strip()


def graphql(query, variables=None):
    headers = {"content-type": "application/json", "accept": "application/json", "authorization": f"Bearer {token}"}
    _, body = call(port, "POST", "/graphql", json.dumps({"query": query, "variables": variables or {}}), headers)
    answer = json.loads(body)
    if answer.get("errors"):
        raise SystemExit(f"{answer['errors']}\n{passed} passed, {failed + 1} failed")
    return answer["data"]


def mutate(name, kind, fields, values):
    query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code message }} }} }}"
    return graphql(query, {"input": values})[name]


PAYMENT = "payment { id status amount captured refunded reference last4 failure { code message } }"


def new_payment():
    order = mutate("orderCreate", "OrderCreateInput", "order { id }", {"items": [{"sku": "STRIPE-A", "quantity": 1}]})["order"]["id"]
    return mutate("paymentCreate", "PaymentCreateInput", PAYMENT, {"order": order, "gateway": "STRIPE", "type": "CREDIT"})["payment"]["id"]


def process(payment, method, **more):
    return mutate("paymentProcess", "PaymentProcessInput", PAYMENT, {"payment": payment, "method": method, **more})


def refund(payment, amount, **more):
    return mutate("paymentRefund", "PaymentRefundInput", f"{PAYMENT} refund {{ status amount }} refundable",
                  {"payment": payment, "amount": amount, **more})


def look(payment):
    return graphql("query($id: ID!) { node(id: $id) { ... on Payment { id status amount captured refunded reference } } }", {"id": payment})["node"]


def stripe(method, path, fields=None):
    body = urllib.parse.urlencode(fields) if fields else None
    headers = {"authorization": f"Bearer {SECRET}", "content-type": "application/x-www-form-urlencoded"}
    status, answer = call(stripe_port, method, path, body, headers)
    return json.loads(answer) if answer else status


def deliver(event, secret=WEBHOOK_SECRET, age=0):
    body = json.dumps(event)
    seconds = int(time.time()) - age
    signature = hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "stripe-signature": f"t={seconds},v1={signature}"}
    return call(port, "POST", "/webhooks/payments/stripe", body, headers)[0]


run("user", "create", "--email", "stripe@example.com", "--role", "admin", "--password-stdin", stdin="stripe-stripe\n")
token = run("token", "--email", "stripe@example.com")
other = subprocess.Popen([PYTHON, "-m", "localstripe", "--port", str(stripe_port), "--from-scratch"], cwd=folder,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
service = subprocess.Popen([BINARY, "serve", "--listen", f"127.0.0.1:{port}"], env=env)
try:
    wait_for(stripe_port, "/v1/plans")
    wait_for(port, "/livez")
    store = mutate("storeCreate", "StoreCreateInput", "store { id }", {"name": "Stripe"})["store"]["id"]
    product = {"store": store, "name": "A", "status": "ACTIVE", "isPhysical": False,
               "variants": [{"sku": "STRIPE-A", "price": "30.00", "stock": 100}]}
    mutate("productCreate", "ProductCreateInput", "product { id }", product)

    # A card pays, and no webhook has told of it: the answer alone does.
    payment = new_payment()
    paid = process(payment, "pm_card_visa")
    now = paid["payment"] or {}
    check("a card pays", (now.get("status"), now.get("captured")) == ("PAID", "30.00"), paid)
    check("the card is told by its last digits", now.get("last4") == "4242", paid)
    intent = stripe("GET", f"/v1/payment_intents/{now.get('reference')}")
    check("Stripe has the payment, and ours in its metadata",
          intent.get("status") == "succeeded" and intent.get("metadata", {}).get("payment") == payment, intent)

    # The webhook after the answer changes nothing, however often it comes.
    event = {"id": "evt_after", "object": "event", "type": "payment_intent.succeeded", "data": {"object": intent}}
    check("a webhook after the answer is taken", deliver(event) == 200)
    check("and again", deliver(event) == 200)
    check("a webhook with another secret is refused", deliver(event, secret="whsec_other") == 400)
    check("an old webhook is refused", deliver(event, age=600) == 400)
    check("the payment is as it was", look(payment)["captured"] == "30.00", look(payment))

    # Declined, with the reason.
    bad = process(new_payment(), "pm_card_chargeCustomerFail")
    now = bad["payment"] or {}
    check("a declined card fails the payment", (now.get("status"), now.get("captured")) == ("FAILED", "0.00"), bad)
    check("with the provider's reason",
          now.get("failure") == {"code": "card_declined", "message": "Your card was declined."}, bad)

    # Given back in parts.
    dry = refund(payment, "10.00", dryRun=True)
    check("a dry run tells what could be given back and gives nothing",
          dry["refundable"] == "30.00" and look(payment)["refunded"] == "0.00", dry)
    part = refund(payment, "10.00", idempotencyKey="refund-1")
    check("a part is given back", (part["payment"] or {}).get("refunded") == "10.00" and part["refund"]["status"] == "SUCCEEDED", part)
    again = refund(payment, "10.00", idempotencyKey="refund-1")
    check("the same key gives it back once", look(payment)["refunded"] == "10.00", again)
    much = refund(payment, "20.01")
    check("more than is left is refused", much["userErrors"] and look(payment)["refunded"] == "10.00", much)
    charge = stripe("GET", f"/v1/refunds?payment_intent={look(payment)['reference']}")
    check("Stripe gave back the same", [entry["amount"] for entry in charge.get("data", [])] == [1000], charge)

    # Only authorised here; captured behind our back; the webhook is localstripe's own.
    hooks = urllib.parse.urlencode({"url": f"http://127.0.0.1:{port}/webhooks/payments/stripe", "secret": WEBHOOK_SECRET})
    call(stripe_port, "POST", "/_config/webhooks/ordergraph", hooks, {"content-type": "application/x-www-form-urlencoded"})
    payment = new_payment()
    held = process(payment, "pm_card_visa", capture=False)
    check("a card is only authorised", (held["payment"] or {}).get("status") == "AUTHORIZED", held)
    stripe("POST", f"/v1/payment_intents/{look(payment)['reference']}/capture")
    now = eventually(lambda: look(payment), lambda payment: payment["status"] == "PAID")
    check("localstripe's webhook brings what happened at Stripe", (now["status"], now["captured"]) == ("PAID", "30.00"), now)

    # A webhook before the answer: it names a payment of Stripe's that we do not know yet.
    early = stripe("POST", "/v1/payment_intents", {"amount": 3000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"})
    event = {"id": "evt_before", "object": "event", "type": "payment_intent.succeeded", "data": {"object": early}}
    check("a webhook about what we do not know yet is taken or asked for again", deliver(event) in (200, 503))
    payment = new_payment()
    paid = process(payment, "pm_card_visa")
    time.sleep(2)
    check("a payment whose webhook comes meanwhile is paid once", look(payment)["captured"] == "30.00", look(payment))
finally:
    service.terminate()
    stopped = service.wait(timeout=40)
    other.terminate()
    other.wait(timeout=10)
check("the service stops in order", stopped == 0, stopped)
doctor = subprocess.run([BINARY, "doctor"], env=env, text=True, capture_output=True)
check("the doctor finds nothing", doctor.returncode == 0, doctor.stdout + doctor.stderr)
print(f"{passed} passed, {failed} failed")
raise SystemExit(0 if failed == 0 else 1)
