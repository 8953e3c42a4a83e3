import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceSandbox

/// What is on record of a maintenance: as a running service tells it, and as a killed one left it.
extension MaintenanceSite {
    /// The newest maintenance, whole.
    func maintenance() async throws -> JSONObject {
        let newest = try await get("/v1/maintenances").body["maintenances"]?.array?.first
        guard let id = newest?["id"]?.string else { throw TestSiteError("there is no maintenance") }
        return try await get("/v1/maintenances/\(id)").body
    }

    /// One phase that was entered, or what was noted in it.
    struct Step: Sendable {
        var phase: MaintenancePhase
        var at: Timestamp
        var cause: String
    }

    /// How it came where it is, the oldest first.
    func history() async throws -> [Step] {
        let steps = try await maintenance()["history"]?.array ?? []
        return try steps.map { step in
            guard let phase = MaintenancePhase(rawValue: step["phase"]?.string ?? ""),
                let at = Timestamp(rfc3339: step["at"]?.string ?? "")
            else { throw TestSiteError("a step cannot be read: \(step)") }
            return Step(phase: phase, at: at, cause: step["cause"]?.string ?? "")
        }
    }

    /// An order to it, which must be taken.
    func move(_ word: String, _ more: [(String, JSONValue)] = []) async throws {
        guard let id = try await maintenance()["id"]?.string else { throw TestSiteError("it has no id") }
        let body = JSONObject([("reason", .string("a test"))] + more)
        // The look before a start reads all of CSA, which is busy.
        let answer = try await send(
            "POST", "/v1/maintenances/\(id)/\(word)", .bytes(ByteBuffer(string: body.write())), within: .seconds(120))
        guard answer.status == 200 else { throw TestSiteError("\(word): \(answer)") }
    }

    /// Entries of its journal in a state.
    func entries(_ state: JournalState) async throws -> [JSONValue] {
        guard let id = try await maintenance()["id"]?.string else { return [] }
        return try await get("/v1/maintenances/\(id)/journal?state=\(state.rawValue)").body["entries"]?.array ?? []
    }

    /// Returns when it is in a phase; a phase beyond it throws at once.
    func wait(for phase: MaintenancePhase, within limit: Duration = .seconds(240)) async throws {
        let order = MaintenancePhase.allCases
        do {
            try await until("\(phase.rawValue)", within: limit) {
                let now = MaintenancePhase(rawValue: try await self.phase())
                guard let now else { return false }
                if now == phase { return true }
                let isBeyond = order.firstIndex(of: now)! > order.firstIndex(of: phase)!
                if isBeyond { throw TestSiteError("\(phase.rawValue) was missed: it is \(now.rawValue)") }
                return false
            }
        } catch {
            let status = try? await program("maintenance", "status")
            throw TestSiteError("\(error)\n\(status?.output ?? "")\n\(logText.suffix(4000))")
        }
    }

    // MARK: What a killed service left

    /// What is in the store of a service that does not run.
    struct Left: Sendable {
        var record: MaintenanceRecord
        /// States of all entries of its journal.
        var states: Set<JournalState>
    }

    /// Reads the store; its service must have been killed.
    func left() async throws -> Left {
        let store = try SQLiteStore(path: folder.appending(path: "sluice.db").path, logger: Self.quietLogger)
        do {
            guard let record = try await store.maintenances(limit: 1).first else {
                throw TestSiteError("no maintenance was left on disk")
            }
            let entries = try await store.journal(JournalQuery(owner: .maintenance(record.id), limit: 1000))
            try await store.close()
            return Left(record: record, states: Set(entries.map(\.state)))
        } catch {
            try? await store.close()
            throw error
        }
    }

    // MARK: A restart

    /// What was seen from the first moment of a restarted service to when it was ready.
    struct Restart: Sendable {
        /// States of its fences, as it told them.
        var fences: [FencedSystem: Set<String>] = [:]
        /// What nginx answered to orders; 503 is turned away.
        var orders: Set<Int> = []
    }

    /// Starts it again; meanwhile its fences are asked, and orders tried, as often as that can be done.
    func restart() async throws -> Restart {
        var seen = Restart()
        for service in services { try launch(service) }
        try await until("the service is ready\n\(logText)", within: .seconds(60)) {
            let isReady = await isReady
            for system in FencedSystem.allCases {
                let answer = try? await exchange("GET", "\(url)/v1/authorize?system=\(system.rawValue)&call=door")
                if let state = answer?.headers.first(name: "Sluice-Fence") {
                    seen.fences[system, default: []].insert(state)
                }
            }
            seen.orders.insert(try await throughFence("POST", Self.orderDoor))
            return isReady && seen.fences.count == FencedSystem.allCases.count
        }
        return seen
    }

    /// How a fence stands in a phase of a maintenance of both systems that takes no orders (docs/administrators.md).
    static func fence(of system: FencedSystem, in phase: MaintenancePhase) -> String {
        switch phase {
        case .planned, .releasing, .completed, .aborted: "open"
        case .closingCSA, .drainingCSA: system == .central ? "open" : "draining"
        case .closingOO, .drainingOO, .verifying, .reopening: "draining"
        case .quiesced: "closed"
        }
    }
}
