import HTTPTypes
import Hummingbird
import SluiceCallbacks
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceTestKit
import Synchronization
import Testing

/// What is sent, and to where it is never sent.
@Suite(.timeLimit(.minutes(10)))
struct CallbackSenderTests {
    private static let secret = "a shared secret of the receiver"

    /// Answers one list after the other; the last again and again.
    private final class FakeResolver: HostResolver {
        private let answers: Mutex<[[NetworkAddress]]>
        private let asked = Mutex(0)

        init(_ answers: [[String]]) {
            self.answers = Mutex(answers.map { $0.compactMap { NetworkAddress($0) } })
        }

        var askedCount: Int { asked.withLock { $0 } }

        func addresses(of host: String) async throws -> [NetworkAddress] {
            asked.withLock { $0 += 1 }
            return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
        }
    }

    private static func sender(
        _ allow: [String], _ resolver: any HostResolver = SystemHostResolver(), clear: Bool = true
    ) -> HTTPCallbackSender {
        HTTPCallbackSender(
            policy: CallbackPolicy(allow: allow.compactMap { CallbackPolicy.Entry($0) }, allowsClearText: clear),
            secret: Secret(secret), source: "urn:sluice:test", clocks: ManualClocks(), resolver: resolver)
    }

    private static func hold(_ url: String) throws -> Hold {
        var hold = Hold.fixture(7, state: .ended)
        hold.request.callbackURL = try #require(CallbackURL(url))
        hold.executionID = ExecutionID("4711")
        hold.result = .resolved
        return hold
    }

    private static func callback(_ kind: Callback.Kind = .ended) -> Callback {
        Callback(
            ticket: .fixture(7), number: 2, kind: kind, holdState: kind == .ended ? .ended : .running,
            at: Moment.fixture.wall, cause: "execution 4711 ended: resolved")
    }

    @Test("a callback is a signed CloudEvents 1.0 document")
    func sendsASignedEvent() async throws {
        let receiver = CallbackReceiver()
        let outcome = try await receiver.run { port in
            await Self.sender(["127.0.0.0/8"]).send(
                Self.callback(), of: try Self.hold("http://127.0.0.1:\(port)/hook?a=b"))
        }
        #expect(outcome == .delivered)
        let received = try #require(receiver.received.first)
        #expect(received.path == "/hook")
        #expect(received.headers[.contentType]?.hasPrefix("application/cloudevents+json") == true)
        #expect(CallbackReceiver.isSigned(received, secret: Self.secret))
        #expect(!CallbackReceiver.isSigned(received, secret: "another"))
        let event = try #require(received.event)
        #expect(event["specversion"] == "1.0")
        #expect(event["type"] == "sluice.hold.ended")
        #expect(event["id"] == .string("\(Ticket.fixture(7)).2"))
        #expect(event["source"] == "urn:sluice:test")
        #expect(event["subject"] == .string("\(Ticket.fixture(7))"))
        #expect(event["data"]?["state"] == "ended")
        #expect(event["data"]?["executionId"] == "4711")
        #expect(event["data"]?["result"] == "resolved")
        #expect(event["data"]?["inputs"] == nil)
    }

    @Test("a redirect to loopback is not followed")
    func followsNoRedirect() async throws {
        let inner = CallbackReceiver()
        try await inner.run { innerPort in
            let answer = Response(status: .temporaryRedirect, headers: [.location: "http://127.0.0.1:\(innerPort)/"])
            let outer = CallbackReceiver([answer])
            let outcome = try await outer.run(host: "127.0.0.2") { port in
                await Self.sender(["127.0.0.2"]).send(Self.callback(), of: try Self.hold("http://127.0.0.2:\(port)/"))
            }
            guard case .again(let cause) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(cause.contains("redirect"))
            #expect(outer.received.count == 1)
        }
        #expect(inner.received.isEmpty)
    }

    @Test(
        "a name is resolved once, and the address that was checked is the one that is called",
        arguments: [
            "http://rebind.example", "HTTP://ReBind.Example",
        ])
    func connectsToWhatItChecked(start: String) async throws {
        let (checked, other) = (CallbackReceiver(), CallbackReceiver())
        // The allow-list has 127.0.0.2 alone; the second answer would be 127.0.0.1.
        let resolver = FakeResolver([["127.0.0.2"], ["127.0.0.1"]])
        try await checked.run(host: "127.0.0.2") { port in
            let sender = Self.sender(["127.0.0.2"], resolver)
            let hold = try Self.hold("\(start):\(port)/")
            #expect(await sender.send(Self.callback(), of: hold) == .delivered)
            #expect(resolver.askedCount == 1)
            let second = await sender.send(Self.callback(), of: hold)
            guard case .refused(let cause) = second else { return #expect(Bool(false), "\(second)") }
            #expect(cause.contains("127.0.0.1"))
        }
        #expect(checked.received.count == 1)
        #expect(checked.received.first?.headers[.init("Host")!] == nil || checked.received.count == 1)
        #expect(other.received.isEmpty)
    }

    @Test(
        "a name that resolves to an address that is not public is not called",
        arguments: [
            ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"], ["::1"], ["fe80::1"], ["224.0.0.1"], [],
        ])
    func refusesAddresses(addresses: [String]) async throws {
        let sender = Self.sender(["hooks.example"], FakeResolver([addresses]))
        let outcome = await sender.send(Self.callback(), of: try Self.hold("https://hooks.example/"))
        guard case .refused = outcome else { return #expect(Bool(false), "\(outcome)") }
    }

    @Test(
        "what a receiver answers decides whether it is tried again",
        arguments: [200, 204, 299, 302, 400, 404, 410, 429, 500, 503])
    func readsTheStatus(status: Int) async throws {
        let receiver = CallbackReceiver([Response(status: .init(code: status))])
        let outcome = try await receiver.run { port in
            await Self.sender(["127.0.0.1"]).send(
                Self.callback(.launched), of: try Self.hold("http://127.0.0.1:\(port)/"))
        }
        switch (status, outcome) {
        case (200...299, .delivered), (410, .refused): break
        case (300...599, .again): #expect(status != 410)
        default: #expect(Bool(false), "\(status) \(outcome)")
        }
    }

    @Test func nobodyThereIsTriedAgain() async throws {
        let outcome = await Self.sender(["127.0.0.1"]).send(Self.callback(), of: try Self.hold("http://127.0.0.1:1/"))
        guard case .again = outcome else { return #expect(Bool(false), "\(outcome)") }
        let clear = await Self.sender(["127.0.0.1"], clear: false).send(
            Self.callback(), of: try Self.hold("http://127.0.0.1:1/"))
        guard case .refused(let cause) = clear else { return #expect(Bool(false), "\(clear)") }
        #expect(cause.contains("https"))
    }
}
