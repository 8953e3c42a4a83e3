import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceCore

/// Callers' holds while Sluice itself may launch nothing.
@Suite struct ReleaseCallersTests {
    private static let later = Moment.fixture.advanced(by: .seconds(10))

    /// A release whose ceiling is full, and a store for its reads.
    private static func full(slice: Int = 10, gate: GateRecord = .fixture(.open)) -> (ReleaseState, FakeHoldStore) {
        let settings = ReleaseSettings(ratePerMinute: 600_000, ceiling: 1, tenantSlice: slice)
        var state = ReleaseState(gate: gate, policy: ReleasePolicy(settings: settings), flows: [:], at: .fixture)
        var running = Hold.fixture(9999, state: .running)
        running.executionID = ExecutionID("7")
        _ = state.step(.recovered([running]), at: .fixture)
        return (state, FakeHoldStore(gate: gate))
    }

    private static func add(
        _ count: Int, of tenant: String? = nil, source: LaunchSource = .api, launcher: Launcher = .caller,
        to store: inout FakeHoldStore
    ) {
        for _ in 0..<count {
            var request = LaunchRequest.fixture(source: source, launcher: launcher)
            request.tenant = tenant.map { TenantID($0) }
            _ = store.commit([.addHold(.fixture(UInt64(store.order.count + 1), request: request))])
        }
    }

    /// Ticks, and answers what it reads and writes from the store, up to so many reads.
    /// - Returns: The holds that were let go, in that order.
    private static func run(
        _ state: inout ReleaseState, _ store: inout FakeHoldStore, at now: Moment = later, reads: Int = 1000
    ) -> [Hold] {
        var effects = state.step(.ticked, at: now)
        var released: [Hold] = []
        var readCount = 0
        while !effects.isEmpty {
            switch effects.removeFirst() {
            case .fetch(let includesHeld, let launcher, let lane, let after, let limit):
                readCount += 1
                guard readCount <= reads else { continue }
                let all = store.candidates(
                    at: now.wall, includesHeld: includesHeld, lane: lane, after: after, limit: .max)
                let page = all.filter { launcher == nil || $0.request.launcher == launcher }.prefix(limit)
                effects += state.step(
                    .candidates(
                        Array(page), passIDs: page.map { _ in .fixture(1) }, isLastPage: page.count < limit), at: now)
            case .fetchLanes(let includesHeld, let after, let limit):
                effects += state.step(
                    .lanesRead(store.lanes(includesHeld: includesHeld, after: after, limit: limit)), at: now)
            case .commit(let ref, let changes):
                guard store.commit(changes) else {
                    effects += state.step(.conflicted(ref), at: now)
                    continue
                }
                for case .moveHold(let move) in changes where move.to == .released {
                    if let hold = store.holds[move.ticket] { released.append(hold) }
                }
                effects += state.step(.committed(ref), at: now)
            default: break
            }
        }
        return released
    }

    @Test(
        "a caller's hold gets its turn behind any number of others that may not start", arguments: [1, 199, 200, 650])
    func goesPastWhatMayNotStart(count: Int) {
        var gate = GateRecord.fixture(.open)
        gate.scopes = [
            ScopeMode(
                scope: .source(.csa), mode: .hold, since: Moment.fixture.wall, by: Principal("o"), reason: "r")
        ]
        var (state, store) = Self.full(gate: gate)
        Self.add(count, source: .csa, to: &store)
        Self.add(1, to: &store)
        let released = Self.run(&state, &store)
        #expect(released.map(\.arrival) == [Int64(count) + 1])
    }

    @Test("R22 callers' holds are let go tenant by tenant, a slice each", arguments: [1, 3, 10], [60, 600])
    func tenantsTakeTurns(slice: Int, count: Int) {
        var (state, store) = Self.full(slice: slice)
        Self.add(count, of: "a", to: &store)
        Self.add(3, of: "b", launcher: .sluice, to: &store)
        Self.add(2 * slice, of: "c", to: &store)
        let released = Self.run(&state, &store)
        #expect(released.count == count + 2 * slice)
        let order = released.map { $0.request.tenant?.text ?? "-" }.joined()
        let turns = String(repeating: "a", count: slice) + String(repeating: "c", count: slice)
        #expect(order.hasPrefix(turns + turns), "\(order.prefix(40))")
        for tenant in ["a", "c"] {
            let arrivals = released.filter { $0.request.tenant?.text == tenant }.map(\.arrival)
            #expect(arrivals == arrivals.sorted())
        }
    }

    @Test("a walk past holds that may not start goes on where it was, though Sluice launched meanwhile")
    func aFruitlessWalkGoesOn() {
        var gate = GateRecord.fixture(.open)
        gate.scopes = [
            ScopeMode(
                scope: .source(.csa), mode: .hold, since: Moment.fixture.wall, by: Principal("o"), reason: "r")
        ]
        var (state, store) = Self.full(gate: gate)
        Self.add(450, source: .csa, to: &store)
        Self.add(1, to: &store)
        var released: [Hold] = []
        for second in 10..<20 {
            // A page or two, then a place is free for a moment.
            let now = Moment.fixture.advanced(by: .seconds(second))
            released += Self.run(&state, &store, at: now, reads: 2)
            _ = state.step(.candidatesFailed, at: now)
            let running = state.flights[.fixture(9999)]
            state.flights.remove(.fixture(9999))
            _ = state.step(.stirred, at: now)
            _ = state.step(.candidatesFailed, at: now)
            if let running { state.flights.set(running) }
        }
        #expect(released.map(\.arrival) == [451])
    }
}
