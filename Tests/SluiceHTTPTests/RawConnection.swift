import Foundation
import HTTPTypes

/// A socket to the server, below any HTTP client: sends exactly the bytes that a test wants to send.
final class RawConnection: Sendable {
    private let socketNumber: Int32

    /// How long to wait for bytes that must come.
    static let patienceMilliseconds: Int32 = 10_000

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(port: Int) throws {
        socketNumber = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socketNumber
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(number, $0, length) }
        }
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { Foundation.close(socketNumber) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(socketNumber, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// No more bytes will come from here; what comes back can still be read.
    func finishSending() { shutdown(socketNumber, Int32(SHUT_WR)) }

    /// Goes away without a word, as a killed client does.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socketNumber, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        shutdown(socketNumber, Int32(SHUT_RDWR))
    }

    /// Whether a byte (or the end) has arrived by now.
    var hasBytes: Bool { hasBytes(within: 0) }

    /// Whether a byte (or the end) arrives in some milliseconds.
    func bytesCome(within milliseconds: Int32) async throws -> Bool {
        try await onThread { self.hasBytes(within: milliseconds) }
    }

    private func hasBytes(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: socketNumber, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// One answer: its head, then as many bytes as it says.
    func answer(toHead: Bool = false) async throws -> Reply {
        try await onThread { try self.readAnswer(toHead: toHead) }
    }

    /// Everything until the server closes.
    func rest() async throws -> String {
        try await onThread {
            var bytes: [UInt8] = []
            while let chunk = try self.read() { bytes += chunk }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// What comes, until a text has come.
    func text(until end: String) async throws -> String {
        try await onThread {
            var bytes: [UInt8] = []
            while let chunk = try self.read(1) {
                bytes += chunk
                if bytes.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    private func read(_ countMax: Int = 65_536) throws -> [UInt8]? {
        var entry = pollfd(fd: socketNumber, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Self.patienceMilliseconds) > 0 else { throw Failure(description: "no answer in time") }
        var buffer = [UInt8](repeating: 0, count: countMax)
        let count = recv(socketNumber, &buffer, countMax, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private func readAnswer(toHead: Bool) throws -> Reply {
        var head: [UInt8] = []
        while !head.ends(with: [13, 10, 13, 10]) {
            guard let byte = try read(1) else { throw Failure(description: "closed after \(head.count) bytes") }
            head += byte
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        var reply = Reply(status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: [:], text: "")
        for line in lines.dropFirst() where !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            if let name = RawHeader.name(String(parts[0])) {
                reply.headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        var left = Int(reply.header("Content-Length") ?? "0") ?? 0
        guard !toHead, reply.status >= 200, reply.status != 204 else { return reply }
        var body: [UInt8] = []
        while left > 0, let chunk = try read(left) {
            body += chunk
            left -= chunk.count
        }
        reply.text = String(decoding: body, as: UTF8.self)
        return reply
    }
}

extension [UInt8] {
    fileprivate func ends(with end: [UInt8]) -> Bool { suffix(end.count).elementsEqual(end) }
}
