import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import Synchronization

extension MaintenanceSite {
    /// What `sluice fence` writes for a proxy.
    func writeFence(_ proxy: String) async throws -> URL {
        let fence = folder.appending(path: "fence.conf")
        let run = try await ProgramRun(
            ["fence", proxy, "--config", "sluice.yaml", "--out", fence.path],
            environment: [
                "SLUICE_CSA_PASSWORD": "sandbox", "SLUICE_CENTRAL_USERNAME": "sandbox",
                "SLUICE_CENTRAL_PASSWORD": "sandbox",
            ], in: folder)
        guard run.status == 0 else { throw TestSiteError("no fence: \(run.errors)") }
        return fence
    }

    /// Starts the real nginx with what `sluice fence nginx` writes, in front of CSA, its portal and the facade.
    func startFence() async throws {
        let fence = try await writeFence("nginx")
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: " ")
        let main = """
            worker_processes 2; daemon off; pid \(folder.path)/pid; error_log stderr warn;
            \(getuid() == 0 ? "user root;" : "")
            events {}
            http { access_log off; \(paths) include \(fence.path); }
            """
        try TestSite.write(main, "nginx.conf", in: folder)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = [
            "--pdeathsig", "TERM", "/usr/sbin/nginx", "-e", "stderr", "-p", folder.path, "-c",
            folder.appending(path: "nginx.conf").path,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        nginx.withLock { $0 = process }
        try await until("nginx answers", within: .seconds(20)) {
            (try? await throughFence("GET", "/csa/rest/catalog")) != nil
        }
    }

    func stopFence() {
        nginx.withLock { process in
            process?.terminate()
            process?.waitUntilExit()
            process = nil
        }
    }

    /// Sends a request through nginx; the status that came back.
    func throughFence(_ method: String, _ path: String, toCentral: Bool = false) async throws -> Int {
        let port = toCentral ? ports.centralFence : ports.csaFence
        return try await exchange(method, "http://127.0.0.1:\(port)\(path)", as: ("sandbox", "sandbox")).status
    }

    /// A request by which CSA would be given an order, if it passed.
    static let orderDoor = "/csa/api/mpp/mpp-request/server"

    // MARK: Who calls from outside

    /// What somebody outside was answered.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var text: String

        var json: JSONValue? { try? JSONReader.read(text) }
    }

    /// One call, as no part of Sluice makes it.
    /// - Parameter user: For basic authentication.
    func exchange(
        _ method: String, _ url: String, as user: (name: String, password: String)? = nil,
        headers: [(String, String)] = [], body: String = ""
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let user { request.setBasicAuth(username: user.name, password: user.password) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 16 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes))
    }
}
