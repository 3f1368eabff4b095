//! What a request gets that finds no target: the stack is woken, and the request waits, or its caller does.

/// The door to whoever starts tasks.
pub trait Waker: Send + Sync {
    /// Asks for a task. Returns at once; asked again about every five seconds while requests wait, so it has to bear being asked twice.
    fn wake(&self);
}
