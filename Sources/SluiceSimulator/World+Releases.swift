import SluiceCore
import SluiceModel
import SluiceTestKit

/// What a replica was told of the executions that others run.
struct Load {
    var at: Instant
    /// Executions that run and were not launched by Sluice.
    var directCount: Int
    /// Launches that the gate had let through and nobody had seen.
    var inFlightCount: Int
    /// Launches by Sluice whose execution was still to be known.
    var startingCount: Int
}

/// The release as a whole: persons' orders to it, and what Central tells of its surroundings.
extension World {
    // MARK: Orders

    func orders(_ replica: Replica) {
        let stage = store.release?.stage ?? .idle
        if !stage.letsStart, chance.happens(750) { return order(replica, .continue) }
        switch chance.below(100) {
        case 0..<40: order(replica, .pause)
        case 40..<55: order(replica, .abort)
        case 55..<70: order(replica, .continue)
        default: order(replica, .set(ReleaseSettings.drawn(&chance)))
        }
    }

    func order(_ replica: Replica, _ order: ReleaseOrder) {
        soon(.read(replica.place, .releaseDesk(ReleaseJob(order: order))))
    }

    /// As `ReleaseDesk` does.
    func deskRead(_ replica: Replica, _ job: ReleaseJob, _ stored: ReleaseRecord?) {
        let wall = replica.clock.moment(at: now).wall
        let settings = site.releasePolicy.settings
        var record = stored ?? .first(settings: settings, gate: replica.gate.effective, at: wall)
        if record.settingsRevision == 1 { record.settings = settings }
        guard
            let next = record.ordered(
                job.order, at: wall, by: Site.person, reason: job.order.word, gate: replica.gate.effective)
        else { return }
        toStore(.write(replica.place, .releaseDesk(job), [.setRelease(next, replacing: stored?.revision)]))
    }

    // MARK: What Central tells

    /// Which executions run, as `ReleaseReader` asks for them.
    func readLoad(_ place: Place) {
        guard centralDownUntil <= now, !chance.happens(profile.permille(.centralRefuses) / 3) else {
            return soon(.releaseEvent(place, .loadFailed(cause: "down")), 20)
        }
        let replica = replicas[place.replica]
        let listed = executions.indices.filter {
            executions[$0].isListed(at: now) && !executions[$0].summary.status.isTerminal
        }
        let inFlight = replica.gate.inFlightCount(at: replica.clock.moment(at: now).monotonic)
        soon(.releaseEvent(place, .loadRead(running: listed.map { executions[$0].id }, inFlightCount: inFlight)), 5)
    }

    /// How executions ended so far, by flow.
    func readPasts(_ place: Place) {
        guard centralDownUntil <= now else { return }
        var pasts: [FlowID: FlowPast] = [:]
        for index in executions.indices where executions[index].endedAt != nil && executions[index].isListed(at: now) {
            guard let result = executions[index].summary.result, result.isWell || result == .error else { continue }
            let flow = site.flows[executions[index].flow].id
            pasts[flow, default: FlowPast(endedCount: 0, failedCount: 0)].endedCount += 1
            if !result.isWell { pasts[flow]?.failedCount += 1 }
        }
        soon(.releaseEvent(place, .pastsRead(pasts)), 5)
    }

    // MARK: What a replica was told

    /// Keeps what the release of a replica is told from outside.
    func noteTold(_ replica: Replica, _ event: ReleaseEvent) {
        switch event {
        case .releaseRead(let record?) where record.revision > replica.told?.revision ?? 0: replica.told = record
        case .loadRead(let running, let inFlightCount):
            let direct = running.count { id in
                guard let row = execution(id)?.row else { return true }
                return store.holds.rows[row].request.launcher == .caller
            }
            let starting = store.holds.rows.indices.count {
                let isUnknown = store.holds.rows[$0].state == .launching || store.holds.rows[$0].executionID == nil
                return isUnknown && (store.holds.rows[$0].state == .launching || store.holds.rows[$0].state == .running)
                    && store.holds.rows[$0].request.launcher == .sluice
            }
            replica.load = Load(
                at: now, directCount: direct, inFlightCount: inFlightCount, startingCount: starting)
        case .loadFailed: replica.load = nil
        default: break
        }
    }
}

extension ReleaseSettings {
    /// Settings as an operator may choose them: a third of them plain.
    static func drawn(_ chance: inout Chance) -> ReleaseSettings {
        var settings = ReleaseSettings(
            ratePerMinute: chance.pick([600, 120, 30]), ceiling: chance.among(1...6),
            tenantSlice: chance.pick([1, 2, 3, 10]), strandedKeys: chance.happens(300) ? .goOn : .wait)
        guard chance.happens(667) else { return settings }
        if chance.happens(500) {
            settings.canary = Canary(
                count: chance.among(1...3), flow: chance.happens(300) ? FlowID("flow-\(chance.below(4))") : nil,
                timeoutSeconds: Int64(chance.pick([15, 60, 300])))
        }
        if chance.happens(500) {
            settings.ramp = Ramp(
                fromPercent: chance.pick([10, 25, 50]),
                growth: chance.happens(500) ? .factorPercent(200) : .stepPercent(25),
                everyWellEnded: chance.among(1...3))
        }
        if chance.happens(500) {
            let window = chance.among(3...8)
            settings.breaker = Breaker(
                sharePercent: chance.pick([20, 34, 50]), window: window, minimum: chance.among(2...min(4, window)),
                historyMarginPercent: chance.happens(300) ? 10 : nil)
        }
        return settings
    }
}
