import Foundation
import SluiceSandbox
import Testing

/// What `sluice doctor --write-probes` makes is gone afterwards, or named, whatever happens meanwhile.
@Suite(.timeLimit(.minutes(5)))
struct DoctorScratchTests {
    private static let scratchName = "Sluice doctor: scratch, may be deleted"

    @Test("told to stop, it removes what it made first", arguments: [SIGINT, SIGTERM])
    func removesWhenStopped(signal: Int32) async throws {
        try await DoctorSite.with(DoctorRunTests.variants[0]) { site in
            let doctor = try DoctorProcess(site)
            defer { doctor.end() }
            try await doctor.until { site.central.schedules.contains { $0.name.hasSuffix("(catch-up)") } }
            let made = try #require(site.central.schedules.first)
            // Whoever kills it outright still has an end, and the id.
            let end = try #require(made.endDate)
            #expect(end - (made.startDate ?? 0) < 20 * 60_000, "it ends by itself")
            try await doctor.until { doctor.text.contains("schedule \(made.id) ") }
            doctor.send(signal)
            try await doctor.until { !doctor.isRunning }
            #expect(doctor.status == 1, "\(doctor.text)")
            #expect(site.central.schedules.isEmpty, "\(doctor.text)")
            #expect(doctor.text.contains("scratch schedule \(made.id) (\"\(made.name)\") is removed"), "\(doctor.text)")
        }
    }

    @Test("Central dies while a scratch schedule is there: 69, and its id is named")
    func namesWhatItCannotRemove() async throws {
        try await DoctorSite.with(DoctorRunTests.variants[0]) { site in
            let doctor = try DoctorProcess(site, probeTime: "2s")
            defer { doctor.end() }
            try await doctor.until { site.central.schedules.contains { $0.name.hasSuffix("(catch-up)") } }
            let made = try #require(site.central.schedules.first)
            await site.stopCentral()
            try await doctor.until { !doctor.isRunning }
            #expect(doctor.status == 69, "\(doctor.text)")
            #expect(doctor.text.contains("scratch schedule \(made.id) (\"\(made.name)\") may stay"), "\(doctor.text)")
        }
    }

    @Test("what an earlier try left is named, and removed when anything may be written")
    func findsLeftOvers() async throws {
        try await DoctorSite.with(DoctorRunTests.variants[0]) { site in
            let left = try #require(
                site.central.add(
                    schedule: SandboxSchedule(
                        name: "\(Self.scratchName) (catch-up)", flow: DoctorSite.flow,
                        triggerExpression: "0 0 0 1 1 ?")))
            let other = try #require(
                site.central.add(
                    schedule: SandboxSchedule(name: "Ours", flow: DoctorSite.flow, triggerExpression: "0 0 0 1 1 ?")))
            let named = try await site.run("--oo")
            #expect(named.status == 3 && named.output.contains("the schedule \(left) "), "\(named)")
            #expect(site.central.schedules.count == 2, "it only reads")
            let removed = try await site.run("--oo", "--write-probes")
            #expect(removed.output.contains("scratch schedule \(left) "), "\(removed)")
            #expect(site.central.schedules.map { "\($0.id)" } == [other])
        }
    }

    @Test("refused in the middle, Central is not asked again")
    func stopsWhenRefused() async throws {
        try await DoctorSite.with(DoctorRunTests.variants[0]) { site in
            site.central.add(faults: [
                SandboxFault(.status(401, text: "no"), id: "workers", path: "/workers"),
                SandboxFault(.delay(milliseconds: 0), id: "me", path: "/users/me"),
            ])
            let run = try await site.run("--oo", "--write-probes", "--probe-flow", DoctorSite.flow)
            #expect(run.status == 77, "\(run)")
            #expect(site.central.hitCount(ofFault: "workers") == 1)
            #expect(site.central.hitCount(ofFault: "me") == 0)
            #expect(site.central.schedules.isEmpty)
        }
    }

    @Test("refused while a scratch schedule is there: its id is named, and nothing more is sent")
    func namesWhenRefused() async throws {
        try await DoctorSite.with(DoctorRunTests.variants[0]) { site in
            site.central.add(faults: [
                SandboxFault(.status(401, text: "no"), id: "switch", method: "PUT", path: "/schedules/*/enabled"),
                SandboxFault(.delay(milliseconds: 0), id: "delete", method: "DELETE"),
            ])
            let run = try await site.run(
                "--oo", "--write-probes", "--probe-flow", DoctorSite.flow, "--probe-time", "2s")
            let left = try #require(site.central.schedules.first)
            #expect(run.status == 77 && run.output.contains("scratch schedule \(left.id) "), "\(run)")
            #expect(site.central.hitCount(ofFault: "switch") == 1)
            // That of the occurrences went well before.
            #expect(site.central.hitCount(ofFault: "delete") == 1)
        }
    }
}

/// A `sluice doctor --oo --write-probes` at a terminal.
private final class DoctorProcess {
    private let process = Process()
    private let log: URL

    init(_ site: DoctorSite, probeTime: String = "60s") throws {
        log = try site.folder.write("", to: "doctor.log")
        let output = try FileHandle(forWritingTo: log)
        defer { try? output.close() }
        // Whoever runs the tests in the background of a shell ignores SIGINT, and hands that on.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "--default-signal=INT", ProgramRun.program("sluice").path, "doctor", "--config", "sluice.yaml", "--oo",
            "--write-probes", "--probe-flow", DoctorSite.flow, "--probe-time", probeTime,
        ]
        process.currentDirectoryURL = site.folder.url
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }
    var status: Int32 { process.terminationStatus }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    func until(_ isSo: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(150)
        while !isSo() {
            try #require(ContinuousClock.now < end, "\(text)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func end() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
