import SluiceCore
import SluiceModel
import SluicePorts
import SluiceTestKit

/// One process: its machines, as `Gatekeeper`, `Releaser` and `StoreMonitor` in SluiceEngine drive them.
final class Replica {
    let index: Int
    let name: String
    var clock: Clock
    /// Grows with each start.
    var life = 0
    var isUp = false
    var frozenUntil: Instant = 0
    var gate: GateState
    var release: ReleaseState
    /// Questions by the name that the gate knows them by.
    var askers: [Ask.Ref: (question: Int, send: Int)] = [:]
    var changers: [ModeChange.Ref: Int] = [:]
    var lastRef: UInt64 = 0
    var isStoreUsable = true
    var tallyCount = 0
    /// Direct launches that were let through in this life: for the count in flight.
    var letThrough: [Instant] = []
    /// The newest record of the release that it was told in its term.
    var told: ReleaseRecord?
    /// Whether the last record that it wrote, or tried to, says that no release is under way.
    var isReleaseOver = false
    /// What others ran in Central when it last read that, in its term.
    var load: Load?
    /// Intents of this life, for the rate.
    var intents: [MonotonicTime] = []

    init(index: Int, clock: Clock) {
        self.index = index
        self.clock = clock
        name = "r\(index + 1)"
        let record = GateRecord(
            epoch: Epoch(0), whole: ScopeMode(scope: nil, mode: .hold, since: .zero, by: .sluice, reason: ""))
        gate = GateState(record: record, policy: GatePolicy())
        release = ReleaseState(
            gate: record, policy: ReleasePolicy(), flows: [:],
            at: Moment(wall: .zero, monotonic: MonotonicTime(nanoseconds: 0)))
    }

    var place: Place { Place(replica: index, life: life) }

    /// For what belongs to the release of the present term.
    var releasePlace: Place { Place(replica: index, life: life, term: term ?? -1) }

    /// The term that it leads in; 0 where it is alone.
    var term: Int64?
    /// nil where it is alone.
    var seat: SeatState?
    /// Minted at each start.
    var id = ReplicaID("")
    var lead: LeaderState?
}

extension World {
    // MARK: Life

    /// As `Engine.make` and `Releaser.recover` do: everything comes from the store.
    func boot(_ replica: Replica, isFirst: Bool) {
        guard isStoreReadable, let record = store.gate else {
            return soon(.restarts(replica: replica.index), 1000)
        }
        replica.life += 1
        replica.isUp = true
        replica.frozenUntil = 0
        let moment = replica.clock.moment(at: now)
        let isAlone = profile.replicaCount == 1
        replica.gate = GateState(
            record: record, policy: site.gatePolicy, resumedAt: isFirst ? nil : moment.monotonic,
            lease: isAlone ? .unending : .none)
        replica.askers = [:]
        replica.changers = [:]
        replica.isStoreUsable = true
        replica.tallyCount = 0
        replica.letThrough = []
        replica.intents = []
        trace?.add(now, replica.name, "starts, life \(replica.life), epoch \(record.epoch)")
        if isAlone { startRelease(replica, term: 0) } else { seatIn(replica, record.epoch, moment) }
        soon(.ticked(replica.place), 50)
        soon(.storeChecked(replica.place), 500)
    }

    /// The release is made anew from the store, as each term does.
    func startRelease(_ replica: Replica, term: Int64) {
        replica.term = term
        replica.told = store.release
        replica.load = nil
        replica.isReleaseOver = false
        released(by: replica)
        replica.release = ReleaseState(
            gate: replica.gate.record, policy: site.releasePolicy, flows: site.known, isInventoryLoaded: true,
            release: store.release, awaitsRecovery: true, jitterSeed: chance.next(),
            at: replica.clock.moment(at: now))
        replica.intents = []
        let left = store.holds.filter { $0.state == .launching || $0.state == .running }
        if !left.isEmpty { tell(replica, .recovered(left)) }
    }

    /// What is in its memory is gone. What it had sent may arrive.
    func crash(_ replica: Replica) {
        guard replica.isUp else { return }
        trace?.add(now, replica.name, "crashes")
        replica.isUp = false
        replica.term = nil
        book.crashes += 1
        soon(.restarts(replica: replica.index), 1500)
    }

    // MARK: The release's tick, and the store's monitor

    func ticked(_ replica: Replica) {
        if replica.seat != nil {
            let moment = replica.clock.moment(at: now)
            tell(replica, .ticked(inFlightCount: replica.gate.inFlightCount(at: moment.monotonic)) as SeatEvent)
            let isSeated = replica.seat?.lease.holds(at: moment.monotonic) ?? false
            tell(replica, .ticked(isSeated: isSeated) as LeaderEvent)
        }
        tell(replica, .ticked as ReleaseEvent)
        agenda.put(.ticked(replica.place), at: now + .milliseconds(isSettling ? 1000 : 500))
    }

    func storeChecked(_ replica: Replica) {
        if replica.tallyCount == 0, replica.isStoreUsable {
            setStoreUsable(replica, isStoreReadable)
        } else {
            let count = replica.tallyCount
            replica.tallyCount = 0
            let tally = LaunchTally(at: replica.clock.moment(at: now).wall, source: .api, count: count)
            toStore(.write(replica.place, .tally, [.tally(tally)]))
        }
        agenda.put(.storeChecked(replica.place), at: now + .milliseconds(1000))
    }

    func setStoreUsable(_ replica: Replica, _ isUsable: Bool) {
        guard replica.isStoreUsable != isUsable else { return }
        replica.isStoreUsable = isUsable
        tell(replica, isUsable ? .storeRecovered : .storeLost)
    }

    // MARK: The desk: moves on single holds

    func deskRead(_ replica: Replica, _ job: DeskJob, _ hold: Hold?) {
        guard let hold else { return deskFailed(job) }
        let wall = replica.clock.moment(at: now).wall
        var update = HoldUpdate()
        let happening: HoldHappening
        switch job.move {
        case .release, .retry:
            happening = if case .retry = job.move { .retried } else { .released }
            update.releasedEpoch = replica.gate.record.epoch
            update.retryAt = wall
        case .discard: happening = .discarded
        case .callerEnded(let result):
            guard hold.request.launcher == .caller, hold.state == .launching || hold.state == .running else { return }
            happening = .ended
            update.result = result
        }
        let cause = "by hand"
        guard let move = HoldLife.move(hold, happening, at: wall, by: job.by, cause: cause, update: update) else {
            return
        }
        toStore(.write(replica.place, .desk(job), HoldLife.changes(move, of: hold)))
    }

    func deskFailed(_ job: DeskJob) {
        // A caller reports until it is heard; a person shrugs.
        if let errand = job.errand { soon(.callerReports(errand: errand), 2000) }
    }
}
