//! Random edits against a model of an order and its stock: the service says and does what the model does, and the database is
//! well afterwards.

use ordergraph::doctor::examine;
use serde_json::{Value, json};

use crate::support::{Client, Goods, TestApp, refusals};

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    goods: usize,
    quantity: i64,
    price: i64,
}

/// What the shop should be: lines of one order, stock of all goods.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    lines: Vec<Line>,
    stock: Vec<i64>,
    prices: Vec<i64>,
}

impl Model {
    /// More of goods: joins the line of the same price. False when there is not so much.
    fn add(&mut self, goods: usize, quantity: i64, price: i64) -> bool {
        if self.stock[goods] < quantity {
            return false;
        }
        self.stock[goods] -= quantity;
        match self.lines.iter_mut().find(|line| line.goods == goods && line.price == price) {
            Some(line) => line.quantity += quantity,
            None => self.lines.push(Line { goods, quantity, price }),
        }
        true
    }

    fn set(&mut self, line: usize, quantity: i64) -> bool {
        let Line { goods, quantity: before, .. } = self.lines[line];
        if self.stock[goods] < quantity - before {
            return false;
        }
        self.stock[goods] -= quantity - before;
        self.lines[line].quantity = quantity;
        true
    }

    fn remove(&mut self, line: usize) -> bool {
        if self.lines.len() == 1 {
            return false;
        }
        let line = self.lines.remove(line);
        self.stock[line.goods] += line.quantity;
        true
    }

    fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity * line.price).sum()
    }
}

fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// A random step: the mutation, its input, and what the model says comes of it.
fn step(
    dice: &mut Dice,
    model: &mut Model,
    skus: &[&str],
    ids: &[Value],
    order: &str,
) -> (&'static str, Value, &'static [&'static str]) {
    let line = usize::try_from(dice.below(model.lines.len() as u64)).unwrap();
    match dice.below(4) {
        0 => {
            let goods = usize::try_from(dice.below(skus.len() as u64)).unwrap();
            let quantity = 1 + i64::try_from(dice.below(4)).unwrap();
            let price = *dice.pick(&[model.prices[goods], model.prices[goods], 777]);
            let input = json!({ "order": order, "sku": skus[goods], "quantity": quantity, "unitPrice": money(price) });
            let fits = model.add(goods, quantity, price);
            ("orderItemAdd", input, if fits { &[] } else { &["INSUFFICIENT_STOCK at quantity"] })
        }
        1 => {
            let quantity = 1 + i64::try_from(dice.below(8)).unwrap();
            let fits = model.set(line, quantity);
            let input = json!({ "order": order, "item": ids[line], "quantity": quantity });
            ("orderItemUpdate", input, if fits { &[] } else { &["INSUFFICIENT_STOCK at quantity"] })
        }
        2 => {
            let fits = model.remove(line);
            let input = json!({ "order": order, "item": ids[line] });
            ("orderItemRemove", input, if fits { &[] } else { &["LAST_ITEM at item"] })
        }
        _ => {
            // One edit: a line goes, something comes in its place.
            let goods = usize::try_from(dice.below(skus.len() as u64)).unwrap();
            let mut next = model.clone();
            let gone = next.lines.remove(line);
            next.stock[gone.goods] += gone.quantity;
            let price = next.prices[goods];
            let fits = next.add(goods, 2, price);
            if fits {
                *model = next;
            }
            let input = json!({ "order": order, "remove": [ids[line]], "add": [{ "sku": skus[goods], "quantity": 2 }] });
            ("orderEdit", input, if fits { &[] } else { &["INSUFFICIENT_STOCK at add.0.quantity"] })
        }
    }
}

/// The order and the stock as the service has them, and the ids of the lines.
async fn seen(app: &TestApp, staff: &Client, order: &str, goods: &[Goods], prices: &[i64]) -> (Model, Vec<Value>, Value) {
    let seen = staff.order(order, "total items(first: 100) { nodes { id sku quantity unitPrice } }").await;
    let nodes = seen["items"]["nodes"].as_array().unwrap();
    let line = |node: &Value| Line {
        goods: goods.iter().position(|goods| node["sku"] == goods.sku).unwrap(),
        quantity: node["quantity"].as_i64().unwrap(),
        price: node["unitPrice"].as_str().unwrap().replace('.', "").parse().unwrap(),
    };
    let mut stock = Vec::new();
    for goods in goods {
        stock.push(app.available(goods).await);
    }
    let model = Model { lines: nodes.iter().map(line).collect(), stock, prices: prices.to_vec() };
    (model, nodes.iter().map(|node| node["id"].clone()).collect(), seen["total"].clone())
}

#[tokio::test]
async fn random_edits_do_what_the_model_does() {
    for seed in 0..3 {
        let app = TestApp::new().await;
        let stores = [app.store("left").await, app.store("right").await];
        let prices = [2999, 1850, 100];
        let goods = [
            app.goods(stores[0], "POUCH", prices[0], 9).await,
            app.goods(stores[1], "MUG", prices[1], 6).await,
            app.goods(stores[1], "PEN", prices[2], 4).await,
        ];
        let skus: Vec<&str> = goods.iter().map(|goods| goods.sku.as_str()).collect();
        let (buyer, _) = app.buyer("ada").await;
        let staff = app.staff().await;
        let order = buyer.places(&goods[0], 3).await;
        let (mut model, mut ids, _) = seen(&app, &staff, &order, &goods, &prices).await;
        let mut dice = Dice(seed);
        for number in 0..40 {
            let before = model.clone();
            let (mutation, mut input, expected) = step(&mut dice, &mut model, &skus, &ids, &order);
            if dice.below(5) == 0 {
                input["dryRun"] = json!(true);
                model = before;
            }
            let payload = staff.mutate(mutation, input.clone(), "userErrors { code field message }").await;
            assert_eq!(refusals(&payload), expected, "seed {seed}, step {number}: {mutation} {input}");
            let (now, known, total) = seen(&app, &staff, &order, &goods, &prices).await;
            assert_eq!(now, model, "seed {seed}, step {number}: {mutation} {input}");
            assert_eq!(total, money(model.total()));
            ids = known;
        }
        assert_eq!(examine(app.db()).await.unwrap(), [], "seed {seed}");
        staff.mutate("orderCancel", json!({ "order": order }), "order { id }").await;
        for (goods, received) in goods.iter().zip([9, 6, 4]) {
            assert_eq!(app.stock(goods).await, (received, 0, 0, received), "seed {seed}");
        }
    }
}
