import AsyncHTTPClient
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1

@testable import SluiceSandbox

/// The real `sluice-sandbox` with a CSA, as a process that can be killed and started again over the same files.
final class SandboxProcess {
    struct Reply {
        let status: Int
        let value: LooseValue
    }

    /// It said no addresses, and what it said.
    struct NotStarted: Error {
        let output: String
    }

    let folder: URL
    private let process = Process()
    /// Addresses without a path.
    private(set) var central = ""
    private(set) var csa = ""

    /// - Parameter folder: With `flows.json` and `csa.json`; the state files lie there too.
    init(in folder: URL) async throws {
        self.folder = folder
        process.executableURL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "sluice-sandbox")
        process.currentDirectoryURL = folder
        process.arguments = [
            "--port", "0", "--csa-port", "0", "--flows", "flows.json", "--csa-seed", "csa.json",
            "--state", "central.state", "--csa-state", "csa.state",
        ]
        process.environment = ["SWIFT_BACKTRACE": "enable=no"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var text = ""
                // Two lines, or its end.
                while text.split(separator: "\n", omittingEmptySubsequences: false).count < 3 {
                    let data = output.fileHandleForReading.availableData
                    if data.isEmpty { break }
                    text += String(decoding: data, as: UTF8.self)
                }
                continuation.resume(returning: text)
            }
        }
        let addresses = text.split { " \n".contains($0) }.filter { $0.hasPrefix("http") }.map(String.init)
        guard addresses.count == 4 else {
            kill()
            throw NotStarted(output: text)
        }
        central = String(addresses[0].dropLast("/oo".count))
        csa = String(addresses[2].dropLast("/csa".count))
    }

    /// `kill -9`, and waits until it is gone.
    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// - Parameter limit: How long nobody need be there to take the call: the client tries to connect all the while.
    /// - Throws: When there is no answer.
    static func call(
        _ method: HTTPMethod, _ url: String, _ body: String = "", user: String = "admin",
        within limit: TimeAmount = .seconds(60)
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "Authorization", value: CSABench.basic(user))
        request.headers.add(name: "Accept", value: "application/json")
        if !body.isEmpty { request.body = .bytes(Array(body.utf8)) }
        let response = try await HTTPClient.shared.execute(request, timeout: limit)
        let bytes = Array((try await response.body.collect(upTo: 1 << 25)).readableBytesView)
        let value = try? SandboxCodec.decode(LooseValue.self, from: bytes)
        return Reply(status: Int(response.status.code), value: value ?? .null)
    }
}
