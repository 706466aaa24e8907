//! Facts from `COPY`.

use kumki_model::Sign;
use pg_query::protobuf::CopyStmt;

use super::names::boxed;
use super::{Sheet, expression, query};
use crate::mask::mask_secrets;

pub(super) fn read(sheet: &mut Sheet, statement: &CopyStmt) {
    if let Some(relation) = &statement.relation {
        if statement.is_from {
            sheet.write(&relation.schemaname, &relation.relname);
        } else {
            sheet.read(&relation.schemaname, &relation.relname);
        }
    }
    if let Some(node) = boxed(statement.query.as_deref()) {
        query::outermost(sheet, node);
    }
    expression::optional(sheet, statement.where_clause.as_deref());
    if !statement.filename.is_empty() {
        sheet.path(&mask_secrets(&statement.filename));
    }
    match (
        statement.is_program,
        statement.filename.is_empty(),
        statement.is_from,
    ) {
        (true, _, _) => sheet.sign(Sign::ProgramExecution),
        (false, true, false) => sheet.sign(Sign::CopyOut),
        (false, true, true) => {}
        (false, false, true) => sheet.sign(Sign::ServerFileRead),
        (false, false, false) => sheet.sign(Sign::ServerFileWrite),
    }
}
