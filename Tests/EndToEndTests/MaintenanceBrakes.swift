import Foundation
import SluiceJSON
import SluiceModel
import SluiceSandbox
import Synchronization

/// Keeps a maintenance in its phases, each until the test has done there what it wants.
final class MaintenanceBrakes: Sendable {
    private struct Held {
        /// An instance that seems to deploy.
        var instance: String?
        /// An execution that does not end.
        var execution: String?
    }

    let site: MaintenanceSite
    private let held = Mutex(Held())

    init(_ site: MaintenanceSite) { self.site = site }

    /// How long a change's answer takes that keeps a phase: longer than whatever a test does there, and shorter than
    /// the clients wait.
    static let answerMilliseconds: Int64 = 12_000
    /// Those that can only be put on once it is dry: preflight and the way out would stumble over them.
    static let late: Set<MaintenancePhase> = [.verifying, .reopening, .releasing]

    static let policies = "/csa/rest/organization/*/approvalPolicy"

    /// Puts a phase's brake on; needs an order that is done, for `drainingCSA`.
    func arm(_ phase: MaintenancePhase) async throws {
        func slow(_ path: String) -> SandboxFault {
            SandboxFault(
                .delay(milliseconds: Self.answerMilliseconds), id: phase.rawValue, method: "PUT", path: path)
        }
        switch phase {
        case .planned, .quiesced, .completed, .aborted: break
        // The change is made at once, and its answer stays out.
        case .closingCSA, .reopening: try site.csa.add(faults: [slow("\(Self.policies)/auto")])
        case .closingOO: try site.central.add(faults: [slow("/schedules/*/enabled")])
        case .drainingCSA:
            try await site.until("an order is done", within: .seconds(60)) { try instances.contains { $0.isDone } }
            let instance = try instances.first { $0.isDone }?.id
            try set(instance, "DEPLOYING")
            held.withLock { $0.instance = instance }
        case .drainingOO:
            let id = try site.central.startInside(flow: MaintenanceSite.long, inputs: ["order": "long"])
            held.withLock { $0.execution = id }
        case .verifying:
            try site.central.add(
                faults: [
                    SandboxFault(
                        .status(503, text: "starting"), id: phase.rawValue, method: "GET", path: "/version")
                ])
        case .releasing:
            let answer = try await site.post("/v1/release/pause", ["reason": "a test"])
            guard answer.status == 200 else { throw TestSiteError("no pause: \(answer)") }
        }
    }

    /// Returns when it is in the phase, and the brake has taken hold.
    func reached(_ phase: MaintenancePhase) async throws {
        try await site.wait(for: phase)
        try await site.until("what keeps it in \(phase.rawValue)", within: .seconds(60)) {
            switch phase {
            case .closingCSA, .reopening: try site.csa.hitCount(ofFault: phase.rawValue) > 0
            case .closingOO, .verifying: try site.central.hitCount(ofFault: phase.rawValue) > 0
            default: true
            }
        }
    }

    /// Lets it go on.
    func release(_ phase: MaintenancePhase) async throws {
        switch phase {
        case .planned, .quiesced, .completed, .aborted: break
        case .closingCSA, .reopening: try site.csa.removeFaults()
        case .closingOO, .verifying: try site.central.removeFaults()
        case .drainingCSA: try set(held.withLock { $0.instance }, "ACTIVE")
        case .drainingOO: try await cancel(held.withLock { $0.execution } ?? "")
        case .releasing:
            let answer = try await site.post("/v1/release/continue", ["reason": "a test"])
            guard answer.status == 200 else { throw TestSiteError("it does not go on: \(answer)") }
        }
    }

    /// As a person in Central would.
    func cancel(_ execution: String) async throws {
        let answer = try await site.exchange(
            "PUT", "http://127.0.0.1:\(site.ports.central)/oo/rest/v1/executions/\(execution)/status",
            as: ("sandbox", "sandbox"), headers: [("Content-Type", "application/json")], body: #"{"action":"CANCEL"}"#)
        guard answer.status == 200 else { throw TestSiteError("\(execution) is not cancelled: \(answer)") }
    }

    private func set(_ instance: String?, _ state: String) throws {
        guard let instance else { throw TestSiteError("no instance") }
        try site.csa.control("PUT", "instances/\(instance)", ["state": .text(state)])
    }

    private var instances: [(id: String, isDone: Bool)] {
        get throws {
            let rows = try site.csa.dump(part: "work")?["instances"]?.asList ?? []
            return rows.compactMap { row in row["id"]?.asText.map { ($0, row["state"]?.asText == "ACTIVE") } }
        }
    }

    // MARK: A whole course

    /// Starts a maintenance and takes it through all its phases; in each it is kept until something is done there.
    ///
    /// Something has to be held when it opens, or there is nothing to release.
    /// - Parameter begin: Right before the start: what is under way then.
    func course(begin: () throws -> Void, _ act: (MaintenancePhase) async throws -> Void) async throws {
        let phases: [MaintenancePhase] = [
            .closingCSA, .drainingCSA, .closingOO, .drainingOO, .quiesced, .verifying, .reopening, .releasing,
        ]
        for phase in [MaintenancePhase.closingCSA, .drainingCSA, .drainingOO] { try await arm(phase) }
        try begin()
        try await site.move("start", [("acceptWarnings", true)])
        for phase in phases {
            if phase == .verifying {
                for phase in [MaintenancePhase.verifying, .releasing] { try await arm(phase) }
                try await site.move("resume")
            }
            try await reached(phase)
            try await act(phase)
            // Not before: a stand-in that is restarted forgets its faults.
            if phase == .drainingCSA { try await arm(.closingOO) }
            if phase == .verifying { try await arm(.reopening) }
            try await release(phase)
        }
        try await site.wait(for: .completed)
    }
}
