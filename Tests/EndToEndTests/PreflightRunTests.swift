import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// What is wrong with the systems is found before the start, by the real service over HTTP, and nothing is touched.
@Suite(.timeLimit(.minutes(5)))
struct PreflightRunTests {
    /// What is wrong, and what the look says of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: String
        var words: String
        /// Also keeps whoever accepts warnings from it.
        var isError = true
        /// Puts it wrong; returns more of the service's environment.
        var prepare: @Sendable (MaintenanceSite) async throws -> [String: String]
    }

    static let cases = [
        Case(testDescription: "CSA answers HTML", code: "csa-unreadable", words: "HTML") { site in
            ["SLUICE_CSA_URL": try await site.csa.csaURL + "/operations"]
        },
        Case(testDescription: "an organization that CSA has not", code: "csa-missing", words: "NOBODY") { _ in
            ["SLUICE_CSA_ORGANIZATION": "NOBODY"]
        },
        Case(testDescription: "nobody is there", code: "csa-unreachable", words: "refused") { _ in
            ["SLUICE_CSA_URL": "http://127.0.0.1:\(try TestSite.freePort())/csa"]
        },
        Case(testDescription: "clocks 90 s apart", code: "clocks-apart", words: "ahead of Sluice's") { site in
            try site.csa.settings.clockOffsetMilliseconds = 90_000
            return [:]
        },
        Case(
            testDescription: "clocks 30 s apart", code: "clocks-apart", words: "ahead of Sluice's", isError: false
        ) { site in
            try site.csa.settings.clockOffsetMilliseconds = 30_000
            return [:]
        },
        Case(testDescription: "Central's password is wrong", code: "central-unauthorized", words: "401") { _ in
            ["SLUICE_CENTRAL_PASSWORD": "wrong"]
        },
    ]

    private static func body(_ more: JSONObject = [:]) -> JSONObject {
        let end = Date.now.addingTimeInterval(4 * 3600).formatted(.iso8601)
        var body: JSONObject = ["title": "Upgrade", "owner": "the night shift", "expectedEnd": .string(end)]
        for member in more.members { body[member.name] = member.value }
        return body
    }

    /// The findings of a severity, by code, in an answer with `preflight`.
    private static func findings(_ answer: JSONObject, _ severity: String) -> [(code: String, text: String)] {
        (answer["preflight"]?.array ?? []).filter { $0["severity"]?.string == severity }
            .map { ($0["code"]?.string ?? "", $0["text"]?.string ?? "") }
    }

    /// All that a maintenance would have touched first.
    private static func image(_ site: MaintenanceSite) async throws -> [LooseValue] {
        var image = try site.picture()
        let gate = try await site.get("/v1/gate").body
        image += ["mode", "epoch"].map { .text("\($0) \(String(describing: gate[$0]))") }
        for system in ["csa", "portal", "central"] {
            let status = try await site.send("GET", "/v1/authorize?system=\(system)&call=door").status
            image.append(.text("\(system) \(status)"))
        }
        return image
    }

    private static func plan(_ site: MaintenanceSite) async throws -> (id: String, answer: JSONObject) {
        let planned = try await site.post("/v1/maintenances", body())
        #expect(planned.status == 201, "\(planned)")
        return (try #require(planned.body["id"]?.string), planned.body)
    }

    /// Starts it, with warnings accepted or not, and sees that it is refused and nothing is touched.
    private static func expectRefusal(
        _ id: String, _ site: MaintenanceSite, _ problem: String, accepting: Bool
    ) async throws -> JSONObject {
        let before = try await image(site)
        let answer = try await site.post(
            "/v1/maintenances/\(id)/start", ["reason": "upgrade", "acceptWarnings": .bool(accepting)])
        #expect(answer.status == 409, "\(answer)")
        #expect(answer.body["type"]?.string?.hasSuffix(problem) == true, "\(answer)")
        let after = try await image(site)
        #expect(after == before, "nothing is touched: \(zip(before, after).filter { $0 != $1 })")
        #expect(try await site.get("/v1/maintenances/\(id)").body["phase"] == "planned")
        return answer.body
    }

    @Test("R17 what is wrong is refused before anything is touched, with what to change", arguments: cases)
    func refuses(row: Case) async throws {
        try await MaintenanceSite.with { site in
            let more = try await row.prepare(site)
            try await site.start(more)
            let (id, planned) = try await Self.plan(site)
            let severity = row.isError ? "error" : "warning"
            let found = Self.findings(planned, severity).first { $0.code == row.code }
            #expect(found?.text.contains(row.words) == true, "\(planned)")
            let problem = row.isError ? "preflight-failed" : "preflight-warnings"
            let refused = try await Self.expectRefusal(id, site, problem, accepting: row.isError)
            #expect(Self.findings(refused, severity).contains { $0.code == row.code }, "\(refused)")
            for finding in refused["preflight"]?.array ?? [] where finding["severity"]?.string != "note" {
                #expect(finding["remedy"]?.string?.isEmpty == false, "\(finding)")
            }
        }
    }

    @Test("R17 a certificate that does not verify is refused before anything is touched")
    func refusesACertificate() async throws {
        try await MaintenanceSite.with { site in
            let port = try TestSite.freePort()
            let server = try TLSStandIn(port: port, in: site.folder)
            defer { server.stop() }
            try await site.until("the TLS server listens", within: .seconds(20)) { server.isListening }
            try await site.start(["SLUICE_CSA_URL": "https://localhost:\(port)/csa"])
            let (id, _) = try await Self.plan(site)
            let refused = try await Self.expectRefusal(id, site, "preflight-failed", accepting: true)
            let errors = Self.findings(refused, "error")
            let found = errors.contains {
                $0.code == "csa-unreachable" && $0.text.contains("certificate is not trusted")
            }
            #expect(found, "\(errors)")
        }
    }

    @Test("R17 a wrong password of CSA is tried once however often the look is asked for, and locks nobody out")
    func triesAPasswordOnce() async throws {
        try await MaintenanceSite.with { site in
            try site.csa.settings.lockoutAfter = 2
            try await site.start(["SLUICE_CSA_PASSWORD": "hunter2-mistaken"])
            let (id, planned) = try await Self.plan(site)
            #expect(Self.findings(planned, "error").contains { $0.code == "csa-unauthorized" }, "\(planned)")
            for _ in 0..<3 {
                let refused = try await Self.expectRefusal(id, site, "preflight-failed", accepting: true)
                #expect(Self.findings(refused, "error").contains { $0.code == "csa-unauthorized" })
            }
            let dry = try await site.post("/v1/maintenances", Self.body(["dryRun": true]))
            #expect(dry.status == 200 && Self.findings(dry.body, "error").contains { $0.code == "csa-unauthorized" })
            #expect(!site.logText.contains("hunter2-mistaken"), "no password is in the log")
            site.kill()
            try await site.start()
            let right = try await site.post("/v1/maintenances", Self.body(["dryRun": true]))
            #expect(Self.findings(right.body, "error").isEmpty, "a second try would have locked the account: \(right)")
        }
    }

    @Test("R17 warnings want to be accepted; what another maintenance has changed in CSA is an error")
    func wantsWarningsAccepted() async throws {
        try await MaintenanceSite.with { site in
            try site.csa.settings.clockOffsetMilliseconds = 30_000
            try await site.start()
            let (id, planned) = try await Self.plan(site)
            #expect(Self.findings(planned, "error").isEmpty, "\(planned)")
            let warned = try await Self.expectRefusal(id, site, "preflight-warnings", accepting: false)
            let warning = Self.findings(warned, "warning").first { $0.code == "clocks-apart" }
            #expect(warning?.text.contains("CSA") == true, "\(warned)")
            let (other, _) = try await Self.plan(site)
            let started = try await site.post(
                "/v1/maintenances/\(id)/start", ["reason": "upgrade", "acceptWarnings": true])
            #expect(started.status == 200, "\(started)")
            #expect(Self.findings(started.body, "warning").contains { $0.code == "clocks-apart" })
            try await site.until("CSA is changed", within: .seconds(60)) {
                try await site.get("/v1/maintenances/\(id)").body["phase"] != "closing-csa"
            }
            let refused = try await site.post(
                "/v1/maintenances/\(other)/start", ["reason": "me too", "acceptWarnings": true])
            #expect(refused.status == 409 && refused.body["type"]?.string?.hasSuffix("preflight-failed") == true)
            let open = Self.findings(refused.body, "error").first { $0.code == "journal-open" }
            #expect(open?.text.contains(id) == true, "\(refused)")
            #expect(try await site.get("/v1/maintenances/\(other)").body["phase"] == "planned")
        }
    }
}

/// `openssl s_server` with a certificate that nobody trusts.
private final class TLSStandIn {
    private let process = Process()
    private let log: URL

    init(port: Int, in folder: URL) throws {
        let (certificate, key) = (folder.appending(path: "tls.pem").path, folder.appending(path: "tls.key").path)
        log = folder.appending(path: "tls.log")
        let making = Process()
        making.executableURL = URL(filePath: "/usr/bin/openssl")
        making.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ]
        making.standardError = FileHandle.nullDevice
        try making.run()
        making.waitUntilExit()
        guard making.terminationStatus == 0 else { throw TestSiteError("no certificate was made") }
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        defer { try? output.close() }
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = [
            "--pdeathsig", "KILL", "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate,
            "-key", key, "-www",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    var isListening: Bool { (try? String(contentsOf: log, encoding: .utf8))?.contains("ACCEPT") == true }

    func stop() {
        // Started by a thread that blocks the others, it would not hear any other signal.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
