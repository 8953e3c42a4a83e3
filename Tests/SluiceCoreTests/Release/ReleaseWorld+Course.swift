import SluiceModel
import SluiceTestKit

@testable import SluiceCore

// What the world knows of canary, ramp and breaker, counted by itself and not by the machine.
extension ReleaseWorld {
    /// Called with each intent, right after the machine's step.
    func checkCourse(_ move: HoldMove) {
        let record = release.record
        if record.beganAt != beganAt { began(record) }
        guard record.stage != .idle else { return }
        releasedTickets.insert(move.ticket)
        if !record.stage.letsStart { findings.append("\(move.ticket) is intended though it is \(record.stage)") }
        if record.stage != .canary, let canary = record.settings.canary, !isCanaryWaived, wellCount < canary.count,
            record.resumes == nil
        {
            findings.append(
                "\(move.ticket) is intended in \(record.stage) after \(wellCount) of \(canary.count) canaries")
        }
        if record.stage == .canary, let canary = record.settings.canary,
            release.flights.canaryCount + record.earned.canaryCount > canary.count
        {
            findings.append("\(release.flights.canaryCount) canaries at once")
        }
        if release.flightCount > record.ceiling, record.stage == .ramping {
            findings.append("\(release.flightCount) flights in a ramp of \(record.ceiling)")
        }
    }

    /// Called with each commit that the store has taken.
    func noteCommitted(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .setRelease(let record, _):
                if record.beganAt != beganAt { began(record) }
                if record.reason.contains("could be a canary") { isCanaryWaived = true }
                // A person took the canary away, or lowered it.
                if record.by != .sluice { isCanaryWaived = isCanaryWaived || record.stage != .canary }
            case .moveHold(let move) where move.to == .ended && move.update.result?.isWell == true: wellCount += 1
            default: break
            }
        }
    }

    /// Its record is written later, and by then may say something else.
    func noteStage() {
        if release.record.beganAt != beganAt { began(release.record) }
        if release.record.reason.contains("could be a canary") { isCanaryWaived = true }
    }

    private func began(_ record: ReleaseRecord) {
        beganAt = record.beganAt
        wellCount = 0
        isCanaryWaived = false
        releasedTickets = []
    }

    /// A person's order, as the engine does it: written by whoever got it, then told to the release.
    func order(_ order: ReleaseOrder) {
        let current = store.release ?? .first(settings: policy.settings, gate: store.gate, at: now.wall)
        guard let next = current.ordered(order, at: now.wall, by: Principal("op"), reason: "\(order.word)") else {
            return
        }
        let changes = [Change.setRelease(next, replacing: store.release?.revision)]
        guard store.commit(changes) else { return }
        noteCommitted(changes)
        items.append(.releaseEvent(.releaseRead(next)))
    }

    func orderSomething() {
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: order(.pause)
        case 2..<6: order(.continue)
        case 6: order(.abort)
        default:
            var settings = release.record.settings
            settings.ratePerMinute = [20, 60, 600].randomElement(using: &random) ?? 60
            settings.ceiling = Int.random(in: 1...5, using: &random)
            order(.set(settings))
        }
    }

    /// One that Sluice launches, whose flow is not gated.
    func addPlainHold(of tenant: TenantID?, _ priority: Priority = .ordinary) {
        var request = LaunchRequest(flow: Self.plainFlow, source: .scheduler)
        request.tenant = tenant
        request.priority = priority
        let hold = Hold(
            ticket: .fixture(number()), request: request, principal: .fixture, reason: .maintenance, epoch: Epoch(2),
            arrivedAt: now.wall)
        _ = store.commit([.addHold(hold)])
    }
}
