//! The hourly load of the analytics schema.

use super::Cost::{Few, Heavy, Many};
use super::{Shape, read, shape};

pub(crate) const LOADING: &[Shape] = &[
    read(
        1,
        Few,
        "jobs.cursor",
        "SELECT position, moved_at FROM jobs.cursor WHERE name = 'load' FOR UPDATE",
    ),
    shape(
        1,
        Heavy,
        "INSERT",
        "+analytics.daily_sales sales.orders",
        "INSERT INTO analytics.daily_sales (day, orders, revenue)\nSELECT placed_at::date, count(*), sum(total)\n  FROM sales.orders\n WHERE placed_at >= %{ts}::timestamptz\n GROUP BY 1\nON CONFLICT (day) DO UPDATE SET orders = excluded.orders, revenue = excluded.revenue",
    ),
    shape(
        1,
        Heavy,
        "INSERT",
        "+analytics.funnel analytics.visit",
        "INSERT INTO analytics.funnel (day, step, position, visitors)\nSELECT at::date, attributes->>'step', 0, count(DISTINCT session_id)\n  FROM analytics.visit\n WHERE at >= %{ts}::timestamptz AND attributes ? 'step'\n GROUP BY 1, 2\nON CONFLICT DO NOTHING",
    ),
    shape(
        1,
        Many,
        "INSERT",
        "+analytics.kpi sales.orders",
        "INSERT INTO analytics.kpi (day, metric, value) SELECT %{date}::date, %{metric}, count(*) FROM sales.orders WHERE placed_at::date = %{date}::date ON CONFLICT (day, metric) DO UPDATE SET value = excluded.value",
    ),
    shape(
        1,
        Many,
        "DELETE",
        "+analytics.visit",
        "DELETE FROM analytics.visit WHERE at < now() - interval '400 days' AND id IN (%{list 20 120 int 1 900000000})",
    ),
    shape(
        1,
        Heavy,
        "INSERT",
        "+analytics.cohort sales.orders",
        "INSERT INTO analytics.cohort (cohort, month, customers, revenue)\nSELECT date_trunc('month', o.first_at), date_trunc('month', o.placed_at), count(DISTINCT o.customer_id), sum(o.total)\n  FROM (SELECT customer_id, placed_at, total, min(placed_at) OVER (PARTITION BY customer_id) AS first_at FROM sales.orders) o\n GROUP BY 1, 2\nON CONFLICT (cohort, month) DO NOTHING",
    ),
    shape(
        1,
        Few,
        "UPDATE",
        "+jobs.cursor",
        "UPDATE jobs.cursor SET position = %{int 1 90000000}, moved_at = now() WHERE name = 'load'",
    ),
    shape(
        1,
        Few,
        "INSERT",
        "+jobs.run",
        "INSERT INTO jobs.run (name, started_at, finished_at, outcome) VALUES ('load', now() - interval '3 minutes', now(), 'done')",
    ),
];
