import Foundation
import SluiceJSON
import SluiceSandbox
import Testing

/// Central misbehaves in every way that the sandbox knows; no body runs twice, and no hold is lost.
@Suite struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var effect: SandboxFault.Effect
        var method = "POST"
        var limit: Int?
        /// Whether ungated launches may be left to the operator.
        var mayStrand = false
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "slow", effect: .delay(milliseconds: 1500), limit: 3),
        Case(name: "503 for a while", effect: .status(503, text: "busy"), limit: 3, mayStrand: true),
        Case(name: "500 for a while", effect: .status(500, text: "oops"), limit: 3, mayStrand: true),
        Case(name: "401 for a while", effect: .status(401, text: "no"), limit: 2),
        Case(name: "404 for a while", effect: .status(404, text: "no such flow"), limit: 2),
        Case(name: "HTML for a while", effect: .loginPage(status: 200), limit: 3, mayStrand: true),
        Case(name: "dropped before the effect", effect: .dropBefore, limit: 3, mayStrand: true),
        Case(name: "dropped after the effect", effect: .dropAfter, limit: 5),
        Case(
            name: "effect after the client's timeout", effect: .lateEffect(milliseconds: 2500), limit: 3,
            mayStrand: true),
        Case(name: "listed late", effect: .listingLag(milliseconds: 1500, includesSummary: true), limit: 5),
        Case(name: "purged at once", effect: .purge(milliseconds: 0), limit: 5),
        Case(name: "run name cut", effect: .runNameCut(length: 10)),
        Case(name: "undeclared inputs refused", effect: .refuseUndeclared),
        Case(name: "polls fail for a while", effect: .status(500, text: "oops"), method: "GET", limit: 6),
    ]

    @Test("R19 R25: whatever Central does, each hold runs at most once and none is lost", arguments: cases)
    func runsEachHoldAtMostOnce(_ test: Case) async throws {
        let site = try await TestSite(settings: ["SLUICE_CENTRAL_TIMEOUT_SECONDS": "2"])
        do {
            try await site.start()
            try await site.setGate("hold")
            let orders = (1...9).map { "f-\($0)" }
            for (index, order) in orders.enumerated() {
                let flow = index.isMultiple(of: 3) ? TestSite.ungatedFlow : TestSite.gatedFlow
                #expect(try await site.ask(order, flow: flow).status == 202)
            }
            _ = site.sandbox.add(faults: [
                SandboxFault(test.effect, method: test.method, path: "/executions*", limit: test.limit)
            ])
            try await site.setGate("open")
            try await site.until("all settled\n\(site.logText)", within: .seconds(90)) {
                let counts = try await site.counts()
                return counts["ended", default: 0] + counts["awaiting-operator", default: 0] == orders.count
            }
            let runs = site.sandbox.bodyCounts(key: "order")
            for order in orders { #expect(runs[order, default: 0] <= 1, "\(order) ran more than once") }
            let counts = try await site.counts()
            if !test.mayStrand {
                #expect(counts["ended"] == orders.count)
                for order in orders { #expect(runs[order] == 1) }
            }
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    @Test("R20: nothing stays held after Central was down during the release")
    func releasesAfterCentralComesBack() async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            for index in 1...5 { #expect(try await site.ask("d-\(index)").status == 202) }
            _ = site.sandbox.add(faults: [SandboxFault(.status(401, text: "password changed"), method: "POST")])
            try await site.setGate("open")
            try await site.until("the cause is shown", within: .seconds(20)) {
                if case .string(let cause)? = try await site.get("/v1/gate").body["trouble"] {
                    return cause.contains("401")
                }
                return false
            }
            #expect(site.sandbox.bodies.isEmpty)
            site.sandbox.removeFaults()
            try await site.until("all ended\n\(site.logText)", within: .seconds(60)) {
                try await site.counts()["ended"] == 5
            }
            #expect(site.sandbox.bodies.count == 5)
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    @Test("a parked execution goes on with its own inputs once the gate opens")
    func letsAParkedExecutionGoOn() async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            let id = site.sandbox.startInside(
                flow: TestSite.waitingFlow, inputs: ["order": "w-1", "password": "hunter2-w"])
            #expect(id != nil)
            try await site.until("it is held", within: .seconds(20)) { try await site.counts()["held"] == 1 }
            #expect(site.sandbox.bodies.isEmpty)
            try await site.setGate("open")
            try await site.until("its body ran\n\(site.logText)", within: .seconds(30)) {
                site.sandbox.bodyCounts(key: "order")["w-1"] == 1
            }
            #expect(site.sandbox.bodies.count == 1, "the parked execution went on; nothing was relaunched")
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }

    @Test("SIGTERM ends the service with exit code 0 within its limit, and nothing is lost")
    func endsCleanlyOnSIGTERM() async throws {
        let site = try await TestSite()
        do {
            try await site.start()
            try await site.setGate("hold")
            #expect(try await site.ask("t-1").status == 202)
            let begin = ContinuousClock.now
            #expect(site.terminate() == 0, "\(site.logText)")
            #expect(ContinuousClock.now - begin < .seconds(12))
            try await site.start()
            #expect(try await site.counts()["held"] == 1)
        } catch {
            await site.end()
            throw error
        }
        await site.end()
    }
}
