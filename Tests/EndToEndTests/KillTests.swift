import AsyncHTTPClient
import Foundation
import NIOCore
import SluiceJSON
import SluiceSandbox
import SluiceTestServers
import Testing

/// `kill -9` at seeded points, counted in the sandbox by bodies run: each hold at most once, and none lost.
@Suite struct KillTests {
    static let holdCount = 24

    /// Kills while holds are being released: when Central has got the nth start.
    @Test(
        "R19 R25: killed during the release, each hold runs at most once and none is lost",
        arguments: [1, 2, 4, 7, 10, 13, 16, 20])
    func losesNothingWhenKilledDuringRelease(seed: Int) async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            let orders = (1...Self.holdCount).map { "k\(seed)-\($0)" }
            for (index, order) in orders.enumerated() {
                let flow = index.isMultiple(of: 3) ? TestSite.ungatedFlow : TestSite.gatedFlow
                #expect(try await site.ask(order, flow: flow).status == 202)
            }
            try await site.setGate("open")
            // Twice: the second kill hits the recovery from the first.
            for point in [seed, seed + 4] {
                try await site.until("\(point) starts", within: .seconds(30)) {
                    startCount(site) >= point
                }
                site.kill()
                try await site.start()
            }
            try await site.until("all holds are settled\n\(site.logText)", within: .seconds(60)) {
                let counts = try await site.counts()
                return counts["ended", default: 0] + counts["awaiting-operator", default: 0] == Self.holdCount
            }
            try await judge(site, orders)
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    /// Kills while launches are being held: every ticket that was answered is there afterwards.
    @Test("R18: killed while holding, every answered ticket is still held", arguments: 1...4)
    func keepsEveryAnsweredHoldWhenKilled(seed: Int) async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            let answered = await withTaskGroup(of: String?.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        guard let answer = try? await site.ask("h\(seed)-\(index)"), answer.status == 202,
                            case .string(let ticket)? = answer.body["ticket"]
                        else { return nil }
                        return ticket
                    }
                }
                var tickets: [String] = []
                for await ticket in group {
                    guard let ticket else { continue }
                    tickets.append(ticket)
                    if tickets.count == seed * 20 { site.kill() }
                }
                return tickets
            }
            #expect(answered.count >= seed * 20)
            try await site.start()
            for ticket in answered {
                let hold = try await site.get("/v1/holds/\(ticket)")
                #expect(hold.status == 200)
                #expect(hold.body["state"] == .string("held"))
            }
            #expect(try await site.get("/v1/gate").body["mode"] == .string("hold"), "R34: the mode survives")
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    @Test("a stop by SIGTERM leaves no launch in doubt, however often it comes")
    func leavesNoDoubtWhenToldToStop() async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            let orders = (1...40).map { "s-\($0)" }
            for order in orders { #expect(try await site.ask(order, flow: TestSite.ungatedFlow).status == 202) }
            try await site.setGate("open")
            for point in [3, 10, 20, 30] {
                try await site.until("\(point) starts", within: .seconds(30)) { startCount(site) >= point }
                #expect(site.terminate() == 0)
                try await site.start()
            }
            try await site.until("all ended\n\(site.logText)", within: .seconds(60)) {
                let counts = try await site.counts()
                return counts["ended", default: 0] + counts["awaiting-operator", default: 0] == orders.count
            }
            #expect(try await site.counts()["awaiting-operator", default: 0] == 0)
            let runs = site.sandbox.bodyCounts(key: "order")
            for order in orders { #expect(runs[order] == 1) }
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    @Test("a stop by SIGTERM waits for nobody whom Central keeps waiting, and leaves nothing locked")
    func stopsWhileCentralIsSilent() async throws {
        let site = try await TestSite(settings: ["SLUICE_FACADE_ENABLED": "true"])
        let relay = try Relay(to: try await site.sandbox.port)
        let settings = ["SLUICE_CENTRAL_URL": "http://127.0.0.1:\(relay.port)/oo"]
        do {
            try await site.start(settings)
            let path = "/oo/silent-\(UUID().uuidString)"
            relay.freeze(at: path)
            // why: it waits while the service is stopped.
            let waiting = Task { [client = site.client, url = site.url] in
                try await client.execute(HTTPClientRequest(url: url + path), deadline: .distantFuture).status
            }
            try await site.until("the call is at Central", within: .seconds(60)) { relay.hasFrozen }
            let began = ContinuousClock.now
            #expect(site.terminate() == 0, "\(site.logText)")
            // 10 s of its own (interfaces.md), and what a busy machine takes.
            #expect(began.duration(to: .now) < .seconds(25))
            _ = await waiting.result
            relay.heal()
            try await site.start(settings)
        } catch {
            relay.stop()
            await site.end()
            throw error
        }
        relay.stop()
        await site.end()
    }

    private func startCount(_ site: TestSite) -> Int { site.sandbox.bodies.count }

    private func judge(_ site: TestSite, _ orders: [String]) async throws {
        let runs = site.sandbox.bodyCounts(key: "order")
        for order in orders { #expect(runs[order, default: 0] <= 1, "\(order) ran more than once") }
        let answer = try await site.get("/v1/holds?limit=1000")
        guard case .array(let holds)? = answer.body["holds"] else { throw TestSiteError("no holds") }
        #expect(holds.count == orders.count)
        for case .object(let hold) in holds {
            guard case .object(let inputs)? = hold["inputs"], case .string(let order)? = inputs["order"] else {
                throw TestSiteError("a hold without order")
            }
            if hold["state"] == .string("ended") {
                #expect(runs[order] == 1, "\(order) ended without having run")
            } else {
                #expect(hold["state"] == .string("awaiting-operator"))
                #expect(hold["flow"] == .string(TestSite.ungatedFlow), "only an ungated launch may need the operator")
                guard case .string(let cause)? = hold["cause"] else { throw TestSiteError("no cause") }
                #expect(!cause.isEmpty)
            }
            #expect(inputs["password"] != .string("hunter2-\(order)"))
        }
    }
}
