package import FoundationEssentials
package import SluiceModel

/// A maintenance as JSON, and back.
///
/// A field is only ever added, and then optional: older rows must stay readable.
package struct StoredMaintenance: Codable {
    private var id: String
    private var plan: Plan
    private var by: String
    private var plannedAt: Int64
    private var phase: String
    private var phaseSince: Int64
    private var startedAt: Int64?
    private var isAborting: Bool
    private var parts: [String]
    private var steps: [Step]
    private var waivers: [Waiver]
    private var gateWhole: Mode?
    private var gateScopes: [Mode]?
    private var csaInstances: [String]?
    private var csaReadAt: Int64?
    private var doorsShutAt: Int64?
    private var openedAt: Int64?
    private var deadlineAskedAt: Int64?
    private var remindedAt: Int64?
    private var revision: Int

    private struct Plan: Codable {
        var title: String
        var reason: String
        var owner: String
        var systems: String
        var scope: String?
        var startsAt: Int64?
        var window: String?
        var expectedEnd: Int64
        var drainSeconds: Int64?
        var onDeadline: String
        var csaMode: String
        var unpublishesOfferings: Bool
        var replaysParkedRequests: Bool
    }

    private struct Step: Codable {
        var phase: String
        var at: Int64
        var by: String
        var cause: String
    }

    private struct Waiver: Codable {
        var blocker: String
        var at: Int64
        var by: String
        var reason: String
    }

    private struct Mode: Codable {
        var scope: String?
        var mode: String
        var since: Int64
        var by: String
        var reason: String

        init(_ entry: ScopeMode) {
            scope = entry.scope?.description
            mode = entry.mode.rawValue
            since = entry.since.milliseconds
            by = entry.by.text
            reason = entry.reason
        }

        func entry() throws -> ScopeMode {
            ScopeMode(
                scope: try scope.map(StoredMaintenance.scope), mode: try StoredWord.decode(mode),
                since: Timestamp(milliseconds: since), by: Principal(by), reason: reason)
        }
    }

    package static func record(_ json: Data) throws -> MaintenanceRecord {
        try JSONDecoder().decode(Self.self, from: json).record()
    }

    package static func encode(_ record: MaintenanceRecord) throws -> Data { try JSONEncoder().encode(Self(record)) }

    private static func scope(_ text: String) throws -> Scope {
        guard let scope = Scope(text) else { throw StoredWord.unreadable("scope \(text) of a maintenance") }
        return scope
    }

    private init(_ record: MaintenanceRecord) {
        id = record.id.text
        let plan = record.plan
        self.plan = Plan(
            title: plan.title, reason: plan.reason, owner: plan.owner, systems: plan.systems.rawValue,
            scope: plan.scope?.description, startsAt: plan.startsAt?.milliseconds,
            window: plan.window?.text, expectedEnd: plan.expectedEnd.milliseconds, drainSeconds: plan.drainSeconds,
            onDeadline: plan.onDeadline.rawValue, csaMode: plan.csaMode.rawValue,
            unpublishesOfferings: plan.unpublishesOfferings, replaysParkedRequests: plan.replaysParkedRequests)
        by = record.by.text
        plannedAt = record.plannedAt.milliseconds
        phase = record.phase.rawValue
        phaseSince = record.phaseSince.milliseconds
        startedAt = record.startedAt?.milliseconds
        isAborting = record.isAborting
        parts = record.available.map(\.rawValue).sorted()
        steps = record.steps.map {
            Step(phase: $0.phase.rawValue, at: $0.at.milliseconds, by: $0.by.text, cause: $0.cause)
        }
        waivers = record.waivers.map {
            Waiver(blocker: $0.blocker, at: $0.at.milliseconds, by: $0.by.text, reason: $0.reason)
        }
        gateWhole = record.gateBefore.map { Mode($0.whole) }
        gateScopes = record.gateBefore?.scopes.map(Mode.init)
        csaInstances = record.csaInstances?.map(\.text)
        csaReadAt = record.csaReadAt?.milliseconds
        doorsShutAt = record.doorsShutAt?.milliseconds
        openedAt = record.openedAt?.milliseconds
        deadlineAskedAt = record.deadlineAskedAt?.milliseconds
        remindedAt = record.remindedAt?.milliseconds
        revision = record.revision
    }

    private func record() throws -> MaintenanceRecord {
        func time(_ milliseconds: Int64?) -> Timestamp? { milliseconds.map { Timestamp(milliseconds: $0) } }
        var read = MaintenancePlan(
            title: plan.title, reason: plan.reason, owner: plan.owner, systems: try StoredWord.decode(plan.systems),
            scope: try plan.scope.map(Self.scope), startsAt: time(plan.startsAt),
            expectedEnd: Timestamp(milliseconds: plan.expectedEnd))
        read.window = plan.window.map { WindowID($0) }
        read.drainSeconds = plan.drainSeconds
        read.onDeadline = try StoredWord.decode(plan.onDeadline)
        read.csaMode = try StoredWord.decode(plan.csaMode)
        read.unpublishesOfferings = plan.unpublishesOfferings
        read.replaysParkedRequests = plan.replaysParkedRequests
        var record = MaintenanceRecord(
            id: MaintenanceID(id), plan: read, by: Principal(by), plannedAt: Timestamp(milliseconds: plannedAt))
        record.phase = try StoredWord.decode(phase)
        record.phaseSince = Timestamp(milliseconds: phaseSince)
        record.startedAt = time(startedAt)
        record.isAborting = isAborting
        record.available = Set(try parts.map { try StoredWord.decode($0) })
        record.steps = try steps.map {
            MaintenanceStep(
                phase: try StoredWord.decode($0.phase), at: Timestamp(milliseconds: $0.at), by: Principal($0.by),
                cause: $0.cause)
        }
        record.waivers = waivers.map {
            MaintenanceWaiver(
                blocker: $0.blocker, at: Timestamp(milliseconds: $0.at), by: Principal($0.by), reason: $0.reason)
        }
        if let gateWhole {
            record.gateBefore = GateModes(
                whole: try gateWhole.entry(), scopes: try (gateScopes ?? []).map { try $0.entry() })
        }
        record.csaInstances = csaInstances?.map { CSAInstanceID($0) }
        record.csaReadAt = time(csaReadAt)
        record.doorsShutAt = time(doorsShutAt)
        record.openedAt = time(openedAt)
        record.deadlineAskedAt = time(deadlineAskedAt)
        record.remindedAt = time(remindedAt)
        record.revision = revision
        return record
    }
}
