import Dispatch
import Foundation
import Glibc

/// One request on a connection of its own, sent as it is written: no client library mends its target or headers.
struct Exchange: Sendable {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: String

    struct Failed: Error {}

    /// - Parameters:
    ///   - source: From which of this machine's loopback addresses.
    ///   - isChunked: Whether the body's length is not told.
    static func send(
        _ method: String, _ target: String, to port: Int, from source: String = "127.0.0.1",
        headers: [(String, String)] = [], body: [UInt8] = [], isChunked: Bool = false
    ) async throws -> Exchange {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: fence\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        var bytes = body
        if isChunked {
            head += "Transfer-Encoding: chunked\r\n"
            bytes = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
        } else if !body.isEmpty || !["GET", "HEAD", "OPTIONS"].contains(method) {
            head += "Content-Length: \(body.count)\r\n"
        }
        let message = Array((head + "\r\n").utf8) + bytes
        // Blocks: not on a thread that the servers in this process need.
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try exchange(message, port, source) })
            }
        }
    }

    private static func exchange(_ message: [UInt8], _ port: Int, _ source: String) throws -> Exchange {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard with(source, 0, { bind(descriptor, $0, $1) }) == 0,
            with("127.0.0.1", port, { connect(descriptor, $0, $1) }) == 0
        else { throw Failed() }
        var sent = 0
        // A server that refuses a large body may answer before it is all sent.
        while sent < message.count {
            let count = message.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, message.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            answer += chunk.prefix(count)
        }
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Failed() }
        let lines = String(decoding: answer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { throw Failed() }
        return Exchange(
            status: status, headers: headers, body: String(decoding: answer[end.upperBound...], as: UTF8.self))
    }

    private static func with(
        _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A port that is free now, below those that the system gives to outgoing connections.
    static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            if with("127.0.0.1", port, { bind(descriptor, $0, $1) }) == 0 { return port }
        }
        throw Failed()
    }
}
