import AsyncHTTPClient
import Foundation
import NIOHTTP1
import SluiceJSON
import SluiceModel
import SluiceSandbox
import Synchronization
import Testing

/// What a site launches beside CSA: by a schedule of Central, by programs that ask the gate, and by programs that start
/// flows through the facade, those that wait and those that do not.
final class MaintenanceBusiness: Sendable {
    /// How a launch through the facade ended.
    struct Launch: Sendable {
        var name: String
        /// nil: it was turned away.
        var execution: String?
        var isHeld = false
    }

    private struct State {
        var names: [String] = []
        var launches: [Launch] = []
    }

    let site: MaintenanceSite
    private let state = Mutex(State())

    init(_ site: MaintenanceSite) { self.site = site }

    /// Orders that are to run, once each.
    var names: [String] { state.withLock { $0.names } }
    /// What was started or held through the facade.
    var launches: [Launch] { state.withLock { $0.launches.filter { $0.execution != nil } } }
    /// Orders that were turned away: they must never run.
    var refused: [String] { state.withLock { $0.launches.filter { $0.execution == nil }.map(\.name) } }

    func begin() throws {
        let central = try site.central
        central.add(
            schedule: SandboxSchedule(
                name: "nightly", flow: MaintenanceSite.nightly, triggerExpression: "*/2000",
                startDate: Int64(Date.now.timeIntervalSince1970 * 1000) + 500, inputs: ["order": "nightly"]))
        central.add(
            schedule: SandboxSchedule(
                name: "off", flow: MaintenanceSite.nightly, triggerExpression: "*/2000", isEnabled: false))
    }

    /// A program that launches what it is let through with, and leaves the rest to Sluice.
    /// - Parameter parent: The execution that it continues.
    /// - Returns: What the gate said.
    @discardableResult
    func ask(_ name: String, continuing parent: String? = nil) async throws -> ServiceAnswer {
        var question = JSONObject([
            ("flow", .string(MaintenanceSite.report)), ("source", .string("api")),
            ("inputs", .object(JSONObject([("order", .string(name))]))),
        ])
        question.set("parentRunId", ifPresent: parent.map { .string($0) })
        let answer = try await site.send("POST", "/v1/launches", .bytes(Array(question.write().utf8)))
        guard answer.status == 200 || answer.status == 202 else { throw TestSiteError("\(name): \(answer)") }
        if answer.status == 200 {
            _ = try site.central.startInside(flow: MaintenanceSite.report, inputs: ["order": name])
        }
        state.withLock { $0.names.append(name) }
        return answer
    }

    /// A program that waits, in the newer dialect: it is given an id in any case.
    @discardableResult
    func launchPatiently(_ name: String, flow: String = MaintenanceSite.report) async throws -> Launch {
        let body = #"{"flowUuid":"\#(flow)","inputs":{"order":"\#(name)"}}"#
        let answer = try await site.exchange(
            "POST", "\(site.url)/oo/rest/v2/executions", as: ("night", "night"),
            headers: [("Content-Type", "application/json")], body: body)
        guard answer.status == 201, let id = answer.json?.number?.int else { throw TestSiteError("\(name): \(answer)") }
        let isHeld = answer.headers.first(name: "Sluice-Decision") == "hold"
        return note(Launch(name: name, execution: "\(id)", isHeld: isHeld))
    }

    /// One that does not wait, in the older dialect, with the facade or through nginx: it is started, or told 503.
    @discardableResult
    func launchImpatiently(_ name: String, throughFence: Bool) async throws -> Launch {
        let body = #"{"uuid":"\#(MaintenanceSite.report)","inputs":{"order":"\#(name)"}}"#
        let url = throughFence ? "http://127.0.0.1:\(site.ports.centralFence)" : site.url
        let answer = try await site.exchange(
            "POST", "\(url)/oo/rest/v1/executions", as: ("sandbox", "sandbox"),
            headers: [("Content-Type", "application/json")], body: body)
        switch answer.status {
        case 201:
            guard let id = answer.json?["executionId"]?.string else { throw TestSiteError("\(name): \(answer)") }
            return note(Launch(name: name, execution: id))
        case 503:
            #expect(answer.headers.first(name: "Retry-After") != nil, "\(answer)")
            if !throughFence { #expect(answer.headers.first(name: "Sluice-Decision") == "reject", "\(answer)") }
            return note(Launch(name: name))
        default: throw TestSiteError("\(name): \(answer)")
        }
    }

    private func note(_ launch: Launch) -> Launch {
        state.withLock { state in
            state.launches.append(launch)
            if launch.execution != nil { state.names.append(launch.name) }
        }
        return launch
    }

    /// What Central's clients see of an execution, through the facade.
    func status(of launch: Launch) async throws -> String {
        let answer = try await site.exchange(
            "GET", "\(site.url)/oo/rest/v2/executions/\(launch.execution ?? "")/summary", as: ("night", "night"))
        guard let status = answer.json?.array?.first?["status"]?.string else { throw TestSiteError("\(answer)") }
        return status
    }
}

/// A maintenance from its start to its end, and what must be true then.
extension MaintenanceSite {
    func order(_ counts: [String: Int]) throws {
        for (offering, count) in counts.sorted(by: { $0.key < $1.key }) {
            if count > 1 { _ = try csa.place(CSABulkOrder(count / 2, of: offering, by: "ann", in: "main")) }
            _ = try csa.place(CSABulkOrder(count - count / 2, of: offering, by: "bob", in: "main"))
        }
    }

    func number(_ kind: String, _ state: String) throws -> Int64 {
        try csa.dump(part: "numbers")?[kind]?[state]?.asInteger ?? 0
    }

    /// Body runs of Central in a span, in milliseconds of its clock.
    func bodies(from start: Int64, to end: Int64) throws -> [SandboxBody] {
        try central.bodies.filter { $0.startedAt >= start && $0.startedAt < end }
    }

    /// Returns when none of CSA's launches is on the wire: whoever stops CSA then makes it lose none.
    func untilNoneIsOnTheWire() async throws {
        try await until("no launch is on the wire", within: .seconds(60)) {
            try csa.launches.asList?.allSatisfy {
                !["due", "on-the-wire"].contains($0["launch"]?.asText ?? "")
            } ?? true
        }
    }

    /// Everything that was asked for has run, once.
    /// - Parameter isRestarted: Whether CSA was stopped meanwhile: a flow whose report was taken and not answered
    ///   reports once more.
    func checkLaunches(_ business: MaintenanceBusiness, orders: Int64, isRestarted: Bool = false) async throws {
        // No synchronisation begins any more: one might be half done when it is looked at.
        var seed = CSASeed()
        seed.pools = [.init("Pool", flow: MaintenanceSite.sync, id: "pool")]
        try csa.seed(seed)
        try await until("CSA is quiet: \((try? csa.dump(part: "numbers")) ?? .null)", within: .seconds(120)) {
            try csa.isQuiet && number("instances", "ACTIVE") == orders
        }
        #expect(try number("processes", "ACTIVE") == 0, "no process instance is left waiting")
        let failed = try csa.launches.asList?.filter { $0["state"]?.asText == "ERROR" } ?? []
        #expect(failed.isEmpty, "\(failed)")
        let central = try central
        let launches = try csa.launches.asList ?? []
        #expect(launches.count >= Int(orders) * 3)
        let ran = central.bodyCounts(key: "CSA_PROCESS_ID")
        let processes = launches.compactMap { $0["processId"]?.asText }
        #expect(Set(processes).count == processes.count)
        #expect(processes.allSatisfy { ran[$0] == 1 }, "each launch of CSA ran once")
        #expect(ran.count { !$0.key.isEmpty } == processes.count, "and no other")
        let callbacks = launches.map { $0["callbacks"]?.asInteger ?? 0 }
        #expect(callbacks.allSatisfy { $0 == 1 || isRestarted && $0 > 1 }, "\(callbacks)")
        let others = central.bodyCounts(key: "order")
        #expect(business.names.filter { others[$0] != 1 } == [], "each launch of a program ran once")
        #expect(business.refused.filter { others[$0] != nil } == [], "what was turned away never ran")
        #expect((others["nightly"] ?? 0) > 0)
    }
}
