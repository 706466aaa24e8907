//! Warehouse workers: a job queue, stock movements, shipments.

use super::Cost::{Few, Key, Many};
use super::{Shape, delete, insert, read, update};

pub(super) const FULFILMENT: &[Shape] = &[
    update(
        50,
        "+jobs.queue jobs.queue",
        "UPDATE jobs.queue SET locked_by = %{hex 8}, locked_at = now(), attempts = attempts + 1\nWHERE id = (\n    SELECT id FROM jobs.queue\n     WHERE name = %{queue} AND locked_by IS NULL AND run_at <= now()\n     ORDER BY run_at\n     LIMIT 1\n     FOR UPDATE SKIP LOCKED\n)\nRETURNING id, name, payload",
    ),
    delete(
        30,
        "+jobs.queue",
        "DELETE FROM jobs.queue WHERE id = %{int 1 90000000}",
    ),
    insert(
        20,
        "+jobs.run",
        "INSERT INTO jobs.run (queue_id, name, started_at, finished_at, outcome) VALUES (%{int 1 90000000}, %{queue}, now() - interval '2 seconds', now(), 'done')",
    ),
    update(
        4,
        "+jobs.queue",
        "UPDATE jobs.queue SET locked_by = NULL, run_at = now() + interval '5 minutes', last_error = %{note} WHERE id = %{int 1 90000000}",
    ),
    insert(
        20,
        "+inventory.movement",
        "INSERT INTO inventory.movement (product_id, warehouse_id, quantity, reason, reference) VALUES (%{int 1 90000}, %{int 1 6}, -%{int 1 12}, 'pick', %{uuid})",
    ),
    update(
        20,
        "+inventory.stock",
        "UPDATE inventory.stock SET available = available - %{int 1 4}, reserved = reserved - %{int 1 4} WHERE product_id = %{int 1 90000} AND warehouse_id = %{int 1 6}",
    ),
    insert(
        10,
        "+shipping.shipment",
        "INSERT INTO shipping.shipment (order_id, carrier_id, label, weight_g, created_at) VALUES (%{int 1 5000000}, %{int 1 9}, %{hex 14}, %{int 80 31000}, now()) RETURNING id",
    ),
    insert(
        25,
        "+shipping.tracking_event",
        "INSERT INTO shipping.tracking_event (shipment_id, at, code, city, raw) VALUES (%{int 1 5000000}, %{ts}, 'IN_TRANSIT', %{city}, %{json})",
    ),
    update(
        10,
        "+shipping.shipment",
        "UPDATE shipping.shipment SET state = %{status}, delivered_at = CASE WHEN %{bool} THEN now() END WHERE id = %{int 1 5000000}",
    ),
    read(
        15,
        Few,
        "sales.order_line inventory.stock",
        "SELECT ol.product_id, ol.quantity, s.warehouse_id, s.shelf FROM sales.order_line ol JOIN inventory.stock s USING (product_id) WHERE ol.order_id = %{int 1 5000000} ORDER BY s.shelf",
    ),
    read(
        12,
        Few,
        "sales.address sales.orders",
        "SELECT a.recipient, a.street, a.city, a.country FROM sales.address a JOIN sales.orders o ON o.address_id = a.id WHERE o.id = %{int 1 5000000}",
    ),
    read(
        6,
        Few,
        "shipping.carrier",
        "SELECT id, name, cutoff FROM shipping.carrier WHERE %{country} = ANY (countries) AND active",
    ),
    update(
        12,
        "+sales.orders",
        "UPDATE sales.orders SET status = 'packed', packed_at = now() WHERE id = %{int 1 5000000} AND status = 'paid'",
    ),
    read(
        3,
        Many,
        "inventory.stock catalog.product",
        "SELECT p.sku, s.available, s.reorder_at FROM inventory.stock s JOIN catalog.product p ON p.id = s.product_id WHERE s.available < s.reorder_at AND s.warehouse_id = %{int 1 6}",
    ),
    insert(
        2,
        "+inventory.purchase_order",
        "INSERT INTO inventory.purchase_order (supplier_id, ordered_by, expected_on, positions) VALUES (%{int 1 300}, 'auto', %{date}, ARRAY[%{list 1 9 int 1 90000}])",
    ),
    read(
        3,
        Few,
        "inventory.supplier",
        "SELECT id, name, email FROM inventory.supplier WHERE id = ANY (ARRAY[%{list 1 6 int 1 300}])",
    ),
    read(
        8,
        Key,
        "shipping.shipment",
        "SELECT id, order_id, state FROM shipping.shipment WHERE label = %{hex 14}",
    ),
    read(
        4,
        Few,
        "inventory.movement",
        "SELECT sum(quantity) FROM inventory.movement WHERE product_id = %{int 1 90000} AND at > now() - interval '30 days'",
    ),
    delete(
        2,
        "+shipping.tracking_event",
        "DELETE FROM shipping.tracking_event WHERE shipment_id = %{int 1 5000000} AND code = 'DUPLICATE'",
    ),
    read(10, Key, "", "SELECT pg_try_advisory_lock(%{int 1 4000})"),
];
