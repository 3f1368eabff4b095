//! t
use super::SuperviseError;
use std::path::Path;
pub(super) async fn run(_root: &Path) -> Result<(), SuperviseError> {
    Ok(())
}
