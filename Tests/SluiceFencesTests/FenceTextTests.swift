import Foundation
import SluiceCore
import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceFences

/// What is written for the proxies, before a proxy reads it.
@Suite(.timeLimit(.minutes(10)))
struct FenceTextTests {
    static func plan(_ folder: String = "/etc/ssl") -> FencePlan {
        var plan = FencePlan(
            fronts: [
                .init(
                    system: .csa, listen: .init(host: "0.0.0.0", port: 8444),
                    upstream: .init(host: "127.0.0.1", port: 18_444), isUpstreamSecure: true),
                .init(
                    system: .central, listen: .init(host: "::", port: 8443),
                    upstream: .init(host: "::1", port: 18_443), isUpstreamSecure: true),
            ], sluice: .init(host: "127.0.0.1", port: 8470),
            certificate: .init(chainFile: "\(folder)/fence.pem", keyFile: "\(folder)/fence.pem.key"),
            upstreamCAFile: "\(folder)/fence.pem", keepSeconds: 30, cacheFolder: "\(folder)/cache")
        plan.callbackAddresses = ["10.0.0.0/8", "2001:db8::/32"].compactMap { AddressRange($0) }
        plan.controllerAddresses = ["10.1.2.3", "2001:db8::1"].compactMap { AddressRange($0) }
        plan.callbackAccount = "oo.user@x-y_z"
        return plan
    }

    @Test("with TLS, HTTP/2 and IPv6 the proxies take it without a remark", arguments: FencePlan.Proxy.allCases)
    func isTakenByTheProxy(proxy: FencePlan.Proxy) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-fence-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=fence", "-keyout",
            "\(folder.path)/fence.pem.key", "-out", "\(folder.path)/fence.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        let plan = Self.plan(folder.path)
        #expect(plan.problems(for: proxy) == [])
        #expect(try ProxyProcess.check(proxy, plan, in: folder) == "")
    }

    @Test func saysWhatCannotBeWritten() {
        var plan = Self.plan()
        plan.certificate?.keyFile = "/etc/ssl/other.key"
        #expect(plan.problems(for: .nginx) == [])
        #expect(plan.problems(for: .haproxy).first?.contains("/etc/ssl/fence.pem.key") == true)
        plan.certificate = nil
        #expect(plan.problems(for: .haproxy) == [])
        plan.fronts[1].listen = plan.fronts[0].listen
        #expect(plan.problems(for: .nginx).count == 1)
        plan.fronts = []
        #expect(plan.problems(for: .nginx).first?.contains("fence.csaListen") == true)
    }

    /// The way a proxy takes for a request: the first rule that matches counts.
    static func way(_ system: FencedSystem, _ caller: FenceCaller, _ request: String) throws -> FenceWays.Way {
        for rule in FenceWays.rules(of: system) where rule.caller == nil || rule.caller == caller.rawValue {
            let pattern = try NSRegularExpression(pattern: rule.pattern.isEmpty ? "^" : rule.pattern)
            let range = NSRange(request.startIndex..., in: request)
            if pattern.firstMatch(in: request, range: range) != nil { return rule.way }
        }
        return .door
    }

    @Test("what a proxy lets pass unasked, or calls reading, the table lets pass too: 30,000 requests, seeded")
    func patternsOpenNothingThatTheTableCloses() throws {
        var random = SeededGenerator(seed: 6)
        let words = [
            "csa", "rest", "api", "catalog", "request", "cancel", "artifact", "processinstances", "execute", "user",
            "multipleRequest", "subscription", "resume", "lifecycleengine", "idm-service", "v2.0", "tokens",
            "notification",
            "oo", "executions", "schedules", "PAS", "services", "WSCentralService", "..", ".", "", "a;x=y", "%63ancel",
            "cancel.json", "%2e%2e", "x%2Fcancel", "Cancel", "REQUEST", "request%20", "%20cancel", "c%41ncel",
            "%2563ancel",
            "a%", "a%zz", "\\", "ä", "%C3%A4", "cancel%3Fx", "pas.x", "p%41s", "executions;x", "x", "8a81-0",
            "mpp-request", "mpp", "mpp-offering", "filter", "person", "organization", "service", "offering",
        ]
        let queries = [
            "", "?x=1", "?_method=POST", "?%5Fmethod=PUT", "?a=1&_METHOD=x", "?a=1;_method=b", "?a=%5F", "#x", "?a#b",
        ]
        let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "get", "UPGRADE", "TRACE"]
        var counts: [FenceWays.Way: Int] = [:]
        for _ in 0..<30_000 {
            let method = methods.randomElement(using: &random) ?? "GET"
            let prefix =
                ["/", "/csa/api/", "/csa/api/mpp/", "/csa/rest/", "//", "", "http://h/"].randomElement(using: &random)
                ?? "/"
            let length = Int.random(in: 1...7, using: &random)
            let path = (0..<length).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: "/")
            let target = prefix + path + (queries.randomElement(using: &random) ?? "")
            for system in FencedSystem.allCases {
                let call = FenceCall(to: system, method: method, target: target)
                for caller in [FenceCaller.anybody, .callback] {
                    let way = try Self.way(system, caller, "\(method) \(target)")
                    counts[way, default: 0] += 1
                    func passes(_ state: FenceState) -> Bool {
                        FenceAnswer.decide(call, by: caller, in: state).passes
                    }
                    switch way {
                    case .pass: #expect(passes(.draining) && passes(.closed), "\(system) \(caller) \(method) \(target)")
                    case .reading: #expect(passes(.draining), "\(system) \(caller) \(method) \(target)")
                    case .door: break
                    }
                }
            }
        }
        for way in [FenceWays.Way.pass, .reading, .door] { #expect((counts[way] ?? 0) > 1000, "\(counts)") }
    }

    @Test func sortsWhatIsPlainWithoutAsking() throws {
        for row in FenceTable.openings where row.method != "POST" && row.call != .callback {
            #expect(
                try Self.way(row.system, .anybody, "\(row.method) \(row.target)") != .door || row.method == "DELETE")
        }
        for row in FenceTable.openings where row.call == .callback || row.call == .identity {
            #expect(try Self.way(row.system, .callback, "\(row.method) \(row.target)") == .pass, "\(row)")
        }
    }
}
