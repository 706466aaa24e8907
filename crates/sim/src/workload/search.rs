//! The search indexer: changed rows in batches, wide rows, marks of progress.

use super::Cost::{Few, Key, Many};
use super::{Shape, insert, read, update};

pub(super) const SEARCH: &[Shape] = &[
    read(
        20,
        Many,
        "catalog.product",
        "SELECT id, sku, title, description, attributes FROM catalog.product WHERE updated_at > %{ts}::timestamptz ORDER BY updated_at, id LIMIT 500",
    ),
    read(
        20,
        Few,
        "catalog.product",
        "SELECT id, title, description, tags FROM catalog.product WHERE id = ANY (ARRAY[%{list 5 60 int 1 90000}])",
    ),
    read(
        15,
        Few,
        "catalog.product_category catalog.category",
        "SELECT pc.product_id, c.slug FROM catalog.product_category pc JOIN catalog.category c ON c.id = pc.category_id WHERE pc.product_id IN (%{list 5 40 int 1 90000})",
    ),
    read(
        10,
        Few,
        "catalog.review",
        "SELECT product_id, count(*), avg(rating)::numeric(3,2) FROM catalog.review WHERE product_id IN (%{list 5 40 int 1 90000}) AND approved GROUP BY product_id",
    ),
    read(
        10,
        Few,
        "catalog.price",
        "SELECT DISTINCT ON (product_id) product_id, amount FROM catalog.price WHERE product_id IN (%{list 5 40 int 1 90000}) ORDER BY product_id, valid_from DESC",
    ),
    update(
        12,
        "+jobs.cursor",
        "UPDATE jobs.cursor SET position = %{int 1 90000000}, moved_at = now() WHERE name = 'search'",
    ),
    read(
        12,
        Key,
        "jobs.cursor",
        "SELECT position FROM jobs.cursor WHERE name = 'search' FOR UPDATE",
    ),
    insert(
        3,
        "+jobs.run",
        "INSERT INTO jobs.run (name, started_at, finished_at, outcome, details) VALUES ('search', now(), now(), 'done', %{json})",
    ),
    read(
        4,
        Many,
        "~catalog.searchable",
        "SELECT id, document FROM catalog.searchable WHERE id BETWEEN %{int 1 80000} AND %{int 80001 90000} LIMIT 1000",
    ),
    read(
        2,
        Few,
        "catalog.synonym",
        "SELECT word, synonyms FROM catalog.synonym WHERE locale = %{locale}",
    ),
    read(
        3,
        Few,
        "catalog.product",
        "SELECT id, ts_rank(document, query) AS rank FROM catalog.product, plainto_tsquery('simple', %{product}) AS query WHERE document @@ query ORDER BY rank DESC LIMIT 20",
    ),
];
