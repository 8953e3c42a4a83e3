import SluiceCore
import SluiceModel
import Testing

/// What the other replicas let through, those that are gone among them.
struct InFlightOthersTests {
    private var others = InFlightOthers(own: ReplicaID("own"), window: .seconds(60))
    private var now = MonotonicTime(nanoseconds: 3_600_000_000_000)

    private func seat(_ name: String, _ renewal: Int64, inFlight: Int = 0) -> Replica {
        Replica(
            id: ReplicaID(name), name: name, version: "1", seatedAt: .zero, lease: .seconds(3), renewal: renewal,
            inFlightCount: inFlight)
    }

    private mutating func pass(_ seconds: Int64, _ seats: [Replica] = []) {
        for _ in 0..<seconds {
            now = now.advanced(by: .seconds(1))
            others.observe(seats, at: now)
        }
    }

    @Test("What seated replicas say counts, one's own seat apart")
    mutating func addsUp() {
        others.observe([seat("own", 1, inFlight: 5), seat("a", 1, inFlight: 2), seat("b", 1)], at: now)
        #expect(others.count(at: now) == 2 && others.lostCount(at: now) == 0)
        #expect(others.parts(at: now) == [InFlightPart(name: "a", count: 2, source: .told)])
    }

    @Test(
        "R13 after a replica's seat is gone one whole start window counts, also if it said it had nothing",
        arguments: [0, 1, 7])
    mutating func remembersTheLost(inFlight: Int) {
        others.observe([seat("a", 1, inFlight: inFlight)], at: now)
        pass(1)
        let lostAt = now
        #expect(others.count(at: now) == max(1, inFlight) && others.lostCount(at: now) == max(1, inFlight))
        pass(59)
        #expect(others.count(at: now) == max(1, inFlight))
        pass(1)
        #expect(now.since(lostAt) == .seconds(60) && others.count(at: now) == 0)
    }

    @Test("R13 a replica that does not renew for longer than its lease may have let something through")
    mutating func suspectsTheSilent() {
        for renewal in 1..<20 { pass(1, [seat("a", Int64(renewal))]) }
        #expect(others.count(at: now) == 0, "it renews")
        pass(4, [seat("a", 19)])
        #expect(others.count(at: now) == 0, "as far as others can tell, its lease may last")
        pass(1, [seat("a", 19)])
        #expect(others.parts(at: now) == [InFlightPart(name: "a", count: 1, source: .silent)])
        pass(1, [seat("a", 20)])
        #expect(others.count(at: now) == 0, "it was only slow")
    }

    @Test("A seat that is there after all was not lost: a read had come in late")
    mutating func takesBackLosses() {
        others.observe([seat("a", 1), seat("b", 1)], at: now)
        pass(1, [seat("a", 2)])
        #expect(others.lostCount(at: now) == 1)
        pass(1, [seat("a", 3), seat("b", 2)])
        #expect(others.count(at: now) == 0)
    }

    @Test("R13 after a while without a read a replica may have come and gone")
    mutating func countsTheUnseen() {
        pass(3, [seat("a", 1)])
        now = now.advanced(by: .seconds(6))
        others.observe([seat("a", 2)], at: now)
        #expect(others.count(at: now) == 1)
        #expect(others.age(at: now.advanced(by: .seconds(2))) == .seconds(2))
        for renewal in 3..<63 { pass(1, [seat("a", Int64(renewal))]) }
        #expect(others.count(at: now) == 0)
    }
}
