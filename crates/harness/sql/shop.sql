-- The business schemas every scenario can see: a shop with customers, products,
-- employees and suppliers. Names and addresses are made up by counting.
CREATE ROLE app_reader NOLOGIN;
CREATE ROLE app_writer NOLOGIN;

CREATE SCHEMA person;
CREATE SCHEMA sales;
CREATE SCHEMA production;
CREATE SCHEMA humanresources;
CREATE SCHEMA purchasing;

CREATE TABLE person.person (
    id integer PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    title text,
    modified_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE person.email_address (
    id integer PRIMARY KEY,
    person_id integer NOT NULL REFERENCES person.person,
    email text NOT NULL UNIQUE
);
CREATE TABLE person.address (
    id integer PRIMARY KEY,
    person_id integer NOT NULL REFERENCES person.person,
    line text NOT NULL,
    city text NOT NULL
);
CREATE TABLE person.login (
    person_id integer PRIMARY KEY REFERENCES person.person,
    password_hash text NOT NULL
);

CREATE TABLE production.product (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    active boolean NOT NULL DEFAULT true
);
CREATE TABLE production.inventory (
    product_id integer PRIMARY KEY REFERENCES production.product,
    quantity integer NOT NULL DEFAULT 0
);
CREATE TABLE production.work_order (
    id integer PRIMARY KEY,
    product_id integer NOT NULL REFERENCES production.product,
    quantity integer NOT NULL,
    due_on date NOT NULL
);

CREATE TABLE sales.customer (
    id integer PRIMARY KEY,
    person_id integer NOT NULL REFERENCES person.person,
    credit_limit numeric(10, 2) NOT NULL DEFAULT 0
);
CREATE TABLE sales.credit_card (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES sales.customer,
    card_number text NOT NULL
);
CREATE TABLE sales.order_header (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES sales.customer,
    ordered_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'open'
);
CREATE TABLE sales.order_line (
    order_id integer NOT NULL REFERENCES sales.order_header,
    line integer NOT NULL,
    product_id integer NOT NULL REFERENCES production.product,
    quantity integer NOT NULL,
    price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE humanresources.department (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE humanresources.employee (
    id integer PRIMARY KEY REFERENCES person.person,
    department_id integer NOT NULL REFERENCES humanresources.department,
    job_title text NOT NULL,
    hired_on date NOT NULL
);
CREATE TABLE humanresources.pay_history (
    employee_id integer NOT NULL REFERENCES humanresources.employee,
    changed_on date NOT NULL,
    rate numeric(8, 2) NOT NULL,
    PRIMARY KEY (employee_id, changed_on)
);

CREATE TABLE purchasing.vendor (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE purchasing.purchase_order (
    id integer PRIMARY KEY,
    vendor_id integer NOT NULL REFERENCES purchasing.vendor,
    ordered_on date NOT NULL
);

INSERT INTO person.person (id, first_name, last_name)
SELECT n, 'First' || n, 'Last' || n FROM generate_series(1, 600) AS n;
INSERT INTO person.email_address
SELECT n, n, 'person' || n || '@example.org' FROM generate_series(1, 600) AS n;
INSERT INTO person.address
SELECT n, n, n || ' Example Street', 'Town ' || n % 20 FROM generate_series(1, 600) AS n;
INSERT INTO person.login SELECT n, md5('example' || n) FROM generate_series(1, 600) AS n;
INSERT INTO production.product
SELECT n, 'Product ' || n, 1 + n % 90 FROM generate_series(1, 200) AS n;
INSERT INTO production.inventory SELECT n, 10 * n FROM generate_series(1, 200) AS n;
INSERT INTO production.work_order
SELECT n, 1 + n % 200, n % 7 + 1, date '2026-01-01' + n FROM generate_series(1, 300) AS n;
INSERT INTO sales.customer SELECT n, n, 100 * (n % 10) FROM generate_series(1, 500) AS n;
INSERT INTO sales.credit_card
SELECT n, n, '0000-0000-0000-' || lpad(n::text, 4, '0') FROM generate_series(1, 500) AS n;
INSERT INTO sales.order_header
SELECT n, 1 + n % 500, timestamptz '2026-01-01 08:00+00' + n * interval '11 minutes',
    CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'shipped' ELSE 'paid' END
FROM generate_series(1, 6000) AS n;
INSERT INTO sales.order_line
SELECT n, line, 1 + (n * line) % 200, line, 1 + n % 90
FROM generate_series(1, 6000) AS n, generate_series(1, 5) AS line;
INSERT INTO humanresources.department
SELECT n, 'Department ' || n FROM generate_series(1, 8) AS n;
INSERT INTO humanresources.employee
SELECT n, 1 + n % 8, 'Job ' || n % 12, date '2020-01-01' + n FROM generate_series(501, 560) AS n;
INSERT INTO humanresources.pay_history
SELECT n, date '2025-01-01', 20 + n % 30 FROM generate_series(501, 560) AS n;
INSERT INTO purchasing.vendor SELECT n, 'Vendor ' || n FROM generate_series(1, 40) AS n;
INSERT INTO purchasing.purchase_order
SELECT n, 1 + n % 40, date '2026-01-01' + n FROM generate_series(1, 200) AS n;

CREATE VIEW sales.order_total AS
SELECT order_id, sum(quantity * price) AS total FROM sales.order_line GROUP BY order_id;

GRANT USAGE ON SCHEMA person, sales, production, humanresources, purchasing
TO app_reader, app_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA person, sales, production, humanresources, purchasing
TO app_reader, app_writer;
GRANT INSERT, UPDATE, DELETE
ON ALL TABLES IN SCHEMA person, sales, production, humanresources, purchasing TO app_writer;
ANALYZE;
