internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts
internal import SluiceStoreRecords

/// A commit with everything worked out that does not need the database, so that the writer's queue is kept short.
struct PreparedCommit: Sendable {
    let steps: [Step]
    let fence: Fence

    enum Step: Sendable {
        /// A change that is written as it is; never `addHold`, `importHold` or `moveHold`.
        case change(Change)
        /// Moves of one hold that follow each other; at least one.
        case moves([HoldMove])
        /// A hold to add, and the part of its request that is stored as JSON; with how it came in from another site.
        indirect case addHold(Hold, request: Data, imported: HoldImport?)
    }

    /// - Throws: `StoreError` when a hold carries a secret in clear: such a one never reaches the database.
    init(_ changes: [Change], fence: Fence) throws {
        self.fence = fence
        var steps: [Step] = []
        steps.reserveCapacity(changes.count)
        for change in changes {
            if let hold = change.addedHold {
                steps.append(try Self.addition(of: hold, by: change))
            } else if case .moveHold(let move) = change {
                if case .moves(let moves)? = steps.last, moves[0].ticket == move.ticket {
                    steps[steps.count - 1] = .moves(moves + [move])
                } else {
                    steps.append(.moves([move]))
                }
            } else {
                steps.append(.change(change))
            }
        }
        self.steps = steps
    }

    /// Whether only its last step writes, and that one only what it has checked.
    var checksFirst: Bool {
        guard case .addHold? = steps.last else { return false }
        return steps.dropLast().allSatisfy { step in
            switch step {
            case .change(.expectOpen), .change(.expectUnasked): true
            case .change, .moves, .addHold: false
            }
        }
    }

    private static func addition(of hold: Hold, by change: Change) throws -> Step {
        var imported: HoldImport?
        if case .importHold(let change) = change { imported = change }
        do {
            return .addHold(hold, request: Data(try RequestRecord.encode(hold.request)), imported: imported)
        } catch let error as RequestRecord.ClearSecret {
            throw StoreError(
                .unavailable,
                "addHold \(hold.ticket): input \(error.inputName) is a secret in clear; seal it before the commit",
                cause: error)
        }
    }
}
