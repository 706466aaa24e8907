//! Wrapping formats: goldens, equality with the plain log, cuts, hostile input.

mod cuts;
mod equality;
mod goldens;
mod hostile;
mod reading;
mod wrapping;
