import Foundation
import SluiceFences
import Synchronization

/// The real nginx or HAProxy with a fence; ends with this process however that ends.
final class ProxyProcess: Sendable {
    private let process: Mutex<Process>

    init(_ proxy: FencePlan.Proxy, _ plan: FencePlan, in folder: URL) throws {
        let arguments = try Self.write(proxy, plan, in: folder)
        let log = folder.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        defer { try? handle.close() }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "TERM", Self.program(proxy)] + arguments
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
    }

    /// Waits until it is gone.
    func stop() {
        process.withLock { process in
            process.terminate()
            process.waitUntilExit()
        }
    }

    /// What the proxy itself says about a configuration; empty: nothing is wrong with it.
    static func check(_ proxy: FencePlan.Proxy, _ plan: FencePlan, in folder: URL) throws -> String {
        let arguments = try write(proxy, plan, in: folder)
        let process = Process()
        process.executableURL = URL(filePath: program(proxy))
        process.arguments = (proxy == .nginx ? ["-t"] : ["-c"]) + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return process.terminationStatus == 0 && !text.contains("[warn") && !text.contains("WARNING") ? "" : text
    }

    /// Not on everybody's PATH; `make setup` installs both.
    private static func program(_ proxy: FencePlan.Proxy) -> String { "/usr/sbin/\(proxy.rawValue)" }

    private static func write(_ proxy: FencePlan.Proxy, _ plan: FencePlan, in folder: URL) throws -> [String] {
        let file = folder.appending(path: "fence")
        switch proxy {
        case .nginx:
            try NginxFence(plan).text.write(to: file, atomically: true, encoding: .utf8)
            let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: " ")
            let main = """
                worker_processes 2; daemon off; master_process on; pid \(folder.path)/pid; error_log stderr warn;
                \(getuid() == 0 ? "user root;" : "")
                events {}
                http { access_log off; \(paths) include \(file.path); }

                """
            try main.write(to: folder.appending(path: "nginx.conf"), atomically: true, encoding: .utf8)
            return ["-e", "stderr", "-p", folder.path, "-c", folder.appending(path: "nginx.conf").path]
        case .haproxy:
            try HAProxyFence(plan).text.write(to: file, atomically: true, encoding: .utf8)
            return ["-db", "-f", file.path]
        }
    }
}
