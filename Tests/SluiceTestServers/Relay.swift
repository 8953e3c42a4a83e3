import Foundation
import Synchronization

/// Passes TCP bytes on to a server, or does not: freezes, delays and cuts what is told.
package final class Relay: Sendable {
    /// Which way bytes go.
    package enum Direction: Sendable, CaseIterable { case toServer, toClient }

    /// What happens to bytes on their way.
    package enum Fault: Hashable, Sendable {
        case flowing
        /// They wait here until something else is told.
        case frozen
        /// They wait for so long, each time some arrive.
        case delayed(Duration)
    }

    private struct State {
        var faults: [Direction: Fault] = [:]
        var isCut = false
        var isStopped = false
        /// Cuts the connection on which a client sends this text.
        var cutText: String?
        var cutCount = 0
        /// Freezes everything when a client sends this text, and keeps it back.
        var freezeText: String?
        var hasFrozen = false
        var connections: [Int: Connection] = [:]
        var nextConnection = 0
        /// Ports on this machine, and which comes next.
        var targets: [Int]
        var nextTarget = 0
    }

    package let port: Int
    private let listener: Int32
    private let state: Mutex<State>
    /// Signalled at each change of `state` that a pump may wait for.
    private let changed = NSCondition()

    package convenience init(to target: Int) throws { try self.init(to: [target]) }

    /// - Parameter targets: Ports on this machine. Connections go to one after the other, past those that refuse.
    package init(to targets: [Int]) throws {
        state = Mutex(State(targets: targets))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, raw, &length) == 0
            }
        }
        guard isBound else { throw TestCluster.ClusterError(description: "no port for a relay") }
        port = Int(address.sin_port.byteSwapped)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                serve(client)
            }
        }
    }

    // MARK: Orders

    /// Does so with what goes these ways, from now on, on connections old and new.
    package func set(_ fault: Fault, _ directions: Direction...) {
        change { state in
            for direction in directions.isEmpty ? Direction.allCases : directions { state.faults[direction] = fault }
        }
    }

    /// Cuts every connection, and each new one, until `heal`.
    package func cut() {
        change { state in
            state.isCut = true
            for connection in state.connections.values { connection.shutDown() }
        }
    }

    /// Everything flows again. What was frozen or delayed arrives, late.
    package func heal() {
        change { state in
            state.isCut = false
            state.faults = [:]
        }
    }

    /// Cuts the next connection on which a client sends this text, once the server has answered: so that what was sent
    /// has had its effect and the client does not know.
    package func cut(after text: String) { state.withLock { $0.cutText = text } }

    /// How many connections were cut after a text.
    package var cutCount: Int { state.withLock { $0.cutCount } }

    /// Freezes everything once a client sends this text, which the server does not get.
    package func freeze(at text: String) { state.withLock { $0.freezeText = text } }

    /// Whether a client sent the text at which everything freezes.
    package var hasFrozen: Bool { state.withLock { $0.hasFrozen } }

    /// Leads new connections elsewhere, and cuts those there are.
    package func lead(to targets: [Int]) {
        change { state in
            state.targets = targets
            for connection in state.connections.values { connection.shutDown() }
        }
    }

    package func stop() {
        change { state in
            state.isStopped = true
            for connection in state.connections.values { connection.shutDown() }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func change(_ body: (inout State) -> Void) {
        changed.lock()
        state.withLock { body(&$0) }
        changed.broadcast()
        changed.unlock()
    }

    // MARK: Connections

    private func serve(_ client: Int32) {
        guard !state.withLock({ $0.isCut || $0.isStopped }), let server = connect() else {
            close(client)
            return
        }
        let connection = Connection(client: client, server: server)
        let number = state.withLock { state in
            state.nextConnection += 1
            state.connections[state.nextConnection] = connection
            // It may have been cut while it connected.
            if state.isCut || state.isStopped { connection.shutDown() }
            return state.nextConnection
        }
        let marked = Marked()
        Thread.detachNewThread { [self] in
            pump(.toServer, from: client, to: server) { bytes in
                if sees(\.cutText, in: bytes) { marked.raise() }
                if sees(\.freezeText, in: bytes) { freeze() }
                return true
            }
            shutdown(server, Int32(SHUT_WR))
            leave(number, connection)
        }
        Thread.detachNewThread { [self] in
            pump(.toClient, from: server, to: client) { _ in
                guard marked.isRaised else { return true }
                state.withLock { $0.cutCount += 1 }
                return false
            }
            connection.shutDown()
            leave(number, connection)
        }
    }

    private func leave(_ number: Int, _ connection: Connection) {
        // Under the lock, so that nobody shuts down a descriptor that was closed.
        state.withLock { state in
            guard connection.leave() else { return }
            state.connections[number] = nil
        }
    }

    private func connect() -> Int32? {
        let (targets, first) = state.withLock { state in
            state.nextTarget += 1
            return (state.targets, state.nextTarget)
        }
        for offset in targets.indices {
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(port: targets[(first + offset) % targets.count])
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isConnected { return server }
            close(server)
        }
        return nil
    }

    /// Whether the text that is waited for is in these bytes; it is then waited for no more.
    private func sees(_ text: WritableKeyPath<State, String?> & Sendable, in bytes: ArraySlice<UInt8>) -> Bool {
        state.withLock { state in
            guard let wanted = state[keyPath: text], String(decoding: bytes, as: UTF8.self).contains(wanted) else {
                return false
            }
            state[keyPath: text] = nil
            return true
        }
    }

    private func freeze() {
        set(.frozen)
        state.withLock { $0.hasFrozen = true }
    }

    private func pump(
        _ direction: Direction, from source: Int32, to sink: Int32, _ passes: (ArraySlice<UInt8>) -> Bool
    ) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0, passes(buffer[..<count]), waitUntilPassable(direction) else { return }
            var sent = 0
            while sent < count {
                let written = buffer[sent..<count].withUnsafeBytes {
                    send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
        }
    }

    /// Returns when what arrived now may go on; false when it never may.
    private func waitUntilPassable(_ direction: Direction) -> Bool {
        let arrived = ContinuousClock.now
        changed.lock()
        defer { changed.unlock() }
        while true {
            let (fault, isOver) = state.withLock { ($0.faults[direction] ?? .flowing, $0.isCut || $0.isStopped) }
            if isOver { return false }
            switch fault {
            case .flowing: return true
            case .frozen: changed.wait()
            case .delayed(let delay):
                let left = delay - (ContinuousClock.now - arrived)
                if left <= .zero { return true }
                _ = changed.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
            }
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// The two ends of a connection, closed when both pumps have left it.
    private final class Connection: Sendable {
        private let ends: (client: Int32, server: Int32)
        private let pumpCount = Mutex(2)

        init(client: Int32, server: Int32) { ends = (client, server) }

        func shutDown() {
            shutdown(ends.client, Int32(SHUT_RDWR))
            shutdown(ends.server, Int32(SHUT_RDWR))
        }

        /// Whether that was the last one; then both ends are closed.
        func leave() -> Bool {
            let isLast = pumpCount.withLock { count in
                count -= 1
                return count == 0
            }
            guard isLast else { return false }
            close(ends.client)
            close(ends.server)
            return true
        }
    }

    private final class Marked: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }
}
