internal import FoundationEssentials
internal import SluiceModel
internal import SluicePorts

/// A commit with everything worked out that does not need the database, so that the writer's queue is kept short.
struct PreparedCommit: Sendable {
    let steps: [Step]
    let fence: Fence

    enum Step: Sendable {
        /// A change that is written as it is; never `addHold`.
        case change(Change)
        /// A hold to add, and the part of its request that is stored as JSON.
        case addHold(Hold, request: Data)
    }

    /// - Throws: `StoreError` when a hold carries a secret in clear: such a one never reaches the database.
    init(_ changes: [Change], fence: Fence) throws {
        self.fence = fence
        steps = try changes.map { change in
            guard case .addHold(let hold) = change else { return .change(change) }
            do {
                return .addHold(hold, request: try RequestRecord.encode(hold.request))
            } catch let error as RequestRecord.ClearSecret {
                throw StoreError(
                    .unavailable,
                    "addHold \(hold.ticket): input \(error.inputName) is a secret in clear; seal it before the commit",
                    cause: error)
            }
        }
    }
}
