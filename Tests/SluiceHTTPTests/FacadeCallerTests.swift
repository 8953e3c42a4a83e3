import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceSealing
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceHTTP

/// Who is known to the facade after a restart, when Central is down.
@Suite(.timeLimit(.minutes(10)))
struct FacadeCallerTests {
    /// What stands in for Central, and how it is disposed.
    private final class Central: Sendable {
        enum Mood { case up, refusing, down, open, redirecting, page }

        private let address = Mutex("")

        private let mood = Mutex(Mood.up)

        var url: String { address.withLock { $0 } }

        func listens(at url: String) { address.withLock { $0 = url } }

        func set(_ mood: Mood) { self.mood.withLock { $0 = mood } }

        func answer(_ request: Request) -> Response {
            let isKnown = request.headers[.authorization] == FacadeBench.basic()
            return switch mood.withLock({ $0 }) {
            case .down: .json(.string("starting"), status: .serviceUnavailable)
            case .refusing: .json(.array([]), status: .unauthorized)
            case .up: .json(.array([]), status: isKnown ? .ok : .unauthorized)
            case .open: .json(.array([]), status: .ok)
            case .redirecting: Response(status: .found, headers: [.location: "/maintenance"])
            case .page:
                Response(
                    status: .ok, headers: [.contentType: "text/html"],
                    body: .init(byteBuffer: ByteBuffer(string: "<p>We are back at six</p>")))
            }
        }
    }

    /// A closed site; whoever is asked is asked of Central each time.
    private static func setup(_ store: any Store = InMemoryStore()) -> FacadeBench.Setup {
        var setup = FacadeBench.Setup()
        setup.mode = .hold
        setup.store = store
        setup.configure = { $0.verifiedFor = .zero }
        return setup
    }

    private typealias Start = @Sendable (@escaping @Sendable (FacadeBench) async throws -> Void) async throws -> Void

    /// - Parameter body: Given what starts Sluice anew, over the same store, for as long as its own body runs.
    private static func run(
        _ setup: FacadeBench.Setup, _ body: @escaping @Sendable (Central, _ start: Start) async throws -> Void
    ) async throws {
        let central = Central()
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in central.answer(request) }
        try await Application(responder: responder).test(.live) { client in
            let url = "http://localhost:\(client.port ?? 0)/oo"
            central.listens(at: url)
            try await body(central) { try await FacadeBench.run(setup, central: url, direct: url, $0) }
        }
    }

    private static func record(
        in store: any Store, _ bench: FacadeBench, _ central: Central, _ authorization: String = FacadeBench.basic()
    ) async throws -> KnownCaller? {
        try await store.caller(fingerprint(authorization, central, bench.sealer))
    }

    private static func fingerprint(_ authorization: String, _ central: Central, _ sealer: any Sealer) -> Fingerprint {
        let url = "\(central.url)/rest\(FacadeConfiguration(centralURL: central.url).verifyPath)"
        return CallerAccounts.fingerprint(authorization: authorization, url: url, sealer)
    }

    private static func path(_ id: String) -> String { "/oo/rest/v2/executions/\(id)/summary" }

    @Test("R34 virtual ids answer after a restart while Central is down, to callers that it knew before alone")
    func outlivesARestart() async throws {
        try await Self.run(Self.setup()) { central, start in
            let held = Mutex("")
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = try await bench.start().text
                #expect(bench.isVirtual(id))
                held.withLock { $0 = id }
            }
            central.set(.down)
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = held.withLock { $0 }
                let summary = try await bench.summary(id)
                #expect(summary["status"] == "RUNNING")
                #expect(summary["executionId"]?.string == id)
                let another = try await bench.start()
                #expect(another.status == 201)
                #expect(bench.isVirtual(another.text))
                let stranger = FacadeBench.basic("sandbox", "guess")
                #expect(try await bench.start(authorization: stranger).status == 503)
                let read = try await bench.send(.GET, Self.path(id), authorization: stranger)
                #expect(read.status == 503)
                #expect(!read.text.contains("nightly"))
                #expect(try await Self.record(in: bench.engine.store, bench, central, stranger) == nil)
                #expect(try await bench.holds().count == 2)
            }
        }
    }

    @Test("a caller that Central refuses is refused on record too: it is not trusted after a restart")
    func recordsRefusals() async throws {
        let setup = Self.setup()
        try await Self.run(setup) { central, start in
            let held = Mutex("")
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = try await bench.start().text
                held.withLock { $0 = id }
                #expect(try await Self.record(in: setup.store, bench, central)?.isRefused == false)
                central.set(.refusing)
                #expect(try await bench.send(.GET, Self.path(id)).status == 401)
                #expect(try await Self.record(in: setup.store, bench, central)?.isRefused == true)
                central.set(.down)
                #expect(try await bench.send(.GET, Self.path(id)).status == 503)
            }
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = held.withLock { $0 }
                #expect(try await bench.send(.GET, Self.path(id)).status == 503)
                // And known again as soon as Central knows it.
                central.set(.up)
                #expect(try await bench.send(.GET, Self.path(id)).status == 200)
                #expect(try await Self.record(in: setup.store, bench, central)?.isRefused == false)
            }
        }
    }

    @Test("a redirect or a page is no word on the account: the call has it, and the caller stays known")
    func keepsWhoIsSentElsewhere() async throws {
        let setup = Self.setup()
        try await Self.run(setup) { central, start in
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = try await bench.start().text
                let record = try await Self.record(in: setup.store, bench, central)
                for (mood, status) in [(Central.Mood.redirecting, 302), (.page, 200)] {
                    central.set(mood)
                    let answer = try await bench.send(.GET, Self.path(id))
                    #expect(answer.status == status)
                    #expect(!answer.text.contains("nightly"))
                    #expect(try await Self.record(in: setup.store, bench, central) == record)
                    central.set(.down)
                    #expect(try await bench.summary(id)["status"] == "RUNNING")
                }
            }
            try await start { (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 201)
            }
        }
    }

    @Test("whom one Central knew is a stranger to another, and by another read")
    func isKnownToOneCentral() async throws {
        let setup = Self.setup()
        try await Self.run(setup) { central, start in
            try await start { (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 201)
            }
            central.set(.down)
            try await start { (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 201)
            }
            var other = setup
            other.configure = {
                $0.verifiedFor = .zero
                $0.verifyPath = "/v2/flows"
            }
            try await FacadeBench.run(other, central: central.url, direct: central.url) {
                (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 503)
            }
            let moved = central.url.replacing("localhost", with: "127.0.0.1")
            try await FacadeBench.run(setup, central: moved, direct: moved) {
                (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 503)
            }
        }
    }

    @Test("a read that needs no login proves nobody, and records nobody")
    func recordsOnlyTheProven() async throws {
        let setup = Self.setup()
        try await Self.run(setup) { central, start in
            central.set(.open)
            try await start { (bench: FacadeBench) async throws -> Void in
                #expect(try await bench.start().status == 503)
                #expect(try await Self.record(in: setup.store, bench, central) == nil)
            }
        }
    }

    @Test("a caller that cannot be recorded is served all the same")
    func servesWithoutARecord() async throws {
        let store = FlakyStore(InMemoryStore())
        try await Self.run(Self.setup(store)) { central, start in
            try await start { (bench: FacadeBench) async throws -> Void in
                store.failCommit { if case .putCaller = $0 { true } else { false } }
                let id = try await bench.start().text
                #expect(bench.isVirtual(id))
                #expect(try await Self.record(in: store, bench, central) == nil)
                #expect(bench.log.lines.contains { $0.contains("not recorded now") })
                central.set(.down)
                #expect(try await bench.summary(id)["status"] == "RUNNING")
            }
        }
    }

    @Test("neither a caller's header nor a part of it is on disk or in the log")
    func keepsNoCredentials() async throws {
        let file = try TemporarySQLite()
        let setup = Self.setup(file.store)
        try await Self.run(setup) { central, start in
            try await start { (bench: FacadeBench) async throws -> Void in
                let id = try await bench.start().text
                #expect(try await bench.summary(id)["status"] == "RUNNING")
                let record = try #require(try await Self.record(in: setup.store, bench, central))
                let header = FacadeBench.basic()
                let token = String(header.dropFirst("Basic ".count))
                // A keyed hash: of another key it is another.
                let other = Self.fingerprint(header, central, AESSealer(MasterKey()))
                #expect(record.fingerprint.bytes.count >= 16)
                #expect(record.fingerprint != other)
                var disk: [UInt8] = []
                for suffix in ["", "-wal"] {
                    disk += Array(try Data(contentsOf: URL(fileURLWithPath: file.store.path + suffix)))
                }
                let text = String(decoding: disk, as: UTF8.self)
                for part in [token, "sandbox:sandbox"] {
                    #expect(!text.contains(part))
                    #expect(!bench.log.lines.contains { $0.contains(part) })
                }
            }
        }
    }
}
