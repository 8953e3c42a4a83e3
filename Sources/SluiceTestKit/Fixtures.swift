public import SluiceCore
public import SluiceModel

// Plain values for tests: valid, small, and the same each time.

extension FlowID {
    /// A flow that no pack knows.
    public static let fixture = FlowID("11111111-2222-4333-8444-555555555555")
}

extension Principal {
    public static let fixture = Principal("gate-step")
}

extension Ticket {
    /// A ticket that sorts by its number.
    public static func fixture(_ number: UInt64) -> Ticket { Ticket(ULID(high: 1, low: number)) }
}

extension PassID {
    public static func fixture(_ number: UInt64) -> PassID { PassID(ULID(high: 2, low: number)) }
}

extension Moment {
    /// The time at which every fixture happens.
    public static let fixture = Moment(
        wall: Timestamp(milliseconds: 1_764_500_000_000), monotonic: MonotonicTime(nanoseconds: 3_600_000_000_000))
}

extension LaunchRequest {
    public static func fixture(
        flow: FlowID = .fixture, source: LaunchSource = .api, launcher: Launcher = .sluice
    ) -> LaunchRequest {
        var request = LaunchRequest(flow: flow, source: source)
        request.launcher = launcher
        return request
    }
}

extension Hold {
    /// A hold in a state, with the fields that state implies.
    public static func fixture(
        _ number: UInt64 = 1, state: HoldState = .held, request: LaunchRequest = .fixture(),
        principal: Principal = .fixture, epoch: Epoch = Epoch(2), at now: Timestamp = Moment.fixture.wall
    ) -> Hold {
        var hold = Hold(
            ticket: .fixture(number), request: request, principal: principal, reason: .maintenance, epoch: epoch,
            arrivedAt: now)
        hold.arrival = Int64(number)
        hold.state = state
        if state != .held, state != .discarded, state != .expired, state != .coalesced, state != .superseded {
            hold.releasedEpoch = epoch
        }
        if [.launching, .running, .ended, .awaitingOperator].contains(state) {
            hold.attempt = 1
            hold.attemptAt = now
            hold.passID = .fixture(number)
        }
        return hold
    }
}

extension GateRecord {
    public static func fixture(_ mode: GateMode = .open, epoch: Epoch = Epoch(2)) -> GateRecord {
        GateRecord(
            epoch: epoch,
            whole: ScopeMode(
                scope: nil, mode: mode, since: Moment.fixture.wall, by: Principal("operator"), reason: "a test"))
    }
}

extension GateState {
    public static func fixture(mode: GateMode = .open, policy: GatePolicy = GatePolicy()) -> GateState {
        GateState(record: .fixture(mode), policy: policy)
    }
}

extension Ask {
    public static func fixture(
        _ number: UInt64 = 1, request: LaunchRequest = .fixture(), principal: Principal = .fixture,
        presented: PassPresented = .none
    ) -> Ask {
        Ask(
            ref: Ref(number), request: request, principal: principal, presented: presented,
            fingerprint: Fingerprint([UInt8](repeating: 7, count: 32)),
            minted: Minted(ticket: .fixture(1000 + number), passID: .fixture(1000 + number)))
    }
}
