import Foundation
import Glibc
import SluiceJSON
import Synchronization

/// A server that answers each request with what a function says: for programs under test, one request a connection.
final class StubServer: Sendable {
    /// What came in.
    struct Request: Sendable {
        var method: String
        /// With its query.
        var target: String
        var headers: [String: String]
        var body: JSONValue?
        /// The body as it came.
        var bytes: [UInt8]
    }

    /// What goes out; nil: the connection stays open and silent.
    struct Answer: Sendable {
        var status: Int
        var body: JSONValue
        var headers: [String: String] = [:]
        /// How long it waits before it answers, or less when the client hangs up; -1: until the client hangs up.
        var afterMilliseconds: Int32 = 0

        init(_ status: Int, _ body: JSONValue, headers: [String: String] = [:]) {
            self.status = status
            self.body = body
            self.headers = headers
        }

        static func problem(_ status: Int, _ detail: String) -> Answer {
            Answer(
                status, ["title": "Problem", "status": .int(status), "detail": .string(detail)],
                headers: ["Content-Type": "application/problem+json"])
        }
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let silent = Mutex<[Int32]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    /// The requests so far, in order.
    var requests: [Request] { seen.withLock { $0 } }

    /// - Parameter answer: Gets the request and how many came before it.
    init(_ answer: @escaping @Sendable (Request, Int) -> Answer?) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        // The thread ends when `stop` shuts the listener down.
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                serve(connection, answer)
            }
        }
    }

    /// Call last.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        silent.withLock { connections in
            for connection in connections { close(connection) }
            connections = []
        }
    }

    private func serve(_ connection: Int32, _ answer: (Request, Int) -> Answer?) {
        guard let request = read(connection) else {
            close(connection)
            return
        }
        let index = seen.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        guard let answer = answer(request, index) else { return silent.withLock { $0.append(connection) } }
        let body = answer.body.bytes()
        var head = "HTTP/1.1 \(answer.status) Status\r\nContent-Length: \(body.count)\r\nConnection: close\r\n"
        if answer.headers["Content-Type"] == nil { head += "Content-Type: application/json\r\n" }
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + body
        if answer.afterMilliseconds != 0 {
            var client = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            _ = poll(&client, 1, answer.afterMilliseconds)
        }
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        close(connection)
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let end = Array("\r\n\r\n".utf8)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
            guard let range = bytes.firstRange(of: end) else { continue }
            let lines = String(decoding: bytes[..<range.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                    .trimmingCharacters(in: .whitespaces)
            }
            let body = bytes[range.upperBound...]
            guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { continue }
            let words = lines[0].split(separator: " ").map(String.init)
            guard words.count == 3 else { return nil }
            return Request(
                method: words[0], target: words[1], headers: headers, body: try? JSONReader.read(body),
                bytes: Array(body))
        }
    }
}
