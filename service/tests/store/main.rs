//! What every store promises, tested against the port; and what is particular to each.

mod suite;

mod sqlite;
