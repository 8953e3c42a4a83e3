import SluiceModel
import SluiceTestKit

@testable import SluiceCore

extension Timestamp {
    /// A Saturday evening.
    static let evening = Timestamp.fixture(0)

    static func fixture(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_796_497_200_000).advanced(by: .seconds(seconds))
    }
}

extension MaintenancePlan {
    static func fixture(
        _ systems: Systems = .both, _ edit: (inout MaintenancePlan) -> Void = { _ in }
    ) -> MaintenancePlan {
        var plan = MaintenancePlan(
            title: "upgrade to 2026.11", reason: "upgrade to 2026.11", owner: "the night shift", systems: systems,
            expectedEnd: .fixture(14_400))
        edit(&plan)
        return plan
    }
}

extension MaintenanceRecord {
    static func fixture(
        _ phase: MaintenancePhase = .planned, _ systems: MaintenancePlan.Systems = .both,
        _ edit: (inout MaintenancePlan) -> Void = { _ in }
    ) -> MaintenanceRecord {
        var record = MaintenanceRecord(
            id: MaintenanceID("m_1"), plan: .fixture(systems, edit), by: Principal("ops"), plannedAt: .evening)
        if phase != .planned {
            record.startedAt = .evening
            record.available = Set(MaintenancePart.allCases.filter { $0.isOfCSA ? systems.includesCSA : true })
            if !systems.includesOO {
                record.available.subtract([.centralFence, .gate, .schedules, .verification])
            }
        }
        record.phase = phase
        return record
    }
}

extension MoveOrder {
    static func fixture(_ move: MaintenanceMove, number: UInt64 = 1) -> MoveOrder {
        MoveOrder(ref: Ref(number), move: move, by: Principal("ops"), reason: "because")
    }
}

extension MaintenanceBlocker {
    static func fixture(_ name: String, _ part: MaintenancePart = .ooDrain, canBeWaived: Bool = true) -> Self {
        MaintenanceBlocker(
            name: name, part: part, text: "\(name) runs", remedy: "wait", since: .evening, canBeWaived: canBeWaived)
    }
}

extension MaintenanceEffect {
    /// Its case and what it leads to, for tables.
    var text: String {
        switch self {
        case .commit(let record, _): "commit \(record.phase.rawValue)"
        case .answer(_, .moved(let record)): "moved \(record.phase.rawValue)"
        case .answer(_, .refused(let refusal)): "refused \(refusal)"
        case .remind: "remind"
        }
    }
}

/// Drives one machine as its driver does: each part does what is wished of it, every commit succeeds.
struct MaintenanceWorld {
    var state: MaintenanceState
    var now = Timestamp.evening
    /// What the parts report instead of being reached.
    var held: [MaintenancePart: MaintenanceFacts.Fact] = [:]
    /// What was done to the parts, in order.
    var deeds: [PartWish] = []
    var effects: [String] = []
    /// Called with each record that is on disk.
    var stored: [MaintenanceRecord]

    init(_ record: MaintenanceRecord) {
        state = MaintenanceState(record: record)
        stored = [record]
    }

    mutating func send(_ event: MaintenanceEvent) {
        var queue = state.step(event, at: now)
        while !queue.isEmpty {
            let effect = queue.removeFirst()
            effects.append(effect.text)
            if case .commit(let record, let revision) = effect {
                precondition(stored.last?.revision == revision, "a commit replaces what is stored")
                stored.append(record)
                queue += state.step(.committed, at: now)
            }
        }
    }

    /// One look: what is wished is done, and reported.
    mutating func look() {
        var facts: [MaintenancePart: MaintenanceFacts.Fact] = [:]
        for wish in state.wishes {
            if deeds.last(where: { $0.part == wish.part }) != wish { deeds.append(wish) }
            let held = held[wish.part].flatMap { $0.goal == wish.goal ? $0 : nil }
            facts[wish.part] = held ?? MaintenanceFacts.Fact(goal: wish.goal, isReached: true)
        }
        send(.observed(MaintenanceFacts(facts), in: state.record.phase))
    }

    /// Looks until nothing changes.
    mutating func settle() {
        for _ in 0..<100 {
            let (before, wishes) = (state.record, state.wishes)
            look()
            if state.record == before, state.wishes == wishes { return }
        }
        preconditionFailure("it never settles")
    }
}
