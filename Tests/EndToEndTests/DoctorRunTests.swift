import Foundation
import Logging
import SluiceJSON
import SluiceSandbox
import Testing

/// `sluice doctor` against the stand-ins of CSA and Central, with both behaviours of what the references leave open.
@Suite(.timeLimit(.minutes(10)))
struct DoctorRunTests {
    /// How the stand-ins behave, and what the doctor must find.
    struct Variant: Sendable, CustomTestStringConvertible {
        var name: String
        var csa: @Sendable (inout CSASettings) -> Void
        var central: @Sendable (inout SandboxSettings) -> Void
        /// Of the keys that are probed, after the doctor wrote them; a default is not written.
        var lines: Set<String>
        var absent: [String]
        var testDescription: String { name }
    }

    static let variants = [
        Variant(
            name: "4.90, and Central catches up",
            csa: { _ in }, central: { $0.catchUpOnEnable = .byQuartz },
            lines: [
                "  assignment: \"4.90\"", "  policyElement: approvalPolicy/id", "  staleLogin: unauthorized",
                "  catchUp: once",
            ], absent: ["fullPolicy", "occurrencesMeanRepeats", "absentCountIsZero", "subscriptions", "dialect"]),
        Variant(
            name: "4.00, and Central does not catch up",
            csa: { settings in
                settings.version = .v400
                settings.assignmentEcho = .order
                settings.assignmentElement = "policy"
                settings.takesWholeBodies = false
                settings.staleLoginCode = 404
            }, central: { $0.catchUpOnEnable = .never },
            lines: [
                "  assignment: \"4.00\"", "  policyElement: policy/id", "  fullPolicy: false", "  catchUp: none",
            ], absent: ["staleLogin", "occurrencesMeanRepeats"]),
    ]

    @Test("each switch is found out, written line by line with a backup, and then nothing differs", arguments: variants)
    func findsSwitches(variant: Variant) async throws {
        try await DoctorSite.with(variant) { site in
            let before = site.csa.dump(part: "configuration")
            let first = try await site.run("--csa", "--oo")
            #expect(first.status == 3, "\(first)")
            #expect(try String(contentsOf: site.file, encoding: .utf8) == site.text, "it only reads")
            #expect(site.csa.dump(part: "configuration") == before)
            let written = try await site.run(
                "--csa", "--oo", "--write-probes", "--probe-flow", DoctorSite.flow, "--probe-time", "13s", "--write")
            #expect(written.status == 0, "\(written)")
            let text = try String(contentsOf: site.file, encoding: .utf8)
            let lines = Set(text.split(separator: "\n").map(String.init))
            #expect(variant.lines.isSubset(of: lines), "\(text)\n\(written.output)")
            #expect(!variant.absent.contains { text.contains($0) }, "\(text)")
            #expect(text.contains("# kept"))
            // Without what was added it is the old file.
            let old = Set(site.text.split(separator: "\n").map(String.init))
            #expect(lines.subtracting(variant.lines) == old, "\(text)")
            let backups = try FileManager.default.contentsOfDirectory(atPath: site.folder.url.path)
                .filter { $0.hasSuffix(".bak") }
            #expect(backups.count == 1)
            let backup = site.folder.url.appending(path: backups[0])
            #expect(try String(contentsOf: backup, encoding: .utf8) == site.text)
            for change in variant.lines { #expect(written.output.contains("+\(change)"), "\(written.output)") }
            // What the probes made is gone.
            #expect(site.csa.dump(part: "configuration") == before)
            #expect(written.output.contains("scratch policy is removed"))
            #expect(!written.output.contains("stays"))
            let again = try await site.run("--csa", "--oo", "--json")
            #expect(again.status == 0, "\(again)")
            let report = try again.json
            #expect(report["format"] == 1 && report["changes"]?.array == [])
            let probes = report["probes"]?.array ?? []
            #expect(probes.contains { $0["probe"] == "csa.reevaluatesTimer" && $0["verdict"] == "untold" })
            #expect(probes.allSatisfy { $0["found"]?.string?.isEmpty == false && $0["asks"]?.string != nil })
            #expect(!again.output.contains("sandbox-password"))
        }
    }

    @Test("wrong credentials are tried once, and end it with 77")
    func stopsAtOnce() async throws {
        try await DoctorSite.with(Self.variants[0]) { site in
            site.csa.settings.lockoutAfter = 2
            let run = try await site.run("--csa", environment: ["SLUICE_CSA_PASSWORD": "wrong"])
            #expect(run.status == 77, "\(run)")
            #expect(run.output.contains("csa.reach") && !run.output.contains("csa.clock"))
            // A second try would have locked it.
            #expect(try await site.run("--csa").status == 3)
            let central = try await site.run("--oo", environment: ["SLUICE_CENTRAL_PASSWORD": "wrong"])
            #expect(central.status == 77, "\(central)")
        }
    }

    @Test("clocks apart, another zone, HTML and nobody there are told apart")
    func findsProblems() async throws {
        try await DoctorSite.with(Self.variants[0]) { site in
            site.csa.settings.clockOffsetMilliseconds = 3_600_000
            let apart = try await site.run("--csa", "--oo")
            #expect(apart.status == 3 && apart.errors.contains("csa.clock, both.clocks"), "\(apart)")
            site.csa.settings.clockOffsetMilliseconds = 0
            let html = try await site.run(
                "--csa", environment: ["SLUICE_CSA_URL": try await site.csa.csaURL + "/operations"])
            #expect(html.status == 3 && html.errors.contains("csa.reach"), "\(html)")
            let nobody = try await site.run("--oo", environment: ["SLUICE_CENTRAL_URL": "http://127.0.0.1:1/oo"])
            #expect(nobody.status == 69, "\(nobody)")
        }
    }

    @Test(
        "what cannot be asked is refused",
        arguments: [
            (["--probe-flow", "f"], "needs --write-probes"), (["--probe-time", "2h"], "1s to 1h"),
            (["--csa"], "csa.url is not configured"), (["--write"], "needs a configuration file"),
        ])
    func refuses(arguments: [String], words: String) async throws {
        let run = try await ProgramRun(["doctor"] + arguments)
        #expect(run.status == 64 && run.errors.contains(words), "\(run)")
    }
}

/// Both stand-ins in this process, and a configuration that names them.
final class DoctorSite: Sendable {
    static let flow = "7e572001-0000-4000-8000-000000000001"

    let folder: TemporaryFolder
    let file: URL
    let text: String
    let csa: CSAServer
    let central: SandboxServer
    private let tasks: [Task<Void, any Error>]

    static func with(_ variant: DoctorRunTests.Variant, _ body: (DoctorSite) async throws -> Void) async throws {
        let site = try await DoctorSite(variant)
        let result: Result<Void, any Error>
        do { result = .success(try await body(site)) } catch { result = .failure(error) }
        for task in site.tasks {
            task.cancel()
            _ = await task.result
        }
        site.folder.remove()
        try result.get()
    }

    private init(_ variant: DoctorRunTests.Variant) async throws {
        var logger = Logger(label: "sandbox")
        logger.logLevel = .critical
        var configuration = SandboxConfiguration()
        configuration.flows = [SandboxFlow(id: Self.flow, name: "Nothing")]
        variant.central(&configuration.settings)
        let central = SandboxServer(configuration: configuration, logger: logger)
        var csaConfiguration = CSAConfiguration()
        csaConfiguration.seed = MaintenanceSite.seed
        csaConfiguration.seed.pools = []
        variant.csa(&csaConfiguration.settings)
        let csa = try CSAServer(configuration: csaConfiguration, logger: logger)
        tasks = [Task { try await central.run() }, Task { try await csa.run() }]
        self.central = central
        self.csa = csa
        folder = try TemporaryFolder()
        text = """
            # kept: the head
            central:
              url: \(try await central.centralURL)   # kept: where it is
              username: sandbox
              passwordFile: password

            csa:
              url: \(try await csa.csaURL)
              username: admin
              passwordFile: password
              tokenUsername: idmTransportUser  # kept
              tokenPasswordFile: password

            """
        try folder.write("sandbox\n", to: "password")
        file = try folder.write(text, to: "sluice.yaml")
    }

    /// Central is gone from now on.
    func stopCentral() async {
        await central.stopListening()
        tasks[0].cancel()
        _ = await tasks[0].result
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> ProgramRun {
        try await ProgramRun(
            ["doctor", "--config", "sluice.yaml"] + arguments, environment: environment, in: folder.url)
    }
}
