//! Requests that are not over yet.

use std::time::Duration;

/// Names a request while it is not over.
///
/// The place of one that is over is taken by another; its `time` tells the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RequestId {
    place: u32,
    time: u32,
}

/// A request that is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// When it was first asked.
    pub(super) asked: Duration,
    /// Whether it met a cold start.
    pub(super) is_cold: bool,
    time: u32,
    is_over: bool,
}

/// All requests that are not over. As large as the most of them at once.
#[derive(Debug, Default)]
pub(super) struct Callers {
    all: Vec<Request>,
    free: Vec<u32>,
}

impl Callers {
    pub(super) fn ask(&mut self, asked: Duration) -> RequestId {
        let new = |time| Request { asked, is_cold: false, time, is_over: false };
        if let Some(place) = self.free.pop()
            && let Some(old) = self.all.get_mut(place as usize)
        {
            let time = old.time.wrapping_add(1);
            *old = new(time);
            return RequestId { place, time };
        }
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(new(0));
        RequestId { place, time: 0 }
    }

    /// The request, unless it is over.
    pub(super) fn find(&mut self, id: RequestId) -> Option<&mut Request> {
        self.all.get_mut(id.place as usize).filter(|it| it.time == id.time && !it.is_over)
    }

    /// Ends a request.
    pub(super) fn end(&mut self, id: RequestId) -> Option<Request> {
        let request = self.find(id)?;
        request.is_over = true;
        let ended = *request;
        self.free.push(id.place);
        Some(ended)
    }

    /// How many are not over.
    pub(super) fn count(&self) -> usize {
        self.all.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_again_and_the_old_name_leads_nowhere() {
        let mut callers = Callers::default();
        let first = callers.ask(Duration::from_secs(1));
        assert_eq!(callers.end(first).map(|it| it.asked), Some(Duration::from_secs(1)));
        let second = callers.ask(Duration::from_secs(2));
        assert_eq!(callers.all.len(), 1);
        assert!(callers.find(first).is_none() && callers.end(first).is_none());
        assert_eq!(callers.find(second).map(|it| it.asked), Some(Duration::from_secs(2)));
        assert_eq!(callers.count(), 1);
    }
}
