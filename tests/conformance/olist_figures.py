"""Figures of an imported Olist data set against its CSV files: python3 olist_check.py URL TOKEN FOLDER"""
import csv, json, sys, time, urllib.request
from collections import defaultdict
from datetime import datetime, timezone, timedelta

url, token, folder = sys.argv[1:4]
rows = lambda name: list(csv.DictReader(open(f"{folder}/{name}", encoding="utf-8-sig")))
STATUS = {"created": "PENDING", "approved": "CONFIRMED", "invoiced": "CONFIRMED", "processing": "PROCESSING",
          "shipped": "SHIPPED", "delivered": "DELIVERED", "canceled": "CANCELLED", "unavailable": "CANCELLED"}
def at(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc) if text else None
cents = lambda text: round(float(text) * 100)
def ask(query):
    request = urllib.request.Request(url, json.dumps({"query": query}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"})
    begin = time.perf_counter()
    answer = json.load(urllib.request.urlopen(request))
    global took
    took = (time.perf_counter() - begin) * 1000
    assert "errors" not in answer, answer
    return answer["data"]

unique = {row["customer_id"]: row["customer_unique_id"] for row in rows("olist_customers_dataset.csv")}
orders = {}
for row in rows("olist_orders_dataset.csv"):
    orders[row["order_id"]] = dict(status=STATUS[row["order_status"]], customer=unique[row["customer_id"]],
        placed=at(row["order_purchase_timestamp"]), approved=at(row["order_approved_at"]),
        shipped=at(row["order_delivered_carrier_date"]), delivered=at(row["order_delivered_customer_date"]), lines=[], total=0)
for row in rows("olist_order_items_dataset.csv"):
    order = orders[row["order_id"]]
    order["lines"].append((row["product_id"], row["seller_id"], cents(row["price"])))
    order["total"] += cents(row["price"]) + cents(row["freight_value"])
reviews = []
for row in rows("olist_order_reviews_dataset.csv"):
    reviews.append((at(row["review_creation_date"]) or orders[row["order_id"]]["placed"], int(row["review_score"]), row["order_id"]))
kept = [order for order in orders.values() if order["status"] != "CANCELLED"]
checked = 0
def same(what, told, expected):
    global checked
    checked += 1
    assert told == expected, f"{what}:\n told {told}\n CSV  {expected}"

def top(name, key, within):
    sums = defaultdict(lambda: [0, 0, 0])
    for order in kept:
        if not within(order["placed"]):
            continue
        if name == "customer":
            sums[order["customer"]][0] += len(order["lines"]); sums[order["customer"]][1] += 1; sums[order["customer"]][2] += order["total"]
            continue
        seen = set()
        for product, seller, price in order["lines"]:
            subject = product if name == "product" else seller
            cell = sums[subject]
            cell[0] += 1; cell[2] += price
            if subject not in seen:
                cell[1] += 1; seen.add(subject)
    return sums
windows = {"": lambda at: True}
def window(begin, end):
    windows[f'from: "{begin}", to: "{end}", '] = lambda at: begin <= at.strftime("%Y-%m-%dT%H:%M:%SZ") <= end
window("2017-11-01T00:00:00Z", "2017-11-30T23:59:59.999999Z"); window("2017-01-01T00:00:00Z", "2017-12-31T23:59:59.999999Z")
window("2018-05-07T00:00:00Z", "2018-05-13T23:59:59.999999Z"); window("2017-11-24T07:13:00Z", "2018-03-02T19:00:01Z")
for arguments, within in windows.items():
    for name, plural in (("product", "topProducts"), ("store", "topStores"), ("customer", "topCustomers")):
        sums = top(name, None, within)
        for by, place in (("REVENUE", 2), ("UNITS", 0), ("ORDERS", 1)):
            told = ask(f"{{ top: {plural}({arguments}first: 50, by: {by}) {{ currency rows {{ units orders revenue it: {name} {{ id externalId }} }} }} }}")["top"]
            same(f"{plural} {by} {arguments} sorted", [row for row in told["rows"]], sorted(told["rows"], key=lambda row:
                (-{0: row["units"], 1: row["orders"], 2: round(float(row["revenue"]) * 100)}[place], row["it"]["id"])))
            for row in told["rows"]:
                same(f"{plural} {by} {arguments} {row}", [row["units"], row["orders"], round(float(row["revenue"]) * 100)], sums[row["it"]["externalId"]])
            largest = sorted((cell[place] for cell in sums.values() if cell[1]), reverse=True)[:50]
            same(f"{plural} {by} {arguments} places", [{0: row["units"], 1: row["orders"], 2: round(float(row["revenue"]) * 100)}[place] for row in told["rows"]], largest)
        print(f"{plural} {arguments or 'all time'}: as the CSV, {took:.1f} ms")

month = datetime(2016, 9, 1, tzinfo=timezone.utc)
while month < datetime(2018, 11, 1, tzinfo=timezone.utc):
    after = (month.replace(day=28) + timedelta(days=5)).replace(day=1)
    told = ask(f'{{ m: customerMetrics(from: "{month:%Y-%m-%dT%H:%M:%SZ}", to: "{after - timedelta(microseconds=1):%Y-%m-%dT%H:%M:%S.%fZ}") {{ activeCustomers newCustomers totalCustomers }} }}')["m"]
    same(f"active {month:%Y-%m}", told["activeCustomers"], len({order["customer"] for order in kept if month <= order["placed"] < after}))
    month = after
print(f"active customers of 26 months: as the CSV, {took:.1f} ms")
for begin, end in (("2017-03-05T13:17:11Z", "2018-06-30T01:02:03Z"), ("2017-07-01T05:05:05Z", "2017-07-01T20:05:05Z")):
    told = ask(f'{{ m: customerMetrics(from: "{begin}", to: "{end}") {{ activeCustomers }} }}')["m"]
    same(f"active {begin}", told["activeCustomers"], len({o["customer"] for o in kept if begin <= o["placed"].strftime("%Y-%m-%dT%H:%M:%SZ") <= end}))
told = ask('{ m: customerMetrics(from: "2016-01-01T00:00:00Z", to: "2020-01-01T00:00:00Z") { activeCustomers totalCustomers } }')["m"]
same("all active", told["activeCustomers"], len({order["customer"] for order in kept}))
same("all customers", told["totalCustomers"], len({order["customer"] for order in orders.values()}))

RANK = {"CONFIRMED": 1, "PROCESSING": 2, "SHIPPED": 3, "DELIVERED": 4}
def steps(order):
    end = order["status"]
    reached = end if end != "CANCELLED" else "SHIPPED" if order["shipped"] else "CONFIRMED" if order["approved"] else "PENDING"
    path, last = [("PENDING", order["placed"])], order["placed"]
    for status, time in (("CONFIRMED", order["approved"]), ("PROCESSING", None), ("SHIPPED", order["shipped"]), ("DELIVERED", order["delivered"])):
        if RANK[status] <= RANK.get(reached, 0) and (status != "PROCESSING" or end == "PROCESSING"):
            last = time or last
            path.append((status, last))
    if end == "CANCELLED":
        path.append(("CANCELLED", order["delivered"] or last))
    return path
def times(within):
    found = defaultdict(list)
    for order in orders.values():
        path = steps(order)
        for (a, begin), (b, end) in zip(path, path[1:]):
            if within(end):
                found[a, b].append(int((end - begin).total_seconds()))
    return found
for arguments, within in windows.items():
    found = times(within)
    told = ask(f"{{ t: transitionTimes({arguments}fromStatus: null) {{ rows {{ from to count averageSeconds medianSeconds percentile95Seconds leftOut }} }} }}")["t"]["rows"]
    same("pairs", {(row["from"], row["to"]) for row in told}, set(found))
    for row in told:
        lengths = sorted(length for length in found[row["from"], row["to"]] if length >= 0)
        n = len(lengths)
        nearest = lambda percent: lengths[-(-percent * n // 100) - 1] if n else 0
        same(f"times {row}", [row["count"], row["leftOut"], row["medianSeconds"], row["percentile95Seconds"]],
            [n, len(found[row["from"], row["to"]]) - n, nearest(50), nearest(95)])
        same(f"average {row}", row["averageSeconds"], int(sum(lengths) / n + 0.5) if n else 0)
    print(f"transitionTimes {arguments or 'all time'}: as the CSV, {took:.1f} ms", [(r["from"], r["to"], r["medianSeconds"]) for r in told][:3])

for arguments, within in windows.items():
    told = ask(f"{{ s: satisfaction({arguments}timezone: null) {{ averageScore reviewCount distribution {{ count }} orders reviewedOrders }} }}")["s"]
    scores = [score for written, score, order in reviews if within(written)]
    placed = [id for id, order in orders.items() if within(order["placed"])]
    reviewed = {order for _, _, order in reviews}
    same(f"satisfaction {arguments}", [told["reviewCount"], [row["count"] for row in told["distribution"]], told["orders"], told["reviewedOrders"]],
        [len(scores), [scores.count(n) for n in range(1, 6)], len(placed), sum(id in reviewed for id in placed)])
    same("score", told["averageScore"], round(sum(scores) / len(scores), 4))
    print(f"satisfaction {arguments or 'all time'}: as the CSV, {told['averageScore']}, {took:.1f} ms")
print(f"{checked} comparisons, no difference")
