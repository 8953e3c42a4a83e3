import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// The real HAProxy in front of replicas, with what operators are given: `Examples/replicas/haproxy.cfg`, but for its
/// addresses. Ends with this process however that ends.
final class ReplicaBalancer: Sendable {
    /// Where everybody calls.
    let port: Int
    private let controlPort: Int
    private let text: String
    private let folder: URL
    private let client: HTTPClient
    private let process = Mutex<Process?>(nil)

    /// What the example calls the backend of all that is no reading, starts among it.
    private static let calls = "sluice_calls"
    private static let example = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Examples/replicas/haproxy.cfg")

    /// - Parameter replicas: Their ports; `r1` is the first. At most as many as the example has.
    init(to replicas: [Int], in folder: URL, client: HTTPClient) throws {
        (port, controlPort) = (try TestSite.freePort(), try TestSite.freePort())
        self.folder = folder
        self.client = client
        var text = try String(contentsOf: Self.example, encoding: .utf8)
            .replacingOccurrences(of: "0.0.0.0:8470", with: "127.0.0.1:\(port)")
        for (index, port) in replicas.enumerated() {
            text = text.replacingOccurrences(of: "10.20.0.2\(index + 1):8470", with: "127.0.0.1:\(port)")
        }
        guard !text.contains(":8470") else { throw TestSiteError("not the addresses that the example had:\n\(text)") }
        // Its own page, by which a test takes a replica out of use.
        self.text = """
            \(text)
            listen control
                bind 127.0.0.1:\(controlPort)
                stats enable
                stats uri /
                stats admin if TRUE

            """
    }

    /// Starts it.
    /// - Parameter fence: What `sluice fence haproxy` wrote: the same HAProxy is the fence.
    func start(beside fence: URL) throws {
        guard process.withLock({ $0 }) == nil else { return }
        try TestSite.write(text, "replicas.cfg", in: folder)
        let log = folder.appending(path: "haproxy.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = [
            "--pdeathsig", "TERM", "/usr/sbin/haproxy", "-db", "-f", fence.path, "-f",
            folder.appending(path: "replicas.cfg").path,
        ]
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process.withLock { $0 = process }
    }

    /// Waits until it is gone.
    func stop() {
        process.withLock { process in
            process?.terminate()
            process?.waitUntilExit()
            process = nil
        }
    }

    /// Whether a replica is given calls that are no reading.
    func give(callsTo replica: String, _ isGiven: Bool) async throws {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(controlPort)/")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        // In this order.
        let form = "s=\(replica)&action=\(isGiven ? "ready" : "drain")&b=\(Self.calls)"
        request.body = .bytes(ByteBuffer(string: form))
        _ = try await client.execute(request, timeout: .seconds(20)).body.collect(upTo: 1 << 20)
        guard let word = try await word(of: replica), isGiven ? word != "DRAIN" : word != "UP" else {
            throw TestSiteError("HAProxy did not take \(form)")
        }
    }

    /// How a replica stands for calls: `UP`, `DOWN`, `DRAIN`, or on the way to one; nil while HAProxy is silent.
    func word(of replica: String) async throws -> String? {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(controlPort)/;csv;norefresh")
        guard let response = try? await client.execute(request, timeout: .seconds(20)) else { return nil }
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        let row = text.split(separator: "\n").first { $0.hasPrefix("\(Self.calls),\(replica),") }
        let columns = row?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        return columns.count > 17 ? String(columns[17]) : nil
    }

    var logText: String {
        (try? String(contentsOf: folder.appending(path: "haproxy.log"), encoding: .utf8)) ?? ""
    }
}
