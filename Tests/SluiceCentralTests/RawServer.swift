import Foundation
import Synchronization

/// A server below HTTP: does to each connection exactly what the script says, and counts what reached it.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let state: Mutex<State>

    /// What happens to one request.
    enum Act: Sendable {
        /// Closes the connection before reading anything from it.
        case closeUnread
        /// Reads the whole request and closes without a word.
        case closeAfterReading
        /// Reads the whole request and resets the connection.
        case reset
        /// Reads the whole request and never answers, until the server stops.
        case silence
        /// Reads the whole request, sends these bytes, and closes.
        case raw(String)
        /// Sends these bytes as soon as the connection is there, and closes; the request may still be on its way.
        case rawUnasked(String)
        /// Sends these bytes, then never another and no end.
        case hang(String)
    }

    private struct State {
        var script: [Act]
        let last: Act
        var requests: [String] = []
        var open: [Int32] = []
        var isStopped = false
    }

    /// - Parameter script: One act a connection; the last goes for all further ones.
    convenience init(_ script: Act...) throws { try self.init(script) }

    init(_ script: [Act]) throws {
        state = Mutex(State(script: script, last: script.last ?? .closeUnread))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.acceptAll() }
    }

    /// Every request that arrived whole, as text.
    var requests: [String] { state.withLock { $0.requests } }

    func count(_ method: String) -> Int { requests.count { $0.hasPrefix("\(method) ") } }

    func stop() {
        let open = state.withLock { state in
            state.isStopped = true
            defer { state.open = [] }
            return state.open
        }
        for descriptor in open { close(descriptor) }
        // Closed by the thread that accepts: before that, its number could already be another server's.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        defer { close(listener) }
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let act = state.withLock { $0.script.isEmpty ? $0.last : $0.script.removeFirst() }
            Thread.detachNewThread { self.perform(act, connection) }
        }
    }

    private func perform(_ act: Act, _ connection: Int32) {
        switch act {
        case .closeUnread: break
        case .rawUnasked(let text):
            send(text, connection)
            readRequest(connection)
        case .closeAfterReading: readRequest(connection)
        case .reset:
            readRequest(connection)
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        case .raw(let text):
            readRequest(connection)
            send(text, connection)
            // An answer that ends with the connection must not end before the client knows that its request has.
            if !text.lowercased().contains("content-length:") { waitUntilQuiet(connection) }
        case .hang(let text):
            readRequest(connection)
            send(text, connection)
            return keep(connection)
        case .silence:
            readRequest(connection)
            return keep(connection)
        }
        close(connection)
    }

    private func keep(_ connection: Int32) {
        let isStopped = state.withLock { state in
            if !state.isStopped { state.open.append(connection) }
            return state.isStopped
        }
        if isStopped { close(connection) }
    }

    private func send(_ text: String, _ connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads a head and as many bytes as its Content-Length says.
    /// Waits for the peer's next byte or end, 250 ms at most.
    private func waitUntilQuiet(_ connection: Int32) {
        var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 250)
    }

    private func readRequest(_ connection: Int32) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].lowercased()
                let length =
                    head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if text[end.upperBound...].utf8.count >= length {
                    return state.withLock { $0.requests.append(text) }
                }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
    }
}

/// A whole answer with its length.
func answer(_ status: String, _ body: String = "", type: String? = "application/json", headers: [String] = []) -> String
{
    // One act for each connection.
    var lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
    if let type { lines.append("Content-Type: \(type)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}
