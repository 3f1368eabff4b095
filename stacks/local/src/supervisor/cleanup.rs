//! What is left of a stack's folder once nothing of the stack is left: nothing, but for a lease that someone still holds.

use ragctl_stacks::backend::Reply;

use crate::folder::{self, Folder};

/// Removes all files of a stack that is gone.
pub(super) fn remove_all(folder: &Folder) -> Reply<()> {
    // The record goes last but for what belongs to this process: without it, a command knows that nothing is there.
    folder::remove_all(&folder.logs())?;
    folder::remove_all(&folder.programs())?;
    folder::remove(&folder.record())?;
    folder::remove(&folder.supervisor_log())?;
    folder::remove(&folder.supervisor_log().with_extension("log.1"))?;
    folder::remove(&folder.supervisor_lock())?;
    folder.remove_if_empty();
    Ok(())
}
