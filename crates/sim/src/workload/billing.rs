//! Billing over JDBC: prepared statements, transactions, batches.

use super::Cost::{Few, Key, Many};
use super::{Shape, insert, read, update};

pub(super) const BILLING: &[Shape] = &[
    read(
        30,
        Key,
        "billing.invoice",
        "select i.id, i.number, i.order_id, i.net, i.vat, i.gross, i.state from billing.invoice i where i.id=%{int 1 4000000}",
    ),
    read(
        20,
        Few,
        "billing.invoice_line",
        "select l.id, l.text, l.quantity, l.unit_price, l.vat_rate from billing.invoice_line l where l.invoice_id=%{int 1 4000000} order by l.position",
    ),
    read(
        12,
        Key,
        "billing.account",
        "select a.id, a.iban_last4, a.balance, a.version from billing.account a where a.customer_id=%{int 1 700000} for no key update",
    ),
    insert(
        15,
        "+billing.invoice",
        "insert into billing.invoice (number, order_id, customer_id, net, vat, gross, issued_on, state) values (%{hex 10}, %{int 1 5000000}, %{int 1 700000}, %{money}, %{money}, %{money}, %{date}::date, 'open')",
    ),
    insert(
        18,
        "+billing.invoice_line",
        "insert into billing.invoice_line (invoice_id, position, text, quantity, unit_price, vat_rate) values (%{int 1 4000000}, %{int 1 20}, %{product}, %{int 1 9}, %{money}, 19.00)",
    ),
    insert(
        20,
        "+billing.ledger_entry",
        "insert into billing.ledger_entry (account_id, invoice_id, booked_at, amount, text) values (%{int 1 700000}, %{int 1 4000000}, now(), %{money}, %{note})",
    ),
    update(
        12,
        "+billing.account",
        "update billing.account set balance=balance+%{money}, version=version+1 where id=%{int 1 700000} and version=%{int 1 900}",
    ),
    update(
        12,
        "+billing.invoice",
        "update billing.invoice set state='paid', paid_on=%{date}::date where id=%{int 1 4000000}",
    ),
    read(
        6,
        Many,
        "billing.invoice",
        "select i.id, i.number, i.gross, i.due_on from billing.invoice i where i.state='open' and i.due_on<%{date}::date order by i.due_on limit 500",
    ),
    insert(
        4,
        "+billing.dunning",
        "insert into billing.dunning (invoice_id, level, sent_on, fee) values (%{int 1 4000000}, %{int 1 3}, current_date, 5.00)",
    ),
    read(
        4,
        Few,
        "billing.dunning billing.invoice",
        "select d.level, d.sent_on, i.number from billing.dunning d join billing.invoice i on i.id=d.invoice_id where i.customer_id=%{int 1 700000}",
    ),
    read(
        3,
        Many,
        "billing.ledger_entry",
        "select date_trunc('day', booked_at) as day, sum(amount) from billing.ledger_entry where account_id=%{int 1 700000} group by 1 order by 1",
    ),
    read(
        5,
        Few,
        "sales.payment",
        "select p.id, p.reference, p.amount, p.captured_at from sales.payment p where p.state='captured' and p.booked is false order by p.id limit 100 for update skip locked",
    ),
    update(
        6,
        "+sales.payment",
        "update sales.payment set booked=true where id in (%{list 1 40 int 1 5000000})",
    ),
    read(
        3,
        Few,
        "billing.vat_rate",
        "select country, rate from billing.vat_rate where valid_from<=%{date}::date and country=%{country}",
    ),
    read(
        2,
        Few,
        "billing.export",
        "select id, period, checksum from billing.export where period=%{date}::date",
    ),
    insert(
        1,
        "+billing.export billing.ledger_entry",
        "insert into billing.export (period, entries, total)\nselect %{date}::date, count(*), sum(amount)\n  from billing.ledger_entry\n where booked_at >= %{ts}::timestamptz",
    ),
    update(
        3,
        "+billing.invoice billing.dunning",
        "update billing.invoice set state='collection' from billing.dunning where dunning.invoice_id=invoice.id and dunning.level=3 and invoice.id=%{int 1 4000000}",
    ),
    read(6, Key, "", "select nextval('billing.invoice_number_seq')"),
];
