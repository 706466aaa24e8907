//! The web shop: short reads by key, carts, logins.

use super::Cost::{Few, Key, Many};
use super::{Shape, delete, insert, read, update};

pub(super) const STOREFRONT: &[Shape] = &[
    read(
        60,
        Key,
        "catalog.product",
        "SELECT p.id, p.sku, p.title, p.description, p.brand_id, p.active FROM catalog.product p WHERE p.id = %{int 1 90000}",
    ),
    read(
        40,
        Key,
        "catalog.product",
        "SELECT id, sku, title FROM catalog.product WHERE sku = %{sku} AND active",
    ),
    read(
        45,
        Key,
        "catalog.price",
        "SELECT amount, currency, valid_from FROM catalog.price WHERE product_id = %{int 1 90000} AND currency = 'EUR' ORDER BY valid_from DESC LIMIT 1",
    ),
    read(
        30,
        Few,
        "catalog.product_image",
        "SELECT url, alt, position FROM catalog.product_image WHERE product_id = %{int 1 90000} ORDER BY position",
    ),
    read(
        30,
        Few,
        "catalog.review",
        "SELECT r.rating, r.title, r.body, r.created_at FROM catalog.review r WHERE r.product_id = %{int 1 90000} AND r.approved ORDER BY r.created_at DESC LIMIT 20",
    ),
    read(
        10,
        Few,
        "catalog.review",
        "SELECT count(*) AS n, avg(rating) AS mean FROM catalog.review WHERE product_id = %{int 1 90000} AND approved",
    ),
    read(
        25,
        Few,
        "catalog.product catalog.price",
        "SELECT p.id, p.title, pr.amount FROM catalog.product p JOIN catalog.price pr ON pr.product_id = p.id WHERE p.id IN (%{list 2 24 int 1 90000}) AND pr.currency = 'EUR'",
    ),
    read(
        20,
        Few,
        "catalog.category",
        "SELECT id, parent_id, name, slug FROM catalog.category WHERE parent_id = %{int 1 400} ORDER BY position, name",
    ),
    read(
        6,
        Few,
        "catalog.category",
        "WITH RECURSIVE path AS (\n    SELECT id, parent_id, name, 0 AS depth FROM catalog.category WHERE id = %{int 1 400}\n    UNION ALL\n    SELECT c.id, c.parent_id, c.name, p.depth + 1\n      FROM catalog.category c JOIN path p ON c.id = p.parent_id\n)\nSELECT id, name, depth FROM path ORDER BY depth DESC",
    ),
    read(
        18,
        Many,
        "catalog.product catalog.product_category inventory.stock",
        "SELECT p.id, p.title, s.available\nFROM catalog.product p\nJOIN catalog.product_category pc ON pc.product_id = p.id\nLEFT JOIN inventory.stock s ON s.product_id = p.id\nWHERE pc.category_id = %{int 1 400} AND p.active\nORDER BY p.popularity DESC\nLIMIT %{int 24 96} OFFSET %{int 0 480}",
    ),
    read(
        22,
        Key,
        "inventory.stock",
        "SELECT available, reserved FROM inventory.stock WHERE product_id = %{int 1 90000}",
    ),
    read(
        30,
        Key,
        "sales.cart",
        "SELECT id, customer_id, currency, updated_at FROM sales.cart WHERE token = %{uuid}",
    ),
    read(
        28,
        Few,
        "sales.cart_item catalog.product",
        "SELECT ci.id, ci.quantity, p.id, p.title FROM sales.cart_item ci JOIN catalog.product p ON p.id = ci.product_id WHERE ci.cart_id = %{int 1 4000000}",
    ),
    insert(
        8,
        "+sales.cart",
        "INSERT INTO sales.cart (token, customer_id, currency, locale) VALUES (%{uuid}, NULL, 'EUR', %{locale}) RETURNING id",
    ),
    insert(
        14,
        "+sales.cart_item",
        "INSERT INTO sales.cart_item (cart_id, product_id, quantity) VALUES (%{int 1 4000000}, %{int 1 90000}, %{int 1 5}) ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = cart_item.quantity + excluded.quantity",
    ),
    update(
        6,
        "+sales.cart_item",
        "UPDATE sales.cart_item SET quantity = %{int 1 9} WHERE id = %{int 1 9000000}",
    ),
    delete(
        5,
        "+sales.cart_item",
        "DELETE FROM sales.cart_item WHERE cart_id = %{int 1 4000000} AND product_id = %{int 1 90000}",
    ),
    update(
        10,
        "+sales.cart",
        "UPDATE sales.cart SET updated_at = now() WHERE id = %{int 1 4000000}",
    ),
    read(
        20,
        Key,
        "auth.session",
        "SELECT s.id, s.account_id, s.expires_at FROM auth.session s WHERE s.token_hash = %{hex 16} AND s.expires_at > now()",
    ),
    update(
        15,
        "+auth.session",
        "UPDATE auth.session SET last_seen = now() WHERE id = %{int 1 8000000}",
    ),
    insert(
        4,
        "+auth.session",
        "INSERT INTO auth.session (account_id, token_hash, address, user_agent, expires_at) VALUES (%{int 1 700000}, %{hex 16}, %{ip}, 'Mozilla/5.0 (X11; Linux x86_64)', now() + interval '14 days')",
    ),
    read(
        6,
        Key,
        "auth.account",
        "SELECT id, email, locked_until, failed_attempts FROM auth.account WHERE lower(email) = %{email}",
    ),
    update(
        3,
        "+auth.account",
        "UPDATE auth.account SET last_login = now(), failed_attempts = 0 WHERE id = %{int 1 700000}",
    ),
    read(
        8,
        Key,
        "sales.customer",
        "SELECT id, first_name, last_name, newsletter FROM sales.customer WHERE account_id = %{int 1 700000}",
    ),
    read(
        5,
        Few,
        "sales.orders",
        "SELECT id, number, status, total, placed_at FROM sales.orders WHERE customer_id = %{int 1 700000} ORDER BY placed_at DESC LIMIT 10",
    ),
    read(
        4,
        Key,
        "sales.coupon",
        "SELECT id, percent, valid_until FROM sales.coupon WHERE code = %{hex 8} AND valid_until >= current_date",
    ),
    insert(
        2,
        "+catalog.review",
        "INSERT INTO catalog.review (product_id, customer_id, rating, title, body)\nVALUES (%{int 1 90000}, %{int 1 700000}, %{int 1 5}, %{product}, %{note})",
    ),
    insert(
        12,
        "+analytics.visit",
        "INSERT INTO analytics.visit (at, session_id, path, referrer, attributes) VALUES (now(), %{uuid}, '/p/' || %{int 1 90000}, NULL, %{json}::jsonb)",
    ),
    read(
        5,
        Few,
        "catalog.product",
        "SELECT id, title, similarity(title, %{product}) AS score FROM catalog.product WHERE title % %{product} ORDER BY score DESC LIMIT 12",
    ),
    read(
        3,
        Few,
        "crm.article",
        "SELECT slug, title, body FROM crm.article WHERE locale = %{locale} AND slug = 'shipping-and-returns'",
    ),
];
