import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SluicePluginKit
import SluicePluginTesting
import Synchronization
import Testing

@testable import Webhook

/// A webhook against a real server that behaves, and one that does not.
@Suite(.timeLimit(.minutes(2)))
struct WebhookTests {
    private static let now = Timestamp(milliseconds: 1_764_500_000_000)
    private static let secret = "0123456789abcdef0123"

    private struct Seen: Sendable {
        var headers: [String: String] = [:]
        var body = ""
        var count = 0
    }

    private struct Act: Sendable {
        var status = HTTPResponse.Status.ok
        var body = "{}"
        var location: String?
        /// Never answers.
        var isSilent = false
    }

    /// Runs a server that does one thing, and asks it through a webhook.
    private static func ask(
        _ act: Act, _ request: LaunchRequest = sample, edit: (inout Webhook.Configuration) -> Void = { _ in }
    ) async throws -> (said: Result<Interception, any Error>, seen: Seen) {
        let seen = Mutex(Seen())
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let router = Router()
        router.post("**") { request, _ -> Response in
            let body = try await request.body.collect(upTo: 1 << 20)
            seen.withLock { seen in
                for field in request.headers { seen.headers[field.name.canonicalName] = field.value }
                seen.body = String(buffer: body)
                seen.count += 1
            }
            if act.isSilent { try await Task.sleep(for: .seconds(3600)) }
            var headers = HTTPFields()
            if let location = act.location { headers[.location] = location }
            return Response(status: act.status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: act.body)))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "webhook tests") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await application.run() }
            defer { group.cancelAll() }
            var number = 0
            for await listening in ports {
                number = listening
                break
            }
            var configuration = Webhook.Configuration(
                url: "http://127.0.0.1:\(number)/hook", secret: Secret(Self.secret))
            edit(&configuration)
            let webhook = Webhook(configuration)
            let said: Result<Interception, any Error>
            do {
                said = .success(
                    try await webhook.intercept(LaunchView(request, principal: Principal("gate")), at: now))
            } catch {
                said = .failure(error)
            }
            await webhook.stop()
            return (said, seen.withLock { $0 })
        }
    }

    private static let sample: LaunchRequest = {
        var request = LaunchRequest(flow: FlowID("backup"), source: .api)
        request.inputs = [
            LaunchInput(name: "host", value: .clear("db1")), LaunchInput(name: "other", value: .clear("kept here")),
            LaunchInput(name: "hostPassword", value: .sealed(SealedBytes([1, 2, 3]))),
        ]
        return request
    }()

    @Test func theQuestionIsSignedAndHoldsOnlyWhatIsConfigured() async throws {
        let (said, seen) = try await Self.ask(Act()) { $0.inputs = [PathGlob("host*")!] }
        #expect(try said.get() == .annotate(LaunchAnnotations()))
        #expect(seen.headers["sluice-timestamp"] == "1764500000")
        #expect(
            seen.headers["sluice-signature"]
                == WebhookWire.signature(Array(seen.body.utf8), at: 1_764_500_000, secret: Array(Self.secret.utf8)))
        #expect(seen.body.contains("\"inputs\":{\"host\":\"db1\"}") && seen.body.contains("\"flow\":\"backup\""))
        #expect(!seen.body.contains("kept here") && !seen.body.contains("hostPassword"))
    }

    /// From Python: `hmac.new(secret, b'1764500000.{"format":1}', hashlib.sha256).hexdigest()`.
    @Test func theSignatureIsTheOneThatOthersCompute() {
        #expect(
            WebhookWire.signature(Array("{\"format\":1}".utf8), at: 1_764_500_000, secret: Array(Self.secret.utf8))
                == "v1=baa5380df13f8ba0bc5310502e896b35cf029ba6ddd0dc342660f30e2a344bcb")
    }

    @Test func answersAreReadAsAgreed() async throws {
        let rows: [(Act, Interception)] = [
            (Act(status: .noContent, body: ""), .nothing),
            (Act(body: "{\"reject\":\"not on a Sunday\"}"), .reject(reason: "not on a Sunday")),
            (
                Act(
                    body: """
                        {"annotate":{"orderingKey":"o","coalesceKey":"c","notBefore":"2026-12-01T22:00:00Z",
                        "expiresAt":"2026-12-02T22:00:00Z","priority":9,"misfirePolicy":"not-older-than 2h"},
                        "remark":"by the calendar"}
                        """),
                .annotate(
                    LaunchAnnotations(
                        orderingKey: OrderingKey("o"), coalesceKey: CoalesceKey("c"),
                        notBefore: Timestamp(rfc3339: "2026-12-01T22:00:00Z"),
                        expiresAt: Timestamp(rfc3339: "2026-12-02T22:00:00Z"), priority: Priority(9),
                        misfirePolicy: .notOlderThan(seconds: 7200)), remark: "by the calendar")
            ),
        ]
        for (act, expected) in rows { #expect(try await Self.ask(act).said.get() == expected, "\(act.body)") }
    }

    @Test func whateverElseComesIsAFaultWithoutTheSecretInIt() async throws {
        let acts: [Act] = [
            Act(status: .internalServerError), Act(status: .unauthorized), Act(status: .accepted), Act(body: ""),
            Act(body: "[]"), Act(body: "{\"decision\":\"proceed\"}"), Act(body: "{\"reject\":\"\"}"),
            Act(body: "{\"reject\":\"x\",\"annotate\":{}}"), Act(body: "{\"annotate\":{\"flow\":\"other\"}}"),
            Act(body: "{\"annotate\":{\"priority\":10}}"), Act(body: "{\"annotate\":{\"notBefore\":\"soon\"}}"),
            Act(body: "{\"annotate\":{\"orderingKey\":\"\"}}"), Act(body: "{\"reject\":\"a\",\"reject\":\"b\"}"),
            Act(body: String(repeating: "[", count: 10_000)),
            Act(body: "{\"remark\":\"" + String(repeating: "x", count: 70_000) + "\"}"),
        ]
        for act in acts {
            guard case .failure(let error) = try await Self.ask(act).said else {
                Issue.record("\(act.status) \(act.body.prefix(60)) is taken")
                continue
            }
            #expect(!"\(error)".contains(Self.secret) && !"\(error)".isEmpty)
        }
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let (said, seen) = try await Self.ask(Act(status: .temporaryRedirect, location: "/elsewhere"))
        guard case .failure(let error) = said else { return #expect(Bool(false)) }
        #expect("\(error)".contains("307") && seen.count == 1)
    }

    @Test("R48: one that never answers is given up on in its own time") func isGivenUpOn() async throws {
        let (said, seen) = try await Self.ask(Act(isSilent: true)) { $0.timeout = .milliseconds(1500) }
        guard case .failure(let error) = said else { return #expect(Bool(false)) }
        #expect("\(error)".contains("within") && seen.count == 1)
    }

    @Test func nobodyThereIsAFault() async throws {
        let (said, _) = try await Self.ask(Act()) { $0.url = "http://127.0.0.1:1/" }
        guard case .failure(let error) = said else { return #expect(Bool(false)) }
        #expect("\(error)".contains("cannot be reached"))
    }

    // MARK: Settings

    @Test func addressesAreChecked() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "webhook-\(UUID().uuidString)").path
        try Data("\(Self.secret)\n".utf8).write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let rows: [(PluginValue, String?)] = [
            (["url": "https://hooks.example/a"], nil), (["url": "http://127.0.0.1:9/a"], nil),
            (["url": "http://[::1]:9/a"], nil), (["url": "http://hooks.example/a"], "in clear"),
            (["url": "http://hooks.example/a", "cleartext": "true"], nil), (["url": "ftp://x/a"], "https://HOST"),
            (["url": "https://user:pass@x/a"], "no user"), (["url": "https:///a"], "no host"),
            (["url": "https://x/a b"], "blanks"), (["url": "http://127.0.0.1@evil.example/"], "no user"),
            (["url": "https://x", "caFile": "/no/such"], "caFile cannot be read"),
            (["url": "https://x", "secret": "clear"], "unknown key"), ([:], "has no url"),
        ]
        for (value, word) in rows {
            guard case .section(var members) = value.content else { continue }
            members.append(.init(name: "secretFile", value: PluginValue(.text(file))))
            var settings = PluginSettings(PluginValue(.section(members)))
            _ = try WebhookFactory().make(&settings)
            settings.finish()
            let messages = settings.diagnostics.map(\.message)
            if let word {
                #expect(messages.contains { $0.contains(word) }, "\(word): \(messages)")
            } else {
                #expect(messages.isEmpty)
            }
        }
        for (text, word) in [("short", "at least 16"), ("two\nlines of some length", "one line")] {
            try Data(text.utf8).write(to: URL(filePath: file))
            var settings = PluginSettings(["url": "https://x", "secretFile": PluginValue(.text(file))])
            _ = try WebhookFactory().make(&settings)
            #expect(settings.diagnostics.contains { $0.message.contains(word) && !$0.message.contains("lines of") })
        }
        for law in PluginFactoryConformance.allCases {
            try Data(Self.secret.utf8).write(to: URL(filePath: file))
            try await law.check(
                WebhookFactory(),
                settings: ["url": "https://x", "secretFile": PluginValue(.text(file)), "timeoutMilliseconds": "100"])
        }
    }
}
