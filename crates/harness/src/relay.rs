//! Lets clients appear under another loopback address. A client connects to the
//! relay; the relay connects to the server from the address it was given, so the
//! server logs that address. Nothing leaves the machine.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use socket2::{Domain, Protocol, Socket, Type};

use crate::error::{Error, Result};

type Threads = Arc<Mutex<Vec<JoinHandle<()>>>>;

/// A listener on 127.0.0.1 whose connections reach the server from one address.
#[derive(Debug)]
pub struct Relay {
    from: Ipv4Addr,
    listening: SocketAddr,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
    connections: Threads,
}

impl Relay {
    /// Starts to relay to `server`, from `from`.
    ///
    /// # Errors
    /// [`Error::Io`] when no port can be opened.
    pub fn start(from: Ipv4Addr, server: SocketAddrV4) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("relay"))?;
        let listening = listener.local_addr().map_err(Error::io("relay"))?;
        let stopping = Arc::new(AtomicBool::new(false));
        let connections = Threads::default();
        let acceptor = {
            let (stopping, connections) = (Arc::clone(&stopping), Arc::clone(&connections));
            thread::spawn(move || accept(&listener, from, server, &stopping, &connections))
        };
        Ok(Self {
            from,
            listening,
            stopping,
            acceptor: Some(acceptor),
            connections,
        })
    }

    /// The address the server sees.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        self.from
    }

    /// The host to connect to.
    #[must_use]
    pub fn host(&self) -> String {
        self.listening.ip().to_string()
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.listening.port()
    }

    /// Waits until the server has closed every connection made so far, which it
    /// does after it has logged the end of the session.
    pub fn drain(&self) {
        let threads = std::mem::take(
            &mut *self
                .connections
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for thread in threads {
            // A panic of a copying thread concerns one connection, which is gone.
            let _ = thread.join();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then sees the flag.
        let _ = TcpStream::connect(self.listening);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        // Open connections end by themselves with their client or their server.
    }
}

fn accept(
    listener: &TcpListener,
    from: Ipv4Addr,
    server: SocketAddrV4,
    stopping: &AtomicBool,
    connections: &Threads,
) {
    for client in listener.incoming() {
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        // When the server cannot be reached the client sees a closed connection.
        let Ok(server) = connect_from(from, server) else {
            continue;
        };
        // Locked first: nobody drains between the start of a thread and its entry.
        let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.push(thread::spawn(move || relay(&client, &server)));
    }
}

/// Connects with a chosen source address.
pub(crate) fn connect_from(from: Ipv4Addr, server: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&SocketAddr::from(server).into())?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

fn relay(client: &TcpStream, server: &TcpStream) {
    let _ = client.set_nodelay(true);
    thread::scope(|scope| {
        scope.spawn(|| copy(client, server));
        copy(server, client);
        // The server has gone: what the client still says has no reader.
        let _ = client.shutdown(Shutdown::Both);
    });
}

/// Copies until one side ends, then tells the other.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn the_server_sees_the_chosen_address_and_all_bytes() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let SocketAddr::V4(address) = server.local_addr().expect("an address") else {
            unreachable!("bound to an IPv4 address")
        };
        let relay = Relay::start(Ipv4Addr::new(127, 0, 0, 66), address).expect("a relay");
        let mut client = TcpStream::connect((relay.host(), relay.port())).expect("a connection");
        client.write_all(b"hello").expect("written");
        client.shutdown(Shutdown::Write).expect("half closed");

        let (mut accepted, peer) = server.accept().expect("relayed");
        assert_eq!(peer.ip(), Ipv4Addr::new(127, 0, 0, 66));
        let mut heard = String::new();
        accepted.read_to_string(&mut heard).expect("read");
        accepted.write_all(b"bye").expect("answered");
        drop(accepted);

        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("read");
        assert_eq!((heard.as_str(), answer.as_str()), ("hello", "bye"));
        relay.drain();
    }

    #[test]
    fn an_unreachable_server_closes_the_connection() {
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let SocketAddr::V4(address) = closed.local_addr().expect("an address") else {
            unreachable!("bound to an IPv4 address")
        };
        drop(closed);
        let relay = Relay::start(Ipv4Addr::LOCALHOST, address).expect("a relay");
        let mut client = TcpStream::connect((relay.host(), relay.port())).expect("a connection");
        let mut answer = Vec::new();
        assert_eq!(client.read_to_end(&mut answer).unwrap_or(0), 0);
    }
}
