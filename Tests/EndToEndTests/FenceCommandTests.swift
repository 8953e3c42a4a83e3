import Foundation
import SluiceJSON
import Testing

/// `sluice fence nginx` and `sluice fence haproxy`.
@Suite(.timeLimit(.minutes(10)))
struct FenceCommandTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Examples/fence")

    @Test(
        "what lies in Examples/fence is what the program writes",
        arguments: [("nginx", "sluice-fence.conf"), ("haproxy", "fence.cfg")])
    func writesTheExample(proxy: String, file: String) async throws {
        let config = Self.folder.appending(path: "sluice.yaml").path
        let run = try await ProgramRun(["fence", proxy, "--config", config])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.output == String(contentsOf: Self.folder.appending(path: file), encoding: .utf8))
        let out = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: out) }
        let written = try await ProgramRun(
            ["fence", proxy, "--json", "--out", out.path], environment: ["SLUICE_CONFIG": config])
        #expect(written.status == 0, "\(written.errors)")
        #expect(try JSONReader.read(written.output)["file"]?.string == out.path)
        #expect(try String(contentsOf: out, encoding: .utf8) == run.output)
    }

    @Test func refusesWhatItCannotWrite() async throws {
        let none = try await ProgramRun(["fence", "nginx"])
        #expect(none.status == 64 && none.errors.contains("fence.csaListen"))
        var environment = ["SLUICE_FENCE_CSA_LISTEN": "0.0.0.0:8444"]
        let half = try await ProgramRun(["fence", "haproxy"], environment: environment)
        #expect(half.status == 64 && half.errors.contains("fence.csaUpstream"))
        environment["SLUICE_FENCE_CSA_UPSTREAM"] = "https://csa:8444"
        environment["SLUICE_FENCE_CA_FILE"] = "/etc/x; return 200"
        let odd = try await ProgramRun(["fence", "nginx"], environment: environment)
        #expect(odd.status == 64 && odd.errors.contains("fence.caFile"))
        environment["SLUICE_FENCE_CA_FILE"] = nil
        let folder = try await ProgramRun(["fence", "nginx", "--out", "/nowhere/at/all"], environment: environment)
        #expect(folder.status == 1)
    }
}
