import SluiceModel
import SluicePorts

@testable import SluiceCore
@testable import SluiceTestKit

/// One replica of a `ReplicaWorld`: the machines, and a driver that performs their effects as the engine does.
final class SimulatedReplica {
    static let seatPolicy = SeatPolicy(lease: .seconds(3))
    static let leaderPolicy = LeaderPolicy(lease: .seconds(6))

    private unowned let world: ReplicaWorld
    let name: String
    private let id: ReplicaID
    private let rate: Double
    private let offset: Int
    var frozenUntil = 0
    var isDead = false
    private(set) var gate: GateState
    private(set) var seat: SeatState
    private(set) var lead: LeaderState
    private var asked: UInt64 = 0
    /// Whether it has been told to open the gate, and has not been answered.
    var isOpening: Bool { openings > 0 }
    private var openings = 0
    private var fence = Fence(timeline: 1)

    init(_ world: ReplicaWorld, number: Int) {
        self.world = world
        name = "r\(number)"
        id = ReplicaID("r\(number)")
        rate = 1 + Double(world.draw(-40...40)) / 10_000
        offset = world.draw(0...1_000_000_000_000)
        let clock = Moment(
            wall: .zero, monotonic: MonotonicTime(nanoseconds: Int64(Double(world.time) * rate) + Int64(offset)))
        // What it read when it was started; its seat reads again.
        let record = world.store.gate!
        gate = GateState(record: record, policy: GatePolicy(), lease: .none)
        seat = SeatState(
            id: id, name: name, version: "1", policy: Self.seatPolicy, appliedEpoch: record.epoch, at: clock)
        lead = LeaderState(id: id, name: name, policy: Self.leaderPolicy, at: clock)
    }

    var now: Moment {
        Moment(
            wall: Timestamp(milliseconds: Int64(world.time / 1_000_000)),
            monotonic: MonotonicTime(nanoseconds: Int64(Double(world.time) * rate) + Int64(offset)))
    }

    func loop() {
        guard !isDead, world.time < world.faults.stopsAfter else { return }
        step(.ticked(inFlightCount: gate.inFlightCount(at: now.monotonic)))
        step(.ticked(isSeated: seat.lease.holds(at: now.monotonic)))
        act()
        world.after(world.draw(20_000_000...60_000_000), self) { self.loop() }
    }

    // MARK: Deciding

    func decidesProceed() -> Bool {
        asked += 1
        let ask = Ask.fixture(asked)
        let effects = gate.step(.requested(ask), at: now)
        return effects.first?.reply?.answer?.decision.isProceed ?? false
    }

    func change(_ mode: GateMode) {
        if mode == .open {
            openings += 1
            world.openingWished()
        }
        asked += 1
        let change = ModeChange(
            ref: ModeChange.Ref(asked), mode: mode, by: .fixture, reason: "\(mode) \(asked)")
        begunAt[change.ref] = now.monotonic
        wishes[change.ref] = mode
        perform(gate.step(.modeRequested(change), at: now))
    }

    private var begunAt: [ModeChange.Ref: MonotonicTime] = [:]
    private var wishes: [ModeChange.Ref: GateMode] = [:]

    private func perform(_ effects: [GateEffect]) {
        for effect in effects {
            switch effect {
            case .commitMode(let changes):
                world.call(self, { [fence] in try $0.commit(changes, fence: fence) }) { [self] result in
                    switch result {
                    case .success: perform(gate.step(.modeCommitted, at: now))
                    case .failure(let error):
                        perform(gate.step(error.code == .conflict ? .modeConflicted : .modeCommitFailed, at: now))
                    }
                }
            case .reloadMode: reloadMode()
            case .modeChanged(let ref, let record):
                step(.gateApplied(record.epoch))
                let wish = wishes.removeValue(forKey: ref)
                let begun = begunAt.removeValue(forKey: ref) ?? now.monotonic
                if wish == .open { openings -= 1 } else { acknowledge(record.epoch, since: begun) }
            case .modeRefused(let ref, _): if wishes.removeValue(forKey: ref) == .open { openings -= 1 }
            case .lookUp, .annotate, .commit, .answer: break
            }
        }
    }

    private func reloadMode() {
        world.call(self, { $0.gate! }) { [self] result in
            switch result {
            case .success(let record):
                let effects = gate.step(.modeReloaded(record), at: now)
                step(.gateApplied(gate.record.epoch))
                perform(effects)
            case .failure: reloadMode()
            }
        }
    }

    private func acknowledge(_ epoch: Epoch, since begunAt: MonotonicTime) {
        readSeats(CloseWait(epoch: epoch, own: id, begunAt: begunAt, committedAt: now.monotonic))
    }

    private func readSeats(_ wait: CloseWait) {
        world.call(self, { Array($0.replicas.values) }) { [self] result in
            var wait = wait
            let done =
                switch result {
                case .success(let seats): wait.seats(seats.sorted { $0.id < $1.id }, at: now.monotonic)
                case .failure: wait.acknowledgement(at: now.monotonic)
                }
            if let done { return world.closeAcknowledged(by: self, done, epoch: wait.epoch) }
            let pause = wait.readAt(after: now.monotonic).since(now.monotonic).wholeMilliseconds
            world.after(Int(pause) * 1_000_000, self) { self.readSeats(wait) }
        }
    }

    // MARK: Seat

    private func step(_ event: SeatEvent) {
        for effect in seat.step(event, at: now) {
            switch effect {
            case .join(let replica): ask(.seatReplica(replica), replica.renewal)
            case .renew(let renewal): ask(.renewReplica(renewal), renewal.number)
            case .apply(let record): perform(gate.step(.gateRead(record, isForced: false), at: now))
            case .extend(let lease): perform(gate.step(.leaseExtended(lease), at: now))
            case .lose(let cause):
                world.log("\(name) lost its lease: \(cause)")
                perform(gate.step(.leaseLost, at: now))
            case .readTimeline: break
            case .leave(let id):
                world.call(self, { [fence] in try $0.commit([.removeReplica(id, renewal: nil)], fence: fence) }) {
                    [self] _ in step(.left)
                }
            }
        }
    }

    private func ask(_ change: Change, _ number: Int64) {
        world.call(self, { [fence] in try $0.commit([change], fence: fence) }) { [self] result in
            switch result {
            case .success:
                world.call(self, { $0.gate! }) { [self] result in
                    switch result {
                    case .success(let record): step(.granted(number, record))
                    case .failure(let error): step(.failed(number, cause: "\(error)"))
                    }
                }
            case .failure(let error):
                step(error.code == .conflict ? .refused(number) : .failed(number, cause: "\(error)"))
            }
        }
    }

    // MARK: Lead

    private func step(_ event: LeaderEvent) {
        for effect in lead.step(event, at: now) {
            switch effect {
            case .observe:
                world.call(self, { ($0.leader, $0.replicas.values.sorted { $0.id < $1.id }) }) { [self] result in
                    switch result {
                    case .success((let record, let seats)): step(.observed(record, seats: seats))
                    case .failure: step(.observeFailed)
                    }
                }
            case .take(let record, let seen):
                world.call(self, { [fence] in try $0.commit([.takeLead(record, seen: seen)], fence: fence) }) {
                    [self] result in
                    step(outcome(result, .taken(record.term), .takeRefused(record.term), .takeFailed(record.term)))
                }
            case .renew(let renewal):
                world.call(self, { [fence] in try $0.commit([.renewLead(renewal)], fence: fence) }) { [self] result in
                    let number = renewal.number
                    step(outcome(result, .renewed(number), .renewalRefused(number), .renewalFailed(number)))
                }
            case .lead(let term): world.tookLead(self, term: term)
            case .extend: break
            case .stepDown(let term, let cause):
                world.log("\(name) steps down: \(cause)")
                world.after(world.draw(0...500_000_000), self) { self.step(.stopped(term: term)) }
            case .resign(let term):
                world.call(
                    self, { [fence, id] in try $0.commit([.resignLead(id, term: term, at: .zero)], fence: fence) }
                ) { [self] _ in step(.resigned) }
            case .removeSeat(let replica):
                world.call(
                    self,
                    { [fence] in
                        try $0.commit([.removeReplica(replica.id, renewal: replica.renewal)], fence: fence)
                    }
                ) { _ in }
            }
        }
    }

    private func outcome(
        _ result: Result<Void, StoreError>, _ done: LeaderEvent, _ refused: LeaderEvent, _ failed: LeaderEvent
    ) -> LeaderEvent {
        switch result {
        case .success: done
        case .failure(let error): [.conflict, .staleFence].contains(error.code) ? refused : failed
        }
    }

    /// What a leader does: an outside effect within its lease, and a launch as the release makes one.
    private func act() {
        guard let term = lead.term, lead.lease.outlasts(.seconds(1), at: now.monotonic) else { return }
        if world.chance(30) { world.effectBegins(by: self, lasts: world.draw(1_000_000...990_000_000)) }
        guard world.chance(30), gate.effective.whole.mode.isOpen else { return }
        let changes: [Change] = [.expectOpen(since: gate.effective.epoch)]
        world.call(self, { try $0.commit(changes, fence: Fence(timeline: 1, term: term)) }) { [self] result in
            guard case .success = result, lead.term == term, gate.effective.whole.mode.isOpen,
                seat.lease.holds(at: now.monotonic), lead.lease.outlasts(.seconds(1), at: now.monotonic)
            else { return }
            world.launchSent(by: self)
        }
    }
}
