import SluiceCore
import SluiceModel
import SluicePorts

/// Has drains watched, and tells what they wait for by name.
struct DrainWorker: MaintenanceWorker {
    let drains: DrainWatch
    let forecasts: ForecastDesk
    let clocks: any Clocks

    var parts: Set<MaintenancePart> {
        Set(drains.systems.map { $0 == .csa ? .csaDrain : .ooDrain })
    }

    /// What a phase waits for: of both systems at the end, for CSA's clocks may have begun something since it was
    /// quiet. Where OO goes on, what CSA started in it is waited for with CSA.
    private func order(for record: MaintenanceRecord) -> DrainOrder {
        let isOfCSA = record.phase == .drainingCSA
        let wanted: [DrainSystem] =
            isOfCSA
            ? record.plan.systems.includesOO ? [.csa] : [.central, .csa]
            : record.plan.systems.includesCSA ? [.central, .csa] : [.central]
        return DrainOrder(
            // With the doors shut nothing that was seen before counts.
            id: "\(record.id)/\(record.phase.rawValue)\(record.doorsShutAt == nil ? "" : "/shut")",
            systems: wanted.filter(drains.systems.contains),
            scopes: isOfCSA ? MaintenanceGate.csaSources.map { .source($0) } : record.plan.scope.map { [$0] } ?? [],
            waivers: waivers(of: record))
    }

    /// Whether CSA still takes orders, and is about to be called dry.
    private func isToShutDoors(_ record: MaintenanceRecord) -> Bool {
        let isLast = record.phase == .drainingOO || !record.plan.systems.includesOO
        let canShut = !record.available.isDisjoint(with: [.csaFence, .portalFence])
        return isLast && canShut && !record.keepsOrdersOut
    }

    private func waivers(of record: MaintenanceRecord) -> [DrainWaiver] {
        record.waivers.compactMap { waiver in
            DrainItemID(waiver.blocker).map {
                DrainWaiver(id: $0, by: waiver.by, reason: waiver.reason, at: waiver.at)
            }
        }
    }

    func work(on wish: PartWish, of record: MaintenanceRecord) async throws -> PartReport {
        let order = order(for: record)
        drains.begin(order)
        let system: DrainSystem = wish.part == .csaDrain ? .csa : .central
        guard let report = drains.report(), report.order.id == order.id,
            let status = report.systems.first(where: { $0.system == system })
        else { return PartReport(.init(goal: wish.goal, isReached: false)) }
        if wish.part == .csaDrain, status.isDry, isToShutDoors(record) {
            return PartReport(.init(goal: wish.goal, isReached: false), notes: [.doorsShut(clocks.now().wall)])
        }
        let named = report.blockers.filter { $0.system == system }
        // What was waived since the drain began.
        let names = Set(named.map(\.item.id))
        for waiver in waivers(of: record) where names.contains(waiver.id) {
            _ = drains.waive(waiver, in: order.id)
        }
        let known = named.prefix(MaintenanceLimits.blockerCountMax / 2).map { blocker($0, wish.part) }
        let others = status.obstacles.compactMap {
            blocker($0, wish.part, since: status.quietSince ?? record.phaseSince)
        }
        return PartReport(
            .init(
                goal: wish.goal, isReached: status.isDry, totalCount: status.left, blockers: known + others,
                unnamedBlockerCount: max(0, status.left - known.count)))
    }

    func rest(_ wishes: [PartWish], of record: MaintenanceRecord?) {
        guard !wishes.contains(where: { parts.contains($0.part) }), let report = drains.report(),
            // Others are not ours to end.
            report.order.id.hasPrefix("m_")
        else { return }
        drains.end(report.order.id)
    }

    func leave() {
        guard let id = drains.report()?.order.id, id.hasPrefix("m_") else { return }
        drains.leave(id)
    }

    func blocker(_ blocker: DrainBlocker, _ part: MaintenancePart) -> MaintenanceBlocker {
        let item = blocker.item
        var words = [item.title ?? item.flow?.text, item.owner.map { "of \($0)" }].compactMap { $0 }
        words.append("\(DrainWords.word(item.standing)) for \(DrainWords.duration(blocker.elapsedMilliseconds))")
        if let typical = blocker.typicalMilliseconds { words.append("usually \(DrainWords.duration(typical))") }
        switch blocker.pace {
        case .steady: break
        case .slow: words.append("slow")
        case .stuck(let cause): words.append("stuck: \(DrainWords.word(cause))")
        }
        return MaintenanceBlocker(
            name: item.id.description, part: part, text: words.joined(separator: ", "),
            remedy: DrainWords.remedy(item.standing), since: item.startedAt ?? blocker.entry.firstSeenAt.wall,
            canBeWaived: true)
    }

    /// What is not a thing that runs; what is only a matter of time is none.
    private func blocker(
        _ obstacle: DrainObstacle, _ part: MaintenancePart, since: Timestamp
    ) -> MaintenanceBlocker? {
        let remedy: String
        switch obstacle {
        case .gate: remedy = "close the gate there, or abort"
        case .unreadable: remedy = "put it right; it is looked at again and again"
        case .stale, .incomplete: remedy = "see what keeps it from being read whole"
        case .inFlight: remedy = "wait: each appears, is reported, or its start window passes"
        case .notLookedYet, .running, .atGate, .parked, .paused, .waitsForHold, .settling, .unconfirmed: return nil
        }
        return MaintenanceBlocker(
            name: "\(part.rawValue)/\(obstacle.word)", part: part, text: obstacle.sentence, remedy: remedy,
            since: since, canBeWaived: false)
    }
}

/// Words of a drain, for people.
enum DrainWords {
    static func duration(_ milliseconds: Int64) -> String {
        milliseconds < 120_000 ? "\(milliseconds / 1000) s" : "\(milliseconds / 60_000) min"
    }

    static func word(_ standing: DrainStanding) -> String {
        switch standing {
        case .running: "running"
        case .atGate: "at its gate step"
        case .heldAtGate(let ticket): "ending at its gate step, held as \(ticket)"
        case .parked(let ticket): "parked at its gate step, held as \(ticket)"
        case .paused(let reason): "paused (\(reason?.word ?? "no reason given"))"
        case .waitsForHold(let ticket): "waiting for a launch that is held as \(ticket)"
        case .dueLater: "due later"
        case .needsPerson(let word): "at rest until a person acts (\(word))"
        case .ended: "ended"
        case .unknown(let word): "in a state that is not known, \(word)"
        }
    }

    static func word(_ cause: StuckCause) -> String {
        switch cause {
        case .noStep(let since): "no step since \(since)"
        case .noWorkers: "its worker group has no active worker"
        case .processEnded: "its process instance in CSA has ended"
        case .callbackLost: "CSA waits for a callback that was lost"
        }
    }

    static func remedy(_ standing: DrainStanding) -> String {
        switch standing {
        case .parked: "cancel it in Central, release its hold, or waive it"
        case .paused: "resume or cancel it in Central, or waive it"
        case .waitsForHold(let ticket): "release the hold (sluice holds release \(ticket)), discard it, or waive it"
        default: "wait, cancel it in its system, or waive it"
        }
    }
}
