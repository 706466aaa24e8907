//! The reporting tool: aggregates, window functions, several lines of SQL.

use super::Cost::{Few, Heavy, Many};
use super::{Shape, read};

pub(super) const REPORTING: &[Shape] = &[
    read(
        20,
        Heavy,
        "sales.orders",
        "SELECT date_trunc('day', placed_at) AS day, count(*) AS orders, sum(total) AS revenue\nFROM sales.orders\nWHERE placed_at >= %{ts}::timestamptz\nGROUP BY 1\nORDER BY 1",
    ),
    read(
        12,
        Heavy,
        "sales.orders sales.order_line catalog.product",
        "SELECT p.brand_id, sum(l.quantity * l.price) AS revenue\nFROM sales.orders o\nJOIN sales.order_line l ON l.order_id = o.id\nJOIN catalog.product p ON p.id = l.product_id\nWHERE o.placed_at BETWEEN %{ts}::timestamptz AND now()\n  AND o.status <> 'cancelled'\nGROUP BY p.brand_id\nHAVING sum(l.quantity * l.price) > %{int 100 5000}\nORDER BY revenue DESC\nLIMIT 50",
    ),
    read(
        10,
        Many,
        "analytics.daily_sales",
        "SELECT day, revenue, avg(revenue) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_7d FROM analytics.daily_sales WHERE day >= %{date}::date ORDER BY day",
    ),
    read(
        10,
        Many,
        "analytics.funnel",
        "SELECT step, sum(visitors) AS visitors FROM analytics.funnel WHERE day BETWEEN %{date}::date AND current_date GROUP BY step ORDER BY min(position)",
    ),
    read(
        8,
        Heavy,
        "sales.orders sales.customer",
        "WITH first_order AS (\n  SELECT customer_id, min(placed_at) AS first_at\n  FROM sales.orders\n  GROUP BY customer_id\n)\nSELECT date_trunc('month', f.first_at) AS cohort, count(DISTINCT c.id) AS customers\nFROM first_order f JOIN sales.customer c ON c.id = f.customer_id\nGROUP BY 1 ORDER BY 1",
    ),
    read(
        8,
        Many,
        "inventory.stock inventory.warehouse",
        "SELECT w.name, sum(s.available) AS units FROM inventory.stock s JOIN inventory.warehouse w ON w.id = s.warehouse_id GROUP BY w.name ORDER BY units DESC",
    ),
    read(
        7,
        Many,
        "shipping.shipment shipping.carrier",
        "SELECT c.name, percentile_cont(0.9) WITHIN GROUP (ORDER BY s.delivered_at - s.created_at) AS p90 FROM shipping.shipment s JOIN shipping.carrier c ON c.id = s.carrier_id WHERE s.created_at >= %{ts}::timestamptz GROUP BY c.name",
    ),
    read(
        6,
        Many,
        "crm.ticket",
        "SELECT state, count(*) FILTER (WHERE created_at > now() - interval '1 day') AS today, count(*) AS total FROM crm.ticket GROUP BY state",
    ),
    read(
        6,
        Heavy,
        "analytics.visit",
        "SELECT coalesce(referrer, '(none)') AS source, count(*) AS visits, count(DISTINCT session_id) AS sessions FROM analytics.visit WHERE at >= %{ts}::timestamptz GROUP BY 1 ORDER BY visits DESC LIMIT 25",
    ),
    read(
        5,
        Many,
        "billing.invoice",
        "SELECT extract(month FROM issued_on) AS month, sum(gross) AS gross, sum(vat) AS vat FROM billing.invoice WHERE issued_on >= %{date}::date GROUP BY 1 ORDER BY 1",
    ),
    read(
        5,
        Few,
        "analytics.kpi",
        "SELECT metric, value, target FROM analytics.kpi WHERE day = %{date}::date AND metric IN (%{list 1 6 metric})",
    ),
    read(
        4,
        Heavy,
        "catalog.review catalog.product",
        "SELECT p.title, avg(r.rating) AS rating, count(*) AS n FROM catalog.review r JOIN catalog.product p ON p.id = r.product_id GROUP BY p.title HAVING count(*) >= %{int 5 50} ORDER BY rating, n DESC LIMIT 100",
    ),
    read(
        3,
        Many,
        "sales.orders sales.address",
        "SELECT a.country, a.city, count(*) AS orders FROM sales.orders o JOIN sales.address a ON a.id = o.address_id WHERE o.placed_at >= %{ts}::timestamptz GROUP BY ROLLUP (a.country, a.city) ORDER BY 3 DESC LIMIT 200",
    ),
    read(
        3,
        Many,
        "analytics.daily_sales analytics.daily_sales",
        "SELECT cur.day, cur.revenue, prev.revenue AS last_year FROM analytics.daily_sales cur LEFT JOIN analytics.daily_sales prev ON prev.day = cur.day - 364 WHERE cur.day >= %{date}::date",
    ),
    read(
        2,
        Many,
        "sales.payment",
        "SELECT provider, state, count(*), sum(amount) FROM sales.payment WHERE created_at >= %{ts}::timestamptz GROUP BY CUBE (provider, state)",
    ),
    read(
        4,
        Few,
        "analytics.kpi",
        "-- Metabase:: userID: 7 queryType: native queryHash: 5a1c\nSELECT day, value FROM analytics.kpi WHERE metric = %{metric} ORDER BY day DESC LIMIT 2000",
    ),
];
