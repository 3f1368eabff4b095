//! The connections to all providers: which one a call takes, and how all are given up together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Client;

use crate::ports::warm_up::is_warm_up;

/// Connections that stay open and are used again. All clones are one.
///
/// A warm-up sets up a connection of its own, so that there is one for each worker that was warmed. Over one client
/// for all, each would go over the first connection as soon as that is free, and leave the one that it had begun to
/// set up, unfinished, to the next question.
///
/// A call takes a connection that nobody uses; the one that was used last, for it is the least likely to be closed at
/// the other end. Where all are in use, the client whose connection it takes opens another, or waits for it, as is sooner.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// Whoever calls a provider first calls with this one, which is known to work.
    first: Client,
    /// Those that were used last come last. One a warm-up that was answered, and one more a provider.
    lines: Vec<Line>,
    last_id: u64,
}

/// A client that holds one connection, as a rule.
#[derive(Debug)]
struct Line {
    id: u64,
    /// Where it leads.
    origin: String,
    client: Client,
    /// Calls that go over it now.
    calls: usize,
    /// Whether it was open after the last call.
    is_open: bool,
}

impl Connections {
    /// A line to `origin` for one call.
    pub(super) fn line_to(&self, origin: &str) -> Taken {
        let mut inner = self.lock();
        let there = || inner.lines.iter().enumerate().rev().filter(|(_, it)| it.origin == origin);
        let found = match is_warm_up() {
            // One that was refused before is as good as a new one: there are no more of them however often it fails.
            true => there().find(|(_, it)| it.calls == 0 && !it.is_open),
            false => there().min_by_key(|(_, it)| it.calls),
        };
        let at = match found.map(|(at, _)| at) {
            Some(at) => at,
            None => {
                let is_first = there().next().is_none();
                inner.add(origin, is_first);
                0
            }
        };
        let line = &mut inner.lines[at];
        line.calls += 1;
        let (id, client) = (line.id, line.client.clone());
        Taken { connections: self.clone(), id, client, is_open: false }
    }

    /// Gives all of them up: the next call sets one up anew.
    ///
    /// For a process that stood still: the other end may have closed them meanwhile, and who sits between may have
    /// forgotten them without a word. Each call over one of those would fail, and there may be more of them than a call
    /// is made again.
    pub fn renew(&self) {
        // As long as the process could make the first one, it can make another; else the old ones are as good.
        if let Ok(client) = super::client() {
            let mut inner = self.lock();
            inner.first = client;
            inner.lines.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Adds a line in front, behind which there is no connection yet.
    fn add(&mut self, origin: &str, is_first: bool) {
        self.last_id += 1;
        let other = || super::client().unwrap_or_else(|_| self.first.clone());
        let client = if is_first { self.first.clone() } else { other() };
        let (id, origin) = (self.last_id, origin.to_owned());
        self.lines.insert(0, Line { id, origin, client, calls: 0, is_open: false });
    }
}

impl From<Client> for Connections {
    fn from(first: Client) -> Self {
        Self(Arc::new(Mutex::new(Inner { first, lines: Vec::new(), last_id: 0 })))
    }
}

/// A line while a call goes over it.
#[derive(Debug)]
pub(super) struct Taken {
    connections: Connections,
    id: u64,
    pub(super) client: Client,
    /// Whether the answer was read to its end, so that the connection can be used again.
    pub(super) is_open: bool,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut inner = self.connections.lock();
        // None: all were given up meanwhile.
        let Some(at) = inner.lines.iter().position(|it| it.id == self.id) else { return };
        let mut line = inner.lines.remove(at);
        line.calls -= 1;
        line.is_open = self.is_open;
        let to = if line.is_open { inner.lines.len() } else { 0 };
        inner.lines.insert(to, line);
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::{
        Json, Router,
        extract::{ConnectInfo, connect_info::Connected},
        serve::IncomingStream,
    };
    use futures_util::{StreamExt, future::join, stream::FuturesUnordered};
    use serde_json::{Value, json};
    use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

    use super::{super::tests::binding, *};
    use crate::{
        adapters::openai::{OpenAiEmbedder, client},
        config::OpenAiBinding,
        ports::{Embedder, warm_up::warm_up},
    };

    /// A provider whose vectors say from which port they were asked for. It serves so many connections, and lets all
    /// others wait.
    async fn provider(connections: usize) -> OpenAiBinding {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let binding = binding(&listener);
        let answer = async |ConnectInfo(Port(port)): ConnectInfo<Port>| -> Json<Value> {
            Json(json!({ "data": [{ "embedding": [port] }] }))
        };
        let router = Router::new().fallback(answer);
        let listener = Served { listener, places: Semaphore::new(connections) };
        let service = router.into_make_service_with_connect_info::<Port>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        binding
    }

    struct Served {
        listener: TcpListener,
        places: Semaphore,
    }

    impl axum::serve::Listener for Served {
        type Io = tokio::net::TcpStream;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (Self::Io, Self::Addr) {
            self.places.acquire().await.unwrap().forget();
            self.listener.accept().await.unwrap()
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            self.listener.local_addr()
        }
    }

    /// Where a connection comes from.
    #[derive(Clone, Copy)]
    struct Port(u16);

    impl Connected<IncomingStream<'_, Served>> for Port {
        fn connect_info(of: IncomingStream<'_, Served>) -> Self {
            Self(of.remote_addr().port())
        }
    }

    fn embedder(connections: &Connections, binding: OpenAiBinding) -> OpenAiEmbedder {
        OpenAiEmbedder::new(connections.clone(), binding, 10, None)
    }

    /// The port of the connection that the call went over.
    async fn port(embedder: &OpenAiEmbedder) -> f32 {
        let vectors = embedder.embed(vec!["a".to_owned()]).await.unwrap();
        // Until the connection is back.
        tokio::time::sleep(Duration::from_millis(5)).await;
        vectors[0][0]
    }

    #[tokio::test]
    async fn each_warm_up_sets_a_connection_up_and_calls_use_all_of_them() {
        let connections = Connections::from(client().unwrap());
        let embedder = embedder(&connections, provider(2).await);
        let first = warm_up(port(&embedder)).await;
        assert_eq!(port(&embedder).await.to_bits(), first.to_bits());
        let second = warm_up(port(&embedder)).await;
        assert_ne!(first.to_bits(), second.to_bits());
        assert_eq!(port(&embedder).await.to_bits(), second.to_bits(), "the last that was used");
        let (one, other) = join(port(&embedder), port(&embedder)).await;
        assert_eq!([one.to_bits(), other.to_bits()], [second.to_bits(), first.to_bits()]);
        connections.renew();
        assert!(connections.lock().lines.is_empty());
    }

    #[tokio::test]
    async fn a_call_does_not_meet_a_connection_that_is_being_set_up() {
        let connections = Connections::from(client().unwrap());
        let embedder = embedder(&connections, provider(1).await);
        let first = warm_up(port(&embedder)).await;
        let mut others: FuturesUnordered<_> = (0..7).map(|_| warm_up(port(&embedder))).collect();
        assert!(timeout(Duration::from_millis(50), others.next()).await.is_err());
        for _ in 0..20 {
            let asked = timeout(Duration::from_secs(10), port(&embedder)).await;
            assert_eq!(asked.map(f32::to_bits), Ok(first.to_bits()));
        }
    }

    #[tokio::test]
    async fn warm_ups_that_fail_leave_no_more_than_one_behind() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let connections = Connections::from(client().unwrap());
        let embedder = embedder(&connections, binding(&listener));
        drop(listener);
        for _ in 0..5 {
            warm_up(embedder.embed(vec!["a".to_owned()])).await.unwrap_err();
        }
        let inner = connections.lock();
        assert_eq!(inner.lines.len(), 1);
        assert_eq!(inner.lines[0].calls, 0);
    }
}
