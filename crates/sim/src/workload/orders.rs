//! The order service, written with an object-relational mapper: quoted names,
//! long column lists, literals in the text.

use super::Cost::{Few, Key, Many};
use super::{Shape, delete, insert, read, update};

pub(super) const ORDERS: &[Shape] = &[
    read(
        40,
        Key,
        "sales.orders",
        "SELECT \"orders\".\"id\", \"orders\".\"number\", \"orders\".\"customer_id\", \"orders\".\"status\", \"orders\".\"total\", \"orders\".\"placed_at\" FROM \"sales\".\"orders\" WHERE \"orders\".\"id\" = %{int 1 5000000} LIMIT 21",
    ),
    read(
        30,
        Few,
        "sales.order_line",
        "SELECT \"order_line\".\"id\", \"order_line\".\"order_id\", \"order_line\".\"product_id\", \"order_line\".\"quantity\", \"order_line\".\"price\" FROM \"sales\".\"order_line\" WHERE \"order_line\".\"order_id\" = %{int 1 5000000}",
    ),
    read(
        18,
        Few,
        "sales.orders sales.customer",
        "SELECT \"orders\".\"id\", \"orders\".\"status\", \"customer\".\"id\", \"customer\".\"last_name\" FROM \"sales\".\"orders\" INNER JOIN \"sales\".\"customer\" ON (\"orders\".\"customer_id\" = \"customer\".\"id\") WHERE (\"orders\".\"status\" = %{status} AND \"orders\".\"placed_at\" >= %{ts}::timestamptz) ORDER BY \"orders\".\"placed_at\" DESC LIMIT 50",
    ),
    read(
        15,
        Key,
        "sales.customer",
        "SELECT \"customer\".\"id\", \"customer\".\"first_name\", \"customer\".\"last_name\", \"customer\".\"email\", \"customer\".\"phone\" FROM \"sales\".\"customer\" WHERE \"customer\".\"id\" = %{int 1 700000} LIMIT 21",
    ),
    read(
        10,
        Few,
        "sales.address",
        "SELECT \"address\".\"id\", \"address\".\"street\", \"address\".\"city\", \"address\".\"country\" FROM \"sales\".\"address\" WHERE \"address\".\"customer_id\" IN (%{list 1 12 int 1 700000})",
    ),
    insert(
        14,
        "+sales.orders",
        "INSERT INTO \"sales\".\"orders\" (\"number\", \"customer_id\", \"status\", \"total\", \"currency\", \"placed_at\", \"attributes\") VALUES (%{hex 10}, %{int 1 700000}, 'new', %{money}, 'EUR', %{ts}::timestamptz, %{json}) RETURNING \"orders\".\"id\"",
    ),
    insert(
        16,
        "+sales.order_line",
        "INSERT INTO \"sales\".\"order_line\" (\"order_id\", \"product_id\", \"quantity\", \"price\") VALUES (%{int 1 5000000}, %{int 1 90000}, %{int 1 4}, %{money}), (%{int 1 5000000}, %{int 1 90000}, %{int 1 4}, %{money}) RETURNING \"order_line\".\"id\"",
    ),
    insert(
        5,
        "+sales.address",
        "INSERT INTO \"sales\".\"address\" (\"customer_id\", \"recipient\", \"street\", \"city\", \"country\", \"note\") VALUES (%{int 1 700000}, %{name}, 'Hauptstr. ' || %{int 1 200}, %{city}, %{country}, %{note}) RETURNING \"address\".\"id\"",
    ),
    update(
        18,
        "+sales.orders",
        "UPDATE \"sales\".\"orders\" SET \"status\" = %{status}, \"updated_at\" = %{ts}::timestamptz WHERE \"orders\".\"id\" = %{int 1 5000000}",
    ),
    update(
        4,
        "+sales.customer",
        "UPDATE \"sales\".\"customer\" SET \"first_name\" = 'Kim', \"last_name\" = %{last}, \"phone\" = %{phone}, \"newsletter\" = %{bool} WHERE \"customer\".\"id\" = %{int 1 700000}",
    ),
    update(
        4,
        "+sales.orders",
        "UPDATE \"sales\".\"orders\" SET \"note\" = %{note} WHERE \"orders\".\"id\" = %{int 1 5000000}",
    ),
    insert(
        8,
        "+sales.payment",
        "INSERT INTO \"sales\".\"payment\" (\"order_id\", \"provider\", \"reference\", \"amount\", \"state\", \"payload\") VALUES (%{int 1 5000000}, 'psp-one', %{uuid}, %{money}, 'authorised', %{json}) RETURNING \"payment\".\"id\"",
    ),
    update(
        6,
        "+sales.payment",
        "UPDATE \"sales\".\"payment\" SET \"state\" = 'captured', \"captured_at\" = now() WHERE \"payment\".\"reference\" = %{uuid}",
    ),
    read(
        8,
        Few,
        "sales.payment",
        "SELECT \"payment\".\"id\", \"payment\".\"state\", \"payment\".\"amount\" FROM \"sales\".\"payment\" WHERE \"payment\".\"order_id\" = %{int 1 5000000}",
    ),
    update(
        7,
        "+inventory.stock",
        "UPDATE \"inventory\".\"stock\" SET \"reserved\" = (\"stock\".\"reserved\" + %{int 1 4}) WHERE (\"stock\".\"product_id\" = %{int 1 90000} AND \"stock\".\"available\" > 0)",
    ),
    read(
        7,
        Key,
        "inventory.stock",
        "SELECT \"stock\".\"product_id\", \"stock\".\"available\" FROM \"inventory\".\"stock\" WHERE \"stock\".\"product_id\" = %{int 1 90000} FOR UPDATE",
    ),
    read(
        4,
        Many,
        "sales.orders",
        "SELECT COUNT(*) AS \"__count\" FROM \"sales\".\"orders\" WHERE (\"orders\".\"status\" IN (%{list 1 4 status}) AND \"orders\".\"customer_id\" = %{int 1 700000})",
    ),
    read(
        6,
        Few,
        "sales.coupon sales.coupon_use",
        "SELECT \"coupon\".\"id\", \"coupon\".\"percent\", COUNT(\"coupon_use\".\"id\") AS \"uses\" FROM \"sales\".\"coupon\" LEFT OUTER JOIN \"sales\".\"coupon_use\" ON (\"coupon\".\"id\" = \"coupon_use\".\"coupon_id\") WHERE UPPER(\"coupon\".\"code\"::text) = UPPER(%{hex 8}) GROUP BY \"coupon\".\"id\"",
    ),
    insert(
        2,
        "+sales.coupon_use",
        "INSERT INTO \"sales\".\"coupon_use\" (\"coupon_id\", \"order_id\") VALUES (%{int 1 900}, %{int 1 5000000}) RETURNING \"coupon_use\".\"id\"",
    ),
    delete(
        2,
        "+sales.cart",
        "DELETE FROM \"sales\".\"cart\" WHERE \"cart\".\"id\" IN (%{list 1 8 int 1 4000000})",
    ),
    insert(
        12,
        "+jobs.queue",
        "INSERT INTO \"jobs\".\"queue\" (\"name\", \"payload\", \"run_at\") VALUES (%{queue}, %{json}, now()) RETURNING \"queue\".\"id\"",
    ),
    read(
        4,
        Few,
        "crm.ticket",
        "SELECT \"ticket\".\"id\", \"ticket\".\"subject\", \"ticket\".\"state\" FROM \"crm\".\"ticket\" WHERE \"ticket\".\"order_id\" = %{int 1 5000000} ORDER BY \"ticket\".\"id\" ASC",
    ),
    insert(
        2,
        "+crm.ticket",
        "INSERT INTO \"crm\".\"ticket\" (\"order_id\", \"customer_id\", \"subject\", \"body\", \"tags\") VALUES (%{int 1 5000000}, %{int 1 700000}, 'Question about order', %{note}, %{tags}) RETURNING \"ticket\".\"id\"",
    ),
    insert(
        2,
        "+crm.message",
        "INSERT INTO \"crm\".\"message\" (\"ticket_id\", \"author\", \"body\") VALUES (%{int 1 300000}, %{name}, %{note})",
    ),
    read(
        5,
        Key,
        "sales.orders",
        "SELECT (1) AS \"a\" FROM \"sales\".\"orders\" WHERE \"orders\".\"number\" = %{hex 10} LIMIT 1",
    ),
    read(
        3,
        Many,
        "sales.orders sales.order_line catalog.product",
        "SELECT \"product\".\"id\", \"product\".\"title\", SUM(\"order_line\".\"quantity\") AS \"sold\" FROM \"sales\".\"orders\" INNER JOIN \"sales\".\"order_line\" ON (\"orders\".\"id\" = \"order_line\".\"order_id\") INNER JOIN \"catalog\".\"product\" ON (\"order_line\".\"product_id\" = \"product\".\"id\") WHERE \"orders\".\"placed_at\" BETWEEN %{ts}::timestamptz AND now() GROUP BY \"product\".\"id\" ORDER BY \"sold\" DESC LIMIT 10",
    ),
];
